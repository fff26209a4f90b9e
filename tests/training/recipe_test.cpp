#include "mneme/training/recipe.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "mneme/training/options.h"
#include "training/small_run.h"

namespace mneme {
namespace {

using test::TemporaryFolder;

constexpr const char* kCopy = R"([about]
title = "Copy"

[model]
name = "lstm"
hidden = 32

[task]
name = "copy"
max_length = 5

[training]
learning_rate = 1e-3
length = 500
)";

/// Sets a variable of the environment for the time of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const TemporaryFolder folder;
  const auto file = folder.write("copy.toml", text);
  try {
    read_recipe({file}, overrides);
  } catch (const UsageError& error) {
    std::string message = error.what();
    const std::string prefix = folder.path().string() + "/";
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    return message;
  }
  return "no error";
}

int64_t integer(const Settings& settings, const char* key) {
  return std::get<int64_t>(settings.at(key).value);
}

TEST(Recipe, LaterSettingsWin) {
  const TemporaryFolder folder;
  const auto file = folder.write("copy.toml", kCopy);
  const auto later = folder.write("small.toml", "[model]\nhidden = 16\nlayers = 2\n[task]\nbits = 3\n");
  const Variable layers("MNEME_MODEL_LAYERS", "1"), bits("MNEME_TASK_BITS", "4"),
      other("MNEME_DATA", "/nowhere");

  const Recipe recipe = read_recipe({file, later}, {"task.bits=5", "batch_size=2"});
  EXPECT_EQ(recipe.model, "lstm");
  EXPECT_EQ(recipe.task, "copy");
  EXPECT_EQ(recipe.about.at("title"), "Copy");
  EXPECT_EQ(integer(recipe.model_settings, "hidden"), 16);
  EXPECT_EQ(integer(recipe.model_settings, "layers"), 1);
  EXPECT_EQ(recipe.model_settings.at("layers").origin, "environment MNEME_MODEL_LAYERS");
  EXPECT_EQ(integer(recipe.task_settings, "bits"), 5);
  EXPECT_EQ(recipe.task_settings.at("bits").origin, "command line");
  EXPECT_EQ(integer(recipe.task_settings, "max_length"), 5);
  const TrainingOptions options = training_options(recipe);
  EXPECT_EQ(options.batch_size, 2);
  EXPECT_EQ(options.length, "500");
  EXPECT_DOUBLE_EQ(options.learning_rate, 1e-3);
}

TEST(Recipe, AnotherModelDropsTheSettingsOfTheOneBefore) {
  const TemporaryFolder folder;
  const auto file = folder.write("copy.toml", kCopy);
  const Recipe recipe = read_recipe({file}, {"model.slots=16", "model.name=ntm"});
  EXPECT_EQ(recipe.model, "ntm");
  EXPECT_EQ(integer(recipe.model_settings, "slots"), 16);
  EXPECT_FALSE(recipe.model_settings.contains("hidden"));
}

TEST(Recipe, TextReadsBackAsTheSameRecipe) {
  const TemporaryFolder folder;
  const auto file = folder.write("copy.toml", kCopy);
  const Recipe recipe = read_recipe({file}, {"about.title=A \"quoted\" \\ title\nof two lines"});
  for (const bool full : {false, true}) {
    const std::string text = recipe_text(recipe, full);
    const Recipe again = read_recipe({folder.write("again.toml", text)});
    EXPECT_EQ(recipe_text(again, full), text);
    EXPECT_EQ(again.about, recipe.about);
    EXPECT_EQ(recipe_text(again, true), recipe_text(recipe, true));
  }
  EXPECT_NE(recipe_text(recipe, true).find("\nbatch_size = 16\n"), std::string::npos);
  EXPECT_EQ(recipe_text(recipe, false).find("batch_size"), std::string::npos);
}

