#include "mneme/inspect/episode.h"

#include <gtest/gtest.h>

#include "inspect/view_values.h"
#include "mneme/core/error.h"
#include "mneme/inspect/addressing_mode.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/tasks/copy.h"

namespace mneme {
namespace {

/// Two copy sequences of 2 and 1 vectors of 2 bits: 5 and 3 steps.
struct SmallCopy {
  CopyTask task{{{"bits", {int64_t{2}, "test"}}}};
  Batch batch;
  SmallCopy() {
    batch.inputs = at::zeros({2, 5, 3});
    batch.targets = at::zeros({2, 5, 2});
    batch.mask = at::zeros({2, 5}, at::kBool);
    batch.lengths = at::tensor({5, 3}, at::kLong);
    batch.inputs[0][0][0] = batch.targets[0][3][0] = 1;
    batch.inputs[0][1][1] = batch.targets[0][4][1] = 1;
    batch.inputs[1][0][1] = batch.targets[1][2][1] = 1;
    batch.inputs[0][2][2] = batch.inputs[1][1][2] = 1;
    batch.mask[0].narrow(0, 3, 2).fill_(true);
    batch.mask[1][2] = true;
  }
};

TEST(EpisodeView, ShowsOneSequenceUpToItsEnd) {
  const SmallCopy copy;
  auto logits = at::zeros({2, 5, 2});
  logits[1][2][1] = 100;
  const TraceView view = episode_view("Copy", copy.task, copy.batch, 1, logits);
  EXPECT_EQ(view.kind, "episode");
  EXPECT_EQ(array_of(view, "inputs").shape, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(values_of(view, "inputs"), (std::vector<float>{0, 0, 0, 1, 0, 0, 0, 1, 0}));  // [channel, time]
  EXPECT_EQ(values_of(view, "answer_due"), (std::vector<float>{0, 0, 1}));
  EXPECT_EQ(values_of(view, "outputs"), (std::vector<float>{0.5, 0.5, 0.5, 0.5, 0.5, 1}));
  EXPECT_EQ(values_of(view, "cost"), (std::vector<float>{0, 0, 1}));  // one undecided bit, one certain
  EXPECT_EQ(array_of(view, "cost").unit, "bits");
  EXPECT_EQ(view.facts.at("bits_per_sequence"), "1");
  EXPECT_FALSE(view.facts.at("written").empty());
}

/// A record whose write head goes 0, 1, 2, 3, 4 by location and whose read head jumps to 5 by content at
/// step 3.
NtmRecord moving_record(const NtmOptions& options) {
  const int64_t steps = 5;
  NtmRecord record;
  record.logits = at::zeros({2, steps, 2});
  record.weights = at::full({2, steps, 2, options.slots}, 0.01);
  record.reads = at::arange(steps * 3, at::kFloat).view({1, steps, 1, 3}).repeat({2, 1, 1, 1});
  record.heads.adds = record.reads + 100;
  record.heads.erases = record.reads * 0 + 0.5;
  record.heads.strengths = at::full({2, steps, 2}, 0.5);
  record.heads.gates = at::full({2, steps, 2}, 0.1);
  record.heads.sharpenings = at::full({2, steps, 2}, 3);
  record.heads.shifts = at::tensor({0.0, 0.1, 0.9}, at::kFloat).repeat({2, steps, 2, 1});
  for (int64_t step = 0; step < steps; ++step) {
    record.weights[0][step][0][step < 3 ? 0 : step + 2] = 0.9;  // read: 0 0 0 5 6
    record.weights[0][step][1][step] = 0.9;                     // write: 0 1 2 3 4
  }
  record.heads.gates[0][3][0] = 0.99;
  record.heads.strengths[0][3][0] = 20;
  record.heads.shifts[0][3][0] = at::tensor({0.0, 1.0, 0.0}, at::kFloat);
  return record;
}

TEST(NtmEpisodeView, TellsHowEachHeadMoved) {
  const SmallCopy copy;
  NtmOptions options;
  options.slots = 9;
  options.width = 3;
  const TraceView view = ntm_episode_view("Copy", copy.task, copy.batch, 0, moving_record(options), options);
  EXPECT_EQ(view.kind, "ntm-episode");
  EXPECT_EQ(values_of(view, "write_position"), (std::vector<float>{0, 1, 2, 3, 4}));
  EXPECT_EQ(values_of(view, "read_position"), (std::vector<float>{0, 0, 0, 5, 6}));
  EXPECT_EQ(values_of(view, "write_mode"), std::vector<float>(5, 2));
  EXPECT_EQ(values_of(view, "read_mode"), (std::vector<float>{2, 2, 2, 0, 2}));
  EXPECT_EQ(values_of(view, "write_jump"), std::vector<float>(5, 0));
  EXPECT_EQ(values_of(view, "read_jump"), (std::vector<float>{0, 0, 0, 1, 0}));
  EXPECT_EQ(view.facts.at("modes"), "content|content then shift|location only");
}

TEST(NtmEpisodeView, PutsTimeLast) {
  const SmallCopy copy;
  NtmOptions options;
  options.slots = 9;
  options.width = 3;
  const TraceView view = ntm_episode_view("Copy", copy.task, copy.batch, 0, moving_record(options), options);
  EXPECT_EQ(array_of(view, "write_weights").shape, (std::vector<int64_t>{1, 9, 5}));
  EXPECT_EQ(array_of(view, "read_shift").shape, (std::vector<int64_t>{1, 3, 5}));
  EXPECT_EQ(array_of(view, "read_gate").shape, (std::vector<int64_t>{1, 5}));
  EXPECT_EQ(array_of(view, "reads").shape, (std::vector<int64_t>{1, 3, 5}));
  EXPECT_EQ(values_of(view, "reads"), (std::vector<float>{0, 3, 6, 9, 12, 1, 4, 7, 10, 13, 2, 5, 8, 11, 14}));
  EXPECT_EQ(values_of(view, "adds")[0], 100);
  const auto weights = array_of(view, "write_weights");
  for (int64_t step = 0; step < 5; ++step)
    EXPECT_FLOAT_EQ(weights.values[static_cast<size_t>(step * 5 + step)], 0.9f);
}

TEST(TraceArrays, SayWhatIsWrong) {
  try {
    trace_array("gate", {"head", "time"}, at::zeros({2, 3, 4}));
    FAIL() << "took three axes for two";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "trace_array: gate is [2, 3, 4], expected 2 axes");
  }
  try {
    array_of({"curve", "Loss", {}, {}}, "y");
    FAIL() << "found an array in an empty view";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "array_of: view `Loss` has no array y");
  }
}

}  // namespace
}  // namespace mneme
