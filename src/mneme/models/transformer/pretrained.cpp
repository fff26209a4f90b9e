#include "mneme/models/transformer/pretrained.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// Reads settings and gathers what is wrong with them.
class Config {
 public:
  explicit Config(const Json& values) : values_(values) {}

  int64_t size(const char* key) {
    if (values_.contains(key) && values_[key].is_number_integer() && values_[key].get<int64_t>() > 0)
      return values_[key].get<int64_t>();
    problem(std::string(key) + " is " + text(key) + ", expected a number of at least 1");
    return 1;
  }
  int64_t size_or(const char* key, int64_t otherwise) { return missing(key) ? otherwise : size(key); }
  double number_or(const char* key, double otherwise) {
    if (missing(key)) return otherwise;
    if (values_[key].is_number()) return values_[key].get<double>();
    problem(std::string(key) + " is " + text(key) + ", expected a number");
    return otherwise;
  }
  bool flag_or(const char* key, bool otherwise) {
    return values_.contains(key) && values_[key].is_boolean() ? values_[key].get<bool>() : otherwise;
  }
  std::string word_or(const char* key, const char* otherwise) {
    return values_.contains(key) && values_[key].is_string() ? values_[key].get<std::string>() : otherwise;
  }
  bool missing(const char* key) const { return !values_.contains(key) || values_[key].is_null(); }
  std::string text(const char* key) const { return values_.contains(key) ? values_[key].dump() : "missing"; }
  void problem(const std::string& line) { problems_ += "\n  " + line; }
  const std::string& problems() const { return problems_; }

 private:
  const Json& values_;
  std::string problems_;
};

GptOptions gpt2_options(Config& config) {
  GptOptions options;
  options.width = config.size("n_embd");
  options.layers = config.size("n_layer");
  options.heads = config.size("n_head");
  options.context = config.size(config.missing("n_positions") ? "n_ctx" : "n_positions");
  options.hidden = config.size_or("n_inner", 4 * options.width);
  options.norm_epsilon = config.number_or("layer_norm_epsilon", 1e-5);
  const std::string activation = config.word_or("activation_function", "gelu_new");
  if (activation == "gelu_new" || activation == "gelu_pytorch_tanh" || activation == "gelu_fast")
    options.activation = "gelu-tanh";
  else if (activation == "gelu" || activation == "relu")
    options.activation = activation;
  else
    config.problem("activation_function is " + activation + ", expected gelu_new, gelu or relu");
  for (const char* key : {"scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn"})
    if (config.flag_or(key, false)) config.problem(std::string(key) + " is true, expected false");
  return options;
}

GptOptions llama_options(Config& config) {
  GptOptions options;
  options.width = config.size("hidden_size");
  options.layers = config.size("num_hidden_layers");
  options.heads = config.size("num_attention_heads");
  options.key_value_heads = config.size_or("num_key_value_heads", options.heads);
  options.hidden = config.size("intermediate_size");
  options.context = config.size("max_position_embeddings");
  options.positions = "rotary";
  options.rotary_base = config.number_or("rope_theta", 10000);
  options.norm = "rms";
  options.norm_epsilon = config.number_or("rms_norm_eps", 1e-6);
  options.activation = "swiglu";
  options.bias = false;
  options.tied_output = config.flag_or("tie_word_embeddings", false);
  if (!config.missing("rope_scaling"))
    config.problem("rope_scaling is " + config.text("rope_scaling") + ", expected none");
  if (const std::string activation = config.word_or("hidden_act", "silu"); activation != "silu")
    config.problem("hidden_act is " + activation + ", expected silu");
  for (const char* key : {"attention_bias", "mlp_bias"})
    if (config.flag_or(key, false)) config.problem(std::string(key) + " is true, expected false");
  if (const int64_t head = config.size_or("head_dim", options.width / options.heads);
      head * options.heads != options.width)
    config.problem("head_dim is " + std::to_string(head) + ", expected hidden_size / num_attention_heads");
  return options;
}

/// One of our parameters from theirs, joined by rows.
struct Rule {
  std::string ours;
  std::vector<std::pair<std::string, int64_t>> theirs;  ///< names and rows
  bool transposed = false;                              ///< theirs are [from, to]
};

std::vector<Rule> gpt2_rules(const GptImpl& model) {
  const auto& options = model.options();
  const int64_t width = options.width, hidden = options.hidden;
  std::vector<Rule> rules = {{"tokens.weight", {{"wte.weight", model.sizes().tokens}}},
                             {"positions.weight", {{"wpe.weight", options.context}}}};
  const auto both = [&](const std::string& ours, const std::string& theirs, int64_t rows, bool linear) {
    rules.push_back({ours + ".weight", {{theirs + ".weight", rows}}, linear});
    rules.push_back({ours + ".bias", {{theirs + ".bias", rows}}});
  };
  for (int64_t i = 0; i < options.layers; ++i) {
    const std::string ours = "blocks." + std::to_string(i) + ".", theirs = "h." + std::to_string(i) + ".";
    both(ours + "attention_norm", theirs + "ln_1", width, false);
    both(ours + "attention.query_key_value", theirs + "attn.c_attn", 3 * width, true);
    both(ours + "attention.output", theirs + "attn.c_proj", width, true);
    both(ours + "feed_forward_norm", theirs + "ln_2", width, false);
    both(ours + "feed_forward.input", theirs + "mlp.c_fc", hidden, true);
    both(ours + "feed_forward.output", theirs + "mlp.c_proj", width, true);
  }
  both("norm", "ln_f", width, false);
  return rules;
}

