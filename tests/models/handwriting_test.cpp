// The synthesis network by both paths.
#include "mneme/models/handwriting.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "models/fused_accuracy.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

struct HandwritingCase {
  const char* name;
  int64_t batch, time, hidden, layers, gaussians, tokens, characters;  // without gaussians: no window
  bool variable_lengths;
  double clip = 0;
};
void PrintTo(const HandwritingCase& c, std::ostream* out) {
  *out << c.name;
}

const HandwritingCase kHandwritingCases[] = {
    {"Small", 4, 20, 24, 3, 4, 12, 6, false},
    {"DifferentLengths", 9, 13, 20, 2, 3, 30, 17, true},
    {"EverythingIsOne", 1, 1, 1, 1, 1, 1, 1, false},
    {"OddSizes", 5, 7, 13, 3, 5, 7, 11, true},
    {"OneSequence", 1, 30, 33, 2, 10, 65, 5, false},
    {"ManySequences", 67, 5, 9, 2, 3, 5, 4, true},
    {"WithoutWindow", 5, 9, 17, 3, 0, 0, 0, true},
    {"OneLayerWithoutWindow", 3, 11, 70, 1, 0, 0, 0, false},
    {"ManyGatesCut", 4, 9, 11, 2, 3, 6, 5, true, 0.02},
};

std::shared_ptr<HandwritingImpl> make_handwriting(const HandwritingCase& c, at::ScalarType dtype,
                                                  uint64_t seed = 1) {
  HandwritingOptions options;
  options.hidden = c.hidden;
  options.layers = c.layers;
  options.window = c.gaussians > 0;
  options.gaussians = std::max<int64_t>(c.gaussians, 1);
  options.clip_gates = options.clip_outputs = c.clip;
  options.start_advance = 0.3;
  Random random(seed);
  auto model = std::make_shared<HandwritingImpl>(options, ModelSizes{3, 13, 0, c.tokens}, random);
  model->to(dtype);
  return model;
}

Sequences sequences_of(const HandwritingCase& c, at::ScalarType dtype, uint64_t seed) {
  Sequences given;
  given.inputs = random_tensor({c.batch, c.time, 3}, seed + 100).to(dtype);
  Random random(seed);
  const auto lengths = [&](int64_t longest) {
    auto drawn = torch::empty({c.batch}, torch::kLong);
    for (int64_t b = 0; b < c.batch; ++b) drawn[b] = random.integer(1, longest);
    return drawn;
  };
  if (c.variable_lengths) given.lengths = lengths(c.time);
  if (c.gaussians == 0) return given;
  given.context = torch::empty({c.batch, c.characters}, torch::kLong);
  for (int64_t i = 0; i < given.context.numel(); ++i)
    given.context.data_ptr<int64_t>()[i] = random.integer(0, c.tokens - 1);
  if (c.variable_lengths) given.context_lengths = lengths(c.characters);
  return given;
}

at::Tensor within_lengths(const Sequences& given, const at::Tensor& tensor) {
  if (!given.lengths.defined()) return tensor;
  return tensor * (torch::arange(tensor.size(1)) < given.lengths.unsqueeze(1)).unsqueeze(2);
}

// Logits up to each length, and the gradients of all parameters and the inputs, in float64.
Named run_handwriting(const HandwritingCase& c, Path path, at::ScalarType dtype, uint64_t seed) {
  const auto model = make_handwriting(c, dtype, seed);
  model->set_path(path);
  auto given = sequences_of(c, dtype, seed);
  given.inputs.requires_grad_();
  const auto logits = within_lengths(given, model->forward(given).logits);
  (logits * random_tensor(logits.sizes(), seed + 200).to(dtype)).sum().backward();
  Named results = {{"logits", logits.detach()}, {"inputs", given.inputs.grad()}};
  for (const auto& parameter : model->named_parameters()) {  // a single layer's last window is seen by nobody
    const auto& gradient = parameter.value().grad();
    results.emplace_back(parameter.key(), gradient.defined() ? gradient : torch::zeros_like(parameter.value()));
  }
  for (auto& result : results) result.second = result.second.to(torch::kFloat64);
  return results;
}

class FusedHandwriting : public testing::TestWithParam<HandwritingCase> {};

TEST_P(FusedHandwriting, IsAsAccurateAsTheComposite) {
  expect_as_accurate_as_the_composite([](Path path, at::ScalarType dtype, uint64_t seed) {
    return run_handwriting(GetParam(), path, dtype, seed);
  });
}

TEST_P(FusedHandwriting, RecordsTheSame) {
  const auto model = make_handwriting(GetParam(), torch::kFloat64);
  const auto given = sequences_of(GetParam(), torch::kFloat64, 3);
  model->set_path(Path::fused);
  const auto fused = model->record(given);
  model->set_path(Path::composite);
  const auto composite = model->record(given);
  // Float64 through at most 30 steps; a wrong or misplaced part is off by far more.
  const auto expect_same = [&](const at::Tensor& one, const at::Tensor& other) {
    expect_near(within_lengths(given, one), within_lengths(given, other), 1e-10);
  };
  expect_same(fused.logits, composite.logits);
  ASSERT_EQ(fused.strengths.defined(), GetParam().gaussians > 0);
  if (!fused.strengths.defined()) return;
  expect_same(fused.strengths, composite.strengths);
  expect_same(fused.importances, composite.importances);
  expect_same(fused.widths, composite.widths);
  expect_same(fused.positions, composite.positions);
}

