// The fused path of the DNC against the composite, which is the definition.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/core/error.h"
#include "mneme/models/dnc.h"
#include "models/fused_accuracy.h"

namespace mneme {
namespace {

struct DncCase {
  const char* name;
  const char* controller;
  int64_t batch, time, features, outputs, hidden, slots, width, read_heads;
  bool variable_lengths;
  std::string_view with = "";  // names of options that are on
};
void PrintTo(const DncCase& c, std::ostream* out) {
  *out << c.name;
}

// The backward pass replays segments of eight steps; sequences step in groups of two to eight.
const DncCase kDncCases[] = {
    {"PaperShape", "lstm", 2, 9, 12, 10, 256, 256, 64, 4, false},
    {"DifferentLengths", "lstm", 9, 18, 9, 8, 40, 48, 20, 2, true},
    {"FeedForward", "feed-forward", 3, 17, 9, 8, 50, 64, 16, 4, true},
    {"EverythingIsOne", "lstm", 1, 1, 1, 1, 1, 1, 1, 1, false},
    {"EverythingIsOneFeedForward", "feed-forward", 1, 1, 1, 1, 1, 1, 1, 1, false},
    {"OddSizes", "lstm", 5, 7, 3, 5, 13, 17, 7, 3, true},
    {"OddSizesFeedForward", "feed-forward", 7, 9, 5, 3, 11, 31, 3, 5, true},
    {"OneSequence", "lstm", 1, 20, 4, 2, 33, 65, 9, 1, false},
    {"OneSequenceOfASegment", "lstm", 1, 8, 4, 2, 20, 130, 33, 2, false},
    {"ManyHeads", "lstm", 2, 10, 3, 2, 16, 20, 6, 9, true},
    {"ManySequences", "lstm", 33, 5, 3, 2, 8, 10, 6, 1, true},
    {"MaskedKeys", "lstm", 5, 10, 3, 5, 13, 17, 7, 3, true, "masked_keys"},
    {"ClearFreed", "lstm", 3, 18, 3, 5, 13, 40, 7, 3, true, "clear_freed"},
    {"SharpenedLinks", "lstm", 5, 9, 3, 5, 13, 17, 7, 3, true, "sharpened_links"},
    {"ContentOnly", "lstm", 9, 10, 3, 5, 13, 65, 7, 3, true, "content_only"},
    {"LayerNorm", "lstm", 5, 10, 3, 5, 37, 17, 7, 3, true, "layer_norm"},
    {"LayerNormFeedForward", "feed-forward", 5, 10, 3, 5, 13, 17, 7, 3, true, "layer_norm"},
    {"WhatAnAdvancedDncHas", "lstm", 1, 17, 3, 5, 24, 48, 16, 5, false,
     "masked_keys content_only layer_norm"},
    {"Everything", "lstm", 9, 10, 9, 8, 40, 48, 20, 5, true,
     "masked_keys clear_freed sharpened_links layer_norm"},
};

std::shared_ptr<DncImpl> make_dnc(const DncCase& c, at::ScalarType dtype, uint64_t seed = 1) {
  DncOptions options;
  options.controller = c.controller;
  options.hidden = c.hidden;
  options.slots = c.slots;
  options.width = c.width;
  options.read_heads = c.read_heads;
  const auto on = [&](const char* option) { return c.with.find(option) != std::string_view::npos; };
  options.masked_keys = on("masked_keys");
  options.clear_freed = on("clear_freed");
  options.sharpened_links = on("sharpened_links");
  options.content_only = on("content_only");
  options.layer_norm = on("layer_norm");
  Random random(seed);
  auto model = std::make_shared<DncImpl>(options, c.features, c.outputs, random);
  // Larger than an untrained net's interface, so that keys, gates and modes take sides.
  torch::NoGradGuard no_grad;
  for (const auto& parameter : model->named_parameters())
    if (parameter.key().starts_with("interface.")) parameter.value().mul_(2);
  model->to(dtype);
  return model;
}

// Logits up to each length, and the gradients of all parameters and the inputs, in float64.
Named run_dnc(const DncCase& c, Path path, at::ScalarType dtype, uint64_t seed) {
  const auto model = make_dnc(c, dtype, seed);
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

// A state that no two slots of look alike in: among slots that do, rounding decides which is the next to be
// allocated.
std::vector<at::Tensor> some_state(const DncImpl& model, int64_t batch) {
  const auto& o = model.options();
  const auto weights = [&](at::IntArrayRef sizes, uint64_t seed) {
    return (3 * random_tensor(sizes, seed)).softmax(-1) * 0.9;
  };
  std::vector<at::Tensor> state;
  if (o.controller == std::string("lstm"))
    for (const uint64_t seed : {11, 12}) state.push_back(random_tensor({batch, o.hidden}, seed));
  state.push_back(random_tensor({batch, o.read_heads, o.width}, 13));
  state.push_back(weights({batch, o.read_heads, o.slots}, 14));
  state.push_back(weights({batch, o.slots}, 15));
  state.push_back(random_tensor({batch, o.slots}, 16, 0, 1));  // usage
  if (!o.content_only) {
    state.push_back(weights({batch, o.slots}, 17));
    state.push_back(random_tensor({batch, o.slots, o.slots}, 18, 0, 1.0 / static_cast<double>(o.slots)) *
                    (1 - torch::eye(o.slots, torch::kFloat64)));
  }
  state.push_back(random_tensor({batch, o.slots, o.width}, 19));
  return state;
}

class FusedDnc : public testing::TestWithParam<DncCase> {};

TEST_P(FusedDnc, IsAsAccurateAsTheComposite) {
  expect_as_accurate_as_the_composite(
      [](Path path, at::ScalarType dtype, uint64_t seed) { return run_dnc(GetParam(), path, dtype, seed); });
}

TEST_P(FusedDnc, RecordsTheSame) {
  const auto model = make_dnc(GetParam(), torch::kFloat64);
  const auto& c = GetParam();
  const auto inputs = random_tensor({c.batch, c.time, c.features}, 3);
  model->set_path(Path::fused);
  const auto fused = model->record(inputs, drawn_lengths(c, 1));
  model->set_path(Path::composite);
  const auto composite = model->record(inputs, drawn_lengths(c, 1));
  // Float64 through at most 20 steps; a wrong or misplaced part is off by far more.
  constexpr double kTolerance = 1e-10;
  // The first writes find slots alike, and rounding decides their order: what is over the slots is compared
  // as sorted.
  const auto expect_same_slots = [&](const at::Tensor& one, const at::Tensor& other) {
    expect_near(std::get<0>(one.sort(-1)), std::get<0>(other.sort(-1)), kTolerance);
  };
  for (const auto member : DncInterface::members()) {
    ASSERT_EQ((fused.interface.*member).defined(), (composite.interface.*member).defined());
    if ((fused.interface.*member).defined())
      expect_near(fused.interface.*member, composite.interface.*member, kTolerance);
  }
  expect_same_slots(fused.usage, composite.usage);
  expect_same_slots(fused.allocation_weights, composite.allocation_weights);
  expect_same_slots(fused.write_weights, composite.write_weights);
  expect_same_slots(fused.read_weights, composite.read_weights);
  expect_near(fused.hidden, composite.hidden, kTolerance);
  expect_near(fused.reads, composite.reads, kTolerance);
  expect_near(fused.logits, composite.logits, kTolerance);
}

TEST_P(FusedDnc, GoesOnFromAState) {
  const auto& c = GetParam();
  const auto model = make_dnc(c, torch::kFloat64);
  const auto inputs = random_tensor({c.batch, c.time, c.features}, 3);
  const torch::NoGradGuard no_grad;
  std::vector<std::vector<at::Tensor>> states;
  std::vector<at::Tensor> logits;
  for (const Path path : {Path::fused, Path::composite}) {
    model->set_path(path);
    auto state = some_state(*model, c.batch);
    logits.push_back(model->advance(state, inputs, {}));
    states.push_back(state);
  }
  expect_near(logits[0], logits[1], 1e-10);
  ASSERT_EQ(states[0].size(), states[1].size());
  for (size_t i = 0; i < states[0].size(); ++i) expect_near(states[0][i], states[1][i], 1e-10);
}

TEST_P(FusedDnc, GivesTheSameBitsOnAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = run_dnc(GetParam(), Path::fused, torch::kFloat32, 1);
  at::set_num_threads(2);
  const auto two = run_dnc(GetParam(), Path::fused, torch::kFloat32, 1);
  at::set_num_threads(before);
  // The operation's own gradients, which all its results go into; the engine's products around it may differ.
  for (size_t i = 0; i < one.size(); ++i)
    if (one[i].first == "controller.recurrent_weight" || one[i].first.starts_with("interface.")) {
      EXPECT_TRUE(torch::equal(one[i].second, two[i].second)) << one[i].first;
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, FusedDnc, testing::ValuesIn(kDncCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FusedDncPath, HasTheGradientsOfCentralDifferences) {
  struct {
    const char *controller, *with;
  } const kinds[] = {{"lstm", ""},
                     {"feed-forward", ""},
                     {"lstm", "masked_keys"},
                     {"lstm", "clear_freed"},
                     {"lstm", "sharpened_links"},
                     {"lstm", "content_only"},
                     {"lstm", "layer_norm"},
                     {"feed-forward", "layer_norm"},
                     {"lstm", "masked_keys clear_freed sharpened_links layer_norm"}};
  for (const auto& [controller, with] : kinds) {
    const auto model = make_dnc({"", controller, 2, 3, 2, 2, 3, 5, 2, 2, true, with}, torch::kFloat64);
    model->set_path(Path::fused);
    {
      // Keys and words well above the floor of the norms, near which the similarity bends within a step.
      const torch::NoGradGuard no_grad;
      for (const auto& parameter : model->named_parameters())
        if (parameter.key().starts_with("interface."))
          parameter.value().copy_(random_tensor(parameter.value().sizes(), 6));
    }
    const auto inputs = random_tensor({2, 3, 2}, 5).requires_grad_();
    const auto lengths = torch::tensor({3, 2}, torch::kLong);
    auto leaves = model->parameters();
    leaves.push_back(inputs);
    const auto predict = [&] { return Tensors{model->predict(inputs, lengths).narrow(1, 0, 2)}; };
    EXPECT_TRUE(gradient_matches(predict, leaves)) << controller << " " << with;
  }
}

TEST(FusedDncPath, IsWhatRunsUnlessToldOtherwise) {
  const auto model = make_dnc(kDncCases[1], torch::kFloat32);
  EXPECT_EQ(model->path_for(torch::zeros({2, 3, 9}), {}), Path::fused);
  model->set_path(Path::composite);
  EXPECT_EQ(model->path_for(torch::zeros({2, 3, 9}), {}), Path::composite);
}

TEST(FusedDncPath, RefusesWhatItCannotRunAndAutomaticTakesTheComposite) {
  const auto model = make_dnc(kDncCases[1], torch::kBFloat16);
  const auto inputs = torch::zeros({2, 3, 9}, torch::kBFloat16);
  EXPECT_EQ(model->path_for(inputs, {}), Path::composite);
  model->set_path(Path::fused);
  EXPECT_THROW(model->predict(inputs, {}), Error);
}

TEST(FusedDncPath, RefusesASecondDerivativeAndGradientsThroughAState) {
  const auto model = make_dnc(kDncCases[5], torch::kFloat64);
  model->set_path(Path::fused);
  const auto inputs = random_tensor({2, 3, 3}, 1);
  const auto logits = model->predict(inputs, {});
  EXPECT_THROW(torch::autograd::grad({logits.sum()}, model->parameters(), {}, /*retain_graph=*/true,
                                     /*create_graph=*/true, /*allow_unused=*/true),
               Error);
  std::vector<at::Tensor> state;
  EXPECT_THROW(model->advance(state, inputs, {}), Error);
}

}  // namespace
}  // namespace mneme
