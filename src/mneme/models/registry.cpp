#include "mneme/core/error.h"
#include "mneme/models/dnc.h"
#include "mneme/models/lstm.h"
#include "mneme/models/ntm.h"
#include "mneme/models/sequence_model.h"

namespace mneme {

namespace {

using Maker = std::shared_ptr<SequenceModel> (*)(const Settings&, int64_t, int64_t, Random&);

template <class Options, class Model>
std::shared_ptr<SequenceModel> make(const Settings& settings, int64_t features, int64_t outputs,
                                    Random& random) {
  Options options;
  apply_settings(options, "model", settings);
  return std::make_shared<Model>(options, features, outputs, random);
}

const std::map<std::string, Maker>& makers() {
  static const std::map<std::string, Maker> all = {
      {"dnc", &make<DncOptions, DncImpl>},
      {"lstm", &make<LstmOptions, LstmImpl>},
      {"ntm", &make<NtmOptions, NtmImpl>},
  };
  return all;
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : makers()) names.push_back(name);
  return names;
}

std::shared_ptr<SequenceModel> make_model(const std::string& name, const Settings& settings, int64_t features,
                                          int64_t outputs, Random& random) {
  const auto found = makers().find(name);
  if (found != makers().end()) return found->second(settings, features, outputs, random);
  const auto nearest = nearest_word(name, model_names());
  std::string known;
  for (const auto& each : model_names()) known += (known.empty() ? "" : ", ") + each;
  throw UsageError("unknown model " + name + (nearest.empty() ? "" : "; did you mean " + nearest + "?") +
                   " (models: " + known + ")");
}

}  // namespace mneme
