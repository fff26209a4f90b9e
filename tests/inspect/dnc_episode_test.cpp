#include "mneme/inspect/dnc_episode.h"

#include <gtest/gtest.h>

#include "mneme/inspect/trace_arrays.h"
#include "mneme/tasks/copy.h"

namespace mneme {
namespace {

std::vector<float> values(const TraceView& view, const std::string& name) {
  return array_of(view, name).values;
}

constexpr int64_t kSteps = 6, kSlots = 4;

// Writes to slots 2, 0 and 3 in turn, then nothing; one head reads 2 by content, follows the links to 0 and 3, and
// goes back to 0.
DncRecord walking_record() {
  DncRecord record;
  record.logits = at::zeros({1, kSteps, 2});
  record.write_weights = at::zeros({1, kSteps, kSlots});
  record.read_weights = at::zeros({1, kSteps, 1, kSlots});
  record.usage = at::zeros({1, kSteps, kSlots});
  record.allocation_weights = at::zeros({1, kSteps, kSlots});
  record.reads = at::arange(kSteps * 3, at::kFloat).view({1, kSteps, 1, 3});
  auto& said = record.interface;
  said.write_vector = at::arange(kSteps * 3, at::kFloat).view({1, kSteps, 3}) + 100;
  said.erase = at::zeros({1, kSteps, 3});
  said.free_gates = at::full({1, kSteps, 1}, 0.25);
  said.allocation_gate = at::full({1, kSteps}, 0.75);
  said.write_gate = at::full({1, kSteps}, 0.5);
  said.write_strength = at::full({1, kSteps}, 2);
  said.read_strengths = at::full({1, kSteps, 1}, 3);
  said.read_modes = at::zeros({1, kSteps, 1, 3});
  const int64_t written[] = {2, 0, 3}, read[] = {1, 1, 2, 0, 3, 0}, mode[] = {1, 1, 1, 2, 2, 0};
  for (int64_t step = 0; step < 3; ++step) record.write_weights[0][step][written[step]] = 1;
  for (int64_t step = 0; step < kSteps; ++step) {
    record.read_weights[0][step][0][read[step]] = 1;
    said.read_modes[0][step][0][mode[step]] = 0.9;
  }
  return record;
}

TraceView walking_view(const DncRecord& record) {
  CopyTask task{{{"bits", {int64_t{2}, "test"}}}};
  Batch batch;
  batch.inputs = at::zeros({1, kSteps, 3});
  batch.targets = at::zeros({1, kSteps, 2});
  batch.mask = at::zeros({1, kSteps}, at::kBool);
  batch.mask.narrow(1, 3, 3).fill_(true);
  batch.lengths = at::tensor({kSteps}, at::kLong);
  return dnc_episode_view("Copy", task, batch, 0, record);
}

TEST(DncEpisodeView, TellsWhichLinksWereFollowed) {
  const auto view = walking_view(walking_record());
  EXPECT_EQ(view.kind, "dnc-episode");
  EXPECT_EQ(values(view, "read_position"), (std::vector<float>{1, 1, 2, 0, 3, 0}));
  EXPECT_EQ(values(view, "read_mode"), (std::vector<float>{1, 1, 1, 2, 2, 0}));
  EXPECT_EQ(values(view, "link_from"), (std::vector<float>{0, 0, 0, 2, 0, 3}));
  EXPECT_EQ(values(view, "link_to"), (std::vector<float>{0, 0, 0, 0, 3, 0}));
  EXPECT_EQ(values(view, "link_way"), (std::vector<float>{0, 0, 0, 1, 1, -1}));
  EXPECT_EQ(values(view, "link_share"), (std::vector<float>{0, 0, 0, 0.9f, 0.9f, 0.9f}));
  EXPECT_EQ(view.facts.at("modes"), "backward|content|forward");
}

TEST(DncEpisodeView, TellsWhichStepWroteWhatIsRead) {
  const auto view = walking_view(walking_record());
  EXPECT_EQ(values(view, "written_at"), (std::vector<float>{0, 2, 2, 2, 2, 2,    // location 0
                                                            0, 0, 0, 0, 0, 0,    // 1: never
                                                            1, 1, 1, 1, 1, 1,    //
                                                            0, 0, 3, 3, 3, 3}));  //
  EXPECT_EQ(values(view, "read_source"), (std::vector<float>{0, 0, 1, 2, 3, 2}));
}

TEST(DncEpisodeView, PutsTimeLast) {
  const auto view = walking_view(walking_record());
  EXPECT_EQ(array_of(view, "write_weights").shape, (std::vector<int64_t>{1, kSlots, kSteps}));
  EXPECT_EQ(array_of(view, "read_weights").shape, (std::vector<int64_t>{1, kSlots, kSteps}));
  EXPECT_EQ(array_of(view, "read_modes").shape, (std::vector<int64_t>{1, 3, kSteps}));
  EXPECT_EQ(array_of(view, "usage").shape, (std::vector<int64_t>{kSlots, kSteps}));
  EXPECT_EQ(array_of(view, "free_gates").shape, (std::vector<int64_t>{1, kSteps}));
  EXPECT_EQ(values(view, "write_gate"), std::vector<float>(kSteps, 0.5));
  EXPECT_EQ(array_of(view, "writes").shape, (std::vector<int64_t>{1, 3, kSteps}));
  EXPECT_EQ(values(view, "writes")[1], 103);
  EXPECT_EQ(values(view, "reads")[kSteps], 1);
}

TEST(DncEpisodeView, ShowsAMachineWithoutLinks) {
  auto record = walking_record();
  record.interface.read_modes = at::Tensor();
  const auto view = walking_view(record);
  EXPECT_FALSE(view.facts.contains("modes"));
  EXPECT_EQ(values(view, "read_source"), (std::vector<float>{0, 0, 1, 2, 3, 2}));
  EXPECT_THROW(array_of(view, "link_from"), Error);
}

}  // namespace
}  // namespace mneme
