// The NTM by its equations: the composite path.
#include "mneme/models/ntm.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

// Fills every parameter with sin(0.7 k + 1), counting k through, as tests/goldens/ntm_golden.py does.
void fill_with_waves(NtmImpl& model) {
  torch::NoGradGuard no_grad;
  auto parameters = model.named_parameters();
  int64_t drawn = 0;
  for (const char* name : {"controller.input_weight", "controller.bias", "controller.recurrent_weight",
                           "interface.weight", "interface.bias", "output.weight", "output.bias",
                           "initial.weight_logits", "initial.reads", "initial.hidden", "initial.cell"}) {
    auto* parameter = parameters.find(name);
    if (parameter == nullptr) continue;  // a feed-forward controller has no state
    for (int64_t i = 0; i < parameter->numel(); ++i)
      parameter->data_ptr<double>()[i] = std::sin(0.7 * static_cast<double>(drawn++) + 1);
  }
}

NtmOptions tiny(const std::string& controller, int64_t read_heads, int64_t write_heads) {
  NtmOptions options;
  options.controller = controller;
  options.hidden = 3;
  options.slots = 4;
  options.width = 2;
  options.read_heads = read_heads;
  options.write_heads = write_heads;
  options.initial_memory = 0.1;
  options.path = "composite";
  return options;
}

std::shared_ptr<NtmImpl> double_ntm(const NtmOptions& options, int64_t features, int64_t outputs,
                                    uint64_t seed = 1) {
  Random random(seed);
  auto model = std::make_shared<NtmImpl>(options, features, outputs, random);
  model->to(torch::kFloat64);
  return model;
}

const auto kLengths32 = [] { return torch::tensor({3, 2}, torch::kLong); };

// Two sequences of 3 and 2 steps; what stands after the second one's end must not matter.
at::Tensor golden_inputs() {
  return numbers({0.5, -1, 1, 0.25, -0.75, 2, 1.5, 0, -0.5, -0.5, 9, 9}, {2, 3, 2});
}

// Printed by tests/goldens/ntm_golden.py with 12 decimals, after at most three steps of some hundred
// operations: 1e-12 covers both roundings.
constexpr double kGoldenTolerance = 1e-12;

TEST(Ntm, EqualsAnLstmNtmComputedApart) {
  const auto model = double_ntm(tiny("lstm", 1, 2), 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), kLengths32());
  expect_near(record.logits[0],
              numbers({0.503960239285, 1.167151875852, 0.470409929848, 1.076999781423, 0.482349320572,
                       0.974949006128},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({0.321851311295, 1.495811795626, 0.493047687242, 1.052326246155}, {2, 2}),
              kGoldenTolerance);
  expect_near(
      record.state.weights,
      numbers(
          {0.227275464324, 0.234030796911, 0.251621557577, 0.287072181189, 0.248963234240, 0.234745819782,
           0.258474856478, 0.257816089500, 0.225238916806, 0.297098753411, 0.208841258657, 0.268821071127,  //
           0.218964548470, 0.236860798242, 0.329755660654, 0.214418992634, 0.227907721924, 0.250378708028,
           0.243840063622, 0.277873506425, 0.309136883164, 0.212337968076, 0.289312034572, 0.189213114188},
          {2, 3, 4}),
      kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({-1.009804767988, -0.342888448265, -1.055604339422, -0.320451731995, -0.988531614898,
                       -0.350684538838, -1.007820404444, -0.373810654861,  //
                       -0.811334278622, -0.260783965522, -0.784459120328, -0.287140886276, -0.823988712291,
                       -0.258969182267, -0.817374206508, -0.287739203676},
                      {2, 4, 2}),
              kGoldenTolerance);
  expect_near(model->predict(golden_inputs(), kLengths32())[0], record.logits[0], 0);
}

