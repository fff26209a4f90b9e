// One token through a decoder-only transformer. The threads of a team stay together for the whole step: four
// products and an attention a layer, each of a few microseconds, are too short to start threads for.
#include "mneme/kernels/decoder/decoder_plan.h"
#include "mneme/kernels/decoder/weight_rows.h"
#include "mneme/kernels/simd/math.h"
#include "mneme/kernels/simd/team.h"

namespace mneme::CPU_CAPABILITY {
namespace {

constexpr int64_t kGrain = 16;  // rows of a weight matrix for one member: a cache line of results

/// to = norm(from), zeros up to padded(width) stay.
void normalise(const DecoderPlan& plan, const float* weight, const float* bias, const float* from,
               float* to) {
  const int64_t width = plan.width;
  double sum = 0, squares = 0;  // float64: the order of few additions is the engine's business, not ours
  for (int64_t i = 0; i < width; ++i) sum += from[i];
  const double mean = plan.rms_norm ? 0 : sum / static_cast<double>(width);
  for (int64_t i = 0; i < width; ++i) squares += (from[i] - mean) * (from[i] - mean);
  const auto scale =
      static_cast<float>(1 / __builtin_sqrt(squares / static_cast<double>(width) + plan.norm_epsilon));
  const auto centre = static_cast<float>(mean);
  for (int64_t i = 0; i < width; ++i)
    to[i] = (from[i] - centre) * scale * weight[i] + (bias != nullptr ? bias[i] : 0);
}

float gelu(float x) {
  return 0.5f * x * (1 + __builtin_erff(x * 0.70710678f));
}

void activate(DecoderActivation kind, float* values, int64_t count) {
  if (kind == DecoderActivation::relu) {
    for (int64_t i = 0; i < count; ++i) values[i] = values[i] > 0 ? values[i] : 0;
  } else if (kind == DecoderActivation::gelu) {
    for (int64_t i = 0; i < count; ++i) values[i] = gelu(values[i]);
  } else {
    constexpr int n = kLanes<float>;
    for (int64_t i = 0; i < count; i += n) {
      const Vector<float> x = load_first(values + i, count - i);
      const Vector<float> y =
          0.5f * x * (1 + hyperbolic_tangent(0.7978845608f * (x + 0.044715f * x * x * x)));
      for (int lane = 0; lane < n && i + lane < count; ++lane) values[i + lane] = y[lane];
    }
  }
}

/// Turns pairs half the head apart (mechanisms/positions.h); does nothing where there are no rotary
/// positions.
void turn(const DecoderPlan& plan, float* head) {
  if (plan.cosines == nullptr) return;
  const int64_t half = plan.head_width() / 2;
  for (int64_t i = 0; i < half; ++i) {
    const float left = head[i], right = head[i + half];
    head[i] = left * plan.cosines[i] - right * plan.sines[i];
    head[i + half] = right * plan.cosines[i] + left * plan.sines[i];
  }
}

/// What one head reads from `count` steps: to[head_width].
void read_head(const DecoderPlan& plan, const float* query, const float* keys, const float* values,
               int64_t count, float* scores, float* to) {
  constexpr int n = kLanes<float>;
  const int64_t width = plan.head_width(), row = plan.head_row();
  const float scale = 1 / __builtin_sqrtf(static_cast<float>(width));
  float highest = -3e38f;
  for (int64_t t = 0; t < count; ++t) {
    Vector<float> sum = {};
    for (int64_t i = 0; i < width; i += n) sum += load_first(query + i, width - i) * load(keys + t * row + i);
    scores[t] = sum_lanes(sum) * scale;
    highest = scores[t] > highest ? scores[t] : highest;
  }
  float total = 0;
  for (int64_t t = 0; t < count; t += n) {
    const Vector<float> powers = exponential(load_first(scores + t, count - t) - highest);
    for (int lane = 0; lane < n && t + lane < count; ++lane) total += scores[t + lane] = powers[lane];
  }
  for (int64_t i = 0; i < width; i += n) {
    Vector<float> sum = {};
    for (int64_t t = 0; t < count; ++t) sum += scores[t] * load(values + t * row + i);
    sum /= total;
    for (int64_t lane = 0; lane < n && i + lane < width; ++lane) to[i + lane] = sum[lane];
  }
}

/// The member's share of the heads: keeps this step's keys and values, then reads. Query heads that share
/// keys stay with one member.
void attend(const DecoderPlan& plan, const DecoderLayer& layer, Team& team, float* scores) {
  const int64_t width = plan.head_width(), row = plan.head_row();
  const int64_t shared_by = plan.heads / plan.key_value_heads;
  float* const queries = plan.projected;
  float* const keys = queries + plan.width;
  float* const values = keys + plan.key_value_heads * width;
  team.share(plan.key_value_heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) {
      float* const held_keys = layer.keys + group * plan.capacity * row;
      float* const held_values = layer.values + group * plan.capacity * row;
      turn(plan, keys + group * width);
      for (int64_t i = 0; i < width; ++i) {
        held_keys[plan.steps * row + i] = keys[group * width + i];
        held_values[plan.steps * row + i] = values[group * width + i];
      }
      for (int64_t head = group * shared_by; head < (group + 1) * shared_by; ++head) {
        turn(plan, queries + head * width);
        read_head(plan, queries + head * width, held_keys, held_values, plan.steps + 1, scores,
                  plan.read + head * width);
      }
    }
  });
}

}  // namespace

