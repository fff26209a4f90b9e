// The Differentiable Neural Computer: a controller with a memory whose slots are allocated, freed and linked in
// the order in which they were written (Graves et al. 2016, Nature 538, 471-476).
#pragma once

#include <torch/torch.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mneme/kernels/path.h"
#include "mneme/mechanisms/dnc_interface.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

struct DncOptions {
  std::string controller = "lstm";
  int64_t hidden = 256;
  int64_t slots = 256;
  int64_t width = 64;
  int64_t read_heads = 4;
  std::string path = "automatic";

  template <class Visitor>
  void visit(Visitor&& option) {
    option("controller", controller, "what drives the memory", one_of({"lstm", "feed-forward"}));
    option("hidden", hidden, "units of the controller", at_least(1));
    option("slots", slots, "memory slots N", at_least(1));
    option("width", width, "numbers in a slot W", at_least(1));
    option("read_heads", read_heads, "heads that read R", at_least(1));
    option("path", path, "which implementation runs", one_of({"automatic", "composite", "fused"}));
  }
};

/// What goes from one step to the next; all zero before the first.
struct DncState {
  at::Tensor hidden;         ///< [batch, hidden]             h; undefined for the feed-forward controller
  at::Tensor cell;           ///< [batch, hidden]             s; likewise
  at::Tensor reads;          ///< [batch, read_heads, width]  r
  at::Tensor read_weights;   ///< [batch, read_heads, slots]  w_r
  at::Tensor write_weights;  ///< [batch, slots]              w_w
  at::Tensor usage;          ///< [batch, slots]              u
  at::Tensor precedence;     ///< [batch, slots]              p
  at::Tensor link;           ///< [batch, slots, slots]       L; [i, j]: i was written right after j
  at::Tensor memory;         ///< [batch, slots, width]       M

  /// Every member, by name, in the order that advance takes.
  static constexpr auto members() {
    using Member = std::pair<std::string_view, at::Tensor DncState::*>;
    return std::array{Member{"hidden", &DncState::hidden},
                      Member{"cell", &DncState::cell},
                      Member{"reads", &DncState::reads},
                      Member{"read_weights", &DncState::read_weights},
                      Member{"write_weights", &DncState::write_weights},
                      Member{"usage", &DncState::usage},
                      Member{"precedence", &DncState::precedence},
                      Member{"link", &DncState::link},
                      Member{"memory", &DncState::memory}};
  }
};

/// What happened in one step, in the order in which it happened.
struct DncStep {
  at::Tensor hidden;                 ///< [batch, hidden]             output of the controller
  DncInterface interface;            ///< each [batch, …]             what the controller told the memory
  at::Tensor write_content_weights;  ///< [batch, slots]              c_w
  at::Tensor allocation_weights;     ///< [batch, slots]              a
  at::Tensor read_content_weights;   ///< [batch, read_heads, slots]  c_r
  at::Tensor backward_weights;       ///< [batch, read_heads, slots]  b
  at::Tensor forward_weights;        ///< [batch, read_heads, slots]  f
  at::Tensor logits;                 ///< [batch, outputs]
  DncState state;                    ///< after the step
};

/// What happened in whole sequences; zero past a sequence's length (logits: the output bias). The links are
/// left out: they are [slots, slots] a step, and follow from the write weightings.
struct DncRecord {
  at::Tensor hidden;              ///< [batch, time, hidden]
  DncInterface interface;         ///< each [batch, time, …]
  at::Tensor usage;               ///< [batch, time, slots]              u
  at::Tensor allocation_weights;  ///< [batch, time, slots]              a
  at::Tensor write_weights;       ///< [batch, time, slots]              w_w
  at::Tensor read_weights;        ///< [batch, time, read_heads, slots]  w_r
  at::Tensor reads;               ///< [batch, time, read_heads, width]  r
  at::Tensor logits;              ///< [batch, time, outputs]
  DncState state;                 ///< after each sequence's last step
};

/// Parameters: controller.{input_weight [gates, features], bias [gates], recurrent_weight [gates, recurrent]},
/// interface.{weight [interface, hidden], bias} and output.{weight [outputs, hidden + reads], bias};
/// reads = read_heads·width. For the LSTM gates = 4·hidden (input, forget, cell, output) and recurrent =
/// hidden + reads (hidden first); for the feed-forward controller, tanh, gates = hidden and recurrent = reads.
/// The interface vector is laid out as mechanisms/dnc_interface.h says.
///
/// How we differ from the paper: one LSTM layer; the recurrent connections of its hidden state are the usual
/// ones; epsilons in the similarity (content_addressing.h) and the allocation (allocation.h).
class DncImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits.
  DncImpl(const DncOptions& options, int64_t features, int64_t outputs, Random& random);

  DncState initial_state(int64_t batch_size) const;

  /// One step by the equations: the definition of the model. input [batch, features]. Differentiable to
  /// any order; float32 and float64. Throws Error when shapes do not fit.
  DncStep step(const at::Tensor& input, const DncState& before) const;

  /// Throws Error when shapes do not fit, or the fused path is asked for and cannot run.
  at::Tensor predict(const at::Tensor& inputs, const at::Tensor& lengths) override;

  /// The state is the members of DncState, without hidden and cell for the feed-forward controller.
  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) override;

  /// Whole sequences, as predict takes them, with all that a person would look at; no gradients.
  DncRecord record(const at::Tensor& inputs, const at::Tensor& lengths);

  void set_path(Path path);

  /// The path that predict and record would take for these inputs.
  Path path_for(const at::Tensor& inputs, const at::Tensor& lengths) const;

  std::string model_name() const override { return "dnc"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

  const DncOptions& options() const { return options_; }

 private:
  void initialise(Random& random);
  bool has_lstm() const { return options_.controller == "lstm"; }
  at::Tensor output(const at::Tensor& hidden, const at::Tensor& reads) const;

  /// A step without its logits; seen [batch, gates] is the input's share of the gates, bias included.
  DncStep step_on(const at::Tensor& seen, const DncState& before) const;

  /// The controller's output; leaves its new state in `state`.
  at::Tensor control(const at::Tensor& seen, const DncState& before, DncState& state) const;

  /// From `state` on; leaves there the state after each sequence's last step. Returns logits.
  at::Tensor run(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// Calls visit(step) at each step; what it shows of sequences that have ended means nothing.
  template <class Visit>
  void run_composite(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths, Visit&& visit) const;

  DncOptions options_;
  int64_t features_, outputs_;
  DncInterfaceSizes interface_sizes_;
  Path path_;

  at::Tensor input_weight_, bias_, recurrent_weight_;  // controller.*
  at::Tensor interface_weight_, interface_bias_;       // interface.*
  at::Tensor output_weight_, output_bias_;             // output.*
};
TORCH_MODULE(Dnc);

}  // namespace mneme