TEST(Ntm, EqualsAFeedForwardNtmComputedApart) {
  const auto model = double_ntm(tiny("feed-forward", 2, 1), 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), kLengths32());
  expect_near(record.logits[0],
              numbers({0.167648129816, -0.451132299767, -0.553072735863, -1.674324240804, -1.398488821436,
                       -1.382308349051},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({0.057776532017, -0.935129738514, 0.382751318540, 0.248979768597}, {2, 2}),
              kGoldenTolerance);
  expect_near(
      record.state.weights,
      numbers(
          {0.204784409148, 0.282139246868, 0.291238106406, 0.221838237578, 0.236755770165, 0.231221319757,
           0.247242256663, 0.284780653415, 0.257192487246, 0.246041464309, 0.247356520581, 0.249409527864,  //
           0.264275268191, 0.119459335744, 0.282203091713, 0.334062304351, 0.288624188411, 0.248510695512,
           0.209597658699, 0.253267457378, 0.291737252270, 0.232738350674, 0.224232718922, 0.251291678135},
          {2, 3, 4}),
      kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({-0.726414019845, -0.242590381717, -0.651658355412, -0.161462341773, -0.643801635154,
                       -0.155666988130, -0.689231284927, -0.212893607680,  //
                       -0.670542390196, -0.483572741756, -0.502082276710, -0.343301897887, -0.484486555935,
                       -0.336859380632, -0.556972141143, -0.391754374657},
                      {2, 4, 2}),
              kGoldenTolerance);
  EXPECT_FALSE(record.state.hidden.defined());
}

Tensors leaves_of(NtmImpl& model, const at::Tensor& inputs) {
  auto leaves = model.parameters();
  leaves.push_back(inputs);
  return leaves;
}

TEST(Ntm, HasTheGradientsOfItsEquations) {
  for (const char* controller : {"lstm", "feed-forward"}) {
    const auto model = double_ntm(tiny(controller, 2, 2), 2, 2);
    fill_with_waves(*model);
    const auto inputs = random_tensor({2, 3, 2}, 5).requires_grad_();
    const auto predict = [&] { return Tensors{model->predict(inputs, kLengths32()).select(1, 1)}; };
    EXPECT_TRUE(gradient_matches(predict, leaves_of(*model, inputs))) << controller;
  }
}

TEST(Ntm, HasTheSecondGradientsOfItsEquations) {
  for (const char* controller : {"lstm", "feed-forward"}) {
    auto options = tiny(controller, 1, 1);
    options.hidden = 2;
    options.slots = 3;
    const auto model = double_ntm(options, 1, 1);
    fill_with_waves(*model);
    const auto inputs = random_tensor({1, 2, 1}, 5).requires_grad_();
    const auto predict = [&] { return Tensors{model->predict(inputs, {})}; };
    EXPECT_TRUE(second_gradient_matches(predict, leaves_of(*model, inputs))) << controller;
  }
}

TEST(Ntm, TreatsABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  const auto model = double_ntm(tiny("lstm", 1, 1), 3, 2);
  const auto lengths = torch::tensor({4, 1, 7}, torch::kLong);
  auto inputs = random_tensor({3, 7, 3}, 2).requires_grad_();
  const auto together = model->record(inputs, lengths);
  const auto logits = model->predict(inputs, lengths);
  EXPECT_TRUE(logits.isfinite().all().item<bool>());
  for (int64_t b = 0; b < 3; ++b) {
    const auto length = lengths[b].item<int64_t>();
    const auto alone = model->record(inputs.narrow(0, b, 1).narrow(1, 0, length), {});
    // A batch of another size may be multiplied in another order.
    expect_near(logits[b].narrow(0, 0, length), alone.logits[0], 1e-14);
    expect_near(together.state.memory[b], alone.state.memory[0], 1e-14);
    expect_near(together.state.cell[b], alone.state.cell[0], 1e-14);
    expect_near(together.weights[b].narrow(0, 0, length), alone.weights[0], 1e-14);
    expect_near(together.weights[b].narrow(0, length, 7 - length), torch::zeros({7 - length, 2, 4}), 0);
    expect_near(together.heads.adds[b].narrow(0, length, 7 - length), torch::zeros({7 - length, 1, 2}), 0);
  }
  // No gradient comes from, or goes to, what stands past the end.
  (logits * (torch::arange(7) < lengths.unsqueeze(1)).unsqueeze(2)).sum().backward();
  expect_near(inputs.grad()[0].narrow(0, 4, 3), torch::zeros({3, 3}), 0);
  EXPECT_TRUE((inputs.grad()[0].narrow(0, 0, 4) != 0).all().item<bool>());
}

