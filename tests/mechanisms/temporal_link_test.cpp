#include "mneme/mechanisms/temporal_link.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

at::Tensor at_slot(int64_t slot, int64_t slots = 4) {
  return torch::eye(slots, torch::kFloat64).narrow(0, slot, 1);  // [1, slots]
}

TEST(TemporalLink, EqualsTheEquationsComputedApart) {
  // From tests/goldens/dnc_mechanisms_golden.py; printed with 12 decimals.
  const auto previous = numbers({0, 0.3, 0.1, 0.2, 0.25, 0, 0.5, 0, 0.1, 0.2, 0, 0.6, 0.3, 0.4, 0.05, 0}, {1, 4, 4});
  const auto writes = numbers({0.029330707779, 0.062070088225, 0.60903946296, 0.097689006439}, {1, 4});
  const auto precedence = numbers({0.5, 0.1, 0.05, 0.2}, {1, 4});
  const auto reads = numbers({0.1, 0.6, 0.2, 0.1, 0, 0.3, 0, 0.7}, {1, 2, 4});
  const auto link = update_link(previous, writes, precedence);
  expect_near(link, numbers({0, 0.275512831977, 0.037629518315, 0.180462198712,      //
                             0.258184845112, 0, 0.167548728819, 0.012414017645,      //
                             0.340682714406, 0.126682036059, 0, 0.297770810953,      //
                             0.310738588954, 0.345865262778, 0.019548026852, 0},
                            {1, 4, 4}),
              2e-12);  // the write weightings above are rounded too
  expect_near(write_precedence(precedence, writes),
              numbers({0.130266075077, 0.082257161685, 0.61913299969, 0.138063153359}, {1, 4}), 2e-12);
  expect_near(forward_weights(link, reads),
              numbers({0.19087982272, 0.060569632039, 0.139854574171, 0.242502621933,  //
                       0.208977388692, 0.008689812352, 0.246444178484, 0.103759578833},
                      {1, 2, 4}),
              2e-12);
  expect_near(backward_weights(link, reads),
              numbers({0.254121308844, 0.087474216687, 0.106246991808, 0.085048792649,  //
                       0.294972465801, 0.242105683945, 0.063948237442, 0.003724205294},
                      {1, 2, 4}),
              2e-12);
}

TEST(TemporalLink, JoinsWhatWasWrittenInTurnAndCanBeWalkedBothWays) {
  auto link = torch::zeros({1, 4, 4}, torch::kFloat64);
  auto precedence = torch::zeros({1, 4}, torch::kFloat64);
  const auto write = [&](const at::Tensor& weights) {
    link = update_link(link, weights, precedence);
    precedence = write_precedence(precedence, weights);
  };
  write(at_slot(2));
  EXPECT_FALSE(link.any().item<bool>());
  write(at_slot(0));
  write(torch::zeros({1, 4}, torch::kFloat64));  // a step that writes nothing breaks no link
  write(at_slot(3));
  auto expected = torch::zeros({1, 4, 4}, torch::kFloat64);
  expected[0][0][2] = 1;
  expected[0][3][0] = 1;
  EXPECT_TRUE(torch::equal(link, expected));
  const auto read_at = [](int64_t slot) { return at_slot(slot).unsqueeze(1); };
  EXPECT_TRUE(torch::equal(forward_weights(link, read_at(2)), read_at(0)));
  EXPECT_TRUE(torch::equal(forward_weights(link, read_at(0)), read_at(3)));
  EXPECT_TRUE(torch::equal(backward_weights(link, read_at(3)), read_at(0)));
  EXPECT_FALSE(forward_weights(link, read_at(3)).any().item<bool>());   // nothing came after
  EXPECT_FALSE(backward_weights(link, read_at(2)).any().item<bool>());  // nothing came before
  // Written again, a slot leaves its old place in the order: 0 comes after 3 now, and no longer after 2.
  write(at_slot(0));
  expected.zero_();
  expected[0][0][3] = 1;
  EXPECT_TRUE(torch::equal(link, expected));
}

TEST(TemporalLink, ForgetsALinkBetweenTwoSlotsThatShareAWrite) {
  // w_i + w_j = 1: nothing of the old link between i and j is left.
  const auto link = update_link(torch::ones({1, 3, 3}, torch::kFloat64), numbers({0.25, 0.75, 0}, {1, 3}),
                                numbers({0, 0, 1}, {1, 3}));
  expect_near(link, numbers({0, 0, 0.75 + 0.25, 0, 0, 0.25 + 0.75, 0.75, 0.25, 0}, {1, 3, 3}), 1e-16);
}

