#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mneme/core/error.h"
#include "mneme/models/sequence_model.h"

namespace mneme {
namespace {

std::shared_ptr<SequenceModel> make_by_name(const std::string& name, const Settings& settings,
                                            const ModelSizes& sizes = {9, 8}) {
  Random random(1);
  return make_model(name, settings, sizes, random);
}

TEST(Registry, MakesEveryModelItNamesForSizesThatItTakes) {
  for (const auto& name : model_names()) {
    std::shared_ptr<SequenceModel> model;
    // Real numbers, sentences of tokens, a token a step with a context, a pen's points with a text.
    for (const ModelSizes& sizes :
         {ModelSizes{9, 8}, ModelSizes{9, 8, 20, 0}, ModelSizes{1, 9, 9, 9}, ModelSizes{3, 13, 0, 5}}) {
      try {
        model = make_by_name(name, {}, sizes);
        break;
      } catch (const UsageError&) {
      }
    }
    ASSERT_NE(model, nullptr) << name;
    EXPECT_EQ(model->model_name(), name);
    EXPECT_GT(model->multiply_adds_per_step(), 0);
    const auto options = model->model_options(), described = model_options(name);
    ASSERT_EQ(options.size(), described.size());
    for (size_t i = 0; i < options.size(); ++i) {
      EXPECT_EQ(options[i].key, described[i].key);
      EXPECT_EQ(option_text(options[i].value), option_text(described[i].value));
    }
  }
}

TEST(Registry, GivesAModelItsSettings) {
  const auto options = make_by_name("lstm", {{"hidden", {int64_t{5}, "command line"}}})->model_options();
  EXPECT_EQ(options[0].key, "hidden");
  EXPECT_EQ(option_text(options[0].value), "5");
}

TEST(Registry, RefusesWhatItDoesNotKnow) {
  std::string known;
  for (const auto& name : model_names()) known += (known.empty() ? "" : ", ") + name;
  expect_error([] { make_by_name("ntn", {}); },
               "unknown model ntn; did you mean ntm? (models: " + known + ")");
  expect_error([] { make_by_name("perceptron", {}); }, "unknown model perceptron (models: " + known + ")");
  expect_error(
      [] {
        make_by_name("ntm", {{"slotz", {int64_t{5}, "copy.toml:7:1"}}});
      },
      "copy.toml:7:1: unknown key model.slotz; did you mean slots?");
  expect_error(
      [] {
        make_by_name("ntm", {{"slots", {int64_t{-3}, "copy.toml:7:1"}}});
      },
      "copy.toml:7:1: model.slots is -3, expected an integer of at least 1 (memory slots N)");
  EXPECT_THROW(make_by_name("ntn", {}), UsageError);
}

}  // namespace
}  // namespace mneme
