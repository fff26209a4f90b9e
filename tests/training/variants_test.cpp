#include "mneme/training/variants.h"

#include <gtest/gtest.h>

#include <cmath>

#include "training/small_run.h"

namespace mneme {
namespace {

std::vector<Variant> seeds(const std::vector<int64_t>& numbers) {
  std::vector<Variant> variants;
  for (const int64_t number : numbers) variants.push_back({{"seed", std::to_string(number)}});
  return variants;
}

TEST(Variants, AreNamedAfterWhatTellsThemApart) {
  EXPECT_EQ(variant_name({{"seed", "3"}}), "seed-3");
  EXPECT_EQ(variant_name({{"task.tasks", "[1]"}, {"seed", "2"}}), "tasks-1-seed-2");
  EXPECT_EQ(variant_name({{"act.time_penalty", "1e-3"}}), "time_penalty-1e-3");
  EXPECT_EQ(variant_name({{"task.test_lengths", "[10, 20]"}}), "test_lengths-10_20");
}

TEST(Variants, MedianCountsWhatNeverHappened) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_EQ(median({1, 2, INFINITY}), 2);
  EXPECT_EQ(median({1, INFINITY}), INFINITY);
  EXPECT_EQ(median({1, 1, INFINITY, INFINITY}), INFINITY);
  EXPECT_EQ(median({}), INFINITY);
}

TEST(Variants, RunSideBySideAndAreSummedUp) {
  const test::TemporaryFolder folder;
  VariantsRun run;
  run.folder = folder.path();
  run.variants = seeds({3, 4, 5});
  run.at_once = 2;
  // In place of the program: a shell that writes what a run of the seed would have left behind.
  run.command = [](const Variant& variant, const std::filesystem::path& seed_folder) -> std::vector<std::string> {
    const std::string number = variant[0].second;
    const std::string script =
        "test \"$OMP_NUM_THREADS\" = 1 || exit 9\nmkdir -p " + seed_folder.string() + "\ncat > " +
        (seed_folder / "metrics.jsonl").string() + " <<'END'\n" +
        R"({"kind":"run","headline":"bits_per_sequence"})" + "\n" +
        (number == "5" ? ""
                   : R"({"kind":"milestone","update":9,"sequences":)" + number + R"(00,"seconds":)" + number +
                         R"(.5,"below":0.1,"unit":"bits_per_sequence","by":"training"})" + "\n") +
        R"({"kind":"validation","update":10,"sequences":1000,"seconds":9.0,"best":true,"bits_per_sequence":0.)" +
        number + "}\n" + R"({"kind":"test","update":10,"length":20,"wrong_bits_percent":)" + number +
        ".0}\n" + R"({"kind":"end","end":"finished","update":11,"sequences":1100,"seconds":10.0})" +
        "\nEND\n" + (number == "4" ? "exit 4\n" : "");
    return {"/bin/sh", "-c", script};
  };
  std::vector<std::string> notes;
  run.progress = [&](const std::string& text) { notes.push_back(text); };
  const VariantsSummary summary = train_variants(run);

  ASSERT_EQ(summary.outcomes.size(), 3);
  EXPECT_EQ(summary.headline, "bits_per_sequence");
  EXPECT_EQ(summary.outcomes[0].exit_code, 0);
  EXPECT_EQ(summary.outcomes[1].exit_code, 4);
  EXPECT_EQ(summary.outcomes[0].end, "finished");
  EXPECT_EQ(summary.outcomes[0].milestone->position.sequences, 300);
  EXPECT_FALSE(summary.outcomes[2].milestone.has_value());
  EXPECT_EQ(summary.milestones, 2);
  EXPECT_EQ(summary.median_milestone_seconds, 4.5);
  EXPECT_EQ(summary.median_milestone_sequences, 400);
  EXPECT_DOUBLE_EQ(summary.median_best, 0.4);
  ASSERT_EQ(summary.median_test.size(), 1);
  EXPECT_EQ(summary.median_test[0].setting.at("length"), 20);
  EXPECT_EQ(summary.median_test[0].figures.at("wrong_bits_percent"), 4);
  EXPECT_EQ(summary.mean_test.at("wrong_bits_percent"), 4);
  EXPECT_EQ(notes.size(), 6);
}

TEST(Variants, AStopEndsTheChildren) {
  const test::TemporaryFolder folder;
  std::atomic<bool> stop = false;
  VariantsRun run;
  run.folder = folder.path();
  run.variants = seeds({1, 2, 3});
  run.at_once = 1;
  run.stop = &stop;
  run.command = [](const Variant&, const std::filesystem::path&) -> std::vector<std::string> {
    return {"/bin/sh", "-c", "exec sleep 30"};
  };
  run.progress = [&](const std::string&) { stop = true; };
  const VariantsSummary summary = train_variants(run);
  for (const auto& outcome : summary.outcomes) EXPECT_EQ(outcome.exit_code, 143);
}

TEST(Variants, AreWatchedByTheLastTrainingLineOfEach) {
  const test::TemporaryFolder folder;
  std::atomic<bool> stop = false;
  VariantsRun run;
  run.folder = folder.path();
  run.variants = seeds({3, 4});
  run.at_once = 2;
  run.stop = &stop;
  run.command = [](const Variant& variant, const std::filesystem::path& seed_folder) -> std::vector<std::string> {
    if (variant[0].second == "4") return {"/bin/sh", "-c", "exec sleep 30"};
    const std::string script = "mkdir -p " + seed_folder.string() + "\ncat > " +
                               (seed_folder / "metrics.jsonl").string() + " <<'END'\n" +
                               R"({"kind":"run","headline":"bits_per_sequence"})" + "\n" +
                               R"({"kind":"train","update":100,"loss":9.5,"unit":"bits_per_sequence"})" + "\n" +
                               R"({"kind":"train","update":200,"loss":8.5,"unit":"bits_per_sequence"})" + "\n" +
                               R"({"kind":"milestone","update":200,"sequences":200,"seconds":1.0,)" +
                               R"("below":9.0,"unit":"bits_per_sequence","by":"training"})" +
                               "\nEND\nexec sleep 30";
    return {"/bin/sh", "-c", script};
  };
  std::vector<VariantNow> seen;
  run.watch = [&](const std::vector<VariantNow>& running, int64_t ended) {
    EXPECT_EQ(ended, 0);
    seen = running;
    stop = running[0].updates > 0;
  };
  train_variants(run);
  ASSERT_EQ(seen.size(), 2);
  EXPECT_EQ(seen[0].name, "seed-3");
  EXPECT_EQ(seen[0].updates, 200);
  EXPECT_EQ(seen[0].loss, 8.5);
  EXPECT_EQ(seen[0].unit, "bits_per_sequence");
  EXPECT_EQ(seen[1].unit, "");
}

}  // namespace
}  // namespace mneme
