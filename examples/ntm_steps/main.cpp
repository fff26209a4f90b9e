// Makes a Neural Turing Machine, runs it over five random vectors, and prints after each step which slot
// each head looks at most. Untrained, the heads stay near the slot that they start at.
#include <torch/torch.h>

#include <cstdio>

#include "mneme/core/error.h"
#include "mneme/models/ntm.h"

int main() {
  try {
    mneme::NtmOptions options;
    options.slots = 16;
    options.width = 8;

    mneme::Random parameters = mneme::Seed(1).stream("parameters");
    mneme::Ntm ntm(options, /*features=*/10, /*outputs=*/8, parameters);

    const int64_t batch = 1, steps = 5;
    torch::manual_seed(1);
    const auto inputs = torch::randn({batch, steps, 10});  // [batch, time, features]

    torch::NoGradGuard no_gradients;
    mneme::NtmState state = ntm->initial_state(batch);
    for (int64_t time = 0; time < steps; ++time) {
      const mneme::NtmStep step = ntm->step(inputs.select(1, time), state);
      state = step.state;
      const auto [weight, slot] = state.weights.max(2);  // each [batch, heads]
      std::printf("step %d: the read head looks at slot %d (weight %.3f), the write head at slot %d (weight %.3f)\n",
                  static_cast<int>(time), slot[0][0].item<int>(), weight[0][0].item<double>(),
                  slot[0][1].item<int>(), weight[0][1].item<double>());
    }

    const auto logits = ntm->predict(inputs, {});  // [batch, time, outputs], the whole sequence at once
    std::printf("%lld steps gave %lld outputs each\n", static_cast<long long>(logits.size(1)),
                static_cast<long long>(logits.size(2)));
  } catch (const mneme::Error& error) {
    std::fprintf(stderr, "ntm_steps: %s\n", error.what());
    return 1;
  }
}
