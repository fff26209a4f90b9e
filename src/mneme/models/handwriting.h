// Handwriting from text: a stack of LSTM layers that predicts where the pen goes next, with a Gaussian window that
// the first layer slides over the text (Graves 2013, Generating Sequences With Recurrent Neural Networks,
// arXiv:1308.0850, sections 4 and 5). Without the window it writes whatever looks like writing.
#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "mneme/kernels/path.h"
#include "mneme/mechanisms/gaussian_window.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

struct HandwritingOptions {
  int64_t hidden = 400;
  int64_t layers = 3;
  bool window = true;
  int64_t gaussians = 10;
  double start_advance = 0.1;
  double clip_gates = 10;
  double clip_outputs = 100;
  std::string path = "automatic";

  template <class Visitor>
  void visit(Visitor&& option) {
    option("hidden", hidden, "units of a layer", at_least(1));
    option("layers", layers, "layers; each sees the pen, and the output sees all of them", at_least(1));
    option("window", window, "look at the text; false: write without one", any_value());
    option("gaussians", gaussians, "bumps K of the window", at_least(1));
    option("start_advance", start_advance, "characters a step that an untrained window moves on", at_least(1e-6));
    option("clip_gates", clip_gates, "derivatives at the LSTM gates are clipped to this size; 0: not", at_least(0));
    option("clip_outputs", clip_outputs, "derivatives at the outputs are clipped to this size; 0: not", at_least(0));
    option("path", path, "automatic, composite (the equations) or fused",
           one_of({"automatic", "composite", "fused"}));
  }
};

struct HandwritingState {
  at::Tensor hidden;     ///< [batch, layers, hidden] h
  at::Tensor cell;       ///< [batch, layers, hidden] c
  at::Tensor shown;      ///< [batch, tokens] w, what the window showed; undefined without one
  at::Tensor positions;  ///< [batch, gaussians] κ; likewise

  static auto members() {
    using S = HandwritingState;
    return std::vector<std::pair<std::string_view, at::Tensor S::*>>{
        {"hidden", &S::hidden}, {"cell", &S::cell}, {"shown", &S::shown}, {"positions", &S::positions}};
  }
};

/// Everything about one step. What concerns the window is undefined without one.
struct HandwritingStep {
  HandwritingState state;
  WindowParameters window;  ///< a, b, κ
  at::Tensor strengths;     ///< [batch, characters] φ
  at::Tensor mixture;       ///< [batch, outputs] ŷ; mechanisms/mixture_density.h says what it means
};

/// The text of a step: each character one-hot [batch, characters, tokens], and which there are.
struct HandwritingText {
  at::Tensor characters;
  at::Tensor mask;  ///< bool [batch, characters]
};

/// What whole sequences leave to look at.
struct HandwritingRecord {
  at::Tensor logits;                           ///< [batch, time, outputs]
  at::Tensor strengths;                        ///< [batch, time, characters] φ
  at::Tensor importances, widths, positions;  ///< [batch, time, gaussians] a, b, κ
};

/// Parameters: layer<n>.{input_weight [4·hidden, seen], bias [4·hidden], recurrent_weight [4·hidden, recurrent]},
/// gates in the order input, forget, cell, output. Layer 1 sees the pen, and as its recurrent part h and w of the
/// step before; each further one the pen, w and the layer below. window.{weight [3·gaussians, hidden], bias} and
/// output.{weight [outputs, layers·hidden], bias}.
class HandwritingImpl : public SequenceModel {
 public:
  /// Throws UsageError for an option outside its limits, or a task that does not ask for a mixture of Gaussians.
  HandwritingImpl(const HandwritingOptions& options, const ModelSizes& sizes, Random& random);

  /// inputs [batch, time, 3]; context: the text. What stands past a length changes nothing before it.
  Prediction forward(const Sequences& given) override;

  HandwritingState initial_state(int64_t batch_size) const;
  HandwritingText text_of(const Sequences& given) const;
  /// input: [batch, 3] where the pen is. `text` is not looked at without a window.
  HandwritingStep step(const at::Tensor& input, const HandwritingState& before, const HandwritingText& text) const;
  /// What a report shows; without a window the logits alone.
  HandwritingRecord record(const Sequences& given);

  std::string model_name() const override { return "handwriting"; }
  std::vector<OptionInfo> model_options() const override { return describe_options(options_); }
  const HandwritingOptions& options() const { return options_; }
  int64_t tokens() const { return tokens_; }  ///< that the window tells apart; 0 without one
  int64_t multiply_adds_per_step() const override;
  void set_path(Path path);
  /// The path that forward takes: never automatic.
  Path path_for(const Sequences& given) const;

 private:
  struct Layer {
    at::Tensor input_weight, bias, recurrent_weight;
  };
  void initialise(Random& random);
  HandwritingRecord run_composite(const Sequences& given) const;
  HandwritingRecord run_fused(const Sequences& given) const;
  at::Tensor output(const at::Tensor& hidden) const;

  HandwritingOptions options_;
  int64_t features_, outputs_, tokens_;
  Path path_;
  std::vector<Layer> layers_;
  at::Tensor window_weight_, window_bias_, output_weight_, output_bias_;
};
TORCH_MODULE(Handwriting);

}  // namespace mneme