TEST_P(FusedHandwriting, GivesTheSameBitsOnAnyNumberOfThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = run_handwriting(GetParam(), Path::fused, torch::kFloat32, 1);
  at::set_num_threads(2);
  const auto two = run_handwriting(GetParam(), Path::fused, torch::kFloat32, 1);
  at::set_num_threads(before);
  // The weights' gradients are the engine's products over all steps, which it may cut by threads.
  for (const size_t i : {0, 1}) EXPECT_TRUE(torch::equal(one[i].second, two[i].second)) << one[i].first;
}

INSTANTIATE_TEST_SUITE_P(Cases, FusedHandwriting, testing::ValuesIn(kHandwritingCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FusedHandwritingPath, HasTheGradientsOfCentralDifferences) {
  for (const int64_t gaussians : {2, 0}) {
    const HandwritingCase c{"", 2, 4, 3, 2, gaussians, gaussians > 0 ? 3 : 0, 4, true};
    const auto model = make_handwriting(c, torch::kFloat64);
    model->set_path(Path::fused);
    auto given = sequences_of(c, torch::kFloat64, 5);
    given.lengths = torch::tensor({4, 2}, torch::kLong);
    given.inputs.requires_grad_();
    auto leaves = model->parameters();
    leaves.push_back(given.inputs);
    EXPECT_TRUE(gradient_matches([&] { return Tensors{within_lengths(given, model->forward(given).logits)}; }, leaves));
  }
}

TEST(FusedHandwritingPath, IsWhatRunsUnlessToldOtherwiseAndRefusesWhatItCannot) {
  auto model = make_handwriting(kHandwritingCases[0], torch::kFloat32);
  const auto given = sequences_of(kHandwritingCases[0], torch::kFloat32, 1);
  EXPECT_EQ(model->path_for(given), Path::fused);
  const auto coarse = sequences_of(kHandwritingCases[0], torch::kBFloat16, 1);
  model = make_handwriting(kHandwritingCases[0], torch::kBFloat16);
  EXPECT_EQ(model->path_for(coarse), Path::composite);
  model->set_path(Path::fused);
  EXPECT_THROW(model->forward(coarse), Error);
}

TEST(FusedHandwritingPath, RefusesASecondDerivative) {
  const auto model = make_handwriting(kHandwritingCases[0], torch::kFloat64);
  model->set_path(Path::fused);
  const auto logits = model->forward(sequences_of(kHandwritingCases[0], torch::kFloat64, 1)).logits;
  EXPECT_THROW(torch::autograd::grad({logits.sum()}, model->parameters(), {}, /*retain_graph=*/true,
                                     /*create_graph=*/true, /*allow_unused=*/true),
               Error);
}

TEST(Handwriting, LooksAtTheTextItIsGivenAndNotPastItsEnd) {
  const auto model = make_handwriting(kHandwritingCases[0], torch::kFloat64);
  auto given = sequences_of(kHandwritingCases[0], torch::kFloat64, 1);
  given.context_lengths = torch::full({given.context.size(0)}, 4, torch::kLong);
  const auto logits = model->forward(given).logits;
  auto changed = given;
  changed.context = given.context.clone();
  changed.context.select(1, 5).fill_(0);
  EXPECT_TRUE(torch::equal(model->forward(changed).logits, logits));
  changed.context.select(1, 2).add_(1).remainder_(12);
  EXPECT_FALSE(torch::equal(model->forward(changed).logits, logits));
}

TEST(Handwriting, AWindowThatIsNotTrainedMovesOnAsItIsTold) {
  const auto model = make_handwriting(kHandwritingCases[0], torch::kFloat64);
  auto given = sequences_of(kHandwritingCases[0], torch::kFloat64, 1);
  const auto positions = model->record(given).positions;  // [batch, time, gaussians]
  const double each = positions.select(1, 19).mean().item<double>() / 20;
  EXPECT_GT(each, 0.3 / 2);
  EXPECT_LT(each, 0.3 * 2);
}

TEST(Handwriting, RefusesATaskThatIsNotAPens) {
  Random random(1);
  EXPECT_THROW(HandwritingImpl(HandwritingOptions{}, ModelSizes{3, 12, 0, 5}, random), UsageError);
  EXPECT_THROW(HandwritingImpl(HandwritingOptions{}, ModelSizes{3, 13, 0, 0}, random), UsageError);
  EXPECT_THROW(HandwritingImpl(HandwritingOptions{}, ModelSizes{3, 13, 7, 5}, random), UsageError);
}

}  // namespace
}  // namespace mneme
