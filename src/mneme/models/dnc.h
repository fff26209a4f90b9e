// The Differentiable Neural Computer: a controller with a memory whose slots are allocated, freed and linked in
// the order in which they were written (Graves et al. 2016, Nature 538, 471-476).
#pragma once

#include <torch/torch.h>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mneme/kernels/dnc/dnc_sequence.h"
#include "mneme/kernels/path.h"
#include "mneme/mechanisms/dnc_interface.h"
#include "mneme/models/dnc_controller.h"
#include "mneme/models/sequence_model.h"
#include "mneme/models/sparse_memory.h"

namespace mneme {

struct DncOptions {
  std::string controller = "lstm";
  int64_t hidden = 256;
  int64_t slots = 256;
  int64_t width = 64;
  int64_t read_heads = 4;
  bool masked_keys = false;
  bool clear_freed = false;
  bool sharpened_links = false;
  bool content_only = false;
  double bypass_dropout = 0;
  bool layer_norm = false;
  bool bidirectional = false;
  int64_t sparse = 0;
  double initial_write_gates = 0;
  double initial_free_gates = 0;
  double initial_strengths = 0;
  std::string path = "automatic";

  template <class Visitor>
  void visit(Visitor&& option) {
    option("controller", controller, "what drives the memory", one_of({"lstm", "feed-forward"}));
    option("hidden", hidden, "units of the controller", at_least(1));
    option("slots", slots, "memory slots N", at_least(1));
    option("width", width, "numbers in a slot W", at_least(1));
    option("read_heads", read_heads, "heads that read R", at_least(1));
    // Csordas and Schmidhuber 2019 (arXiv:1904.10278).
    option("masked_keys", masked_keys, "look for some elements of a key and leave the others open", any_value());
    option("clear_freed", clear_freed, "clear a slot's memory as it is freed", any_value());
    option("sharpened_links", sharpened_links, "let heads undo the blur of the links that they follow", any_value());
    // Franke, Niehues, Waibel 2018 (arXiv:1807.02658).
    option("content_only", content_only, "read by content alone: no links, no read modes", any_value());
    option("bypass_dropout", bypass_dropout, "share of the controller's output that by-passes the memory dropped",
           between(0, 1));
    option("layer_norm", layer_norm, "normalise the controller's units", any_value());
    option("bidirectional", bidirectional, "also read the inputs backwards, without a memory", any_value());
    // Rae et al. 2016 (arXiv:1610.09027).
    option("sparse", sparse, "slots that each weighting keeps at most K, faster from some 1,500 slots on; 0: all",
           at_least(0));
    // How the untrained net begins.
    option("initial_write_gates", initial_write_gates,
           "bias of the write and the allocation gate: above 0 the untrained net writes, and where there is room",
           any_value());
    option("initial_free_gates", initial_free_gates, "bias of the free gates: below 0 what is read is kept",
           any_value());
    option("initial_strengths", initial_strengths, "bias of the keys' strengths: how sharply content is looked up",
           any_value());
    option("path", path, "which implementation runs", one_of({"automatic", "composite", "fused"}));
  }
};

/// What goes from one step to the next; all zero before the first. Without links (content_only) there is no
/// precedence and no link. The record of a sparse memory has neither, for their size.
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

/// What happened in one step, in the order in which it happened. Without links backward and forward weightings
/// are undefined.
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

/// Parameters: controller.* as models/dnc_controller.h says, interface.{weight [interface, hidden], bias} and
/// output.{weight [outputs, hidden + reads], bias}; reads = read_heads·width. The interface vector is laid out as
/// mechanisms/dnc_interface.h says. With `bidirectional` also backward.*, an LSTM as controller.* with no reads,
/// and hidden more columns of output.weight, the last.
///
/// How we differ from the paper: one LSTM layer; epsilons in the similarity (content_addressing.h) and the
/// allocation (allocation.h). From Franke et al.: an option for each of their changes.
class DncImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits, and for sharpened_links without links or with sparse ones.
  DncImpl(const DncOptions& options, int64_t features, int64_t outputs, Random& random);

  DncState initial_state(int64_t batch_size) const;

  /// One step by the equations: the definition of the model. input [batch, features]. Differentiable to
  /// any order; float32 and float64. Throws Error when shapes do not fit, or the model is bidirectional or sparse.
  DncStep step(const at::Tensor& input, const DncState& before) const;