TEST(Ntm, StepsAsItRunsWholeSequences) {
  const auto model = double_ntm(tiny("lstm", 2, 1), 3, 2);
  const auto inputs = random_tensor({2, 5, 3}, 3);
  const auto record = model->record(inputs, {});
  auto state = model->initial_state(2);
  for (int64_t t = 0; t < 5; ++t) {
    const auto now = model->step(inputs.select(1, t), state);
    expect_near(now.logits, record.logits.select(1, t), 1e-15);
    EXPECT_TRUE(torch::equal(now.content_weights, record.content_weights.select(1, t)));
    EXPECT_TRUE(torch::equal(now.state.weights, record.weights.select(1, t)));
    EXPECT_TRUE(torch::equal(now.state.reads, record.reads.select(1, t)));
    EXPECT_TRUE(torch::equal(now.hidden, record.hidden.select(1, t)));
    for (const auto member : NtmHeadParameters::members())
      EXPECT_TRUE(torch::equal(now.heads.*member, (record.heads.*member).select(1, t)));
    state = now.state;
  }
  EXPECT_TRUE(torch::equal(state.memory, record.state.memory));
}

TEST(Ntm, StartsFocusedOnTheFirstSlotAndWithItsMemoryConstant) {
  NtmOptions options;
  options.initial_focus = 8;
  const auto state = double_ntm(options, 9, 8)->initial_state(3);
  EXPECT_TRUE((state.weights.select(2, 0) > 0.9).all().item<bool>());  // e^8 / (e^8 + 127) = 0.96
  EXPECT_TRUE(torch::equal(state.memory, torch::full({3, 128, 20}, 1e-6, torch::kFloat64)));
}

TEST(Ntm, KeepsItsStartWhenItIsNotLearned) {
  NtmOptions options = tiny("lstm", 1, 1);
  options.learned_start = false;
  const auto model = double_ntm(options, 2, 2);
  model->predict(random_tensor({1, 3, 2}, 1), {}).sum().backward();
  for (const auto& parameter : model->named_parameters())
    EXPECT_EQ(parameter.value().grad().defined(), !parameter.key().starts_with("initial."))
        << parameter.key();
  expect_near(model->initial_state(1).hidden, torch::zeros({1, 3}), 0);
}

TEST(Ntm, LearnsItsMemoryAlikeOnBothPaths) {
  NtmOptions options = tiny("lstm", 1, 1);
  options.learned_memory = true;
  Random random = Seed(3).stream("parameters");
  Ntm model(options, 2, 2, random);
  model->to(torch::kFloat64);
  const at::Tensor memory = model->named_parameters()["initial.memory"];
  ASSERT_EQ(memory.sizes(), at::IntArrayRef({4, 2}));
  EXPECT_GT(memory.std().item<double>(), 0.1);  // slots that content addressing can tell apart
  const auto inputs = random_tensor({3, 5, 2}, 5);
  const auto gradient = [&](Path path) {
    model->set_path(path);
    return torch::autograd::grad({model->predict(inputs, {}).square().sum()}, {memory})[0];
  };
  const at::Tensor composite = gradient(Path::composite);
  EXPECT_GT(composite.abs().max().item<double>(), 0);
  EXPECT_LT((gradient(Path::fused) - composite).abs().max().item<double>(),
            1e-12 * composite.abs().max().item<double>());
}

