#include "mneme/tasks/pen/handwriting.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>

#include "mneme/core/shape.h"
#include "mneme/tasks/pen/pen_density.h"
#include "mneme/tasks/pen/pen_words.h"

namespace mneme {
namespace {

constexpr int64_t kShortest = 12;  // the longest line of the easiest training
constexpr int64_t kManyWriters = int64_t{1} << 40;

/// The published lines of at most `longest` characters and at least two points.
PublishedPen published_lines(const HandwritingTaskOptions& options) {
  PublishedPen parts = options.source == "iam-ondb" ? read_iam_ondb(options.data) : read_george_washington(options.data);
  for (auto* part : {&parts.training, &parts.validation, &parts.test}) {
    std::erase_if(*part, [&](const PenText& line) {
      return static_cast<int64_t>(line.text.size()) > options.longest || line.points.size() < 2;
    });
    if (part->empty())
      throw DataError("handwriting: " + options.source + " has no line of at most " + std::to_string(options.longest) +
                      " characters in one of its parts");
  }
  return parts;
}

std::vector<Batch> batches_of(const std::vector<PenText>& lines, int64_t count, int64_t batch_size) {
  require_batch_size(batch_size);
  std::vector<Batch> batches;
  const auto all = std::min(count, static_cast<int64_t>(lines.size()));
  for (int64_t first = 0; first < all; first += batch_size)
    batches.push_back(HandwritingTask::batch_of(
        {lines.begin() + first, lines.begin() + std::min(all, first + batch_size)}));
  return batches;
}

}  // namespace

Writer numbered_writer(int64_t number, const std::string& hand) {
  Random random = Seed(static_cast<uint64_t>(number)).stream("writer");
  for (;;) {
    Writer writer = draw_writer(random);
    if (hand == "any" || writer.joined == (hand == "joined")) return writer;
  }
}

std::vector<int64_t> character_numbers(const std::string& text) {
  const std::string_view known = pen_characters();
  std::vector<int64_t> numbers;
  std::string unknown;
  for (const char letter : text) {
    const size_t place = known.find(letter);
    if (place != std::string_view::npos)
      numbers.push_back(static_cast<int64_t>(place));
    else if (unknown.find(letter) == std::string::npos)
      unknown += letter;
  }
  if (!unknown.empty()) throw UsageError("no hand here writes `" + unknown + "`; known are " + std::string(known));
  if (text.empty()) throw UsageError("the text to write is empty");
  return numbers;
}

HandwritingTask::HandwritingTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  if (options_.source != "made") published_ = published_lines(options_);
}

TaskSizes HandwritingTask::sizes() const {
  return {.features = 3,
          .outputs = 1 + 6 * options_.mixtures,
          .targets = TargetKind::pen,
          .tokens = 0,
          .context_tokens = static_cast<int64_t>(pen_characters().size())};
}

Batch HandwritingTask::batch_of(const std::vector<PenText>& lines) {
  const auto batch_size = static_cast<int64_t>(lines.size());
  int64_t time = 1, characters = 1;
  for (const PenText& line : lines) {
    time = std::max(time, static_cast<int64_t>(line.points.size()) - 1);
    characters = std::max(characters, static_cast<int64_t>(line.text.size()));
  }
  Batch batch;
  batch.inputs = at::zeros({batch_size, time, 3});
  batch.targets = at::zeros({batch_size, time, 3});
  batch.mask = at::zeros({batch_size, time}, at::kBool);
  batch.lengths = at::zeros({batch_size}, at::kLong);
  batch.context = at::zeros({batch_size, characters}, at::kLong);
  batch.context_lengths = at::zeros({batch_size}, at::kLong);
  for (int64_t b = 0; b < batch_size; ++b) {
    const PenText& line = lines[static_cast<size_t>(b)];
    const auto steps = static_cast<int64_t>(line.points.size()) - 1;
    float* const input = batch.inputs.mutable_data_ptr<float>() + b * time * 3;
    float* const target = batch.targets.mutable_data_ptr<float>() + b * time * 3;
    const auto put = [](float* to, const PenPoint& point) {
      to[0] = point.dx * kPenScale;
      to[1] = point.dy * kPenScale;
      to[2] = point.stroke_end ? 1.0f : 0.0f;
    };
    for (int64_t t = 0; t < steps; ++t) {
      put(input + t * 3, line.points[static_cast<size_t>(t)]);
      put(target + t * 3, line.points[static_cast<size_t>(t) + 1]);
    }
    std::fill_n(batch.mask.mutable_data_ptr<bool>() + b * time, steps, true);
    batch.lengths.mutable_data_ptr<int64_t>()[b] = steps;
    const auto numbers = character_numbers(line.text);
    std::ranges::copy(numbers, batch.context.mutable_data_ptr<int64_t>() + b * characters);
    batch.context_lengths.mutable_data_ptr<int64_t>()[b] = static_cast<int64_t>(numbers.size());
  }
  return batch;
}