TEST(Recipe, RefusesMalformedFiles) {
  EXPECT_EQ(error_of("[model\nname = \"lstm\"\n").substr(0, 14), "copy.toml:1:7:");
  EXPECT_EQ(error_of("[modle]\nname = \"lstm\"\n"),
            "copy.toml:1:2: unknown table [modle]; did you mean [model]?");
  EXPECT_EQ(
      error_of("slots = 3\n"),
      "copy.toml:1:1: slots stands outside the tables, expected keys in [model], [task] or [training] only");
  EXPECT_EQ(error_of("model = \"lstm\"\n"),
            "copy.toml:1:1: model stands outside the tables, expected the table [model]");
  EXPECT_EQ(error_of("[about]\nauthor = \"me\"\n"),
            "copy.toml:2:1: unknown key about.author; known keys: title, paper, published, measured, cost, "
            "command");
  EXPECT_EQ(error_of("[about]\ntitel = \"me\"\n"),
            "copy.toml:2:1: unknown key about.titel; did you mean title?");
  EXPECT_EQ(error_of("[model]\nname = \"lstn\"\n"), "copy.toml:2:1: unknown model lstn; did you mean lstm?");
  EXPECT_EQ(error_of("[model]\nname = 3\n"), "copy.toml:2:1: model.name is 3, expected text in quotes");
  EXPECT_EQ(error_of("[model]\nname = \"lstm\"\n"),
            "copy.toml: the recipe names no task, expected name = \"…\" in [task]");
  EXPECT_EQ(
      error_of("[model]\nhidden = 1979-05-27\n"),
      "copy.toml:2:1: model.hidden is a date, expected true or false, a number, text or a list of integers");
}

TEST(Recipe, RefusesUnknownAndWrongSettings) {
  const std::string copy = kCopy;
  EXPECT_EQ(error_of(copy + "lerning_rate = 3\n"),
            "copy.toml:15:1: unknown key training.lerning_rate; did you mean learning_rate?");
  EXPECT_EQ(error_of(copy + "batch_size = 0\n"),
            "copy.toml:15:1: training.batch_size is 0, expected an integer of at least 1 (sequences in one "
            "update)");
  EXPECT_EQ(error_of(copy + "optimizer = \"adamm\"\n"),
            "copy.toml:15:1: training.optimizer is \"adamm\", expected one of rmsprop-graves, adam, adamw "
            "(what turns "
            "gradients into steps); did you mean adam?");
  EXPECT_EQ(error_of(copy + "validate_every = \"10s\"\n"),
            "copy.toml:15:1: training.validate_every is \"10s\", expected updates (\"500u\") or sequences "
            "(\"20kseq\"): by the clock a resumed run would differ");
  EXPECT_EQ(error_of(copy, {"training.length=20x"}).substr(0, 42),
            "command line: training.length is \"20x\", ex");
  EXPECT_EQ(error_of(copy, {"model.hiden=3"}), "command line: unknown key model.hiden; did you mean hidden?");
}

TEST(Recipe, RefusesUnclearOverrides) {
  const std::string copy = kCopy;
  EXPECT_EQ(error_of(copy, {"hiden=3"}), "command line: unknown key hiden; did you mean hidden?");
  EXPECT_EQ(error_of(copy, {"hidden"}), "command line: hidden is no setting, expected section.key=value");
  EXPECT_EQ(error_of(copy, {"modle.hidden=3"}),
            "command line: unknown section modle in modle.hidden=3; did you mean model?");
  const std::string ngrams = "[model]\nname = \"lstm\"\n[task]\nname = \"ngrams\"\n";
  EXPECT_EQ(error_of(ngrams, {"length=50"}),
            "command line: length is a key of task and of training: write task.length or training.length");
}

TEST(Recipe, EveryRecipeOfTheProjectCanBeRead) {
  int64_t count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(MNEME_SOURCE_DIR) / "recipes")) {
    if (entry.path().extension() != ".toml") continue;
    const Recipe recipe = read_recipe({entry.path()});
    for (const char* key : {"title", "paper", "published", "measured", "cost", "command"})
      EXPECT_TRUE(recipe.about.contains(key)) << entry.path() << " lacks about." << key;
    ++count;
  }
  EXPECT_GE(count, 9);
}

}  // namespace
}  // namespace mneme
