#include "mneme/models/dnc_controller.h"

#include "mneme/models/initialisation.h"

namespace mneme {

namespace {

constexpr double kVarianceFloor = 1e-5;  // of layer normalisation

}  // namespace

DncController::DncController(const DncControllerSizes& given, Random& random) : sizes(given) {
  const auto parameter = [this](const char* name, at::IntArrayRef shape, double value) {
    return register_parameter(name, torch::full(shape, value));
  };
  input_weight = parameter("input_weight", {sizes.gates(), sizes.features}, 0);
  bias = parameter("bias", {sizes.gates()}, 0);
  recurrent_weight = parameter("recurrent_weight", {sizes.gates(), sizes.recurrent()}, 0);
  if (sizes.layer_norm) {
    gain = parameter("gain", {sizes.gates()}, 1);
    if (sizes.lstm) {
      cell_gain = parameter("cell_gain", {sizes.hidden}, 1);
      cell_offset = parameter("cell_offset", {sizes.hidden}, 0);
    }
  }
  torch::NoGradGuard no_grad;
  fill_glorot(input_weight, 1, random);
  fill_glorot(recurrent_weight, 1, random);
  if (sizes.lstm) bias.narrow(0, sizes.hidden, sizes.hidden).fill_(kForgetBias);
}

at::Tensor DncController::see(const at::Tensor& inputs) const {
  return torch::linear(inputs, input_weight, sizes.layer_norm ? at::Tensor() : bias);  // else added behind N
}

DncController::Output DncController::step(const at::Tensor& seen, const at::Tensor& hidden,
                                          const at::Tensor& cell, const at::Tensor& reads) const {
  const auto& past = !sizes.lstm ? reads : sizes.reads > 0 ? torch::cat({hidden, reads}, 1) : hidden;
  auto sums = seen + torch::linear(past, recurrent_weight);  // [batch, gates]
  if (sizes.layer_norm)
    sums = torch::layer_norm(sums.unflatten(1, {-1, sizes.hidden}), {sizes.hidden}, {}, {}, kVarianceFloor)
                   .flatten(1) * gain + bias;
  if (!sizes.lstm) return {sums.tanh(), {}};
  const auto gates = sums.chunk(4, 1);  // input, forget, cell, output
  const auto now = gates[1].sigmoid() * cell + gates[0].sigmoid() * gates[2].tanh();
  const auto shown =
      sizes.layer_norm ? torch::layer_norm(now, {sizes.hidden}, cell_gain, cell_offset, kVarianceFloor) : now;
  return {gates[3].sigmoid() * shown.tanh(), now};
}

}  // namespace mneme
