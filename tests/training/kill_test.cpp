// A run that is killed at any moment, or finds the disk full, goes on from its last checkpoint to the same
// bits.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <random>

#include "mneme/training/checkpoint.h"
#include "mneme/training/checkpoint_folder.h"
#include "training/child.h"
#include "training/small_run.h"

namespace mneme {
namespace {

using test::TemporaryFolder;

const std::vector<std::string> kOverrides{
    "length=2500u",       "checkpoint_every=25u", "validate_every=100u",  "optimizer=rmsprop-graves",
    "average_decay=0.99", "curriculum=loss",      "curriculum_below=3.0", "milestone=1.0"};

TEST(Kill, FiftyKillsLeaveTheSameBits) {
  const TemporaryFolder folder;
  const auto whole = folder.path() / "whole";
  const auto reference = test::start_child(whole, kOverrides);
  ASSERT_EQ(test::await_end(reference), 0) << test::read_text(whole.string() + ".log");

  std::mt19937 random(7);  // the moments also depend on the machine's load
  std::uniform_int_distribution<useconds_t> moment(0, 80'000), early(0, 400'000);
  constexpr int kKills = 50;
  int kills = 0;
  for (int run = 0; kills < kKills; ++run) {
    const auto killed = folder.path() / ("killed-" + std::to_string(run));
    while (true) {
      const auto child = test::start_child(killed, kOverrides);
      if (kills < kKills) {
        // Mostly while it trains and writes; every fifth time while it starts, or in whatever it is doing
        // then.
        if (kills % 5 == 0) {
          ::usleep(early(random));
        } else {
          test::await_progress(child);
          ::usleep(moment(random));
        }
        ::kill(child.id, SIGKILL);
      }
      const int code = test::await_end(child);
      if (code == 0) break;
      ASSERT_EQ(code, 128 + SIGKILL) << test::read_text(killed.string() + ".log");
      ++kills;
    }
    ASSERT_EQ(test::checkpoint_differences(whole, killed), "") << "after " << kills << " kills";
    ASSERT_EQ(test::timeless_metrics(whole), test::timeless_metrics(killed)) << "after " << kills << " kills";
  }
}

TEST(Kill, AFullDiskLeavesTheLastCheckpoint) {
  const TemporaryFolder folder;
  const auto whole = folder.path() / "whole", full = folder.path() / "full";
  for (const auto& [path, length] : {std::pair{whole, "length=120u"}, std::pair{full, "length=60u"}}) {
    const auto child = test::start_child(path, {length, "checkpoint_every=20u"});
    ASSERT_EQ(test::await_end(child), 0) << test::read_text(path.string() + ".log");
  }
  const CheckpointFolder before(full);
  const int64_t bytes = before.manifest().latest.back().bytes;

  // No file may reach the size of a checkpoint any more: the next one cannot be written.
  const auto failing = test::start_child(full, {"length=120u", "checkpoint_every=20u"}, bytes - 100);
  EXPECT_EQ(test::await_end(failing), 1);
  const std::string log = test::read_text(full.string() + ".log");
  EXPECT_NE(log.find("update-80.safetensors"), std::string::npos) << log;
  const CheckpointFolder after(full);
  EXPECT_EQ(after.manifest().latest.back().update, 60);
  EXPECT_NO_THROW(after.read(after.manifest().latest.back()));
  EXPECT_NO_THROW(load_trained(full));

  const auto resumed = test::start_child(full, {"length=120u", "checkpoint_every=20u"});
  ASSERT_EQ(test::await_end(resumed), 0) << test::read_text(full.string() + ".log");
  EXPECT_EQ(test::checkpoint_differences(whole, full), "");
}

}  // namespace
}  // namespace mneme