TEST(TemporalLink, HasTheGradientsOfItsEquations) {
  const auto links = random_tensor({2, 4, 4}, 1, 0, 1), reads = random_tensor({2, 3, 4}, 2, 0, 1);
  const auto writes = random_tensor({2, 4}, 3, 0, 1), precedence = random_tensor({2, 4}, 4, 0, 1);
  const TensorFunction update = [](const Tensors& in) { return Tensors{update_link(in[0], in[1], in[2])}; };
  EXPECT_TRUE(gradient_matches(update, {links, writes, precedence}));
  EXPECT_TRUE(second_gradient_matches(update, {links, writes, precedence}));
  EXPECT_TRUE(gradient_matches(update, {links, numbers({0.25, 0.75, 0, 0, 1, 0, 0, 0}, {2, 4}), precedence}));
  const TensorFunction precede = [](const Tensors& in) { return Tensors{write_precedence(in[0], in[1])}; };
  EXPECT_TRUE(gradient_matches(precede, {precedence, writes}));
  EXPECT_TRUE(second_gradient_matches(precede, {precedence, writes}));
  const TensorFunction walk = [](const Tensors& in) {
    return Tensors{forward_weights(in[0], in[1]), backward_weights(in[0], in[1])};
  };
  EXPECT_TRUE(gradient_matches(walk, {links, reads}));
  EXPECT_TRUE(second_gradient_matches(walk, {links, reads}));
}

TEST(SharpenLinkWeights, ScalesFocusesAndIsUniformWithoutALink) {
  const auto weights = numbers({0.3, 0.1, 0, 0, 0, 0, 0, 0}, {1, 2, 4});
  const auto sharp = sharpen_link_weights(weights, numbers({1, 1}, {1, 2}));
  expect_near(sharp, numbers({0.75, 0.25, 0, 0, 0.25, 0.25, 0.25, 0.25}, {1, 2, 4}), 1e-5);  // the floor
  expect_near(sharpen_link_weights(weights, numbers({20, 20}, {1, 2}))[0][0], numbers({1, 0, 0, 0}, {4}), 1e-8);
}

TEST(SharpenLinkWeights, HasTheGradientsOfItsEquations) {
  const TensorFunction sharpen = [](const Tensors& in) { return Tensors{sharpen_link_weights(in[0], in[1])}; };
  const Tensors inputs = {random_tensor({2, 3, 4}, 1, 0.05, 0.5), random_tensor({2, 3}, 2, 1, 4)};
  EXPECT_TRUE(gradient_matches(sharpen, inputs));
  EXPECT_TRUE(second_gradient_matches(sharpen, inputs));
}

RC_GTEST_PROP(TemporalLink, KeepsRowsAndColumnsAtMostOneAndTheDiagonalZero, ()) {
  const auto slots = *rc::gen::inRange<int64_t>(1, 12), steps = *rc::gen::inRange<int64_t>(1, 30);
  const auto sharpness = *rc::gen::element(0.0, 3.0, 300.0);
  const auto seed = *rc::gen::arbitrary<uint32_t>();
  auto link = torch::zeros({2, slots, slots}, torch::kFloat64);
  auto precedence = torch::zeros({2, slots}, torch::kFloat64);
  const double slack = 1e-13;  // of some 30 steps of sums over at most 12 slots
  for (int64_t step = 0; step < steps; ++step) {
    const auto stream = 2 * (static_cast<uint64_t>(seed) + step);
    const auto writes = random_tensor({2, 1}, stream, 0, 1) *
                        torch::softmax(sharpness * random_tensor({2, slots}, stream + 1), -1);
    link = update_link(link, writes, precedence);
    precedence = write_precedence(precedence, writes);
    RC_ASSERT((link >= -slack).all().item<bool>() && (precedence >= -slack).all().item<bool>());
    RC_ASSERT((link.sum(1) <= 1 + slack).all().item<bool>() && (link.sum(2) <= 1 + slack).all().item<bool>());
    RC_ASSERT((precedence.sum(1) <= 1 + slack).all().item<bool>());
    RC_ASSERT(!link.diagonal(0, 1, 2).any().item<bool>());
  }
}

TEST(TemporalLink, SaysWhatDoesNotFit) {
  expect_error([] { update_link(torch::zeros({2, 8, 7}), torch::zeros({2, 8}), torch::zeros({2, 8})); },
               "update_link: previous_link is [2, 8, 7], expected [batch, slots, slots]");
  expect_error([] { update_link(torch::zeros({2, 8, 8}), torch::zeros({2, 8}), torch::zeros({1, 8})); },
               "update_link: previous_precedence is [1, 8], expected [batch=2, slots=8]; sizes fixed by "
               "previous_link [2, 8, 8]");
  expect_error([] { write_precedence(torch::zeros({2, 8}), torch::zeros({2, 9})); },
               "write_precedence: write_weights is [2, 9], expected [batch=2, slots=8]; sizes fixed by "
               "previous_precedence [2, 8]");
  expect_error([] { forward_weights(torch::zeros({2, 8, 8}), torch::zeros({2, 4, 7})); },
               "forward_weights: previous_read_weights is [2, 4, 7], expected [batch=2, heads, slots=8]; sizes "
               "fixed by link [2, 8, 8]");
}

}  // namespace
}  // namespace mneme
