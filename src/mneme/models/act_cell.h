// Recurrent networks, one step of one, as ACT goes round them: any of them may be let think (models/act_rnn.h).
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "mneme/core/random.h"

namespace mneme {

/// What one inner step of a network gives. Every tensor of a state is [batch, …].
struct ActCellStep {
  at::Tensor hidden;              ///< [batch, hidden] what the halting unit looks at
  at::Tensor logits;              ///< [batch, outputs]
  std::vector<at::Tensor> state;  ///< after the step
};

class ActCell : public torch::nn::Module {
 public:
  virtual std::vector<at::Tensor> start(int64_t batch_size) const = 0;

  /// input: [batch, features + 1], the last of which is the flag of the first inner step.
  virtual ActCellStep step(const at::Tensor& input, const std::vector<at::Tensor>& state) const = 0;

  virtual int64_t multiply_adds_per_step() const = 0;
};

/// A tanh unit (rnn), an LSTM or a GRU of `hidden` units, and a linear output:
///
///     rnn   h' = tanh(g),  g = W x + U h + b
///     lstm  c' = σ(g_f) c + σ(g_i) tanh(g_c),  h' = σ(g_o) tanh(c')
///     gru   r = σ(g_r),  z = σ(g_z),  h' = (1 - z) tanh(x_n + r (U_n h + b_n)) + z h,  x_n = W_n x + b
///
/// Parameters: input_weight [gates, features + 1], recurrent_weight [gates, hidden], bias [gates], for the GRU
/// recurrent_bias [hidden] (b_n), and output.{weight [outputs, hidden], bias}. Order of the gates: input, forget,
/// cell, output; reset, update, new.
class RecurrentCell : public ActCell {
 public:
  /// kind: "rnn", "lstm" or "gru".
  RecurrentCell(const std::string& kind, int64_t hidden, int64_t features, int64_t outputs, Random& random);

  /// Hidden and, for the LSTM, cell: zeros [batch, hidden].
  std::vector<at::Tensor> start(int64_t batch_size) const override;
  ActCellStep step(const at::Tensor& input, const std::vector<at::Tensor>& state) const override;
  int64_t multiply_adds_per_step() const override;

  const at::Tensor& input_weight() const { return input_weight_; }
  const at::Tensor& bias() const { return bias_; }
  const at::Tensor& recurrent_weight() const { return recurrent_weight_; }

  /// [.., hidden] → [.., outputs]
  at::Tensor output(const at::Tensor& hidden) const { return torch::linear(hidden, output_weight_, output_bias_); }

 private:
  enum class Kind { rnn, lstm, gru };
  Kind kind_;
  int64_t hidden_;
  at::Tensor input_weight_, recurrent_weight_, bias_, recurrent_bias_, output_weight_, output_bias_;
};

/// A Neural Turing Machine (models/ntm.h): it may look something up again and again before it answers.
std::shared_ptr<ActCell> ntm_cell(int64_t hidden, int64_t slots, int64_t width, int64_t features, int64_t outputs,
                                  Random& random);

}  // namespace mneme
