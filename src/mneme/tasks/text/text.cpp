#include "mneme/tasks/text/text.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/shape.h"
#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/text/gpt2_units.h"
#include "mneme/tasks/text/text_files.h"
#include "mneme/tasks/word_list.h"

namespace mneme {
namespace {

constexpr auto kVocabularyFile = "vocab.json", kMergesFile = "merges.txt";

/// Characters that begin in these bytes: all bytes but those that go on with a character.
int64_t characters_in(std::string_view text) {
  return std::ranges::count_if(text,
                               [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; });
}

/// A sequence: `tokens` + 1 of them from `first` on, each of which predicts the next; the last `due` are asked for.
struct Stretch {
  const int64_t* first;
  int64_t tokens, due;
};

Batch batch_of_stretches(const std::vector<Stretch>& stretches) {
  const auto count = static_cast<int64_t>(stretches.size());
  const int64_t time = std::ranges::max(stretches, {}, &Stretch::tokens).tokens;
  Batch batch{{at::zeros({count, time}, at::kLong), at::zeros({count}, at::kLong), {}, {}},
              at::zeros({count, time}, at::kLong),
              at::zeros({count, time}, at::kBool)};
  for (int64_t i = 0; i < count; ++i) {
    const auto [first, tokens, due] = stretches[static_cast<size_t>(i)];
    std::copy_n(first, tokens, batch.inputs.data_ptr<int64_t>() + i * time);
    std::copy_n(first + 1, tokens, batch.targets.data_ptr<int64_t>() + i * time);
    std::fill_n(batch.mask.data_ptr<bool>() + i * time + tokens - due, due, true);
    batch.lengths.data_ptr<int64_t>()[i] = tokens;
  }
  return batch;
}

}  // namespace

struct TextTask::Tokens {
  std::vector<int64_t> training, held_out;
};

TextTask::TextTask(const Settings& settings, const ModelFiles& files) {
  apply_settings(options_, "task", settings);
  const auto text = [&] { return read_text(options_.text, options_.data, options_.held_out_percent); };
  if (options_.units == "bytes") {
    units_ = std::make_unique<ByteUnits>();
  } else if (options_.units == "numbers") {
    units_ = std::make_unique<NumberUnits>(options_.numbers);
  } else if (options_.units == "gpt2") {
    if (files.contains(kVocabularyFile) && files.contains(kMergesFile)) {
      files_ = {{kVocabularyFile, files.at(kVocabularyFile)}, {kMergesFile, files.at(kMergesFile)}};
    } else {
      const std::string folder =
          options_.vocabulary.empty() ? text_data_folder(options_.data) : options_.vocabulary;
      if (folder.empty())
        throw DataError("text: GPT-2's vocabulary: neither task.vocabulary nor the environment's MNEME_DATA is set");
      const Gpt2Files published = read_gpt2_files(folder);
      files_ = {{kVocabularyFile, published.vocabulary}, {kMergesFile, published.merges}};
    }
    units_ = std::make_unique<Gpt2Units>(files_.at(kVocabularyFile), files_.at(kMergesFile));
  } else if (options_.units == "words") {
    auto words = files.contains(kWordsFile) ? read_word_list(files.at(kWordsFile))
                                            : words_of(text().training, options_.words);
    files_[kWordsFile] = word_list_text(words);
    units_ = std::make_unique<WordUnits>(std::move(words));
  } else {
    if (options_.characters.empty()) {
      const TextParts parts = text();
      options_.characters = characters_of(parts.name, parts.training + parts.held_out);
    }
    units_ = std::make_unique<CharacterUnits>(options_.characters);
  }
  if (!options_.passages.empty()) passages_ = read_passages(options_.passages);
}

TextTask::~TextTask() = default;

const TextTask::Tokens& TextTask::tokens() const {
  std::call_once(read_, [&] {
    const TextParts parts = read_text(options_.text, options_.data, options_.held_out_percent);
    try {
      tokens_ =
          std::make_unique<Tokens>(Tokens{units_->encode(parts.training), units_->encode(parts.held_out)});
    } catch (const Error& error) {
      throw Error(parts.name + ": " + error.what());
    }
    if (static_cast<int64_t>(tokens_->training.size()) <= options_.context)
      throw UsageError("text: task.context is " + std::to_string(options_.context) +
                       ", expected less than the " + std::to_string(tokens_->training.size()) +
                       " tokens of " + parts.name);
  });
  return *tokens_;
}

TaskSizes TextTask::sizes() const {
  return {.features = 1, .outputs = units_->size(), .targets = TargetKind::classes, .tokens = units_->size()};
}

void TextTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
}

Batch TextTask::make_batch(const std::vector<int64_t>& part, const int64_t* starts, int64_t count) const {
  std::vector<Stretch> stretches;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t tokens = std::min(options_.context, static_cast<int64_t>(part.size()) - 1 - starts[i]);
    stretches.push_back({part.data() + starts[i], tokens, tokens});
  }
  return batch_of_stretches(stretches);
}