std::vector<Rule> llama_rules(const GptImpl& model) {
  const auto& options = model.options();
  const int64_t width = options.width, hidden = options.hidden, tokens = model.sizes().tokens;
  const int64_t keys = width / options.heads * options.key_value_heads;
  std::vector<Rule> rules = {{"tokens.weight", {{"embed_tokens.weight", tokens}}},
                             {"norm.weight", {{"norm.weight", width}}}};
  for (int64_t i = 0; i < options.layers; ++i) {
    const std::string ours = "blocks." + std::to_string(i) + ".",
                      theirs = "layers." + std::to_string(i) + ".";
    rules.push_back({ours + "attention_norm.weight", {{theirs + "input_layernorm.weight", width}}});
    rules.push_back({ours + "attention.query_key_value.weight",
                     {{theirs + "self_attn.q_proj.weight", width},
                      {theirs + "self_attn.k_proj.weight", keys},
                      {theirs + "self_attn.v_proj.weight", keys}}});
    rules.push_back({ours + "attention.output.weight", {{theirs + "self_attn.o_proj.weight", width}}});
    rules.push_back(
        {ours + "feed_forward_norm.weight", {{theirs + "post_attention_layernorm.weight", width}}});
    rules.push_back({ours + "feed_forward.input.weight",
                     {{theirs + "mlp.gate_proj.weight", hidden}, {theirs + "mlp.up_proj.weight", hidden}}});
    rules.push_back({ours + "feed_forward.output.weight", {{theirs + "mlp.down_proj.weight", width}}});
  }
  if (!options.tied_output) rules.push_back({"output.weight", {{"lm_head.weight", tokens}}});
  return rules;
}

/// Buffers that some files hold beside the weights: causal masks and the rotary rates, and an output that is
/// tied.
bool ignored(const std::string& name, bool tied_output) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") ||
         name.ends_with("rotary_emb.inv_freq") || (tied_output && name == "lm_head.weight");
}

}  // namespace

PretrainedShape read_pretrained_shape(const fs::path& config_file) {
  std::ifstream stream(config_file);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) throw Error(config_file.string() + ": cannot be read");
  const Json json = Json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw Error(config_file.string() + ": not a JSON object");
  Config config(json);
  PretrainedShape shape{config.word_or("model_type", ""), {}, 0};
  if (shape.kind == "gpt2")
    shape.options = gpt2_options(config);
  else if (shape.kind == "llama")
    shape.options = llama_options(config);
  else
    throw Error(config_file.string() + ": model_type is " + config.text("model_type") +
                ", expected \"gpt2\" or \"llama\"");
  shape.tokens = config.size("vocab_size");
  if (!config.problems().empty()) throw Error(config_file.string() + ":" + config.problems());
  return shape;
}

Archive read_pretrained_archive(const fs::path& folder) {
  std::set<fs::path> files;
  if (fs::is_directory(folder))
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("model") && name.ends_with(".safetensors")) files.insert(entry.path());
    }
  if (files.empty()) throw Error(folder.string() + ": no model.safetensors");
  Archive all;
  for (const auto& file : files)
    for (auto& [name, tensor] : read_archive(file, Checksums::optional).tensors)
      if (!all.tensors.emplace(name, tensor).second)
        throw Error(file.string() + ": " + name + " is in another file too");
  return all;
}

void copy_pretrained(const PretrainedShape& shape, const Archive& archive, GptImpl& model) {
  // Files of the bare model and of the model with its output differ by a prefix.
  std::map<std::string, at::Tensor> theirs;
  for (const auto& [name, tensor] : archive.tensors) {
    const std::string prefix = shape.kind == "gpt2" ? "transformer." : "model.";
    theirs[name.starts_with(prefix) ? name.substr(prefix.size()) : name] = tensor;
  }
  std::string problems;
  const auto parameters = model.named_parameters();
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;
  std::set<std::string> used, filled;
  for (const Rule& rule : shape.kind == "gpt2" ? gpt2_rules(model) : llama_rules(model)) {
    const at::Tensor& ours = parameters[rule.ours];
    filled.insert(rule.ours);
    std::vector<at::Tensor> parts;
    for (const auto& [name, rows] : rule.theirs) {
      used.insert(name);
      std::vector<int64_t> expected = {rows};
      if (ours.dim() == 2) expected.push_back(ours.size(1));
      if (rule.transposed) std::reverse(expected.begin(), expected.end());
      const auto found = theirs.find(name);
      if (found == theirs.end()) {
        problems += "\n  " + name + " is missing, expected " + shape_text(at::empty(expected));
      } else if (found->second.sizes() != expected) {
        problems += "\n  " + name + " is " + shape_text(found->second) + ", expected " +
                    shape_text(at::empty(expected));
      } else {
        parts.push_back(rule.transposed ? found->second.t() : found->second);
      }
    }
    if (parts.size() == rule.theirs.size()) copies.emplace_back(ours, at::cat(parts, 0));
  }
  for (const auto& [name, tensor] : theirs)
    if (!used.contains(name) && !ignored(name, model.options().tied_output))
      problems += "\n  " + name + " " + shape_text(tensor) + " is not known";
  for (const auto& parameter : parameters)
    if (!filled.contains(parameter.key())) problems += "\n  nothing fills " + parameter.key();
  if (!problems.empty()) throw Error("the weights do not fit a model of kind " + shape.kind + ":" + problems);
  const torch::NoGradGuard no_grad;
  for (auto& [ours, values] : copies) ours.copy_(values);
}

}  // namespace mneme
