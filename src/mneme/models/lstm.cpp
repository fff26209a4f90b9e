#include "mneme/models/lstm.h"

#include "mneme/models/checks.h"
#include "mneme/models/initialisation.h"

namespace mneme {

LstmImpl::LstmImpl(const LstmOptions& options, int64_t features, int64_t outputs, Random& random)
    : options_(options), features_(features) {
  check_options("LstmOptions", describe_options(options));
  const auto hidden = options.hidden;
  layers_ = register_module(
      "layers",
      torch::nn::LSTM(torch::nn::LSTMOptions(features, hidden).num_layers(options.layers).batch_first(true)));
  output_ = register_module("output", torch::nn::Linear(hidden, outputs));
  const auto initial = register_module("initial", std::make_shared<torch::nn::Module>());
  const auto start = [&](const char* name) {
    return initial->register_parameter(name, torch::zeros({options.layers, hidden}), options.learned_start);
  };
  initial_hidden_ = start("hidden");
  initial_cell_ = start("cell");

  torch::NoGradGuard no_grad;
  for (const auto& parameter : layers_->named_parameters()) {
    const auto& [name, value] = parameter.pair();
    if (value.dim() == 2) {
      fill_glorot(value, 1, random);
      continue;
    }
    value.zero_();
    // The engine adds two biases; one of them suffices to start with.
    if (name.starts_with("bias_ih")) value.narrow(0, hidden, hidden).fill_(kForgetBias);
  }
  fill_glorot(output_->weight, 1, random);
  output_->bias.zero_();
  if (options.learned_start) {
    fill_uniform(initial_hidden_, kStartBound, random);
    fill_uniform(initial_cell_, kStartBound, random);
  }
}

Prediction LstmImpl::forward(const Sequences& given) {
  check_sequences("Lstm.forward", given.inputs, given.lengths, features_);
  auto state = initial_state(given.inputs.size(0));
  return {run(state, given.inputs, {}), {}, {}};
}

at::Tensor LstmImpl::advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) {
  check_sequences("Lstm.advance", inputs, lengths, features_);
  auto start = initial_state(inputs.size(0));
  if (state.empty())
    state = std::move(start);
  else
    check_state("Lstm.advance", state, {{"hidden", start[0]}, {"cell", start[1]}});
  return run(state, inputs, lengths);
}

std::vector<at::Tensor> LstmImpl::initial_state(int64_t batch_size) const {
  const auto for_all = [&](const at::Tensor& one) {
    return one.unsqueeze(0).expand({batch_size, options_.layers, options_.hidden});
  };
  return {for_all(initial_hidden_), for_all(initial_cell_)};
}

at::Tensor LstmImpl::run(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) {
  // The engine wants [layers, batch, hidden].
  const auto start = std::make_tuple(state[0].transpose(0, 1).contiguous(), state[1].transpose(0, 1).contiguous());
  at::Tensor outputs;
  std::tuple<at::Tensor, at::Tensor> last;
  if (lengths.defined()) {
    namespace rnn = torch::nn::utils::rnn;
    const auto packed = rnn::pack_padded_sequence(inputs, lengths, /*batch_first=*/true, /*enforce_sorted=*/false);
    const auto result = layers_->forward_with_packed_input(packed, start);
    last = std::get<1>(result);
    outputs = std::get<0>(
        rnn::pad_packed_sequence(std::get<0>(result), /*batch_first=*/true, /*padding_value=*/0, inputs.size(1)));
  } else {
    std::tie(outputs, last) = layers_->forward(inputs, start);
  }
  state = {std::get<0>(last).transpose(0, 1), std::get<1>(last).transpose(0, 1)};
  return output_->forward(outputs);
}

int64_t LstmImpl::multiply_adds_per_step() const {
  int64_t sum = output_->weight.numel();
  for (const auto& parameter : layers_->parameters())
    if (parameter.dim() == 2) sum += parameter.numel();
  return sum;
}

}  // namespace mneme
