#include "mneme/models/blstm.h"

#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {

namespace {

/// For each sequence its steps from the last to the first, then those past its end in their places: [batch,
/// time]. Taken twice it is the order of before.
at::Tensor backward_order(const at::Tensor& lengths, int64_t time) {
  const auto steps = torch::arange(time).unsqueeze(0);     // [1, time]
  const auto mirrored = lengths.unsqueeze(1) - 1 - steps;  // [batch, time]
  return torch::where(mirrored >= 0, mirrored, steps);
}

}  // namespace

BlstmImpl::BlstmImpl(const BlstmOptions& options, int64_t features, int64_t outputs, Random& random)
    : options_(options), features_(features) {
  check_options("BlstmOptions", describe_options(options));
  const auto hidden = options.hidden;
  const auto ahead = register_module("ahead", torch::nn::ModuleList());
  const auto back = register_module("back", torch::nn::ModuleList());
  torch::NoGradGuard no_grad;
  for (int64_t layer = 0; layer < options.layers; ++layer) {
    for (auto& [list, modules] : {std::tie(ahead_, ahead), std::tie(back_, back)}) {
      const torch::nn::LSTM lstm(
          torch::nn::LSTMOptions(layer == 0 ? features : 2 * hidden, hidden).batch_first(true));
      for (const auto& parameter : lstm->named_parameters()) {
        const auto& [name, value] = parameter.pair();
        if (value.dim() == 2) {
          fill_glorot(value, 1, random);
          continue;
        }
        value.zero_();
        // The engine adds two biases; one of them suffices to start with.
        if (name.starts_with("bias_ih")) value.narrow(0, hidden, hidden).fill_(kForgetBias);
      }
      modules->push_back(lstm);
      list.push_back(lstm);
    }
  }
  output_ = register_module("output", torch::nn::Linear(2 * hidden, outputs));
  fill_glorot(output_->weight, 1, random);
  output_->bias.zero_();
}

Prediction BlstmImpl::forward(const Sequences& given) {
  check_sequences("Blstm.forward", given.inputs, given.lengths, features_);
  at::Tensor order;  // [batch, time, 1]
  if (given.lengths.defined())
    order = backward_order(given.lengths, given.inputs.size(1)).unsqueeze(2).to(given.inputs.device());
  const auto turned = [&](const at::Tensor& steps) {  // [batch, time, any]
    return order.defined() ? steps.gather(1, order.expand({-1, -1, steps.size(2)})) : steps.flip(1);
  };
  at::Tensor steps = given.inputs;
  for (size_t layer = 0; layer < ahead_.size(); ++layer) {
    const auto ahead = std::get<0>(ahead_[layer]->forward(steps));        // [batch, time, hidden]
    const auto back = std::get<0>(back_[layer]->forward(turned(steps)));  // [batch, time, hidden]
    steps = torch::cat({ahead, turned(back)}, 2);
  }
  return {output_->forward(steps), {}, {}};
}

int64_t BlstmImpl::multiply_adds_per_step() const {
  int64_t sum = 0;
  for (const auto& parameter : parameters())
    if (parameter.dim() == 2) sum += parameter.numel();
  return sum;
}

}  // namespace mneme