PenText HandwritingTask::line_of(int64_t writer, const std::string& text, Random& random) const {
  return draw_text(text, numbered_writer(writer, options_.hand), random);
}

Batch HandwritingTask::draw(int64_t batch_size, int64_t longest, int64_t low, int64_t high, Random& random) const {
  std::vector<PenText> lines;
  while (static_cast<int64_t>(lines.size()) < batch_size) {
    const std::string text = draw_line(longest, random);
    lines.push_back(line_of(random.integer(low, high), text, random));
  }
  return batch_of(lines);
}

Batch HandwritingTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  if (options_.source != "made") {
    std::vector<PenText> lines;
    while (static_cast<int64_t>(lines.size()) < batch_size)
      lines.push_back(published_.training[static_cast<size_t>(
          random.integer(0, static_cast<int64_t>(published_.training.size()) - 1))]);
    return batch_of(lines);
  }
  const int64_t writers = options_.writers > 0 ? options_.writers : kManyWriters;
  return draw(batch_size, upper_end(kShortest, options_.longest, difficulty), kHeldOutWriters,
              kHeldOutWriters + writers - 1, random);
}

std::vector<Batch> HandwritingTask::validation(int64_t sequences, int64_t batch_size, Random& random) const {
  if (options_.source != "made") return batches_of(published_.validation, sequences, batch_size);
  return test(test_settings().front(), sequences, batch_size, random);
}

std::vector<Batch> HandwritingTask::test(const TestSetting& setting, int64_t sequences, int64_t batch_size,
                                         Random& random) const {
  if (options_.source != "made")
    return batches_of(published_.test, static_cast<int64_t>(published_.test.size()), batch_size);
  return GeneratedTask::test(setting, sequences, batch_size, random);
}

std::vector<TestSetting> HandwritingTask::test_settings() const {
  return {{{{"longest", options_.longest}}}};
}

Batch HandwritingTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  return draw(batch_size, std::max(kShortest, setting_value(setting, name(), "longest")), 0, kHeldOutWriters - 1,
              random);
}

Score HandwritingTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck check("handwriting.score");
  check.bind("outputs", sizes().outputs, "the mixtures")
      .expect("batch.targets", batch.targets, "batch time 3")
      .expect("logits", logits, "batch time outputs");
  const at::Tensor raw = logits.to(at::kCPU, at::kFloat).contiguous(), targets = batch.targets.contiguous();
  const at::Tensor mask = batch.mask.contiguous();
  double nats = 0;
  int64_t points = 0;
  for (int64_t i = 0; i < mask.numel(); ++i) {
    if (!mask.const_data_ptr<bool>()[i]) continue;
    nats += point_nats(raw.const_data_ptr<float>() + i * sizes().outputs, options_.mixtures,
                       targets.const_data_ptr<float>() + i * 3);
    ++points;
  }
  Score score;
  score.figures["nats_per_sequence"] = {nats, static_cast<double>(mask.size(0))};
  score.figures["nats_per_point"] = {nats, static_cast<double>(points)};
  return score;
}

std::string HandwritingTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  std::string text;
  for (int64_t u = 0; u < batch.context_lengths[index].item<int64_t>(); ++u)
    text += pen_characters()[static_cast<size_t>(batch.context[index][u].item<int64_t>())];
  text += "\n" + std::to_string(batch.lengths[index].item<int64_t>() + 1) + " points";
  if (!logits.defined()) return text;
  Batch one = batch;
  one.targets = batch.targets.narrow(0, index, 1);
  one.mask = batch.mask.narrow(0, index, 1);
  char figure[64];
  std::snprintf(figure, sizeof figure, ", %.3f nats a point",
                score(one, logits.narrow(0, index, 1)).figures.at("nats_per_point").value());
  return text + figure;
}

}  // namespace mneme
