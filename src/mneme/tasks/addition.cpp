#include "mneme/tasks/addition.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "mneme/tasks/answer_score.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

constexpr int64_t kDigits = 10;            // classes of an input digit
constexpr int64_t kClasses = kDigits + 1;  // of an output digit: one more for "the number is over"

int64_t largest(int64_t digits) {
  int64_t number = 0;
  for (int64_t i = 0; i < digits; ++i) number = number * 10 + 9;
  return number;
}

std::string digits_text(const at::Tensor& digits) {  // int64 [groups]
  std::string text;
  for (int64_t i = 0; i < digits.size(0); ++i) {
    const auto digit = digits[i].item<int64_t>();
    text += digit == kDigits ? '.' : static_cast<char>('0' + digit);
  }
  return text.erase(text.find_last_not_of('.') + 1);
}

}  // namespace

AdditionTask::AdditionTask(const Settings& settings) {
  apply_settings(options_, "task", settings);
  require_ordered(settings, "min_numbers", options_.min_numbers, "max_numbers", options_.max_numbers);
}

int64_t AdditionTask::sum_digits() const {
  return static_cast<int64_t>(std::to_string(options_.max_numbers * largest(options_.max_digits)).size());
}

TaskSizes AdditionTask::sizes() const {
  return {options_.max_digits * kDigits, sum_digits() * kClasses, TargetKind::digits};
}

std::vector<TestSetting> AdditionTask::test_settings() const {
  std::vector<TestSetting> rows;
  for (const int64_t digits : options_.test_digits)
    if (digits <= options_.max_digits) rows.push_back({{{"digits", digits}}});
  return rows;
}

Batch AdditionTask::draw_training(int64_t batch_size, double difficulty, Random& random) const {
  return draw(draw_lengths(batch_size, options_.min_numbers, options_.max_numbers, "sequence", random), 1,
              upper_end(1, options_.max_digits, difficulty), random);
}

Batch AdditionTask::draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const {
  const int64_t digits = setting_value(setting, name(), "digits");
  if (digits > options_.max_digits)
    throw UsageError("addition: the test setting has digits " + std::to_string(digits) + ", expected at most " +
                     std::to_string(options_.max_digits) + ", task.max_digits");
  return draw(std::vector<int64_t>(static_cast<size_t>(batch_size), options_.max_numbers), digits, digits, random);
}

Batch AdditionTask::draw(const std::vector<int64_t>& counts, int64_t fewest_digits, int64_t most_digits,
                         Random& random) const {
  const auto batch_size = static_cast<int64_t>(counts.size());
  const int64_t time = *std::max_element(counts.begin(), counts.end()), groups = sum_digits();
  const int64_t features = sizes().features;
  Batch batch{{at::zeros({batch_size, time, features}), at::tensor(counts), {}, {}},
              at::zeros({batch_size, time, groups}, at::kLong),
              at::zeros({batch_size, time}, at::kBool)};
  for (int64_t sequence = 0; const int64_t count : counts) {
    int64_t sum = 0;
    for (int64_t step = 0; step < count; ++step) {
      const int64_t at = sequence * time + step;
      const int64_t digits = random.integer(fewest_digits, most_digits);
      // Of so many digits exactly: a first digit of 0 would be a number of fewer.
      const int64_t number = random.integer(digits == 1 ? 0 : largest(digits - 1) + 1, largest(digits));
      float* input = batch.inputs.data_ptr<float>() + at * features;
      for (const char digit : std::to_string(number)) {
        input[digit - '0'] = 1;
        input += kDigits;
      }
      sum += number;
      if (step == 0) continue;
      batch.mask.data_ptr<bool>()[at] = true;
      int64_t* target = batch.targets.data_ptr<int64_t>() + at * groups;
      std::fill_n(target, groups, kDigits);
      for (const char digit : std::to_string(sum)) *target++ = digit - '0';
    }
    ++sequence;
  }
  return batch;
}

Score AdditionTask::score(const Batch& batch, const at::Tensor& logits) const {
  return score_answers(TargetKind::digits, batch, logits);
}

std::string AdditionTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const auto count = batch.lengths[index].item<int64_t>();
  const auto width = static_cast<size_t>(sum_digits());
  std::string text = "addition of " + counted(count, "number") + "\n";
  for (int64_t step = 0; step < count; ++step) {
    const at::Tensor places = batch.inputs[index][step].view({-1, kDigits});  // [digits, 10]
    const at::Tensor number = at::where(places.any(1), places.argmax(1), kDigits);
    text += (step == 0 ? "  " : "+ ") + right_aligned(digits_text(number), width);
    if (step > 0) {
      const std::string due = digits_text(batch.targets[index][step]);
      text += " = " + right_aligned(due, width);
      if (logits.defined()) {
        const std::string given = digits_text(logits[index][step].cpu().view({-1, kClasses}).argmax(1));
        text += "  given: " + given + (given == due ? "" : " (wrong)");
      }
    }
    text += "\n";
  }
  return text;
}

}  // namespace mneme
