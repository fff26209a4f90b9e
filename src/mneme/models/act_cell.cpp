#include "mneme/models/act_cell.h"

#include <cmath>

#include "mneme/models/carried_state.h"
#include "mneme/models/initialisation.h"
#include "mneme/models/ntm.h"

namespace mneme {
namespace {

class NtmCell : public ActCell {
 public:
  NtmCell(const NtmOptions& options, int64_t features, int64_t outputs, Random& random)
      : ntm_(register_module("ntm", std::make_shared<NtmImpl>(options, features + 1, outputs, random))) {}

  std::vector<at::Tensor> start(int64_t batch_size) const override {
    return tensors_of(ntm_->initial_state(batch_size));
  }

  ActCellStep step(const at::Tensor& input, const std::vector<at::Tensor>& state) const override {
    const auto now = ntm_->step(input, state_of("NtmCell.step", state, ntm_->initial_state(input.size(0))));
    return {now.hidden, now.logits, tensors_of(now.state)};
  }

  int64_t multiply_adds_per_step() const override { return ntm_->multiply_adds_per_step(); }

 private:
  std::shared_ptr<NtmImpl> ntm_;
};

}  // namespace

RecurrentCell::RecurrentCell(const std::string& kind, int64_t hidden, int64_t features, int64_t outputs,
                             Random& random)
    : kind_(kind == "rnn" ? Kind::rnn : kind == "lstm" ? Kind::lstm : Kind::gru), hidden_(hidden) {
  const int64_t gates = hidden * (kind_ == Kind::rnn ? 1 : kind_ == Kind::lstm ? 4 : 3);
  input_weight_ = register_parameter("input_weight", torch::zeros({gates, features + 1}));
  recurrent_weight_ = register_parameter("recurrent_weight", torch::zeros({gates, hidden}));
  bias_ = register_parameter("bias", torch::zeros({gates}));
  if (kind_ == Kind::gru) recurrent_bias_ = register_parameter("recurrent_bias", torch::zeros({hidden}));
  const auto output = register_module("output", std::make_shared<torch::nn::Module>());
  output_weight_ = output->register_parameter("weight", torch::zeros({outputs, hidden}));
  output_bias_ = output->register_parameter("bias", torch::zeros({outputs}));

  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  for (const auto& weight : {input_weight_, recurrent_weight_, output_weight_}) fill_uniform(weight, bound, random);
  const torch::NoGradGuard no_grad;
  if (kind_ == Kind::lstm) bias_.narrow(0, hidden, hidden).fill_(kForgetBias);
}

std::vector<at::Tensor> RecurrentCell::start(int64_t batch_size) const {
  const auto zeros = torch::zeros({batch_size, hidden_}, bias_.options().requires_grad(false));
  return kind_ == Kind::lstm ? std::vector{zeros, zeros} : std::vector{zeros};
}

ActCellStep RecurrentCell::step(const at::Tensor& input, const std::vector<at::Tensor>& state) const {
  const auto seen = torch::linear(input, input_weight_, bias_);                 // [batch, gates]
  const auto remembered = torch::linear(state[0], recurrent_weight_);           // [batch, gates]
  if (kind_ == Kind::rnn) {
    const auto hidden = (seen + remembered).tanh();
    return {hidden, output(hidden), {hidden}};
  }
  if (kind_ == Kind::lstm) {
    const auto gates = (seen + remembered).chunk(4, 1);  // input, forget, cell, output
    const auto cell = gates[1].sigmoid() * state[1] + gates[0].sigmoid() * gates[2].tanh();
    const auto hidden = gates[3].sigmoid() * cell.tanh();
    return {hidden, output(hidden), {hidden, cell}};
  }
  const auto from_input = seen.chunk(3, 1), from_state = remembered.chunk(3, 1);  // reset, update, new
  const auto reset = (from_input[0] + from_state[0]).sigmoid();
  const auto update = (from_input[1] + from_state[1]).sigmoid();
  const auto candidate = (from_input[2] + reset * (from_state[2] + recurrent_bias_)).tanh();
  const auto hidden = (1 - update) * candidate + update * state[0];
  return {hidden, output(hidden), {hidden}};
}

int64_t RecurrentCell::multiply_adds_per_step() const {
  return input_weight_.numel() + recurrent_weight_.numel() + output_weight_.numel();
}

std::shared_ptr<ActCell> ntm_cell(int64_t hidden, int64_t slots, int64_t width, int64_t features, int64_t outputs,
                                  Random& random) {
  NtmOptions options;
  options.hidden = hidden;
  options.slots = slots;
  options.width = width;
  return std::make_shared<NtmCell>(options, features, outputs, random);
}

}  // namespace mneme
