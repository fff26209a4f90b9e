#include "mneme/core/shape.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/temporary_folder.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

using test::error_text;

TEST(ShapeCheck, NamesTheArgumentTheSizesAndTheArgumentThatFixedThem) {
  const auto memory = torch::zeros({8, 128, 20});
  const auto keys = torch::zeros({8, 2, 24});
  EXPECT_EQ(error_text<Error>([&] {
              ShapeCheck("content_weights")
                  .expect("memory", memory, "batch slots width")
                  .expect("keys", keys, "batch heads width");
            }),
            "content_weights: keys is [8, 2, 24], expected [batch=8, heads, width=20]; sizes fixed by memory "
            "[8, 128, 20]");
}

TEST(ShapeCheck, NamesEveryArgumentThatFixedASizeOnce) {
  ShapeCheck check("read");
  check.expect("memory", torch::zeros({8, 128, 20}), "batch slots width")
      .expect("keys", torch::zeros({8, 2, 20}), "batch heads width");
  EXPECT_EQ(error_text<Error>([&] {
              check.expect("weights", torch::zeros({8, 3, 127}), "batch heads slots");
            }),
            "read: weights is [8, 3, 127], expected [batch=8, heads=2, slots=128]; sizes fixed by memory "
            "[8, 128, 20] and keys [8, 2, 20]");
}

TEST(ShapeCheck, RefusesAnotherRank) {
  EXPECT_EQ(
      error_text<Error>([] { ShapeCheck("lstm").expect("input", torch::zeros({3}), "batch features"); }),
      "lstm: input is [3], expected [batch, features]");
  EXPECT_EQ(error_text<Error>([] { ShapeCheck("lstm").expect("loss", torch::zeros({1}), ""); }),
            "lstm: loss is [1], expected []");
}

TEST(ShapeCheck, TakesNumbersLiterally) {
  ShapeCheck check("glimpse");
  check.expect("centres", torch::zeros({5, 2}), "batch 2");
  EXPECT_EQ(error_text<Error>([&] {
              check.expect("corners", torch::zeros({5, 3}), "batch 2");
            }),
            "glimpse: corners is [5, 3], expected [batch=5, 2]; sizes fixed by centres [5, 2]");
}

TEST(ShapeCheck, ComparesSizesWithinOneArgument) {
  ShapeCheck("link").expect("link", torch::zeros({4, 3, 3}), "batch slots slots");
  EXPECT_EQ(error_text<Error>([] {
              ShapeCheck("link").expect("link", torch::zeros({4, 3, 5}), "batch slots slots");
            }),
            "link: link is [4, 3, 5], expected [batch, slots, slots]");
}

TEST(ShapeCheck, RefusesUndefinedTensors) {
  ShapeCheck check("write");
  check.expect("memory", torch::zeros({8, 128, 20}), "batch slots width");
  EXPECT_EQ(
      error_text<Error>([&] { check.expect("adds", torch::Tensor(), "batch heads width"); }),
      "write: adds is undefined, expected [batch=8, heads, width=20]; sizes fixed by memory [8, 128, 20]");
}

TEST(ShapeCheck, WantsOneFloatingDtype) {
  ShapeCheck check("content_weights");
  check.expect("lengths", torch::zeros({8}, torch::kInt64), "batch")
      .expect("memory", torch::zeros({8, 128, 20}), "batch slots width")
      .expect("mask", torch::zeros({8, 128}, torch::kBool), "batch slots");
  EXPECT_EQ(error_text<Error>([&] {
              check.expect("keys", torch::zeros({8, 2, 20}, torch::kFloat64), "batch heads width");
            }),
            "content_weights: keys is float64, expected float32; dtype fixed by memory");
}

TEST(ShapeCheck, BindsSizesOfOptions) {
  ShapeCheck check("ntm");
  check.bind("heads", 4, "NtmOptions.read_heads");
  EXPECT_EQ(
      error_text<Error>([&] {
        check.expect("weights", torch::zeros({8, 3}), "batch heads");
      }),
      "ntm: weights is [8, 3], expected [batch, heads=4]; sizes fixed by heads=4 (NtmOptions.read_heads)");
  check.expect("weights", torch::zeros({8, 4}), "batch heads");
  EXPECT_EQ(error_text<Error>([&] { check.bind("batch", 9, "the recipe"); }),
            "ntm: batch=9 (the recipe), expected batch=8; sizes fixed by weights [8, 4]");
  check.bind("batch", 8, "the recipe");
}

TEST(ShapeCheck, GivesBoundSizes) {
  ShapeCheck check("ntm");
  check.expect("memory", torch::zeros({8, 0, 20}), "batch slots width");
  EXPECT_EQ(check.size("slots"), 0);
  EXPECT_EQ(check.size("width"), 20);
  EXPECT_EQ(error_text<Error>([&] { check.size("heads"); }), "ntm: no argument has a dimension called heads");
}

TEST(ShapeCheck, BindsNothingFromARefusedArgument) {
  ShapeCheck check("ntm");
  check.expect("memory", torch::zeros({8, 128}), "batch slots");
  EXPECT_THROW(check.expect("keys", torch::zeros({7, 5}), "batch heads"), Error);
  EXPECT_THROW(check.size("heads"), Error);
}

TEST(ShapeText, WritesSizesAndDtypes) {
  EXPECT_EQ(shape_text(torch::zeros({8, 128, 20})), "[8, 128, 20]");
  EXPECT_EQ(shape_text(torch::zeros({})), "[]");
  EXPECT_EQ(shape_text(torch::Tensor()), "undefined");
  EXPECT_EQ(dtype_text(torch::kBFloat16), "bfloat16");
  EXPECT_EQ(dtype_text(torch::kUInt8), "uint8");
  EXPECT_EQ(dtype_text(torch::kComplexFloat), "ComplexFloat");
}

}  // namespace
}  // namespace mneme
