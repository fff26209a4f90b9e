// The fused path of the NTM against the composite, which is the definition.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "models/fused_accuracy.h"
#include "mneme/core/error.h"
#include "mneme/models/ntm.h"

namespace mneme {
namespace {

struct NtmCase {
  const char* name;
  const char* controller;
  int64_t batch, time, features, outputs, hidden, slots, width, read_heads, write_heads, shift_range;
  bool variable_lengths;
};
void PrintTo(const NtmCase& c, std::ostream* out) {
  *out << c.name;
}

const NtmCase kNtmCases[] = {
    {"PaperCopy", "lstm", 4, 41, 9, 8, 100, 128, 20, 1, 1, 1, false},
    {"PaperCopyOfDifferentLengths", "lstm", 9, 13, 9, 8, 100, 128, 20, 1, 1, 1, true},
    {"PaperFeedForward", "feed-forward", 3, 25, 9, 8, 100, 128, 20, 4, 4, 1, true},
    {"EverythingIsOne", "lstm", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, false},
    {"EverythingIsOneFeedForward", "feed-forward", 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, false},
    {"OddSizes", "lstm", 5, 7, 3, 5, 13, 17, 7, 2, 3, 2, true},
    {"OddSizesFeedForward", "feed-forward", 7, 9, 5, 3, 11, 31, 3, 3, 2, 3, true},
    {"OneSequence", "lstm", 1, 20, 4, 2, 33, 65, 9, 1, 2, 1, false},
    {"MoreShiftsThanSlots", "lstm", 2, 6, 3, 2, 5, 3, 4, 2, 1, 3, false},
    {"WideSlots", "feed-forward", 2, 5, 3, 2, 8, 6, 70, 1, 1, 1, false},
    {"ManySlots", "lstm", 2, 4, 3, 2, 9, 1000, 5, 1, 1, 1, true},
    {"ManySequences", "lstm", 33, 5, 3, 2, 8, 10, 6, 1, 1, 1, true},
};

std::shared_ptr<NtmImpl> make_ntm(const NtmCase& c, at::ScalarType dtype, uint64_t seed = 1) {
  NtmOptions options;
  options.controller = c.controller;
  options.hidden = c.hidden;
  options.slots = c.slots;
  options.width = c.width;
  options.read_heads = c.read_heads;
  options.write_heads = c.write_heads;
  options.shift_range = c.shift_range;
  options.initial_memory = 0.01;
  options.initial_focus = 2;
  Random random(seed);
  auto model = std::make_shared<NtmImpl>(options, c.features, c.outputs, random);
  // Larger than an untrained net's interface, so that keys, gates and shifts take sides.
  torch::NoGradGuard no_grad;
  for (const auto& parameter : model->named_parameters())
    if (parameter.key().starts_with("interface.")) parameter.value().mul_(2);
  model->to(dtype);
  return model;
}

// Logits up to each length, and the gradients of all parameters and the inputs, in float64.
Named run_ntm(const NtmCase& c, Path path, at::ScalarType dtype, uint64_t seed) {
  const auto model = make_ntm(c, dtype, seed);
  model->set_path(path);
  const auto inputs = random_tensor({c.batch, c.time, c.features}, seed + 100).to(dtype).requires_grad_();
  const auto lengths = drawn_lengths(c, seed);
  auto logits = model->predict(inputs, lengths);
  if (lengths.defined()) logits = logits * (torch::arange(c.time) < lengths.unsqueeze(1)).unsqueeze(2);
  (logits * random_tensor(logits.sizes(), seed + 200).to(dtype)).sum().backward();
  Named results = {{"logits", logits.detach()}, {"inputs", inputs.grad()}};
  for (const auto& parameter : model->named_parameters())
    results.emplace_back(parameter.key(), parameter.value().grad());
  for (auto& result : results) result.second = result.second.to(torch::kFloat64);
  return results;
}

class FusedNtm : public testing::TestWithParam<NtmCase> {};

TEST_P(FusedNtm, IsAsAccurateAsTheComposite) {
  expect_as_accurate_as_the_composite(
      [](Path path, at::ScalarType dtype, uint64_t seed) { return run_ntm(GetParam(), path, dtype, seed); });
}

TEST_P(FusedNtm, RecordsTheSame) {
  const auto model = make_ntm(GetParam(), torch::kFloat64);
  const auto& c = GetParam();
  const auto inputs = random_tensor({c.batch, c.time, c.features}, 3);
  model->set_path(Path::fused);
  const auto fused = model->record(inputs, drawn_lengths(c, 1));
  model->set_path(Path::composite);
  const auto composite = model->record(inputs, drawn_lengths(c, 1));
  // Float64 through at most 41 steps; a wrong or misplaced part is off by far more.
  constexpr double kTolerance = 1e-10;
  for (const auto member : NtmHeadParameters::members())
    expect_near(fused.heads.*member, composite.heads.*member, kTolerance);
  expect_near(fused.content_weights, composite.content_weights, kTolerance);
  expect_near(fused.weights, composite.weights, kTolerance);
  expect_near(fused.hidden, composite.hidden, kTolerance);
  expect_near(fused.reads, composite.reads, kTolerance);
  expect_near(fused.logits, composite.logits, kTolerance);
  expect_near(fused.state.reads, composite.state.reads, kTolerance);
  expect_near(fused.state.weights, composite.state.weights, kTolerance);
  expect_near(fused.state.memory, composite.state.memory, kTolerance);
  ASSERT_EQ(fused.state.hidden.defined(), composite.state.hidden.defined());
  if (!fused.state.hidden.defined()) return;
  expect_near(fused.state.hidden, composite.state.hidden, kTolerance);
  expect_near(fused.state.cell, composite.state.cell, kTolerance);
}

TEST_P(FusedNtm, GivesTheSameBitsOnAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = run_ntm(GetParam(), Path::fused, torch::kFloat32, 1);
  at::set_num_threads(2);
  const auto two = run_ntm(GetParam(), Path::fused, torch::kFloat32, 1);
  at::set_num_threads(before);
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_TRUE(torch::equal(one[i].second, two[i].second)) << one[i].first;
}

INSTANTIATE_TEST_SUITE_P(Cases, FusedNtm, testing::ValuesIn(kNtmCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FusedNtmPath, HasTheGradientsOfCentralDifferences) {
  for (const char* controller : {"lstm", "feed-forward"}) {
    const auto model = make_ntm({"", controller, 2, 3, 2, 2, 3, 5, 2, 2, 2, 1, true}, torch::kFloat64);
    model->set_path(Path::fused);
    const auto inputs = random_tensor({2, 3, 2}, 5).requires_grad_();
    const auto lengths = torch::tensor({3, 2}, torch::kLong);
    auto leaves = model->parameters();
    leaves.push_back(inputs);
    const auto predict = [&] { return Tensors{model->predict(inputs, lengths).narrow(1, 0, 2)}; };
    EXPECT_TRUE(gradient_matches(predict, leaves)) << controller;
  }
}

TEST(FusedNtmPath, IsWhatRunsUnlessToldOtherwise) {
  const auto model = make_ntm(kNtmCases[0], torch::kFloat32);
  EXPECT_EQ(model->path_for(torch::zeros({2, 3, 9}), {}), Path::fused);
  model->set_path(Path::composite);
  EXPECT_EQ(model->path_for(torch::zeros({2, 3, 9}), {}), Path::composite);
}

TEST(FusedNtmPath, RefusesWhatItCannotRunAndAutomaticTakesTheComposite) {
  const auto model = make_ntm(kNtmCases[0], torch::kBFloat16);
  const auto inputs = torch::zeros({2, 3, 9}, torch::kBFloat16);
  EXPECT_EQ(model->path_for(inputs, {}), Path::composite);
  EXPECT_TRUE(model->predict(inputs, {}).isfinite().all().item<bool>());
  model->set_path(Path::fused);
  EXPECT_THROW(model->predict(inputs, {}), Error);
}

TEST(FusedNtmPath, RefusesASecondDerivative) {
  const auto model = make_ntm(kNtmCases[5], torch::kFloat64);
  model->set_path(Path::fused);
  const auto logits = model->predict(random_tensor({2, 3, 3}, 1), {});
  EXPECT_THROW(torch::autograd::grad({logits.sum()}, model->parameters(), {}, /*retain_graph=*/true,
                                     /*create_graph=*/true, /*allow_unused=*/true),
               Error);
}

}  // namespace
}  // namespace mneme
