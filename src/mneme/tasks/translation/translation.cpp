#include "mneme/tasks/translation/translation.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/core/shape.h"
#include "mneme/tasks/bit_text.h"
#include "mneme/tasks/generated_task.h"
#include "mneme/tasks/translation/bleu.h"

namespace mneme {
namespace {

constexpr int64_t kBatchesInADraw = 32;    // the more, the more alike the lengths of a batch
constexpr int64_t kLongerThanSource = 50;  // a translation's pieces: Vaswani et al. 2017, section 6.1
constexpr auto kMixed = "bleu", kLower = "bleu_lower_case";

std::vector<int64_t> flat(const BleuCounts& counts) {
  std::vector<int64_t> numbers(counts.matches.begin(), counts.matches.end());
  numbers.insert(numbers.end(), counts.total.begin(), counts.total.end());
  numbers.insert(numbers.end(), {counts.length, counts.reference_length});
  return numbers;
}

BleuCounts counts_from(const std::vector<int64_t>& numbers) {
  BleuCounts counts;
  const auto middle = numbers.begin() + BleuCounts::kOrders;
  std::copy(numbers.begin(), middle, counts.matches.begin());
  std::copy(middle, middle + BleuCounts::kOrders, counts.total.begin());
  counts.length = numbers.at(2 * BleuCounts::kOrders);
  counts.reference_length = numbers.at(2 * BleuCounts::kOrders + 1);
  return counts;
}

}  // namespace

TranslationTask::TranslationTask(const Settings& settings, const ModelFiles& files)
    : options_([&] {
        TranslationOptions options;
        apply_settings(options, "task", settings);
        return options;
      }()),
      units_(vocabulary(files)) {}

ParallelText TranslationTask::read(Part part) const {
  return read_parallel_text(
      {options_.data, options_.corpus, options_.source, options_.target, options_.columns},
      {options_.train, options_.validation, options_.test}, part);
}

SubwordUnits TranslationTask::vocabulary(const ModelFiles& files) const {
  if (const auto found = files.find(kVocabularyFile); found != files.end()) {
    SubwordUnits units(found->second, kVocabularyFile);
    return units;
  }
  const ParallelText text = read(Part::training);
  std::vector<std::string> lines;
  for (const auto& pair : text.pairs) {
    lines.push_back(pair.source);
    lines.push_back(pair.target);
  }
  return SubwordUnits::learn(lines, options_.pieces);
}

TranslationTask::Numbers TranslationTask::numbers(const SentencePair& pair) const {
  return {units_.encode(pair.source), units_.encode(pair.target), pair.target};
}

const TranslationTask::Pairs& TranslationTask::training() const {
  std::call_once(training_read_, [&] {
    const ParallelText text = read(Part::training);
    const auto most = static_cast<size_t>(std::min(options_.most_pieces, options_.batch_tokens - 1));
    for (const auto& pair : text.pairs) {
      Numbers pieces = numbers(pair);
      if (std::max(pieces.source.size(), pieces.target.size()) <= most)
        training_.push_back(std::move(pieces));
    }
    if (training_.empty())
      throw UsageError("translation: no sentence of " + text.name + " has at most " + std::to_string(most) +
                       " pieces, expected a larger task.most_pieces or task.batch_tokens");
  });
  return training_;
}

void TranslationTask::set_difficulty(double difficulty) {
  require_difficulty(difficulty);
}

Batch TranslationTask::make_batch(const std::vector<const Numbers*>& pairs) const {
  const auto count = static_cast<int64_t>(pairs.size());
  int64_t time = 1, context = 1;
  for (const Numbers* pair : pairs) {
    time = std::max(time, static_cast<int64_t>(pair->target.size()) + 1);
    context = std::max(context, static_cast<int64_t>(pair->source.size()) + 1);
  }
  const auto numbers = [&](int64_t steps) { return at::zeros({count, steps}, at::kLong); };
  Batch batch{{numbers(time), at::zeros({count}, at::kLong), numbers(context), at::zeros({count}, at::kLong)},
              numbers(time),
              at::zeros({count, time}, at::kBool)};
  for (int64_t i = 0; i < count; ++i) {
    const auto& [source, target, reference] = *pairs[static_cast<size_t>(i)];
    int64_t* input = batch.inputs.data_ptr<int64_t>() + i * time;
    int64_t* due = batch.targets.data_ptr<int64_t>() + i * time;
    int64_t* read = batch.context.data_ptr<int64_t>() + i * context;
    const auto steps = static_cast<int64_t>(target.size());
    input[0] = kBeginPiece;
    std::copy(target.begin(), target.end(), input + 1);
    std::copy(target.begin(), target.end(), due);
    due[steps] = kEndPiece;
    std::fill_n(batch.mask.data_ptr<bool>() + i * time, steps + 1, true);
    *std::copy(source.begin(), source.end(), read) = kEndPiece;
    batch.lengths.data_ptr<int64_t>()[i] = steps + 1;
    batch.context_lengths.data_ptr<int64_t>()[i] = static_cast<int64_t>(source.size()) + 1;
    batch.texts.push_back(reference);
  }
  return batch;
}

std::vector<std::vector<const TranslationTask::Numbers*>> TranslationTask::cut(
    const std::vector<const Numbers*>& sorted, int64_t batch_size) const {
  std::vector<std::vector<const Numbers*>> batches;
  size_t longest = 0;
  for (const Numbers* pair : sorted) {
    const size_t steps = std::max(pair->source.size(), pair->target.size()) + 1;
    longest = std::max(longest, steps);
    const bool full = batches.empty() || static_cast<int64_t>(batches.back().size()) == batch_size ||
                      static_cast<int64_t>((batches.back().size() + 1) * longest) > options_.batch_tokens;
    if (full) {
      batches.emplace_back();
      longest = steps;
    }
    batches.back().push_back(pair);
  }
  return batches;
}

namespace {

template <class Pair>
void sort_by_length(std::vector<const Pair*>& pairs) {
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair* left, const Pair* right) {
    return std::pair(left->target.size(), left->source.size()) <
           std::pair(right->target.size(), right->source.size());
  });
}

}  // namespace

