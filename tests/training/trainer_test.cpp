#include "mneme/training/trainer.h"

#include <gtest/gtest.h>

#include <fstream>

#include "mneme/training/checkpoint.h"
#include "mneme/training/checkpoint_folder.h"
#include "mneme/training/metrics.h"
#include "training/small_run.h"

namespace mneme {
namespace {

using test::small_recipe;
using test::TemporaryFolder;

TrainingRun run_in(const std::filesystem::path& folder, bool resume = false) {
  TrainingRun run;
  run.folder = folder;
  run.resume = resume;
  return run;
}

/// Trains, stopping after each of `stops` updates and going on again; the last part runs to the end.
TrainingResult train_with_stops(const Recipe& recipe, const std::filesystem::path& folder,
                                const std::vector<int64_t>& stops) {
  bool resume = false;
  for (const int64_t at : stops) {
    std::atomic<bool> stop = false;
    TrainingRun run = run_in(folder, resume);
    run.stop = &stop;
    run.progress = [&](const Progress& progress) { stop = stop || progress.position.updates >= at; };
    const TrainingResult result = train(recipe, run);
    EXPECT_EQ(result.end, TrainingResult::End::interrupted);
    resume = true;
  }
  return train(recipe, run_in(folder, resume));
}

TEST(Trainer, LearnsAndWritesItsFolder) {
  const TemporaryFolder folder;
  const auto run_folder = folder.path() / "run";
  const TrainingResult result = train(small_recipe({"length=400u", "max_length=1", "learning_rate=0.05",
                                                    "milestone=1.0", "milestone_sequences=40"}),
                                      run_in(run_folder));
  EXPECT_EQ(result.end, TrainingResult::End::finished);
  EXPECT_EQ(result.position.updates, 400);
  EXPECT_EQ(result.position.sequences, 1600);
  EXPECT_LT(result.best, 0.2);  // of 2 bits a sequence
  ASSERT_TRUE(result.milestone.has_value());
  EXPECT_LT(result.milestone->position.updates, 400);
  ASSERT_EQ(result.test.size(), 2);
  EXPECT_EQ(result.test[1].setting.at("length"), 6);

  const auto lines = read_metrics(run_folder / "metrics.jsonl");
  EXPECT_EQ(lines.front().at("kind"), "run");
  EXPECT_EQ(lines.back().at("kind"), "end");
  std::map<std::string, int64_t> kinds;
  for (const auto& line : lines) ++kinds[line.at("kind")];
  EXPECT_EQ(kinds["train"], 400 / 7);
  EXPECT_EQ(kinds["validation"], 40);
  EXPECT_EQ(kinds["milestone"], 1);
  EXPECT_EQ(kinds["test"], 2);
  EXPECT_TRUE(std::filesystem::exists(run_folder / "recipe.toml"));

  const TrainedModel trained = load_trained(run_folder);
  EXPECT_EQ(trained.updates, result.best_update);
  const auto rows = evaluate(*trained.model, *trained.task, 8, 64, trained.seed);
  EXPECT_EQ(rows[0].figures, result.test[0].figures);
}

TEST(Trainer, ResumesToTheSameBits) {
  const std::vector<std::vector<std::string>> cases{
      {"optimizer=adam"},
      {"optimizer=rmsprop-graves", "clip_elements=0.01", "schedule=cosine", "warmup=20u"},
      {"optimizer=adamw", "weight_decay=0.1", "average_decay=0.9", "clip_norm=0.5", "curriculum=length",
       "curriculum_length=40u"},
      {"curriculum=loss", "curriculum_below=4.0", "curriculum_step=0.3", "milestone_sequences=12",
       "milestone=3.5", "schedule=linear"},
      {"model.name=dnc", "slots=4", "width=3", "read_heads=1", "bypass_dropout=0.5"},
  };
  for (const auto& overrides : cases) {
    const TemporaryFolder folder;
    const Recipe recipe = small_recipe(overrides);
    const auto whole = folder.path() / "whole", parts = folder.path() / "parts";
    const TrainingResult once = train(recipe, run_in(whole));
    const TrainingResult resumed = train_with_stops(recipe, parts, {7, 20, 30, 42});
    EXPECT_EQ(test::checkpoint_differences(whole, parts), "") << overrides[0];
    EXPECT_EQ(test::timeless_metrics(whole), test::timeless_metrics(parts)) << overrides[0];
    EXPECT_EQ(once.best, resumed.best);
    ASSERT_EQ(once.test.size(), resumed.test.size());
    EXPECT_EQ(once.test[0].figures, resumed.test[0].figures);
  }
}

TEST(Trainer, GoesBackToTheCheckpointAfterACrash) {
  // The folder as a crash leaves it: lines past the checkpoint, half a line, a half-written archive.
  const TemporaryFolder folder;
  const Recipe recipe = small_recipe();
  const auto whole = folder.path() / "whole", parts = folder.path() / "parts";
  train(recipe, run_in(whole));
  std::atomic<bool> stop = false;
  TrainingRun run = run_in(parts);
  run.stop = &stop;
  run.progress = [&](const Progress& progress) { stop = progress.position.updates >= 30; };
  train(recipe, run);
  std::ofstream(parts / "metrics.jsonl", std::ios::app)
      << "{\"kind\":\"train\",\"update\":35}\n{\"kind\":\"tr";
  std::ofstream(parts / "checkpoints" / "update-40.safetensors.partial") << "half";
  train(recipe, run_in(parts, true));
  EXPECT_EQ(test::timeless_metrics(whole), test::timeless_metrics(parts));
  EXPECT_FALSE(std::filesystem::exists(parts / "checkpoints" / "update-40.safetensors.partial"));
}

TEST(Trainer, FallsBackToAnOlderCheckpointWhenTheLatestIsDamaged) {
  const TemporaryFolder folder;
  const Recipe recipe = small_recipe({"checkpoint_every=20u"});
  const auto whole = folder.path() / "whole", damaged = folder.path() / "damaged";
  train(recipe, run_in(whole));
  train(recipe, run_in(damaged));
  const auto latest = damaged / "checkpoints" / "update-60.safetensors";
  std::string bytes = test::read_text(latest);
  bytes[bytes.size() / 2] ^= 1;
  std::ofstream(latest, std::ios::binary) << bytes;
  std::string notes;
  TrainingRun run = run_in(damaged, true);
  run.progress = [&](const Progress& progress) { notes += progress.text; };
  train(recipe, run);
  EXPECT_NE(notes.find("update-40.safetensors; newer checkpoints are damaged:"), std::string::npos) << notes;
  EXPECT_EQ(test::checkpoint_differences(whole, damaged), "");
  EXPECT_EQ(test::timeless_metrics(whole), test::timeless_metrics(damaged));
}

TEST(Trainer, StopsAtTheTargetAndForLackOfProgress) {
  const TemporaryFolder folder;
  const TrainingResult reached =
      train(small_recipe({"stop_below=100.0", "stop_below_count=3"}), run_in(folder.path() / "reached"));
  EXPECT_EQ(reached.end, TrainingResult::End::target_reached);
  EXPECT_EQ(reached.position.updates, 30);

  const TrainingResult stuck =
      train(small_recipe({"learning_rate=0.0", "patience=2"}), run_in(folder.path() / "stuck"));
  EXPECT_EQ(stuck.end, TrainingResult::End::no_improvement);
  EXPECT_EQ(stuck.position.updates, 30);
  EXPECT_EQ(stuck.best_update, 10);
}

TEST(Trainer, KeepsTheLastCheckpointsAndTheBest) {
  const TemporaryFolder folder;
  train(small_recipe({"checkpoint_every=10u", "keep_checkpoints=3"}), run_in(folder.path() / "run"));
  const CheckpointFolder checkpoints(folder.path() / "run");
  std::vector<int64_t> updates;
  for (const auto& entry : checkpoints.manifest().latest) updates.push_back(entry.update);
  EXPECT_EQ(updates, (std::vector<int64_t>{40, 50, 60}));
  int64_t files = 0;
  for ([[maybe_unused]] const auto& file :
       std::filesystem::directory_iterator(folder.path() / "run" / "checkpoints"))
    ++files;
  EXPECT_EQ(files, 3 + 1 + 1);  // latest, best, manifest
}

TEST(Trainer, NamesWhatDivergedAndKeepsTheCheckpoint) {
  const TemporaryFolder folder;
  const auto run_folder = folder.path() / "run";
  train(small_recipe({"length=20u"}), run_in(run_folder));
  try {
    train(small_recipe({"length=60u", "learning_rate=1e38"}), run_in(run_folder, true));
    FAIL();
  } catch (const DivergedError& error) {
    const std::string text = error.what();
    // Steps of 1e38 pass the largest float, 3.4e38, within three updates.
    EXPECT_TRUE(text.find("is not finite at update 21;") != std::string::npos ||
                text.find("is not finite at update 22;") != std::string::npos ||
                text.find("is not finite at update 23;") != std::string::npos)
        << text;
    EXPECT_NE(text.find("; the last good checkpoint is " +
                        (run_folder / "checkpoints/update-20.safetensors").string()),
              std::string::npos)
        << text;
    EXPECT_EQ(error.exit_code(), 4);
  }
  EXPECT_EQ(train(small_recipe({"length=40u"}), run_in(run_folder, true)).position.updates, 40);
}

/// Puts a number that is not finite into a tensor of the latest checkpoint, and returns what resuming throws.
std::string divergence(const std::filesystem::path& run_folder, const std::string& tensor) {
  CheckpointFolder checkpoints(run_folder);
  const auto entry = checkpoints.manifest().latest.back();
  Archive archive = checkpoints.read(entry);
  archive.tensors.at(tensor).view(-1)[0] = NAN;
  checkpoints.write_latest(entry.update, archive, 1);
  try {
    train(small_recipe({"length=40u"}), run_in(run_folder, true));
  } catch (const DivergedError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Trainer, FindsNanInTheUpdateInWhichItAppears) {
  const TemporaryFolder folder;
  for (const auto& [tensor, what] : {std::pair{"parameters.output.bias", "logits (the model's output)"},
                                     std::pair{"optimizer.mean", "parameter layers.weight_ih_l0"}}) {
    const auto run_folder = folder.path() / tensor;
    train(small_recipe({"length=20u"}), run_in(run_folder));
    EXPECT_EQ(divergence(run_folder, tensor),
              what + std::string(" is not finite at update 21; the last good checkpoint is ") +
                  (run_folder / "checkpoints/update-20.safetensors").string());
  }
}

TEST(Trainer, RefusesTheWrongFolder) {
  const TemporaryFolder folder;
  const auto text = [&](bool resume) -> std::string {
    try {
      train(small_recipe({"length=1u"}), run_in(folder.path(), resume));
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(text(true), folder.path().string() + " holds no run that could be resumed");
  EXPECT_EQ(text(false), "");
  EXPECT_EQ(text(false),
            folder.path().string() + " holds a run already; resume it, or choose another folder");
  EXPECT_THROW(load_trained(folder.path() / "nothing"), UsageError);
}

TEST(Trainer, RefusesACheckpointOfAnotherModel) {
  const TemporaryFolder folder;
  train(small_recipe(), run_in(folder.path()));
  try {
    load_trained(folder.path(), {"model.hidden=9"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(
        std::string(error.what()).find(" does not fit " + (folder.path() / "recipe.toml").string() + ": "),
        std::string::npos)
        << error.what();
  }
}

TEST(Trainer, StartsFromTheParametersOfAnotherRun) {
  const TemporaryFolder folder;
  const auto first = folder.path() / "first", second = folder.path() / "second";
  train(small_recipe(), {first});
  // A run without a step of its own is the other one's best.
  train(small_recipe({"start_from=" + first.string(), "learning_rate=0", "training.length=1"}), {second});
  const auto before = load_trained(first).model->named_parameters();
  for (const auto& parameter : load_trained(second).model->named_parameters())
    EXPECT_TRUE(torch::equal(parameter.value(), before[parameter.key()])) << parameter.key();
  EXPECT_THROW(train(small_recipe({"start_from=" + first.string(), "hidden=9"}), {folder.path() / "third"}), Error);
  EXPECT_THROW(train(small_recipe({"start_from=" + second.string() + "x"}), {folder.path() / "fourth"}), UsageError);
}

TEST(Trainer, ExportsWhatAReportNeeds) {
  const TemporaryFolder folder;
  const auto run_folder = folder.path() / "run", zoo = folder.path() / "zoo";
  train(small_recipe({"log_every=1u", "average_decay=0.9"}), run_in(run_folder));
  export_trained(run_folder, zoo, StoredAs::float32, 10);
  const TrainedModel run = load_trained(run_folder), exported = load_trained(zoo);
  EXPECT_EQ(run.updates, exported.updates);
  EXPECT_EQ(run.seed, exported.seed);
  const auto parameters = run.model->named_parameters();
  for (const auto& parameter : exported.model->named_parameters())
    EXPECT_TRUE(at::equal(parameter.value(), parameters[parameter.key()])) << parameter.key();
  int64_t training = 0;
  for (const auto& line : read_metrics(zoo / "metrics.jsonl")) training += line.at("kind") == "train";
  EXPECT_EQ(training, 10);
}

TEST(Trainer, DryRunWritesNothing) {
  const DryRun shown = dry_run(small_recipe());
  // LSTM of 8 on 3 inputs, output of 2, and maybe a learned start.
  EXPECT_GE(shown.parameters, 4 * 8 * (3 + 8 + 2) + 2 * 9);
  EXPECT_EQ(shown.parameter_bytes, shown.parameters * 4);
  EXPECT_GT(shown.longest_sequence, 2);
  EXPECT_EQ(shown.unit, "bits_per_sequence");
}

}  // namespace
}  // namespace mneme
