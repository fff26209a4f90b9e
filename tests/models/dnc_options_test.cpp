// The changes that later work makes to the DNC.
#include <gtest/gtest.h>

#include "mneme/core/error.h"
#include "models/small_dnc.h"

namespace mneme {
namespace {

TEST(DncOptions, EqualsTheChangesOfCsordasAndSchmidhuberComputedApart) {
  auto options = tiny_dnc("lstm");
  options.masked_keys = true;
  options.clear_freed = true;
  options.sharpened_links = true;
  const auto model = double_dnc(options, 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), lengths_3_2());
  expect_near(record.logits[0],
              numbers({-0.806191660015, -1.088532150143, -0.407250134554, -1.010766017467, -0.422012759419,
                       -0.767644255759},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({-0.913002146641, -1.002601092782, -0.251544237852, -1.077498238337},
                      {2, 2}),
              kGoldenTolerance);
  expect_near(record.state.write_weights,
              numbers({0.043298314497, 0.606036950656, 0.069401651382, 0.041611466629, 0.032809206124,
                       0.033188912523, 0.045902723842, 0.545584612306},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.read_weights,
              numbers({0.339682104225, 0.235645789759, 0.125322432472, 0.299349673544, 0.164905593647,
                       0.577222421443, 0.101279323902, 0.156592661008, 0.541184626268, 0.110988095210,
                       0.113261208803, 0.234566069719, 0.257706046645, 0.107800736375, 0.111037156468,
                       0.523456060512},
                      {2, 2, 4}),
              kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({-0.400113014529, -0.055870195543, -1.000933736726, -0.214950045349, -0.186851866488,
                       -0.035075275400, -0.540993892713, -0.087802020294, -0.627513455930, -0.096395645009,
                       -0.073569605379, -0.012428102949, -0.088508742225, -0.015197735134, -0.675672800916,
                       -0.124053922863},
                      {2, 4, 2}),
              kGoldenTolerance);
}

TEST(DncOptions, EqualsTheChangesOfFrankeAndOthersComputedApart) {
  auto options = tiny_dnc("lstm");
  options.content_only = true;
  options.layer_norm = true;
  options.bidirectional = true;
  const auto model = double_dnc(options, 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), lengths_3_2());
  expect_near(record.logits[0],
              numbers({0.751689975285, 1.063115020008, 0.722505050322, 1.024680024111, 0.881239667644,
                       1.036014209329},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({0.648887616875, 1.010281254804, 1.337485056395, 1.337520247470},
                      {2, 2}),
              kGoldenTolerance);
  expect_near(record.state.write_weights,
              numbers({0.092970643577, 0.211767480091, 0.105811870330, 0.090301063464, 0.081106971243,
                       0.081690499564, 0.089753243401, 0.205682485079},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.read_weights,
              numbers({0.251490856061, 0.245569113322, 0.249388697043, 0.253551333574, 0.250014903126,
                       0.249970399988, 0.250009829093, 0.250004867794, 0.246644785658, 0.250093888949,
                       0.250409030911, 0.252852294482, 0.249780271133, 0.250010876417, 0.250031531652,
                       0.250177320798},
                      {2, 2, 4}),
              kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({0.222276279726, -0.195155287653, 0.217716048595, -0.198053034019, 0.159392743651,
                       -0.141705754286, 0.213071049465, -0.184809844225, 0.178620028675, -0.138079087623,
                       0.102174908838, -0.077234621319, 0.107988267591, -0.081462739287, 0.191576087412,
                       -0.142257129623},
                      {2, 4, 2}),
              kGoldenTolerance);
}

TEST(DncOptions, EqualsANormalisedFeedForwardControllerComputedApart) {
  auto options = tiny_dnc("feed-forward");
  options.layer_norm = true;
  const auto model = double_dnc(options, 2, 2);
  fill_with_waves(*model);
  const auto record = model->record(golden_inputs(), lengths_3_2());
  expect_near(record.logits[0],
              numbers({-2.182593309011, -0.686255763446, -0.724696270619, -0.072823932444, -0.521241645560,
                       -0.314973558061},
                      {3, 2}),
              kGoldenTolerance);
  expect_near(record.logits[1].narrow(0, 0, 2),
              numbers({-0.841280239368, -0.054246982444, -2.114770775810, -0.810009208062},
                      {2, 2}),
              kGoldenTolerance);
  expect_near(record.state.write_weights,
              numbers({0.030525592950, 0.538524566201, 0.029287844986, 0.015622664265, 0.020433318528,
                       0.020534611755, 0.024413427734, 0.321936644254},
                      {2, 4}),
              kGoldenTolerance);
  expect_near(record.state.read_weights,
              numbers({0.368429898740, 0.106536761127, 0.106297996105, 0.110428089151, 0.098200763560,
                       0.204421073344, 0.188933542208, 0.195644806412, 0.047160802117, 0.033949015851,
                       0.036548167651, 0.111241947486, 0.032750517815, 0.035899809435, 0.042125368946,
                       0.251257502826},
                      {2, 2, 4}),
              kGoldenTolerance);
  expect_near(record.state.memory,
              numbers({-0.070471900199, -0.075955102232, -0.878531083571, 0.149640450893, -0.082481868746,
                       0.011310347055, -0.774475230761, 0.175400097994, -0.733942079613, 0.175241047343,
                       -0.022429297103, -0.002111302273, -0.022379860322, -0.003568008836, -0.018642402425,
                       -0.115290573098},
                      {2, 4, 2}),
              kGoldenTolerance);
}

using Change = std::function<void(DncOptions&)>;

std::map<std::string, Change> changes() {
  return {{"masked_keys", [](DncOptions& options) { options.masked_keys = true; }},
          {"clear_freed", [](DncOptions& options) { options.clear_freed = true; }},
          {"sharpened_links", [](DncOptions& options) { options.sharpened_links = true; }},
          {"content_only", [](DncOptions& options) { options.content_only = true; }},
          {"bypass_dropout", [](DncOptions& options) { options.bypass_dropout = 0.4; }},
          {"layer_norm", [](DncOptions& options) { options.layer_norm = true; }},
          {"layer_norm, feed-forward",
           [](DncOptions& options) {
             options.controller = "feed-forward";
             options.layer_norm = true;
           }},
          {"bidirectional", [](DncOptions& options) { options.bidirectional = true; }}};
}

TEST(DncOptions, HaveTheGradientsOfTheirEquations) {
  for (const auto& [name, change] : changes()) {
    auto options = tiny_dnc("lstm");
    options.slots = 3;
    options.read_heads = 1;
    change(options);
    if (!options.layer_norm) options.hidden = 2;
    const auto model = double_dnc(options, 1, 1);
    fill_with_waves(*model);
    const auto inputs = random_tensor({2, 3, 1}, 5).requires_grad_();
    const auto predict = [&] {
      torch::manual_seed(1);  // the same units dropped each time
      return Tensors{model->predict(inputs, lengths_3_2()).narrow(1, 0, 2)};
    };
    EXPECT_TRUE(gradient_matches(predict, leaves_of(*model, inputs))) << name;
  }
}

TEST(DncOptions, HaveTheSecondGradientsOfTheirEquations) {
  for (const auto& [name, change] : changes()) {
    auto options = tiny_dnc("lstm");
    options.hidden = 2;
    options.slots = 2;
    options.width = 1;
    options.read_heads = 1;
    change(options);
    const auto model = double_dnc(options, 1, 1);
    fill_with_waves(*model);
    // Two hidden units, normalised, are ±1 whatever they are: the derivative would be rounding.
    if (options.layer_norm) continue;
    const auto inputs = random_tensor({1, 3, 1}, 5).requires_grad_();
    const auto predict = [&] {
      torch::manual_seed(1);
      return Tensors{model->predict(inputs, {})};
    };
    EXPECT_TRUE(second_gradient_matches(predict, leaves_of(*model, inputs))) << name;
  }
}

TEST(DncOptions, TreatABatchOfDifferentLengthsAsItsSequencesOneByOne) {
  const auto lengths = torch::tensor({4, 1, 6}, torch::kLong);
  const auto inputs = random_tensor({3, 6, 3}, 2);
  for (const auto& [name, change] : changes()) {
    SCOPED_TRACE(name);
    auto options = tiny_dnc("lstm");
    change(options);
    const auto model = double_dnc(options, 3, 2);
    model->eval();
    const auto logits = model->predict(inputs, lengths);
    const auto record = model->record(inputs, lengths);
    for (int64_t b = 0; b < 3; ++b) {
      const auto length = lengths[b].item<int64_t>();
      const auto alone = model->predict(inputs.narrow(0, b, 1).narrow(1, 0, length), {});
      expect_near(logits[b].narrow(0, 0, length), alone[0], 1e-14);
      expect_near(record.logits[b].narrow(0, 0, length), alone[0], 1e-14);
    }
  }
}

TEST(DncOptions, SayMoreOrLessToTheMemory) {
  const auto size = [](const Change& change) {
    auto options = tiny_dnc("lstm");
    change(options);
    return double_dnc(options, 3, 2)->named_parameters()["interface.weight"].size(0);
  };
  const auto plain = size([](DncOptions&) {});
  EXPECT_EQ(plain, 23);  // W·R + 3W + 5R + 3 with W = R = 2
  EXPECT_EQ(size(changes().at("masked_keys")), plain + 6);
  EXPECT_EQ(size(changes().at("sharpened_links")), plain + 4);
  EXPECT_EQ(size(changes().at("content_only")), plain - 6);
  EXPECT_EQ(size(changes().at("clear_freed")), plain);
}

TEST(DncOptions, ClearASlotThatIsFreed) {
  // Two steps: a word is written and read whole; then it is freed and nothing is written.
  for (const bool clear : {false, true}) {
    auto options = tiny_dnc("lstm");
    options.clear_freed = clear;
    const auto model = double_dnc(options, 1, 1);
    auto before = model->initial_state(1);
    before.memory = random_tensor({1, 4, 2}, 1);
    before.read_weights = torch::zeros({1, 2, 4}, torch::kFloat64);
    before.read_weights[0][0][1] = 1;
    torch::NoGradGuard no_grad;
    auto& bias = model->named_parameters()["interface.bias"];
    model->named_parameters()["interface.weight"].zero_();
    bias[13] = 1e3;   // the first free gate
    bias[14] = -1e3;  // the second
    bias[16] = -1e3;  // the write gate
    const auto after = model->step(torch::zeros({1, 1}, torch::kFloat64), before).state;
    auto expected = before.memory.clone();
    if (clear) expected[0][1] = 0;
    expect_near(after.memory, expected, 1e-15);
  }
}

TEST(DncOptions, DropTheByPassInTrainingAlone) {
  auto options = tiny_dnc("lstm");
  options.bypass_dropout = 0.5;
  const auto model = double_dnc(options, 3, 2);
  const auto inputs = random_tensor({2, 4, 3}, 2);
  const auto once = [&](uint64_t seed) {
    torch::manual_seed(seed);
    return model->predict(inputs, {});
  };
  model->train();
  EXPECT_TRUE(torch::equal(once(1), once(1)));
  EXPECT_FALSE(torch::equal(once(1), once(2)));
  model->eval();
  EXPECT_TRUE(torch::equal(once(1), once(2)));
  // What is read from the memory is never dropped: with no weight on the by-pass, nothing changes.
  torch::NoGradGuard no_grad;
  model->named_parameters()["output.weight"].narrow(1, 0, 3).zero_();
  const auto kept = once(1);
  model->train();
  EXPECT_TRUE(torch::equal(once(2), kept));
}

TEST(DncOptions, LookBackFromTheEndOfEachSequence) {
  auto options = tiny_dnc("lstm");
  options.bidirectional = true;
  const auto model = double_dnc(options, 3, 2);
  auto inputs = random_tensor({1, 4, 3}, 2).requires_grad_();
  model->predict(inputs, {}).select(1, 0).sum().backward();
  EXPECT_TRUE((inputs.grad() != 0).all().item<bool>());  // the first step's output knows the last step's input
  expect_error([&] { model->step(torch::zeros({1, 3}, torch::kFloat64), model->initial_state(1)); },
               "Dnc.step: model.bidirectional is true, expected false: such a model reads its inputs' end first; "
               "forward takes whole sequences");
  std::vector<at::Tensor> state;
  EXPECT_THROW(model->advance(state, inputs, {}), Error);
}

TEST(DncOptions, RefuseToSharpenLinksThatAreNotThere) {
  auto options = tiny_dnc("lstm");
  options.content_only = options.sharpened_links = true;
  expect_error([&] { double_dnc(options, 1, 1); },
               "DncOptions: model.sharpened_links is true, expected false with model.content_only, which leaves no "
               "links to sharpen");
}

}  // namespace
}  // namespace mneme
