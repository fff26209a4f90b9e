#include "mneme/core/options.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstring>
#include <limits>

#include "core/temporary_folder.h"

namespace mneme {
namespace {

using test::error_text;

struct PetOptions {
  int64_t slots = 128;
  double rate = 1e-4;
  bool learned = true;
  std::string controller = "lstm";
  std::string note = "";
  std::vector<int64_t> lengths = {10, 20};
  int64_t share = 3;
  double momentum = 0.5;
  template <class Visitor>
  void visit(Visitor&& option) {
    option("slots", slots, "memory slots N", at_least(1));
    option("rate", rate, "step size", between(0, 1));
    option("learned", learned, "learn the initial state", any_value());
    option("controller", controller, "what drives the heads", one_of({"lstm", "feed-forward"}));
    option("note", note, "for people", any_value());
    option("lengths", lengths, "test lengths", at_least(1));
    option("share", share, "a part in ten", between(0, 10));
    option("momentum", momentum, "running average", any_value());
  }
};

Settings one_setting(const std::string& key, OptionValue value) {
  return {{key, {std::move(value), "copy.toml:7:1"}}};
}

std::string refusal(const std::string& key, OptionValue value) {
  PetOptions options;
  return error_text<UsageError>([&] { apply_settings(options, "model", one_setting(key, value)); });
}

TEST(Options, AreDescribedByTheirOneDeclaration) {
  const auto list = describe_options(PetOptions{});
  ASSERT_EQ(list.size(), 8u);
  EXPECT_EQ(list[0].key, "slots");
  EXPECT_EQ(std::get<int64_t>(list[0].value), 128);
  EXPECT_EQ(list[0].help, "memory slots N");
  EXPECT_EQ(list[0].limits.low, 1);
  EXPECT_FALSE(list[0].limits.high);
  EXPECT_EQ(list[3].limits.words, (std::vector<std::string>{"lstm", "feed-forward"}));
}

TEST(Options, AreSetByKeyAndOthersStay) {
  PetOptions options;
  apply_settings(options, "model",
                 {{"slots", {int64_t{7}, "a"}},
                  {"controller", {std::string("feed-forward"), "a"}},
                  {"learned", {false, "a"}},
                  {"lengths", {std::vector<int64_t>{}, "a"}}});
  EXPECT_EQ(options.slots, 7);
  EXPECT_EQ(options.controller, "feed-forward");
  EXPECT_FALSE(options.learned);
  EXPECT_TRUE(options.lengths.empty());
  EXPECT_EQ(options.rate, 1e-4);
}

TEST(Options, TakeAnIntegerForADouble) {
  PetOptions options;
  apply_settings(options, "training", one_setting("rate", int64_t{1}));
  EXPECT_EQ(options.rate, 1.0);
}

TEST(Options, NameOriginKeyValueAndRange) {
  EXPECT_EQ(refusal("slots", int64_t{-3}),
            "copy.toml:7:1: model.slots is -3, expected an integer of at least 1 (memory slots N)");
  EXPECT_EQ(refusal("share", int64_t{11}),
            "copy.toml:7:1: model.share is 11, expected an integer between 0 and 10 (a part in ten)");
  EXPECT_EQ(refusal("rate", 1.5),
            "copy.toml:7:1: model.rate is 1.5, expected a number between 0 and 1 (step size)");
  EXPECT_EQ(refusal("rate", int64_t{2}),
            "copy.toml:7:1: model.rate is 2, expected a number between 0 and 1 (step size)");
  EXPECT_EQ(
      refusal("lengths", std::vector<int64_t>{5, 0}),
      "copy.toml:7:1: model.lengths is [5, 0], expected a list of integers of at least 1 (test lengths)");
}

TEST(Options, NameTheExpectedType) {
  EXPECT_EQ(refusal("slots", 3.0),
            "copy.toml:7:1: model.slots is 3.0, expected an integer of at least 1 (memory slots N)");
  EXPECT_EQ(refusal("slots", std::string("many")),
            "copy.toml:7:1: model.slots is \"many\", expected an integer of at least 1 (memory slots N)");
  EXPECT_EQ(refusal("learned", int64_t{1}),
            "copy.toml:7:1: model.learned is 1, expected true or false (learn the initial state)");
  EXPECT_EQ(refusal("note", true), "copy.toml:7:1: model.note is true, expected text in quotes (for people)");
  EXPECT_EQ(refusal("lengths", int64_t{5}),
            "copy.toml:7:1: model.lengths is 5, expected a list of integers of at least 1 (test lengths)");
  EXPECT_EQ(refusal("momentum", std::numeric_limits<double>::quiet_NaN()),
            "copy.toml:7:1: model.momentum is nan, expected a number (running average)");
}

TEST(Options, SuggestTheNearestWord) {
  EXPECT_EQ(
      refusal("controller", std::string("feedforward")),
      "copy.toml:7:1: model.controller is \"feedforward\", expected one of lstm, feed-forward (what drives "
      "the heads); did you mean feed-forward?");
  EXPECT_EQ(
      refusal("controller", std::string("transformer")),
      "copy.toml:7:1: model.controller is \"transformer\", expected one of lstm, feed-forward (what drives "
      "the heads)");
}

TEST(Options, RefuseUnknownKeys) {
  EXPECT_EQ(refusal("slotz", int64_t{1}), "copy.toml:7:1: unknown key model.slotz; did you mean slots?");
  EXPECT_EQ(
      refusal("temperature", int64_t{1}),
      "copy.toml:7:1: unknown key model.temperature; known keys: slots, rate, learned, controller, note, "
      "lengths, share, momentum");
}

TEST(Options, NothingIsSetWhenAKeyIsUnknown) {
  PetOptions options;
  Settings settings = one_setting("slotz", int64_t{1});
  settings["rate"] = {0.5, "copy.toml:8:1"};
  EXPECT_THROW(apply_settings(options, "model", settings), UsageError);
  EXPECT_EQ(options.rate, 1e-4);
}

TEST(NearestWord, CountsChangesAndSwaps) {
  const std::vector<std::string> known = {"hidden", "slots", "width", "read_heads", "write_heads"};
  EXPECT_EQ(nearest_word("slots", known), "slots");
  EXPECT_EQ(nearest_word("solts", known), "slots");
  EXPECT_EQ(nearest_word("hiden", known), "hidden");
  EXPECT_EQ(nearest_word("wirte_heads", known), "write_heads");
  EXPECT_EQ(nearest_word("readheads", known), "read_heads");
  EXPECT_EQ(nearest_word("x", known), "");
  EXPECT_EQ(nearest_word("", known), "");
  EXPECT_EQ(nearest_word("b", {"a"}), "");
  EXPECT_EQ(nearest_word("slots", {}), "");
}

TEST(OptionText, IsWhatARecipeHolds) {
  EXPECT_EQ(option_text(true), "true");
  EXPECT_EQ(option_text(int64_t{128}), "128");
  EXPECT_EQ(option_text(0.001), "0.001");
  EXPECT_EQ(option_text(3e-4), "0.0003");
  EXPECT_EQ(option_text(1e-4), "0.0001");
  EXPECT_EQ(option_text(1e-5), "1e-5");
  EXPECT_EQ(option_text(2.5e-10), "2.5e-10");
  EXPECT_EQ(option_text(1e30), "1e30");
  EXPECT_EQ(option_text(0.0), "0.0");
  EXPECT_EQ(option_text(-2.0), "-2.0");
  EXPECT_EQ(option_text(0.1), "0.1");
  EXPECT_EQ(option_text(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(option_text(std::string("lstm")), "lstm");
  EXPECT_EQ(option_text(std::vector<int64_t>{10, 20}), "[10, 20]");
  EXPECT_EQ(option_text(std::vector<int64_t>{}), "[]");
}

RC_GTEST_PROP(OptionText, ReadsBackAsTheSameNumber, (uint64_t bits)) {
  double value;
  std::memcpy(&value, &bits, sizeof value);
  RC_PRE(std::isfinite(value));
  const std::string text = option_text(value);
  RC_ASSERT(std::strtod(text.c_str(), nullptr) == value);
  RC_ASSERT(text.find_first_of(".e") != std::string::npos);
}

}  // namespace
}  // namespace mneme