void decode_step(const DecoderPlan& plan, int64_t rank, int64_t ranks, int32_t* barrier) {
  Team team(rank, ranks, barrier);
  float* const normed = plan.normed + rank * padded(plan.width);
  float* const scores = plan.scores + rank * plan.capacity;
  const auto share = [&](const WeightRows& matrix, const float* vector, auto&& take) {
    team.share(matrix.rows, kGrain,
               [&](int64_t begin, int64_t end) { multiply(matrix, plan.form, vector, begin, end, take); });
  };
  const auto add_to_states = [&](int64_t r, float value) { plan.states[r] += value; };
  for (int64_t l = 0; l < plan.layers; ++l) {
    const DecoderLayer& layer = plan.layer[l];
    // Every member norms the whole for itself: less than waiting for another.
    normalise(plan, layer.attention_norm_weight, layer.attention_norm_bias, plan.states, normed);
    share(layer.query_key_value, normed, [&](int64_t r, float value) { plan.projected[r] = value; });
    team.wait();
    attend(plan, layer, team, scores);
    team.wait();
    share(layer.attention_output, plan.read, add_to_states);
    team.wait();

    normalise(plan, layer.feed_forward_norm_weight, layer.feed_forward_norm_bias, plan.states, normed);
    float* const hidden = plan.hidden_states;
    if (plan.activation == DecoderActivation::swiglu) {
      // The gates stand before what they gate; a member takes both halves of its share.
      team.share(plan.hidden, kGrain, [&](int64_t begin, int64_t end) {
        const WeightRows& matrix = layer.feed_forward_input;
        multiply(matrix, plan.form, normed, begin, end,
                 [&](int64_t r, float gate) { hidden[r] = gate / (1 + scalar_exp(-gate)); });
        multiply(matrix, plan.form, normed, plan.hidden + begin, plan.hidden + end,
                 [&](int64_t r, float value) { hidden[r - plan.hidden] *= value; });
      });
    } else {
      team.share(plan.hidden, kGrain, [&](int64_t begin, int64_t end) {
        multiply(layer.feed_forward_input, plan.form, normed, begin, end,
                 [&](int64_t r, float value) { hidden[r] = value; });
        activate(plan.activation, hidden + begin, end - begin);
      });
    }
    team.wait();
    share(layer.feed_forward_output, hidden, add_to_states);
    team.wait();
  }
  normalise(plan, plan.norm_weight, plan.norm_bias, plan.states, normed);
  share(plan.output, normed, [&](int64_t r, float value) { plan.logits[r] = value; });
}

}  // namespace mneme::CPU_CAPABILITY
