#include "mneme/mechanisms/read_modes.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"

namespace mneme {
namespace {

TEST(ReadModes, EqualsTheEquationsComputedApart) {
  // From tests/goldens/dnc_mechanisms_golden.py; printed with 12 decimals, as the weightings put in.
  const auto onward = numbers({0.19087982272, 0.060569632039, 0.139854574171, 0.242502621933,  //
                               0.208977388692, 0.008689812352, 0.246444178484, 0.103759578833},
                              {1, 2, 4});
  const auto back = numbers({0.254121308844, 0.087474216687, 0.106246991808, 0.085048792649,  //
                             0.294972465801, 0.242105683945, 0.063948237442, 0.003724205294},
                            {1, 2, 4});
  const auto found = numbers({0.1, 0.2, 0.3, 0.4, 0.7, 0.1, 0.1, 0.1}, {1, 2, 4});
  expect_near(mix_read_modes(numbers({0.2, 0.5, 0.3, 0.6, 0.1, 0.3}, {1, 2, 3}), back, found, onward),
              numbers({0.158088208585, 0.135665732949, 0.213205770613, 0.28976054511,  //
                       0.309676696088, 0.157870354072, 0.122302196011, 0.043362396826},
                      {1, 2, 4}),
              2e-12);
}

TEST(ReadModes, TakesEachModeAlone) {
  const auto back = random_tensor({2, 3, 5}, 1), found = random_tensor({2, 3, 5}, 2);
  const auto onward = random_tensor({2, 3, 5}, 3);
  const auto only = [&](int64_t mode) {
    return mix_read_modes(torch::eye(3, torch::kFloat64)[mode].expand({2, 3, 3}), back, found, onward);
  };
  EXPECT_TRUE(torch::equal(only(0), back));
  EXPECT_TRUE(torch::equal(only(1), found));
  EXPECT_TRUE(torch::equal(only(2), onward));
}

TEST(ReadModes, HasTheGradientsOfItsEquations) {
  const TensorFunction mix = [](const Tensors& in) {
    return Tensors{mix_read_modes(in[0], in[1], in[2], in[3])};
  };
  const Tensors parts = {random_tensor({2, 2, 3}, 1, 0, 1), random_tensor({2, 2, 4}, 2, 0, 1),
                         random_tensor({2, 2, 4}, 3, 0, 1), random_tensor({2, 2, 4}, 4, 0, 1)};
  EXPECT_TRUE(gradient_matches(mix, parts));
  EXPECT_TRUE(second_gradient_matches(mix, parts));
}

TEST(ReadModes, SaysWhatDoesNotFit) {
  const auto weights = torch::zeros({2, 4, 8});
  expect_error([&] { mix_read_modes(torch::zeros({2, 4, 2}), weights, weights, weights); },
               "mix_read_modes: modes is [2, 4, 2], expected [batch, heads, 3]");
  expect_error([&] { mix_read_modes(torch::zeros({2, 4, 3}), weights, torch::zeros({2, 4, 9}), weights); },
               "mix_read_modes: content_weights is [2, 4, 9], expected [batch=2, heads=4, slots=8]; sizes fixed by "
               "modes [2, 4, 3] and backward_weights [2, 4, 8]");
}

}  // namespace
}  // namespace mneme
