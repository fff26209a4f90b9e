#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mneme/core/error.h"
#include "mneme/models/sequence_model.h"

namespace mneme {
namespace {

std::shared_ptr<SequenceModel> make(const std::string& name, const Settings& settings) {
  Random random(1);
  // Most models do for any sizes; that of a pen emits mixtures and looks at a text, another reads and writes tokens.
  const std::map<std::string, ModelSizes> sizes{{"handwriting", {3, 13, 0, 5}}, {"transformer", {1, 9, 9, 9}}};
  const auto own = sizes.find(name);
  return make_model(name, settings, own == sizes.end() ? ModelSizes{9, 8} : own->second, random);
}

TEST(Registry, MakesEveryModelItNames) {
  EXPECT_EQ(model_names(), (std::vector<std::string>{"dnc", "gpt", "handwriting", "lstm", "ntm", "transformer"}));
  for (const auto& name : model_names()) {
    const auto model = make(name, {{"hidden", {int64_t{5}, "command line"}}});
    EXPECT_EQ(model->model_name(), name);
    const auto options = model->model_options();
    const auto hidden = std::find_if(options.begin(), options.end(),
                                     [](const auto& option) { return option.key == "hidden"; });
    EXPECT_EQ(option_text(hidden->value), "5");
    EXPECT_GT(model->multiply_adds_per_step(), 0);
  }
}

TEST(Registry, RefusesWhatItDoesNotKnow) {
  expect_error([] { make("ntn", {}); }, "unknown model ntn; did you mean ntm? (models: dnc, gpt, handwriting, lstm, ntm, transformer)");
  expect_error([] { make("perceptron", {}); }, "unknown model perceptron (models: dnc, gpt, handwriting, lstm, ntm, transformer)");
  expect_error(
      [] {
        make("ntm", {{"slotz", {int64_t{5}, "copy.toml:7:1"}}});
      },
      "copy.toml:7:1: unknown key model.slotz; did you mean slots?");
  expect_error(
      [] {
        make("ntm", {{"slots", {int64_t{-3}, "copy.toml:7:1"}}});
      },
      "copy.toml:7:1: model.slots is -3, expected an integer of at least 1 (memory slots N)");
  EXPECT_THROW(make("ntn", {}), UsageError);
}

}  // namespace
}  // namespace mneme