  /// Throws Error when shapes do not fit, or the fused path is asked for and cannot run. The fused path has
  /// the first derivative alone, and says so when a second is asked for: set_path(Path::composite).
  Prediction forward(const Sequences& given) override;

  /// The state is the members of DncState that the model has (no hidden and cell for the feed-forward controller,
  /// no precedence and link without links). Throws Error also when the model is bidirectional, as what its inputs'
  /// end says of their beginning is not in a state, or sparse, as its state is no fixed number of numbers.
  /// Gradients through the state are the composite's: with gradients on, the fused path throws Error.
  at::Tensor advance(std::vector<at::Tensor>& state, const at::Tensor& inputs, const at::Tensor& lengths) override;

  /// Whole sequences, as forward takes them, with all that a person would look at; no gradients. The same on
  /// both paths.
  DncRecord record(const at::Tensor& inputs, const at::Tensor& lengths);

  void set_path(Path path);

  /// The path that forward and record would take for these inputs.
  Path path_for(const at::Tensor& inputs, const at::Tensor& lengths) const;

  std::string model_name() const override { return "dnc"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  int64_t multiply_adds_per_step() const override;

  const DncOptions& options() const { return options_; }

 private:
  void set_initial_gates();
  /// From the state before the first step, on the path that fits. Returns logits.
  at::Tensor run_whole(const at::Tensor& inputs, const at::Tensor& lengths);
  /// Throws Error when the model has no state to go on from.
  void refuse_without_state(const char* operation) const;

  /// Whole sequences with the sparse memory (dnc_sparse.cpp); past a sequence's length zero.
  struct SparseRun {
    at::Tensor hidden;                   ///< [batch, time, hidden]
    at::Tensor reads;                    ///< [batch, time, read_heads, width]
    std::vector<DncInterface> said;      ///< at each step, each [batch, …]
    at::Tensor last_hidden, last_cell;   ///< [batch, hidden]
    std::vector<SparseMemory> memories;  ///< of each sequence, after its last step
  };
  using SparseVisit = std::function<void(int64_t sequence, int64_t time, const SparseMemory& memory)>;
  SparseRun run_sparse(const at::Tensor& inputs, const at::Tensor& lengths, const SparseVisit& visit) const;
  DncRecord record_sparse(const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// A step without its logits; seen [batch, gates] is the input's share of the controller's gates.
  DncStep step_on(const at::Tensor& seen, const DncState& before) const;

  /// The parts of a step. Each takes what it needs from `now` and leaves its results there.
  void write(DncStep& now, const DncState& before) const;
  void read(DncStep& now, const DncState& before) const;

  /// What the inputs' end says of their beginning: [batch, time, hidden], undefined unless bidirectional.
  at::Tensor look_ahead(const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// The output layer, for any leading dimensions: hidden [..., hidden], reads [..., read_heads, width], ahead
  /// [..., hidden] or undefined.
  at::Tensor output(const at::Tensor& hidden, const at::Tensor& reads, const at::Tensor& ahead) const;

  /// Every reason why the fused path cannot run, one a line; empty when it can.
  std::string fused_obstacles(const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// What the fused operation takes; an empty state is the one before the first step.
  DncSequenceInputs sequence_inputs(const at::Tensor& inputs, const at::Tensor& lengths, const DncState& state) const;
  DncSequenceOptions sequence_options() const;
  DncState final_state(const DncSequenceOutputs& run) const;

  /// From `state` on; leaves there the state after each sequence's last step. Returns logits.
  at::Tensor run_composite(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths) const;

  /// Calls visit(step) at each step; what it shows of sequences that have ended means nothing.
  template <class Visit>
  void run_composite(DncState& state, const at::Tensor& inputs, const at::Tensor& lengths, Visit&& visit) const;

  DncOptions options_;
  int64_t features_, outputs_;
  DncInterfaceSizes interface_sizes_;
  Path path_;

  std::shared_ptr<DncController> controller_;
  std::shared_ptr<DncController> backward_;       // null unless bidirectional
  at::Tensor interface_weight_, interface_bias_;  // interface.*
  at::Tensor output_weight_, output_bias_;        // output.*
};
TORCH_MODULE(Dnc);

}  // namespace mneme
