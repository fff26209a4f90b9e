#include "mneme/kernels/decoder/decoder.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <cmath>

#include "mneme/core/error.h"
#include "mneme/core/shape.h"
#include "mneme/kernels/instruction_set.h"

namespace mneme {
namespace {

/// [rows, padded(depth)] in the form, with the scales of int8 rows.
struct KeptMatrix {
  at::Tensor numbers, scales, bias;
};

at::Tensor padded_rows(const at::Tensor& weight) {
  const int64_t depth = weight.size(1);
  if (depth == padded(depth)) return weight.contiguous();
  return at::constant_pad_nd(weight, {0, padded(depth) - depth}).contiguous();
}

KeptMatrix keep(const at::Tensor& weight, const at::Tensor& bias, WeightForm form) {
  const at::Tensor rows = padded_rows(weight.detach());
  KeptMatrix kept{rows, {}, bias.defined() ? bias.detach().contiguous() : bias};
  if (form == WeightForm::bfloat16) kept.numbers = rows.to(at::kBFloat16);
  if (form == WeightForm::int8) {
    kept.scales = std::get<0>(rows.abs().max(1)) / 127;  // [rows]
    // A row of zeros has no step.
    kept.numbers = at::round(rows / kept.scales.clamp_min(1e-30).unsqueeze(1)).to(at::kChar);
  }
  return kept;
}

DecoderActivation activation_named(const std::string& name) {
  if (name == "relu") return DecoderActivation::relu;
  if (name == "gelu") return DecoderActivation::gelu;
  if (name == "gelu-tanh") return DecoderActivation::gelu_tanh;
  if (name == "swiglu") return DecoderActivation::swiglu;
  throw Error("Decoder: activation is " + name + ", expected relu, gelu, gelu-tanh or swiglu");
}

const float* numbers(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

}  // namespace

struct Decoder::Memory {
  std::vector<at::Tensor> held;  // what the plan points into
  std::vector<DecoderLayer> layers;
  DecoderPlan plan{};
  at::Tensor keys, values;  // [layers, key_value_heads, capacity, padded head width]
  std::vector<float> cosines, sines;
  std::vector<at::Tensor> buffers;
  double rotary_base = 0;
  int64_t weight_bytes = 0;
  int64_t members = 1;  // of the team
  int32_t barrier[3] = {0, 0, 0};

