#include "mneme/tasks/symbols.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/tasks/answer_score.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {

SymbolsTask::SymbolsTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_length", options_.min_length, "max_length", options_.max_length);
}

TaskSizes SymbolsTask::sizes() const {
  // Symbols, what stands for the start or the end, and in the context the plus.
  return {1, options_.base + 1, TargetKind::classes, options_.base + 1, options_.base + 2};
}

std::vector<TestSetting> SymbolsTask::test_settings() const {
  return settings_over("length", options_.test_lengths);
}

Batch SymbolsTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  const int64_t longest = upper_end(options_.min_length, options_.max_length, difficulty);
  return draw(draw_lengths(batch_size, options_.min_length, longest, "sequence", random), random);
}

Batch SymbolsTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t length = setting_value(setting, name(), "length");
  if (length < 3)
    throw UsageError("symbols: the test setting has length " + std::to_string(length) + ", expected at least 3");
  return draw(std::vector<int64_t>(static_cast<size_t>(batch_size), length), random);
}

SymbolsTask::Problem SymbolsTask::draw_problem(int64_t length, Random& random) const {
  const int64_t base = options_.base;
  const auto draw_tokens = [&](int64_t count) {
    Tokens tokens(static_cast<size_t>(count));
    for (int64_t& token : tokens) token = random.integer(1, base);
    return tokens;
  };
  if (options_.problem != "addition") {
    const Tokens symbols = draw_tokens(length);
    if (options_.problem == "copy") return {symbols, symbols};
    return {symbols, Tokens(symbols.rbegin(), symbols.rend())};
  }
  const Tokens first = draw_tokens((length - 1) / 2), second = draw_tokens(length - 1 - (length - 1) / 2);
  Problem problem{first, {}};
  problem.context.push_back(base + 1);
  problem.context.insert(problem.context.end(), second.begin(), second.end());
  int64_t carry = 0;
  for (size_t i = 0; i < second.size() || carry > 0; ++i) {  // the second is never the shorter
    const int64_t sum = carry + (i < first.size() ? first[i] - 1 : 0) + (i < second.size() ? second[i] - 1 : 0);
    problem.answer.push_back(sum % base + 1);
    carry = sum / base;
  }
  return problem;
}

Batch SymbolsTask::draw(const std::vector<int64_t>& lengths, Random& random) const {
  std::vector<Problem> problems;
  int64_t time = 0, context = 0;
  for (const int64_t length : lengths) {
    problems.push_back(draw_problem(length, random));
    time = std::max(time, static_cast<int64_t>(problems.back().answer.size()) + 1);
    context = std::max(context, length);
  }
  const auto batch_size = static_cast<int64_t>(lengths.size());
  const auto numbers = [&](at::IntArrayRef sizes) { return at::zeros(sizes, at::kLong); };
  Batch batch{{numbers({batch_size, time}), numbers({batch_size}), numbers({batch_size, context}), at::tensor(lengths)},
              numbers({batch_size, time}),
              at::zeros({batch_size, time}, at::kBool)};
  for (int64_t i = 0; const auto& [tokens, answer] : problems) {
    const auto steps = static_cast<int64_t>(answer.size()) + 1;  // the last is the end, class 0
    std::copy(tokens.begin(), tokens.end(), batch.context.data_ptr<int64_t>() + i * context);
    std::copy(answer.begin(), answer.end(), batch.targets.data_ptr<int64_t>() + i * time);
    std::copy(answer.begin(), answer.end(), batch.inputs.data_ptr<int64_t>() + i * time + 1);
    std::fill_n(batch.mask.data_ptr<bool>() + i * time, steps, true);
    batch.lengths.data_ptr<int64_t>()[i] = steps;
    ++i;
  }
  return batch;
}

Score SymbolsTask::score(const Batch& batch, const at::Tensor& logits) const {
  return score_answers(TargetKind::classes, batch, logits);
}

/// "314+15", to the end token.
std::string SymbolsTask::text(const at::Tensor& tokens) const {
  std::string written;
  for (int64_t i = 0; i < tokens.size(0); ++i) {
    const auto token = tokens[i].item<int64_t>();
    if (token == 0) break;
    written += token > options_.base ? '+' : static_cast<char>('0' + token - 1);
  }
  return written;
}

std::string SymbolsTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto steps = batch.lengths[index].item<int64_t>();
  const std::string due = text(batch.targets[index]);
  std::string written = options_.problem + " of " + text(batch.context[index]) + "\nanswer " + due + "\n";
  if (!logits.defined()) return written;
  const std::string given = text(logits[index].narrow(0, 0, steps).argmax(1));
  return written + "given  " + (given == due ? "the same" : given + " (wrong)") + "\n";
}

}  // namespace mneme
