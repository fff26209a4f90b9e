// What the tests of all tasks use.
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "mneme/tasks/task.h"

namespace mneme {

inline Settings settings_of(std::initializer_list<std::pair<std::string, OptionValue>> values) {
  Settings settings;
  for (const auto& [key, value] : values) settings[key] = {value, "test.toml:1:1"};
  return settings;
}

/// The text of the error of this kind that `action` throws.
template <class Kind, class Action>
std::string error_text(Action&& action) {
  try {
    action();
  } catch (const Kind& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

/// What every batch promises: shapes and types, nothing past a sequence's end, answers only where due.
inline void expect_well_formed(const Batch& batch, const TaskSizes& sizes) {
  const int64_t count = batch.inputs.size(0), time = batch.inputs.size(1);
  ASSERT_EQ(batch.inputs.sizes(), (std::vector<int64_t>{count, time, sizes.features}));
  ASSERT_EQ(batch.inputs.scalar_type(), sizes.tokens > 0 ? torch::kLong : torch::kFloat);
  if (sizes.tokens > 0) {
    EXPECT_GE(batch.inputs.min().item<int64_t>(), 0);
    EXPECT_LT(batch.inputs.max().item<int64_t>(), sizes.tokens);
  }
  ASSERT_EQ(batch.mask.sizes(), (std::vector<int64_t>{count, time}));
  ASSERT_EQ(batch.mask.scalar_type(), torch::kBool);
  ASSERT_EQ(batch.lengths.sizes(), (std::vector<int64_t>{count}));
  ASSERT_EQ(batch.lengths.scalar_type(), torch::kLong);
  const bool bits = sizes.targets == TargetKind::bits;
  ASSERT_EQ(batch.targets.scalar_type(), bits ? torch::kFloat : torch::kLong);
  if (sizes.targets == TargetKind::classes) {
    ASSERT_EQ(batch.targets.sizes(), (std::vector<int64_t>{count, time}));
  } else {
    ASSERT_EQ(batch.targets.sizes().slice(0, 2), (std::vector<int64_t>{count, time}));
    ASSERT_EQ(sizes.outputs % batch.targets.size(2), 0);
    ASSERT_EQ(batch.targets.size(2) == sizes.outputs, bits);
  }
  EXPECT_EQ(batch.lengths.max().item<int64_t>(), time) << "padded beyond the longest sequence";
  const auto past_end = torch::arange(time).unsqueeze(0) >= batch.lengths.unsqueeze(1);
  EXPECT_EQ(batch.inputs.abs().sum(-1).masked_select(past_end).count_nonzero().item<int64_t>(), 0);
  EXPECT_FALSE(batch.mask.logical_and(past_end).any().item<bool>());
  EXPECT_TRUE(batch.mask.any(1).all().item<bool>()) << "a sequence without any answer";
  const auto not_due = sizes.targets == TargetKind::classes
                           ? batch.mask.logical_not()
                           : batch.mask.logical_not().unsqueeze(-1).expand_as(batch.targets);
  EXPECT_EQ(batch.targets.masked_select(not_due).count_nonzero().item<int64_t>(), 0);
}

inline void expect_same(const Batch& left, const Batch& right) {
  EXPECT_TRUE(left.inputs.equal(right.inputs));
  EXPECT_TRUE(left.targets.equal(right.targets));
  EXPECT_TRUE(left.mask.equal(right.mask));
  EXPECT_TRUE(left.lengths.equal(right.lengths));
}

/// Logits that give the targets with certainty.
inline at::Tensor right_answers(const Batch& batch) {
  return batch.targets * 200 - 100;
}

/// The same with three due bits wrong in sequence 0: the first of its first due step given where it was not
/// due or the other way round, likewise the last bits of its last two due steps.
inline at::Tensor three_wrong_bits(const Batch& batch) {
  at::Tensor logits = right_answers(batch).clone();
  const at::Tensor due = batch.mask[0].nonzero().flatten();
  logits[0][due[0].item<int64_t>()][0].neg_();
  logits[0][due[-1].item<int64_t>()][-1].neg_();
  logits[0][due[-2].item<int64_t>()][-1].neg_();
  return logits;
}

/// "█▁█" of the first `channels` values of a step.
inline std::string bars(const at::Tensor& step, int64_t channels) {
  std::string text;
  for (int64_t channel = 0; channel < channels; ++channel)
    text += step[channel].item<float>() > 0.5f ? "█" : "▁";
  return text;
}

}  // namespace mneme