  WeightRows rows(const at::Tensor& weight, const at::Tensor& bias, int64_t depth, const char* name,
                  int64_t expected);
  const float* vector(const at::Tensor& tensor, const char* name, int64_t expected);
  float* buffer(int64_t size) {
    buffers.push_back(at::zeros({size}, at::kFloat));
    return buffers.back().mutable_data_ptr<float>();
  }
};

WeightRows Decoder::Memory::rows(const at::Tensor& weight, const at::Tensor& bias, int64_t depth,
                                 const char* name, int64_t expected) {
  ShapeCheck check("Decoder");
  check.bind("rows", expected, "the sizes")
      .bind("depth", depth, "the sizes")
      .expect(name, weight, "rows depth");
  if (bias.defined()) check.expect(std::string(name) + " bias", bias, "rows");
  const KeptMatrix kept = keep(weight, bias, plan.form);
  for (const at::Tensor& tensor : {kept.numbers, kept.scales, kept.bias}) held.push_back(tensor);
  weight_bytes += kept.numbers.numel() * kept.numbers.element_size();
  return {kept.numbers.const_data_ptr(), numbers(kept.scales), numbers(kept.bias), expected, depth};
}

const float* Decoder::Memory::vector(const at::Tensor& tensor, const char* name, int64_t expected) {
  if (!tensor.defined()) return nullptr;
  ShapeCheck("Decoder").bind("width", expected, "the sizes").expect(name, tensor, "width");
  held.push_back(tensor.detach().contiguous());
  return numbers(held.back());
}

Decoder::Decoder(const DecoderWeights& weights, WeightForm form) : memory_(std::make_unique<Memory>()) {
  Memory& m = *memory_;
  DecoderPlan& plan = m.plan;
  if (weights.output.dim() != 2 || weights.output.scalar_type() != at::kFloat || !weights.output.is_cpu())
    throw Error("Decoder: output is " + shape_text(weights.output) + " " +
                dtype_text(weights.output.scalar_type()) + ", expected float32 [outputs, width] on the CPU");
  plan.width = weights.output.size(1);
  plan.heads = weights.heads;
  plan.key_value_heads = weights.key_value_heads;
  plan.layers = static_cast<int64_t>(weights.layers.size());
  plan.capacity = weights.capacity;
  plan.rms_norm = weights.rms_norm;
  plan.norm_epsilon = static_cast<float>(weights.norm_epsilon);
  plan.activation = activation_named(weights.activation);
  plan.form = form;
  if (plan.layers == 0) throw Error("Decoder: there are no layers");
  const bool gated = plan.activation == DecoderActivation::swiglu;
  plan.hidden = weights.layers.front().feed_forward_output_weight.size(1);
  const int64_t projected = plan.width + 2 * plan.key_value_heads * plan.head_width();
  const int64_t inner = gated ? 2 * plan.hidden : plan.hidden;
  m.keys = at::zeros({plan.layers, plan.key_value_heads, plan.capacity, plan.head_row()}, at::kFloat);
  m.values = at::zeros_like(m.keys);
  for (int64_t l = 0; l < plan.layers; ++l) {
    const DecoderLayerWeights& w = weights.layers[static_cast<size_t>(l)];
    m.layers.push_back(
        {m.vector(w.attention_norm_weight, "attention_norm", plan.width),
         m.vector(w.attention_norm_bias, "attention_norm bias", plan.width),
         m.vector(w.feed_forward_norm_weight, "feed_forward_norm", plan.width),
         m.vector(w.feed_forward_norm_bias, "feed_forward_norm bias", plan.width),
         m.rows(w.query_key_value_weight, w.query_key_value_bias, plan.width, "query_key_value", projected),
         m.rows(w.attention_output_weight, w.attention_output_bias, plan.width, "attention_output",
                plan.width),
         m.rows(w.feed_forward_input_weight, w.feed_forward_input_bias, plan.width, "feed_forward_input",
                inner),
         m.rows(w.feed_forward_output_weight, w.feed_forward_output_bias, plan.hidden, "feed_forward_output",
                plan.width),
         m.keys[l].mutable_data_ptr<float>(), m.values[l].mutable_data_ptr<float>()});
  }
  plan.layer = m.layers.data();
  plan.norm_weight = m.vector(weights.norm_weight, "norm", plan.width);
  plan.norm_bias = m.vector(weights.norm_bias, "norm bias", plan.width);
  plan.output = m.rows(weights.output, {}, plan.width, "output", weights.output.size(0));

  m.rotary_base = weights.rotary_base;
  if (m.rotary_base > 0) {
    m.cosines.resize(static_cast<size_t>(plan.head_width() / 2));
    m.sines.resize(m.cosines.size());
    plan.cosines = m.cosines.data(), plan.sines = m.sines.data();
  }
  m.members = at::get_num_threads();
  plan.states = m.buffer(padded(plan.width));
  plan.normed = m.buffer(m.members * padded(plan.width));
  plan.projected = m.buffer(projected);
  plan.read = m.buffer(padded(plan.width));
  plan.hidden_states = m.buffer(padded(plan.hidden));
  plan.scores = m.buffer(m.members * plan.capacity);
  plan.logits = m.buffer(plan.output.rows);
}

Decoder::~Decoder() = default;

int64_t Decoder::steps() const {
  return memory_->plan.steps;
}
int64_t Decoder::capacity() const {
  return memory_->plan.capacity;
}
int64_t Decoder::outputs() const {
  return memory_->plan.output.rows;
}
int64_t Decoder::weight_bytes() const {
  return memory_->weight_bytes;
}

void Decoder::begin(const std::vector<at::Tensor>& keys, const std::vector<at::Tensor>& values) {
  DecoderPlan& plan = memory_->plan;
  plan.steps = 0;
  if (keys.empty() && values.empty()) return;
  const auto layers = static_cast<size_t>(plan.layers);
  if (keys.size() != layers || values.size() != layers)
    throw Error("Decoder.begin: keys and values of " + std::to_string(keys.size()) + " and " +
                std::to_string(values.size()) + " layers, expected " + std::to_string(layers));
  const int64_t steps = keys.front().size(1), width = plan.head_width();
  if (steps > plan.capacity)
    throw Error("Decoder.begin: " + std::to_string(steps) + " steps, expected at most " +
                std::to_string(plan.capacity));
  for (size_t l = 0; l < layers; ++l) {
    ShapeCheck("Decoder.begin")
        .bind("heads", plan.key_value_heads, "the sizes")
        .bind("steps", steps, "the first layer")
        .bind("width", width, "the sizes")
        .expect("keys", keys[l], "heads steps width")
        .expect("values", values[l], "heads steps width");
    const auto at = static_cast<int64_t>(l);
    memory_->keys[at].narrow(1, 0, steps).narrow(2, 0, width).copy_(keys[l]);
    memory_->values[at].narrow(1, 0, steps).narrow(2, 0, width).copy_(values[l]);
  }
  plan.steps = steps;
}

const float* Decoder::step(const float* embedding) {
  Memory& m = *memory_;
  DecoderPlan& plan = m.plan;
  if (plan.steps == plan.capacity)
    throw Error("Decoder.step: " + std::to_string(plan.steps) + " steps are held, as many as may be");
  std::copy_n(embedding, plan.width, plan.states);
  for (size_t i = 0; i < m.cosines.size(); ++i) {
    const double angle =
        static_cast<double>(plan.steps) *
        std::pow(m.rotary_base, -2.0 * static_cast<double>(i) / static_cast<double>(plan.head_width()));
    m.cosines[i] = static_cast<float>(std::cos(angle));
    m.sines[i] = static_cast<float>(std::sin(angle));
  }
  const auto run = [&](int64_t rank, int64_t ranks) {
#if defined(__x86_64__)
    if (instruction_set() == InstructionSet::avx512) return AVX512::decode_step(plan, rank, ranks, m.barrier);
    if (instruction_set() == InstructionSet::avx2) return AVX2::decode_step(plan, rank, ranks, m.barrier);
#endif
    DEFAULT::decode_step(plan, rank, ranks, m.barrier);
  };
  // Small models are faster on one thread than two that wait for each other.
  constexpr int64_t kBytesWorthSharing = 1 << 20;
  const int64_t wanted = m.weight_bytes < kBytesWorthSharing ? 1 : m.members;
#pragma omp parallel num_threads(static_cast <int>(wanted))
  run(omp_get_thread_num(), omp_get_num_threads());
  ++plan.steps;
  return plan.logits;
}

}  // namespace mneme
