#include "mneme/training/length.h"

#include <gtest/gtest.h>

#include "mneme/core/error.h"

namespace mneme {
namespace {

TEST(Length, ReadsUnits) {
  const auto expect = [](const char* text, Length::Unit unit, double amount) {
    const Length length = parse_length("training.length", text);
    EXPECT_EQ(length.unit, unit) << text;
    EXPECT_DOUBLE_EQ(length.amount, amount) << text;
  };
  expect("30000", Length::Unit::updates, 30000);
  expect("500u", Length::Unit::updates, 500);
  expect("20ku", Length::Unit::updates, 20000);
  expect("1.5Mu", Length::Unit::updates, 1.5e6);
  expect("4000seq", Length::Unit::sequences, 4000);
  expect("300kseq", Length::Unit::sequences, 3e5);
  expect("2Mseq", Length::Unit::sequences, 2e6);
  expect("90s", Length::Unit::seconds, 90);
  expect("15m", Length::Unit::seconds, 900);
  expect("2h", Length::Unit::seconds, 7200);
}

TEST(Length, RefusesOtherUnits) {
  for (const char* text : {"", "20x", "300ks", "2ms", "-5u", "5 u", "u", "1e3u", "nan"}) {
    try {
      parse_length("training.length", text);
      FAIL() << text;
    } catch (const UsageError& error) {
      EXPECT_EQ(error.what(),
                "training.length is \"" + std::string(text) +
                    "\", expected updates (\"500u\", \"20ku\"), sequences (\"300kseq\") or wall "
                    "time (\"90s\", \"15m\", \"2h\")");
    }
  }
}

TEST(Length, PassesOnceAnInterval) {
  const Length every = parse_length("x", "30seq");
  int64_t passed = 0;
  for (int64_t update = 1; update <= 100; ++update)
    passed += every.passed({update - 1, (update - 1) * 16, 0}, {update, update * 16, 0});
  EXPECT_EQ(passed, 1600 / 30);
  EXPECT_FALSE(parse_length("x", "0u").passed({0, 0, 0}, {10, 10, 10}));
}

}  // namespace
}  // namespace mneme
