#include "mneme/tasks/pen/pen_recognition.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/core/shape.h"
#include "mneme/tasks/bit_text.h"
#include "mneme/tasks/edit_distance.h"
#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/pen/pen_words.h"

namespace mneme {
namespace {

constexpr int64_t kFeatures = 4;
constexpr float kMoments = 2;          // about the mean time between two points of a thinned trace
constexpr int64_t kShortestLine = 12;  // of characters, as draw_line wants it

std::vector<int64_t> labels_of(const std::string& text) {
  std::vector<int64_t> labels;
  for (const char character : text) labels.push_back(pen_label(character));
  return labels;
}

std::string text_of(const std::vector<int64_t>& labels) {
  std::string text;
  for (const int64_t label : labels) text += pen_character(label);
  return text;
}

/// Steps that a sequence must have to say the text: one a character, and one between equal ones.
int64_t steps_to_say(const std::string& text) {
  int64_t steps = 0;
  for (size_t i = 0; i < text.size(); ++i) steps += i > 0 && text[i] == text[i - 1] ? 2 : 1;
  return steps;
}

}  // namespace

int64_t pen_label(char character) {
  const size_t place = pen_characters().find(character);
  if (place == std::string_view::npos)
    throw Error(std::string("pen_label: character is `") + character + "`, expected one of " +
                std::string(pen_characters()));
  return static_cast<int64_t>(place) + 1;
}

char pen_character(int64_t label) {
  if (label < 1 || label > static_cast<int64_t>(pen_characters().size()))
    throw Error("pen_character: label is " + std::to_string(label) + ", expected 1.." +
                std::to_string(pen_characters().size()));
  return pen_characters()[static_cast<size_t>(label - 1)];
}

PenRecognitionTask::PenRecognitionTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  if (options_.source == "made") return;
  published_ =
      options_.source == "iam-ondb" ? read_iam_ondb(options_.data) : read_george_washington(options_.data);
  const auto too_long = [&](const PenText& pen) {
    return static_cast<int64_t>(pen.text.size()) > options_.max_characters;
  };
  // What cannot be said in so few points teaches nothing.
  const auto cannot_be_said = [&](const PenText& pen) {
    return static_cast<int64_t>(steps_of(pen).pen.points.size()) < steps_to_say(pen.text);
  };
  for (auto* part : {&published_.training, &published_.validation})
    std::erase_if(*part, [&](const PenText& pen) { return too_long(pen) || cannot_be_said(pen); });
  if (published_.training.empty() || published_.validation.empty())
    throw UsageError("pen-recognition: task.max_characters is " + std::to_string(options_.max_characters) +
                     ", expected more: no training or validation text is that short");
}

TaskSizes PenRecognitionTask::sizes() const {
  return {kFeatures, static_cast<int64_t>(pen_characters().size()) + 1, TargetKind::labels};
}

PenRecognitionTask::Hand PenRecognitionTask::hand() const {
  return options_.hand == "any" ? Hand::any : options_.hand == "joined" ? Hand::joined : Hand::printed;
}

void PenRecognitionTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
  difficulty_ = difficulty;
}