TEST(Ntm, IsTheSameForTheSameSeedAlone) {
  const auto one = double_ntm(NtmOptions(), 9, 8, 1), same = double_ntm(NtmOptions(), 9, 8, 1);
  const auto other = double_ntm(NtmOptions(), 9, 8, 2);
  const auto parameters = one->named_parameters(), again = same->named_parameters();
  for (const auto& parameter : parameters)
    EXPECT_TRUE(torch::equal(parameter.value(), again[parameter.key()]));
  EXPECT_FALSE(torch::equal(parameters["controller.input_weight"],
                            other->named_parameters()["controller.input_weight"]));
}

TEST(Ntm, CountsTheMultiplyAddsOfThePapersCopyNet) {
  // Controller 400·(9 + 120), interface 92·100, output 8·120; similarity 128·20·3, location 2·128·5,
  // read 128·20, write 3·128·20.
  EXPECT_EQ(double_ntm(NtmOptions(), 9, 8)->multiply_adds_per_step(),
            51600 + 9200 + 960 + 7680 + 1280 + 2560 + 7680);
}

// On inputs of any size, even absurd ones, weightings stay weightings and nothing is NaN.
RC_GTEST_PROP(Ntm, KeepsWeightingsNonNegativeWithSumOneOnAnyInput, ()) {
  auto options = tiny(*rc::gen::element("lstm", "feed-forward"), *rc::gen::inRange<int64_t>(1, 4),
                      *rc::gen::inRange<int64_t>(1, 3));
  options.slots = *rc::gen::inRange<int64_t>(1, 20);
  options.width = *rc::gen::inRange<int64_t>(1, 9);
  options.shift_range = *rc::gen::inRange<int64_t>(0, 3);
  const auto size = *rc::gen::element(0.0, 1.0, 100.0, 1e6);
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  Random random(seed);
  NtmImpl model(options, 3, 2, random);
  const auto record = model.record((size * random_tensor({2, 6, 3}, seed)).to(torch::kFloat32), {});
  RC_ASSERT(record.logits.isfinite().all().item<bool>());
  for (const auto& weights : {record.content_weights, record.weights}) {
    RC_ASSERT((weights >= 0).all().item<bool>());
    // A softmax over at most 20 float32 numbers: a few units in the last place of one.
    RC_ASSERT((weights.sum(-1) - 1).abs().max().item<float>() <= 1e-6f);
  }
}

TEST(Ntm, SaysWhatDoesNotFit) {
  const auto model = double_ntm(tiny("lstm", 1, 1), 3, 2);
  const auto inputs = random_tensor({2, 4, 3}, 1);
  expect_error(
      [&] {
        model->predict(torch::zeros({2, 4, 5}, torch::kFloat64), {});
      },
      "Ntm.forward: inputs is [2, 4, 5], expected [batch, time, features=3]; sizes fixed by "
      "features=3 (the model)");
  expect_error(
      [&] {
        model->predict(torch::zeros({2, 0, 3}, torch::kFloat64), {});
      },
      "Ntm.forward: inputs is [2, 0, 3], expected at least one step");
  expect_error(
      [&] {
        model->predict(inputs, torch::tensor({4, 5}, torch::kLong));
      },
      "Ntm.forward: lengths[1] is 5, expected 1..4; time fixed by inputs [2, 4, 3]");
  expect_error(
      [&] {
        model->record(inputs, torch::tensor({0, 4}, torch::kLong));
      },
      "Ntm.record: lengths[0] is 0, expected 1..4; time fixed by inputs [2, 4, 3]");
  expect_error(
      [&] {
        model->predict(inputs, torch::tensor({4, 4}, torch::kInt));
      },
      "Ntm.forward: lengths is int32 on cpu, expected int64 on cpu");
  expect_error(
      [&] {
        model->step(torch::zeros({2, 4}, torch::kFloat64), model->initial_state(2));
      },
      "Ntm.step: input is [2, 4], expected [batch, features=3]; sizes fixed by features=3 (the "
      "model)");
  auto options = tiny("gru", 1, 1);
  expect_error([&] { double_ntm(options, 1, 1); },
               "NtmOptions: model.controller is \"gru\", expected one of lstm, feed-forward (what drives "
               "the heads)");
}

}  // namespace
}  // namespace mneme