Batch TextTask::sample(int64_t batch_size, Random& random) const {
  require_batch_size(batch_size);
  const auto& training = tokens().training;
  std::vector<int64_t> starts(static_cast<size_t>(batch_size));
  for (auto& start : starts)
    start = random.integer(0, static_cast<int64_t>(training.size()) - 1 - options_.context);
  return make_batch(training, starts.data(), batch_size);
}

std::vector<Batch> TextTask::in_batches(const std::vector<int64_t>& starts, int64_t batch_size) const {
  require_batch_size(batch_size);
  std::vector<Batch> batches;
  const auto count = static_cast<int64_t>(starts.size());
  for (int64_t first = 0; first < count; first += batch_size)
    batches.push_back(
        make_batch(tokens().held_out, starts.data() + first, std::min(batch_size, count - first)));
  return batches;
}

std::vector<Batch> TextTask::validation(int64_t sequences, int64_t batch_size, Random&) const {
  const auto held_out = static_cast<int64_t>(tokens().held_out.size());
  if (held_out < 2)
    throw UsageError("text: the held-out part has " + std::to_string(held_out) +
                     " tokens, expected at least 2 (task.held_out_percent)");
  const int64_t stretches = (held_out - 2) / options_.context + 1;
  const int64_t count = std::min(sequences, stretches);
  std::vector<int64_t> starts;
  for (int64_t i = 0; i < count; ++i) starts.push_back(i * stretches / count * options_.context);
  return in_batches(starts, batch_size);
}

std::vector<Batch> TextTask::passage_batches(int64_t batch_size) const {
  require_batch_size(batch_size);
  std::vector<Batch> batches;
  for (size_t first = 0; first < passages_.size(); first += static_cast<size_t>(batch_size)) {
    const size_t count = std::min(static_cast<size_t>(batch_size), passages_.size() - first);
    std::vector<std::vector<int64_t>> texts(count);
    std::vector<Stretch> stretches;
    for (size_t i = 0; i < count; ++i) {
      const Passage& passage = passages_[first + i];
      std::vector<int64_t>& text = texts[i];
      text = units_->encode(passage.before);
      const auto word = units_->encode(" " + passage.word);
      const auto due = static_cast<int64_t>(word.size());
      if (due >= options_.context)
        throw UsageError("text: task.context is " + std::to_string(options_.context) + ", expected more than the " +
                         std::to_string(due) + " tokens of the last word `" + passage.word + "` of " +
                         options_.passages);
      text.insert(text.end(), word.begin(), word.end());
      const int64_t tokens = std::min(options_.context, static_cast<int64_t>(text.size()) - 1);
      stretches.push_back({text.data() + text.size() - tokens - 1, tokens, due});
    }
    batches.push_back(batch_of_stretches(stretches));
  }
  return batches;
}

std::vector<TestSetting> TextTask::test_settings() const {
  if (!passages_.empty()) return {{{{"passages", static_cast<int64_t>(passages_.size())}}}};
  return {{{{"context", options_.context}}}};
}

std::vector<Batch> TextTask::test(const TestSetting& setting, int64_t, int64_t batch_size,
                                  Random& random) const {
  if (!passages_.empty()) return passage_batches(batch_size);
  if (setting_value(setting, "text", "context") != options_.context)
    throw UsageError("text: the test setting has another context than task.context " +
                     std::to_string(options_.context));
  return validation(static_cast<int64_t>(tokens().held_out.size()), batch_size, random);
}

Score TextTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck("score")
      .expect("mask", batch.mask, "batch time")
      .bind("tokens", units_->size(), "the vocabulary")
      .expect("logits", logits, "batch time tokens");
  const at::Tensor nats = -at::log_softmax(logits.detach().to(at::kFloat), -1)
                               .gather(2, batch.targets.unsqueeze(2))
                               .squeeze(2);  // [batch, time]
  const double sum = nats.masked_select(batch.mask).sum(at::kDouble).item<double>();
  int64_t tokens = 0, characters = 0;
  const bool* due = batch.mask.const_data_ptr<bool>();
  const int64_t* targets = batch.targets.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < batch.mask.numel(); ++i) {
    if (!due[i]) continue;
    ++tokens;
    characters += characters_in(units_->piece(targets[i]));
  }
  Score score;
  score.figures["nats_per_token"] = {sum, static_cast<double>(tokens)};
  score.figures["bits_per_character"] = {sum / std::log(2.0), static_cast<double>(characters)};
  if (!batch.mask.select(1, 0).any().item<bool>()) {  // passages
    const at::Tensor wrong = logits.detach().argmax(-1).ne(batch.targets).logical_and(batch.mask).any(1);
    score.figures["last_word_percent"] = {100.0 * wrong.logical_not().sum().item<double>(),
                                          static_cast<double>(wrong.size(0))};
  }
  return score;
}

std::string TextTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  const auto length = batch.lengths[index].item<int64_t>();
  const auto text_of = [&](const at::Tensor& tokens) {
    const at::Tensor own = tokens.narrow(0, 0, length).contiguous();
    const auto* first = own.const_data_ptr<int64_t>();
    return units_->decode({first, first + length});
  };
  std::string text = text_of(batch.inputs[index]) + "\n";
  if (logits.defined()) text += "likeliest next tokens: " + text_of(logits[index].argmax(-1)) + "\n";
  return text;
}

}  // namespace mneme
