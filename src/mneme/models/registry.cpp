#include "mneme/core/error.h"
#include "mneme/models/dnc.h"
#include "mneme/models/gpt.h"
#include "mneme/models/handwriting.h"
#include "mneme/models/lstm.h"
#include "mneme/models/ntm.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

namespace {

using Maker = std::shared_ptr<SequenceModel> (*)(const Settings&, const ModelSizes&, Random&);

/// A model whose constructor takes all sizes, or one that reads real numbers and takes features and outputs.
template <class Options, class Model>
std::shared_ptr<SequenceModel> make(const Settings& settings, const ModelSizes& sizes, Random& random) {
  Options options;
  apply_settings(options, "model", settings);
  if constexpr (std::is_constructible_v<Model, const Options&, const ModelSizes&, Random&>) {
    return std::make_shared<Model>(options, sizes, random);
  } else {
    auto model = std::make_shared<Model>(options, sizes.features, sizes.outputs, random);
    if (sizes.tokens > 0)
      throw UsageError("model " + model->model_name() + " reads real numbers, the task gives numbers of " +
                       std::to_string(sizes.tokens) + " tokens");
    return model;
  }
}

const std::map<std::string, Maker>& makers() {
  static const std::map<std::string, Maker> all = {
      {"dnc", &make<DncOptions, DncImpl>},
      {"gpt", &make<GptOptions, GptImpl>},
      {"handwriting", &make<HandwritingOptions, HandwritingImpl>},
      {"lstm", &make<LstmOptions, LstmImpl>},
      {"ntm", &make<NtmOptions, NtmImpl>},
  };
  return all;
}

}  // namespace

at::Tensor SequenceModel::advance(std::vector<at::Tensor>&, const at::Tensor&, const at::Tensor&) {
  throw Error(model_name() + ": this model cannot go on from a state");
}

std::vector<at::Tensor> SequenceModel::start(const at::Tensor&, const at::Tensor&) {
  throw Error(model_name() + ": this model cannot begin with a context");
}

int64_t SequenceModel::multiply_adds(const Sequences& given) const {
  const int64_t steps = given.lengths.defined() ? given.lengths.sum().item<int64_t>()
                                                : given.inputs.size(0) * given.inputs.size(1);
  return steps * multiply_adds_per_step();
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers()) names.push_back(name);
  return names;
}

std::shared_ptr<SequenceModel> make_model(const std::string& name, const Settings& settings,
                                          const ModelSizes& sizes, Random& random) {
  const auto found = makers().find(name);
  if (found != makers().end()) return found->second(settings, sizes, random);
  const auto nearest = nearest_word(name, model_names());
  std::string known;
  for (const auto& each : model_names()) known += (known.empty() ? "" : ", ") + each;
  throw UsageError("unknown model " + name + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
                   " (models: " + known + ")");
}

}  // namespace mneme
