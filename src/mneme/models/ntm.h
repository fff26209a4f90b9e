// The Neural Turing Machine: a controller whose heads read and write a memory beside it
// (Graves, Wayne, Danihelka 2014, arXiv:1410.5401).
#pragma once

#include <torch/torch.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mneme/kernels/ntm/ntm_sequence.h"
#include "mneme/kernels/path.h"
#include "mneme/mechanisms/ntm_heads.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

struct NtmOptions {
  std::string controller = "lstm";
  int64_t hidden = 100;
  int64_t slots = 128;
  int64_t width = 20;
  int64_t read_heads = 1;
  int64_t write_heads = 1;
  int64_t shift_range = 1;
  double initial_memory = 1e-6;
  double initial_focus = 6;
  double initial_gate = -2;
  bool learned_memory = false;
  bool learned_start = true;
  std::string path = "automatic";

  template <class Visitor>
  void visit(Visitor&& option) {
    option("controller", controller, "what drives the heads", one_of({"lstm", "feed-forward"}));
    option("hidden", hidden, "units of the controller", at_least(1));
    option("slots", slots, "memory slots N", at_least(1));
    option("width", width, "numbers in a slot W", at_least(1));
    option("read_heads", read_heads, "heads that read", at_least(1));
    option("write_heads", write_heads, "heads that write", at_least(1));
    option("shift_range", shift_range, "slots that a head may move in a step, either way", at_least(0));
    option("initial_memory", initial_memory, "memory elements before the first step", any_value());
    option("initial_focus", initial_focus,
           "how far the first slot's logit is above the others' in the initial weightings", any_value());
    option("initial_gate", initial_gate,
           "bias of the gates between the last weighting (below 0) and content (above)", any_value());
    option("learned_memory", learned_memory,
           "learn the memory before the first step: slots that differ can be found by content", any_value());
    option("learned_start", learned_start, "learn the state before the first step", any_value());
    option("path", path, "which implementation runs", one_of({"automatic", "composite", "fused"}));
  }
};

/// What goes from one step to the next.
struct NtmState {
  at::Tensor hidden;   ///< [batch, hidden]             h; undefined for the feed-forward controller
  at::Tensor cell;     ///< [batch, hidden]             c; likewise
  at::Tensor reads;    ///< [batch, read_heads, width]  r
  at::Tensor weights;  ///< [batch, heads, slots]       w, read heads first
  at::Tensor memory;   ///< [batch, slots, width]       M

  /// Every member, by name, in the order that advance takes.
  static constexpr auto members() {
    using Member = std::pair<std::string_view, at::Tensor NtmState::*>;
    return std::array{Member{"hidden", &NtmState::hidden}, Member{"cell", &NtmState::cell},
                      Member{"reads", &NtmState::reads}, Member{"weights", &NtmState::weights},
                      Member{"memory", &NtmState::memory}};
  }
};

/// What happened in one step, in the order in which it happened.
struct NtmStep {
  at::Tensor hidden;           ///< [batch, hidden]        output of the controller
  NtmHeadParameters heads;     ///< each [batch, …]        what the controller told the heads
  at::Tensor content_weights;  ///< [batch, heads, slots]  w_c
  at::Tensor gated_weights;    ///< [batch, heads, slots]  w_g
  at::Tensor shifted_weights;  ///< [batch, heads, slots]  w_s
  at::Tensor logits;           ///< [batch, outputs]
  NtmState state;              ///< after the step; its weights are w, its reads are r
};

/// What happened in whole sequences; zero past a sequence's length (logits: the output bias).
struct NtmRecord {
  NtmHeadParameters heads;     ///< each [batch, time, …]
  at::Tensor content_weights;  ///< [batch, time, heads, slots]       w_c
  at::Tensor weights;          ///< [batch, time, heads, slots]       w
  at::Tensor hidden;           ///< [batch, time, hidden]
  at::Tensor reads;            ///< [batch, time, read_heads, width]  r
  at::Tensor logits;           ///< [batch, time, outputs]
  NtmState state;              ///< after each sequence's last step
};

/// Parameters: controller.{input_weight [gates, features], bias, recurrent_weight [gates, recurrent]},
/// interface.{weight, bias}, output.{weight [outputs, hidden + reads], bias} and
/// initial.{weight_logits, reads, hidden, cell} and, with learned_memory, initial.memory [slots, width]: the
/// state before the first step. The layout of gates,
/// recurrent and interface is that of kernels/ntm/ntm_sequence.h.
class NtmImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits.
  NtmImpl(const NtmOptions& options, int64_t features, int64_t outputs, Random& random);

  NtmState initial_state(int64_t batch_size) const;

  /// One step by the equations: the definition of the model. input [batch, features]. Differentiable to
  /// any order; float32 and float64. Throws Error when shapes do not fit.
  NtmStep step(const at::Tensor& input, const NtmState& before) const;

  /// Throws Error when shapes do not fit, or the fused path is asked for and cannot run. The fused path has
  /// the first derivative alone, and says so when a second is asked for: set_path(Path::composite).
  Prediction forward(const Sequences& given) override;

  /// The state is the members of NtmState, without hidden and cell for the feed-forward controller.
  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) override;

  /// Whole sequences, as forward takes them, with all that a person would look at; no gradients.
  /// The same on both paths.
  NtmRecord record(const at::Tensor& inputs, const at::Tensor& lengths);

  void set_path(Path path);

  /// The path that forward and record would take for these inputs.
  Path path_for(const at::Tensor& inputs, const at::Tensor& lengths) const;

  std::string model_name() const override { return "ntm"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

  const NtmOptions& options() const { return options_; }

 private:
  void initialise(Random& random);
  at::Tensor start_memory() const;
  bool runs_fused(const NtmSequenceInputs& arguments) const;
  NtmSequenceInputs sequence_inputs(const NtmState& start, const at::Tensor& inputs,
                                    const at::Tensor& lengths) const;
  NtmState state_after(const NtmSequenceOutputs& run) const;
  at::Tensor output(const at::Tensor& features) const;

  /// From `state` on, [1, …] when all sequences start alike; leaves there the state after each sequence's last
  /// step. Returns logits.
  at::Tensor run(NtmState& state, const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// Calls visit(step) at each step; what it shows of sequences that have ended means nothing. Returns the
  /// state after each sequence's last step.
  template <class Visit>
  NtmState run_composite(const NtmState& start, const at::Tensor& inputs, const at::Tensor& lengths,
                         Visit&& visit) const;

  NtmOptions options_;
  int64_t features_, outputs_;
  NtmHeadSizes head_sizes_;
  NtmSequenceOptions sequence_options_;
  Path path_;

  at::Tensor input_weight_, bias_, recurrent_weight_;                                 // controller.*
  at::Tensor interface_weight_, interface_bias_;                                      // interface.*
  at::Tensor output_weight_, output_bias_;                                            // output.*
  at::Tensor initial_weight_logits_, initial_reads_, initial_hidden_, initial_cell_, initial_memory_;  // initial.*
};
TORCH_MODULE(Ntm);

}  // namespace mneme
