// The DNC by its equations: the composite path.
#include "mneme/models/dnc.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "mneme/core/error.h"
#include "models/small_dnc.h"

namespace mneme {
namespace {

TEST(Dnc, EqualsAnLstmDncComputedApart) {
  const auto model = double_dnc(tiny_dnc("lstm"), 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), lengths_3_2());
  expect_near(record.logits[0],
              numbers({0.893352371848, 0.788908741644, 1.072959301914, 0.816217775865, 1.197681362889, 0.674656697984},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({1.086826583608, 0.752353733599, 0.909225129140, 0.838293187408},
                      {2, 2}),
              kGoldenTolerance);
  expect_near(record.state.usage,
              numbers({0.267158851342, 0.108525664994, 0.117919013289, 0.287600180960, 0.265928631355,
                       0.064168854579, 0.064168652909, 0.064168652909},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.write_weights,
              numbers({0.047343321570, 0.262312394022, 0.093838391430, 0.115773762623, 0.056552217703,
                       0.058303805550, 0.069491365457, 0.243834900910},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.read_weights,
              numbers({0.196368558630, 0.065967841182, 0.135572169630, 0.123015016294, 0.057630411891,
                       0.190291435729, 0.089333912495, 0.107717331354, 0.113719261828, 0.147467266967,
                       0.151600572270, 0.172566964904, 0.109855374897, 0.116394348036, 0.117061915452, 0.118909487190},
                      {2, 2, 4}),
              kGoldenTolerance);
  expect_near(record.state.precedence,
              numbers({0.143231060746, 0.308413303779, 0.145010173914, 0.258381693294, 0.217825391898,
                       0.097196162924, 0.108383600449, 0.282727135903},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.link,
              numbers({0.000000000000, 0.007130025054, 0.008261457668, 0.017183952253, 0.063710103434,
                       0.000000000000, 0.030373784262, 0.080182560245, 0.035201280548, 0.011851440714,
                       0.000000000000, 0.031338738806, 0.079849117077, 0.020838246158, 0.024696817975,
                       0.000000000000, 0.000000000000, 0.003846416474, 0.003846404370, 0.003846404370,
                       0.016443771534, 0.000000000000, 0.003965538781, 0.003965538781, 0.019599066071,
                       0.004726476586, 0.000000000000, 0.004726461714, 0.068770217738, 0.016584505751,
                       0.016584453565, 0.000000000000},
                      {2, 4, 4}),
              kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({0.028974386324, 0.044223109013, -0.008998499814, 0.013361737316, 0.001242085345,
                       0.017783119032, -0.002651576293, 0.042290257527, 0.001783444721, 0.034896157797,
                       0.005472191044, 0.016962119728, 0.006745308797, 0.019060735304, 0.026585134873, 0.051765207278},
                      {2, 4, 2}),
              kGoldenTolerance);
}

TEST(Dnc, EqualsAFeedForwardDncComputedApart) {
  const auto model = double_dnc(tiny_dnc("feed-forward"), 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), lengths_3_2());
  expect_near(record.logits[0],
              numbers({1.729330481095, -0.070608619700, 0.570627326338, 0.677985474268, 1.203432964848,
                       1.769441132075},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({0.267069777949, 0.513273119089, 2.197357042828, 0.311164646287},
                      {2, 2}),
              kGoldenTolerance);
  expect_near(record.state.usage,
              numbers({0.305577983158, 0.180859800422, 0.191211049121, 0.263472899654, 0.138463253536,
                       0.045325435952, 0.045325342815, 0.045325342815},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.write_weights,
              numbers({0.032050623555, 0.195846546757, 0.061807763800, 0.033171888721, 0.139188140970,
                       0.139572783232, 0.147485427773, 0.322056147873},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.read_weights,
              numbers({0.115423580741, 0.138486890509, 0.258046426700, 0.295349618402, 0.055519678212,
                       0.513767031427, 0.078933958058, 0.092880071882, 0.085431787663, 0.028820097405,
                       0.029053331019, 0.036775995542, 0.024964511112, 0.067052911590, 0.068331232379, 0.075219874815},
                      {2, 2, 4}),
              kGoldenTolerance);
  expect_near(record.state.precedence,
              numbers({0.193366347606, 0.296710045844, 0.171641816636, 0.207496658041, 0.176673539800,
                       0.151843310441, 0.159755929767, 0.334326649867},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.link,
              numbers({0.000000000000, 0.010655269649, 0.012100833435, 0.015371523009, 0.058686646375,
                       0.000000000000, 0.037620975965, 0.056499627135, 0.032209524371, 0.016456456481,
                       0.000000000000, 0.024750645812, 0.050915368365, 0.022896078918, 0.026457053078,
                       0.000000000000, 0.000000000000, 0.006785573436, 0.006785559492, 0.006785559492,
                       0.020786624587, 0.000000000000, 0.006804311183, 0.006804311183, 0.021965057572,
                       0.007190075203, 0.000000000000, 0.007190060428, 0.047963937430, 0.015700587900,
                       0.015700555637, 0.000000000000},
                      {2, 4, 4}),
              kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({0.056798647559, -0.166064198467, 0.000937963302, 0.130001472604, 0.045299772062,
                       -0.024859546582, 0.116926991270, -0.039159245665, 0.082603830899, -0.064543652732,
                       -0.015757660981, -0.063424441751, -0.019626699842, -0.066979311620, -0.104984226416,
                       -0.145407758039},
                      {2, 4, 2}),
              kGoldenTolerance);
}

TEST(Dnc, HasTheGradientsOfItsEquations) {
  for (const char* controller : {"lstm", "feed-forward"}) {
    const auto model = double_dnc(tiny_dnc(controller), 2, 2);
    fill_with_waves(*model);
    // Four steps, so that the links of the second reach back through the third's reads.
    const auto inputs = random_tensor({2, 4, 2}, 5).requires_grad_();
    const auto lengths = torch::tensor({4, 3}, torch::kLong);
    const auto predict = [&] { return Tensors{model->predict(inputs, lengths).narrow(1, 0, 3)}; };
    EXPECT_TRUE(gradient_matches(predict, leaves_of(*model, inputs))) << controller;
    EXPECT_TRUE(gradient_matches([&] { return Tensors{model->predict(inputs, {}).select(1, 3)}; }, {inputs}));
  }
}

TEST(Dnc, HasTheSecondGradientsOfItsEquations) {
  auto options = tiny_dnc("lstm");
  options.hidden = 2;
  options.slots = 3;
  options.read_heads = 1;
  const auto model = double_dnc(options, 1, 1);
  fill_with_waves(*model);
  const auto inputs = random_tensor({1, 3, 1}, 5).requires_grad_();
  const auto predict = [&] { return Tensors{model->predict(inputs, {})}; };
  EXPECT_TRUE(second_gradient_matches(predict, leaves_of(*model, inputs)));
}

TEST(Dnc, TreatsABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  const auto model = double_dnc(tiny_dnc("lstm"), 3, 2);
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
    for (const auto& [name, member] : DncState::members())
      expect_near((together.state.*member)[b], (alone.state.*member)[0], 1e-14);
    expect_near(together.read_weights[b].narrow(0, 0, length), alone.read_weights[0], 1e-14);
    for (const auto& part : {together.read_weights, together.usage, together.interface.read_modes, together.reads})
      EXPECT_FALSE(part[b].narrow(0, length, 7 - length).any().item<bool>());
    for (int64_t t = length; t < 7; ++t)
      expect_near(together.logits[b][t], model->named_parameters()["output.bias"], 0);
  }
  // No gradient comes from, or goes to, what stands past the end.
  (logits * (torch::arange(7) < lengths.unsqueeze(1)).unsqueeze(2)).sum().backward();
  expect_near(inputs.grad()[0].narrow(0, 4, 3), torch::zeros({3, 3}), 0);
  EXPECT_TRUE((inputs.grad()[0].narrow(0, 0, 4) != 0).all().item<bool>());
}

TEST(Dnc, StepsAsItRunsWholeSequences) {
  const auto model = double_dnc(tiny_dnc("lstm"), 3, 2);
  const auto inputs = random_tensor({2, 5, 3}, 3);
  const auto record = model->record(inputs, {});
  auto state = model->initial_state(2);
  for (int64_t t = 0; t < 5; ++t) {
    const auto now = model->step(inputs.select(1, t), state);
    // The input and output layers of a whole sequence may be multiplied in another order.
    expect_near(now.logits, record.logits.select(1, t), 1e-14);
    expect_near(now.hidden, record.hidden.select(1, t), 1e-14);
    expect_near(now.allocation_weights, record.allocation_weights.select(1, t), 1e-14);
    expect_near(now.state.usage, record.usage.select(1, t), 1e-14);
    expect_near(now.state.write_weights, record.write_weights.select(1, t), 1e-14);
    expect_near(now.state.read_weights, record.read_weights.select(1, t), 1e-14);
    expect_near(now.state.reads, record.reads.select(1, t), 1e-14);
    for (const auto member : DncInterface::members())
      if ((now.interface.*member).defined())
        expect_near(now.interface.*member, (record.interface.*member).select(1, t), 1e-14);
    state = now.state;
  }
  expect_near(state.link, record.state.link, 1e-14);
  expect_near(model->predict(inputs, {}), record.logits, 1e-14);
}

TEST(Dnc, StartsFromNothing) {
  const auto state = double_dnc(tiny_dnc("lstm"), 3, 2)->initial_state(2);
  for (const auto& [name, member] : DncState::members()) {
    EXPECT_FALSE((state.*member).any().item<bool>()) << name;
    EXPECT_EQ((state.*member).size(0), 2) << name;
  }
  EXPECT_EQ(state.link.sizes(), (at::IntArrayRef{2, 4, 4}));
  EXPECT_FALSE(double_dnc(tiny_dnc("feed-forward"), 3, 2)->initial_state(2).hidden.defined());
}

TEST(Dnc, WritesItsFirstWordWhereSlotsTieToTheFirstOfThem) {
  // All slots are unused and equal at the first step: the allocation takes the first, whole but for the floor.
  const auto model = double_dnc(tiny_dnc("lstm"), 3, 2);
  const auto now = model->step(random_tensor({1, 3}, 1), model->initial_state(1));
  expect_near(now.allocation_weights, numbers({1, 0, 0, 0}, {1, 4}), 2e-6);
  EXPECT_FALSE(now.state.link.any().item<bool>());  // nothing was written before
  EXPECT_TRUE(torch::equal(now.state.precedence, now.state.write_weights));
}

TEST(Dnc, IsTheSameForTheSameSeedAlone) {
  const auto one = double_dnc(DncOptions(), 9, 8, 1), same = double_dnc(DncOptions(), 9, 8, 1);
  const auto other = double_dnc(DncOptions(), 9, 8, 2);
  const auto parameters = one->named_parameters(), again = same->named_parameters();
  for (const auto& parameter : parameters)
    EXPECT_TRUE(torch::equal(parameter.value(), again[parameter.key()]));
  EXPECT_FALSE(torch::equal(parameters["controller.input_weight"],
                            other->named_parameters()["controller.input_weight"]));
}

TEST(Dnc, HasThePapersInterfaceAndCountsItsMultiplyAdds) {
  const auto model = double_dnc(DncOptions(), 9, 8);
  EXPECT_EQ(model->named_parameters()["interface.weight"].sizes(), (at::IntArrayRef{471, 256}));
  // Controller 1024·(9 + 256 + 256), interface 471·256, output 8·512; similarity 256·64·7; allocation 256·9,
  // link 256·256·10, modes 3·256·4, access 256·64·7.
  EXPECT_EQ(model->multiply_adds_per_step(),
            533504 + 120576 + 4096 + 114688 + 2304 + 655360 + 3072 + 114688);
}

// On inputs of any size, even absurd ones, weightings stay weightings and nothing is NaN.
RC_GTEST_PROP(Dnc, KeepsItsBoundsOnAnyInput, ()) {
  auto options = tiny_dnc(*rc::gen::element("lstm", "feed-forward"));
  options.read_heads = *rc::gen::inRange<int64_t>(1, 4);
  options.slots = *rc::gen::inRange<int64_t>(1, 20);
  options.width = *rc::gen::inRange<int64_t>(1, 9);
  const auto batch = *rc::gen::inRange<int64_t>(1, 3), time = *rc::gen::inRange<int64_t>(1, 8);
  const auto size = *rc::gen::element(0.0, 1.0, 100.0, 1e6);
  const auto gain = *rc::gen::element(1.0, 30.0);  // gates from soft to saturated
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  Random random(seed);
  DncImpl model(options, 3, 2, random);
  torch::NoGradGuard no_grad;
  model.named_parameters()["interface.weight"].mul_(gain);
  const auto record = model.record((size * random_tensor({batch, time, 3}, seed)).to(torch::kFloat32), {});
  RC_ASSERT(record.logits.isfinite().all().item<bool>());
  // Sums over at most 20 float32 numbers, carried on for 8 steps: a few units in the last place of one.
  const double slack = 2e-6;
  const auto within = [&](const at::Tensor& tensor) {
    return (tensor >= -slack).all().item<bool>() && (tensor <= 1 + slack).all().item<bool>();
  };
  for (const auto& weights : {record.allocation_weights, record.write_weights, record.read_weights})
    RC_ASSERT(within(weights) && within(weights.sum(-1)));
  RC_ASSERT(within(record.usage) && within(record.state.precedence.sum(-1)));
  const auto& link = record.state.link;
  RC_ASSERT(within(link) && within(link.sum(1)) && within(link.sum(2)));
  RC_ASSERT(!link.diagonal(0, 1, 2).any().item<bool>());
}

TEST(Dnc, SaysWhatDoesNotFit) {
  const auto model = double_dnc(tiny_dnc("lstm"), 3, 2);
  const auto inputs = random_tensor({2, 4, 3}, 1);
  expect_error([&] { model->predict(torch::zeros({2, 4, 5}, torch::kFloat64), {}); },
               "Dnc.forward: inputs is [2, 4, 5], expected [batch, time, features=3]; sizes fixed by features=3 "
               "(the model)");
  expect_error([&] { model->record(inputs, torch::tensor({0, 4}, torch::kLong)); },
               "Dnc.record: lengths[0] is 0, expected 1..4; time fixed by inputs [2, 4, 3]");
  expect_error([&] { model->step(torch::zeros({2, 4}, torch::kFloat64), model->initial_state(2)); },
               "Dnc.step: input is [2, 4], expected [batch, features=3]; sizes fixed by features=3 (the model)");
  expect_error([&] { double_dnc(tiny_dnc("gru"), 1, 1); },
               "DncOptions: model.controller is \"gru\", expected one of lstm, feed-forward (what drives the "
               "memory)");
}

}  // namespace
}  // namespace mneme