Batch TranslationTask::sample(int64_t batch_size, Random& random) const {
  require_batch_size(batch_size);
  const Pairs& pairs = training();
  // Each pair of the draw is in one of its batches, and each of these as likely: every pair keeps its
  // probability.
  const int64_t in_a_batch = std::min<int64_t>(batch_size, std::max<int64_t>(options_.batch_tokens / 16, 1));
  std::vector<const Numbers*> drawn(static_cast<size_t>(in_a_batch * kBatchesInADraw));
  for (auto& pair : drawn)
    pair = &pairs[static_cast<size_t>(random.integer(0, static_cast<int64_t>(pairs.size()) - 1))];
  sort_by_length(drawn);
  const auto batches = cut(drawn, batch_size);
  return make_batch(
      batches[static_cast<size_t>(random.integer(0, static_cast<int64_t>(batches.size()) - 1))]);
}

std::vector<Batch> TranslationTask::all(Part part, int64_t batch_size) const {
  require_batch_size(batch_size);
  Pairs pairs;
  for (const auto& pair : read(part).pairs) pairs.push_back(numbers(pair));
  std::vector<const Numbers*> sorted;
  for (const auto& pair : pairs) sorted.push_back(&pair);
  sort_by_length(sorted);
  std::vector<Batch> batches;
  for (const auto& some : cut(sorted, batch_size)) batches.push_back(make_batch(some));
  return batches;
}

std::vector<Batch> TranslationTask::validation(int64_t, int64_t batch_size, Random&) const {
  return all(Part::validation, batch_size);
}

std::vector<Batch> TranslationTask::test(const TestSetting& setting, int64_t, int64_t batch_size,
                                         Random&) const {
  if (!setting.values.empty())
    throw UsageError("translation: a test row has no " + setting.values.begin()->first +
                     "; the one row is the whole test text");
  return all(Part::test, batch_size);
}

Batch TranslationTask::sources(const std::vector<std::string>& sentences) const {
  Pairs pairs;
  for (const auto& sentence : sentences) pairs.push_back({units_.encode(sentence), {}, ""});
  std::vector<const Numbers*> listed;
  for (const auto& pair : pairs) listed.push_back(&pair);
  return make_batch(listed);
}

Batch TranslationTask::written(const std::string& sentence, const std::vector<int64_t>& pieces) const {
  const Numbers pair{units_.encode(sentence), pieces, ""};
  return make_batch({&pair});
}

Score TranslationTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck("translation.score")
      .expect("batch.mask", batch.mask, "batch time")
      .bind("outputs", units_.size(), "the vocabulary")
      .expect("logits", logits, "batch time outputs");
  const at::Tensor nats = -at::log_softmax(logits.to(at::kFloat), -1)
                               .gather(-1, batch.targets.unsqueeze(-1))
                               .squeeze(-1)
                               .masked_select(batch.mask);
  Score score;
  score.figures["nats_per_token"] = {nats.sum(at::kDouble).item<double>(), static_cast<double>(nats.numel())};
  return score;
}

std::optional<Writing> TranslationTask::writing() const {
  return Writing{.begin = kBeginPiece,
                 .end = kEndPiece,
                 .never = {kPaddingPiece, kUnknownPiece, kBeginPiece},
                 .beam_width = options_.beam_width,
                 .length_penalty = options_.length_penalty,
                 .longer_than_context = kLongerThanSource};
}

Score TranslationTask::score_written(const Batch& batch,
                                     const std::vector<std::vector<int64_t>>& written) const {
  if (written.size() != batch.texts.size())
    throw Error("translation: " + std::to_string(written.size()) + " translations for " +
                std::to_string(batch.texts.size()) + " sentences");
  BleuCounts mixed, lower;
  for (size_t i = 0; i < written.size(); ++i) {
    const std::string text = units_.decode(written[i]);
    mixed.add(bleu_counts(text, batch.texts[i]));
    lower.add(bleu_counts(text, batch.texts[i], LetterCase::lower));
  }
  Score score;
  score.counts = {{kMixed, flat(mixed)}, {kLower, flat(lower)}};
  return score;
}

void TranslationTask::complete(Score& total) const {
  for (const auto& [name, numbers] : total.counts) total.figures[name] = {bleu(counts_from(numbers)), 1};
}

std::map<std::string, std::string> TranslationTask::notes() const {
  const auto of = [](const char* figure) { return std::string(figure) + "_signature"; };
  return {{of(kMixed), bleu_signature(LetterCase::mixed)}, {of(kLower), bleu_signature(LetterCase::lower)}};
}

std::string TranslationTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto text_of = [&](const at::Tensor& numbers, int64_t steps) {
    const at::Tensor taken = numbers.narrow(0, 0, steps).contiguous();
    const auto* piece = taken.const_data_ptr<int64_t>();
    return units_.decode({piece, piece + steps});
  };
  const auto steps = batch.lengths[index].item<int64_t>() - 1;
  std::string text = options_.source + "  " +
                     text_of(batch.context[index], batch.context_lengths[index].item<int64_t>() - 1) + "\n" +
                     options_.target + "  " + text_of(batch.targets[index], steps) + "\n";
  if (logits.defined()) text += "each piece by itself  " + text_of(logits[index].argmax(-1), steps) + "\n";
  return text;
}

}  // namespace mneme