/// `count` texts of similar length: one of `groups` parts of a sorted draw.
std::vector<PenText> PenRecognitionTask::draw(int64_t count, int64_t groups, double difficulty, Hand hand,
                                              Random& random) const {
  const bool lines = options_.text == "lines";
  const int64_t longest = upper_end(lines ? kShortestLine : 3, options_.max_characters, difficulty);
  std::vector<std::string> texts(static_cast<size_t>(count * groups));
  for (std::string& text : texts) {
    do text = lines ? draw_line(longest, random) : draw_word(random);
    while (static_cast<int64_t>(text.size()) > longest);
  }
  std::stable_sort(texts.begin(), texts.end(),
                   [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
  const int64_t first = groups == 1 ? 0 : random.integer(0, groups - 1) * count;
  std::vector<PenText> pens;
  while (static_cast<int64_t>(pens.size()) < count) {
    const std::string& text = texts[static_cast<size_t>(first) + pens.size()];
    Writer writer = draw_writer(random);
    if (hand != Hand::any) writer.joined = hand == Hand::joined;
    PenText pen = draw_text(text, writer, random);
    if (static_cast<int64_t>(steps_of(pen).pen.points.size()) >= steps_to_say(text))
      pens.push_back(std::move(pen));
  }
  return pens;
}

Batch PenRecognitionTask::sample(int64_t batch_size, Random& random) const {
  require_batch_size(batch_size);
  const int64_t groups = options_.length_groups;
  if (options_.source == "made") return batch_of(draw(batch_size, groups, difficulty_, hand(), random));
  const auto& training = published_.training;
  std::vector<const PenText*> drawn(static_cast<size_t>(batch_size * groups));
  for (auto& pen : drawn)
    pen = &training[static_cast<size_t>(random.integer(0, static_cast<int64_t>(training.size()) - 1))];
  std::stable_sort(drawn.begin(), drawn.end(),
                   [](const PenText* a, const PenText* b) { return a->points.size() < b->points.size(); });
  const int64_t first = random.integer(0, groups - 1) * batch_size;
  std::vector<PenText> pens;
  for (int64_t i = 0; i < batch_size; ++i) pens.push_back(*drawn[static_cast<size_t>(first + i)]);
  return batch_of(pens);
}

std::vector<Batch> PenRecognitionTask::by_length(std::vector<const PenText*> pens, int64_t batch_size) const {
  require_batch_size(batch_size);
  std::stable_sort(pens.begin(), pens.end(),
                   [](const PenText* a, const PenText* b) { return a->points.size() < b->points.size(); });
  std::vector<Batch> batches;
  for (size_t first = 0; first < pens.size(); first += static_cast<size_t>(batch_size)) {
    std::vector<PenText> part;
    for (size_t i = first; i < std::min(pens.size(), first + static_cast<size_t>(batch_size)); ++i)
      part.push_back(*pens[i]);
    batches.push_back(batch_of(part));
  }
  return batches;
}

namespace {

std::vector<const PenText*> pointers_to(const std::vector<PenText>& pens) {
  std::vector<const PenText*> pointers;
  for (const PenText& pen : pens) pointers.push_back(&pen);
  return pointers;
}

}  // namespace

std::vector<Batch> PenRecognitionTask::validation(int64_t sequences, int64_t batch_size,
                                                  Random& random) const {
  if (options_.source == "made")
    return by_length(pointers_to(draw(sequences, 1, 1, hand(), random)), batch_size);
  auto chosen = pointers_to(published_.validation);
  if (sequences < static_cast<int64_t>(chosen.size())) {
    random.shuffle(chosen);
    chosen.resize(static_cast<size_t>(sequences));
  }
  return by_length(std::move(chosen), batch_size);
}

std::vector<TestSetting> PenRecognitionTask::test_settings() const {
  if (options_.source != "made") return {{{{"texts", static_cast<int64_t>(published_.test.size())}}}};
  if (hand() == Hand::any) return {{{{"joined", 0}}}, {{{"joined", 1}}}};
  return {{{{"joined", hand() == Hand::joined ? 1 : 0}}}};
}

std::vector<Batch> PenRecognitionTask::test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                                            Random& random) const {
  if (options_.source != "made") return by_length(pointers_to(published_.test), batch_size);
  const auto joined = setting.values.find("joined");
  if (joined == setting.values.end() || joined->second < 0 || joined->second > 1)
    throw UsageError("pen-recognition: the test setting has no joined, expected 0 or 1");
  return by_length(
      pointers_to(draw(sequences, 1, 1, joined->second == 1 ? Hand::joined : Hand::printed, random)),
      batch_size);
}

Batch PenRecognitionTask::batch_of(const std::vector<PenText>& pens) const {
  require_batch_size(static_cast<int64_t>(pens.size()));
  std::vector<ThinnedPen> traces;
  size_t time = 1, labels = 1;
  for (const PenText& pen : pens) {
    traces.push_back(steps_of(pen));
    if (traces.back().pen.points.empty())
      throw Error("pen-recognition: a trace has no point, expected at least one");
    time = std::max(time, traces.back().pen.points.size());
    labels = std::max(labels, pen.text.size());
  }
  const auto count = static_cast<int64_t>(pens.size()), steps = static_cast<int64_t>(time);
  Batch batch{{at::zeros({count, steps, kFeatures}), at::zeros({count}, at::kLong), {}, {}},
              at::zeros({count, static_cast<int64_t>(labels)}, at::kLong),
              at::zeros({count, steps}, at::kBool)};
  batch.target_lengths = at::zeros({count}, at::kLong);
  for (size_t i = 0; i < pens.size(); ++i) {
    const auto& [pen, moments] = traces[i];
    float* input = batch.inputs.data_ptr<float>() + i * time * kFeatures;
    for (size_t step = 0; step < pen.points.size(); ++step, input += kFeatures) {
      input[0] = pen.points[step].dx;
      input[1] = pen.points[step].dy;
      input[2] = pen.points[step].stroke_end ? 1 : 0;
      input[3] = moments[step] / kMoments;
    }
    std::fill_n(batch.mask.data_ptr<bool>() + i * time, pen.points.size(), true);
    batch.lengths.data_ptr<int64_t>()[i] = static_cast<int64_t>(pen.points.size());
    batch.texts.push_back(pen.text);
    const auto text = labels_of(pen.text);
    std::copy(text.begin(), text.end(), batch.targets.data_ptr<int64_t>() + i * labels);
    batch.target_lengths.data_ptr<int64_t>()[i] = static_cast<int64_t>(text.size());
  }
  return batch;
}

std::string PenRecognitionTask::read(const at::Tensor& logits, int64_t steps) const {
  const at::Tensor said = logits.detach().narrow(0, 0, steps).to(at::kCPU, at::kFloat).contiguous();
  const std::span<const float> values(said.const_data_ptr<float>(), static_cast<size_t>(said.numel()));
  if (options_.decoding == "beam") return text_of(prefix_beam(values, said.size(1), options_.beam_width));
  std::vector<int64_t> labels;
  for (const DecodedLabel& label : best_path(values, said.size(1))) labels.push_back(label.label);
  return text_of(labels);
}

Score PenRecognitionTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck check("score");
  check.expect("mask", batch.mask, "batch time")
      .bind("outputs", sizes().outputs, "the characters")
      .expect("logits", logits, "batch time outputs");
  int64_t distance = 0, characters = 0, wrong = 0;
  for (int64_t i = 0; i < batch.mask.size(0); ++i) {
    const std::string& text = batch.texts[static_cast<size_t>(i)];
    const std::string given = read(logits[i], batch.lengths[i].item<int64_t>());
    distance += edit_distance(labels_of(text), labels_of(given));
    characters += static_cast<int64_t>(text.size());
    wrong += given != text;
  }
  Score score;
  score.figures["character_error_percent"] = {100.0 * static_cast<double>(distance),
                                              static_cast<double>(characters)};
  score.figures["text_error_percent"] = {100.0 * static_cast<double>(wrong),
                                         static_cast<double>(batch.mask.size(0))};
  return score;
}

std::string PenRecognitionTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const int64_t steps = batch.lengths[index].item<int64_t>();
  const std::string& text = batch.texts[static_cast<size_t>(index)];
  std::string shown = "written: " + text + "  (" + counted(steps, "point") + ")\n";
  if (!logits.defined()) return shown;
  const std::string given = read(logits[index], steps);
  return shown + "read:    " + given + (given == text ? "  (right)\n" : "  (wrong)\n");
}

}  // namespace mneme
