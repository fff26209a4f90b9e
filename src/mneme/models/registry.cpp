#include "mneme/core/error.h"
#include "mneme/models/act_rnn.h"
#include "mneme/models/blstm.h"
#include "mneme/models/dmn.h"
#include "mneme/models/dnc.h"
#include "mneme/models/gpt.h"
#include "mneme/models/handwriting.h"
#include "mneme/models/lstm.h"
#include "mneme/models/memn2n.h"
#include "mneme/models/ntm.h"
#include "mneme/models/sequence_model.h"
#include "mneme/models/transformer/transformer.h"
#include "mneme/models/universal_transformer.h"

namespace mneme {

namespace {

struct Entry {
  std::shared_ptr<SequenceModel> (*make)(const Settings&, const ModelSizes&, Random&);
  std::vector<OptionInfo> (*options)();
};

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

template <class Options, class Model>
Entry entry() {
  return {&make<Options, Model>, [] { return describe_options(Options{}); }};
}

const std::map<std::string, Entry>& registry() {
  static const std::map<std::string, Entry> all = {
      {"act", entry<ActOptions, ActRnnImpl>()},
      {"blstm", entry<BlstmOptions, BlstmImpl>()},
      {"dmn", entry<DmnOptions, DmnImpl>()},
      {"dnc", entry<DncOptions, DncImpl>()},
      {"gpt", entry<GptOptions, GptImpl>()},
      {"handwriting", entry<HandwritingOptions, HandwritingImpl>()},
      {"lstm", entry<LstmOptions, LstmImpl>()},
      {"memn2n", entry<MemN2NOptions, MemN2NImpl>()},
      {"ntm", entry<NtmOptions, NtmImpl>()},
      {"transformer", entry<TransformerOptions, TransformerImpl>()},
      {"universal-transformer", entry<UniversalTransformerOptions, UniversalTransformerImpl>()},
  };
  return all;
}

const Entry& find_entry(const std::string& name) {
  const auto found = registry().find(name);
  if (found != registry().end()) return found->second;
  const auto nearest = nearest_word(name, model_names());
  std::string known;
  for (const auto& each : model_names()) known += (known.empty() ? "" : ", ") + each;
  throw UsageError("unknown model " + name + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
                   " (models: " + known + ")");
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
  for (const auto& [name, entry] : registry()) names.push_back(name);
  return names;
}

std::vector<OptionInfo> model_options(const std::string& name) {
  return find_entry(name).options();
}

std::shared_ptr<SequenceModel> make_model(const std::string& name, const Settings& settings,
                                          const ModelSizes& sizes, Random& random) {
  return find_entry(name).make(settings, sizes, random);
}

}  // namespace mneme
