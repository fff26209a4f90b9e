// What drives the memory of a Differentiable Neural Computer: one recurrent or feed-forward layer.
#pragma once

#include <torch/torch.h>

#include "mneme/core/random.h"

namespace mneme {

struct DncControllerSizes {
  bool lstm = true;
  int64_t features = 1;
  int64_t hidden = 256;
  int64_t reads = 0;  ///< numbers read in the step before; 0: no memory
  bool layer_norm = false;

  int64_t gates() const { return lstm ? 4 * hidden : hidden; }
  int64_t recurrent() const { return lstm ? hidden + reads : reads; }
};

/// One layer that sees the input x, its own last output h and what was read last, r:
///
///     lstm:         [i, f, g, o] = N(W_x x + W_h [h; r]) + b,  s' = σ(f) s + σ(i) tanh(g),  h' = σ(o) tanh(N(s'))
///     feed-forward: h' = tanh(N(W_x x + W_h r) + b)
///
/// N is the identity or, with layer_norm, N(v) = α ∘ (v - mean v) / sqrt(var v + 1e-5) over the hidden units of
/// each gate (with an offset for s, the bias b being that of the gates).
///
/// Parameters: input_weight [gates, features], bias [gates], recurrent_weight [gates, recurrent] (hidden columns
/// first) and, with layer_norm, gain [gates] and, of the LSTM, cell_gain and cell_offset [hidden]; gates in the
/// order i, f, g, o.
///
/// Source: Hochreiter and Schmidhuber 1997, with a forget gate (Gers et al. 2000); layer_norm as Ba, Kiros,
/// Hinton 2016 (arXiv:1607.06450), equations 20 to 22, which Franke, Niehues, Waibel 2018 (arXiv:1807.02658) give
/// the DNC.
/// How we differ: Ba et al. normalise W_x x and W_h h each for itself, we their sum.
struct DncController : torch::nn::Module {
  DncController(const DncControllerSizes& sizes, Random& random);

  /// The input's share of the gates, for any leading dimensions: [..., features] to [..., gates].
  at::Tensor see(const at::Tensor& inputs) const;

  struct Output {
    at::Tensor hidden;  ///< [batch, hidden] h'
    at::Tensor cell;    ///< [batch, hidden] s'; undefined for the feed-forward layer
  };

  /// One step. seen [batch, gates]; hidden and cell [batch, hidden], undefined for the feed-forward layer;
  /// reads [batch, reads], undefined without a memory. Differentiable to any order; float32 and float64.
  Output step(const at::Tensor& seen, const at::Tensor& hidden, const at::Tensor& cell,
              const at::Tensor& reads) const;

  int64_t multiply_adds() const { return input_weight.numel() + recurrent_weight.numel(); }

  DncControllerSizes sizes;
  at::Tensor input_weight, bias, recurrent_weight, gain, cell_gain, cell_offset;
};

}  // namespace mneme
