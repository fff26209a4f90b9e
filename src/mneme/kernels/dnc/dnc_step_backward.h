// One step of the memory of the fused DNC backwards, for its backward kernel only; d_x stands for the derivative of
// the loss with respect to x.
#pragma once

#include <initializer_list>

#include "mneme/kernels/dnc/dnc_link.h"
#include "mneme/kernels/dnc/dnc_step.h"

namespace mneme {
namespace {

constexpr int64_t kWidthParts = 2;  // of the write's sums over the width, like kDncLinkParts

/// Scratch of one group of sequences. What is marked "carried" goes from a step to the one before it.
template <class T>
struct Scratch {
  T *links, *memories;  // [group, checkpoint distance, …] before each step of the present segment
  T *last_memory;       // [group, memory_size] after the segment's last step
  // Carried, [group, …]: d of L, M, w^r, w^w, u, p, and of h and r, c.
  T *d_link, *d_memory, *d_read_weights, *d_write_weights, *d_usage, *d_precedence, *d_state, *d_cell;
  // One step of one sequence.
  T *d_forward, *d_backward;                // [heads_row]
  T *row_read, *row_write;                  // [heads_row], [slots_row]
  T *column_read, *column_write, *column_precedence;  // [parts, …]
  T *read_scaled;                           // [heads_row]: see similarity_backward
  T *read_norm_term;                        // [slots_row], with masks [heads_row]: likewise
  T *write_scaled, *write_norm_term;        // [slots_row]
  T *keys;                                  // see Keys
  T *no_norms, *no_hidden;                  // [slots_row], [hidden_row] zeros
  T *d_write;                               // [slots_row]: d w
  T *write_parts;                           // [parts, slots_row]: of d w
  T *retention_parts;                       // [parts, slots_row]: of d ψ, only with clear_freed
  T *taken;                                 // [slots_row]: Π u' of the slots before
  T *gathered;                              // [width, heads at once] vectors
  T *along;                                 // [heads + 1]

  static int64_t carve(const DncSizes& s, int64_t group, T* base, Scratch* scratch) {
    int64_t used = 0;
    const auto take = [&](T*& place, int64_t size) {
      place = base + used;
      used += padded(size);
    };
    take(scratch->links, group * kDncCheckpointDistance * s.link_size());
    take(scratch->memories, group * kDncCheckpointDistance * s.memory_size());
    take(scratch->last_memory, group * s.memory_size());
    take(scratch->d_link, group * s.link_size());
    take(scratch->d_memory, group * s.memory_size());
    take(scratch->d_read_weights, group * s.heads_row());
    for (T** carried : {&scratch->d_write_weights, &scratch->d_usage, &scratch->d_precedence})
      take(*carried, group * s.slots_row());
    take(scratch->d_state, group * s.features_row());
    take(scratch->d_cell, group * s.hidden_row());
    for (T** heads : {&scratch->d_forward, &scratch->d_backward, &scratch->row_read, &scratch->read_scaled})
      take(*heads, s.heads_row());
    take(scratch->column_read, kDncLinkParts * s.heads_row());
    take(scratch->column_write, kDncLinkParts * s.slots_row());
    take(scratch->column_precedence, kDncLinkParts * s.slots_row());
    for (T** slots : {&scratch->row_write, &scratch->write_scaled, &scratch->write_norm_term, &scratch->d_write,
                      &scratch->taken, &scratch->no_norms})
      take(*slots, s.slots_row());
    take(scratch->read_norm_term, s.masked_keys ? s.heads_row() : s.slots_row());
    take(scratch->no_hidden, s.hidden_row());
    take(scratch->keys, keys_size(s));
    take(scratch->write_parts, kWidthParts * s.slots_row());
    take(scratch->retention_parts, s.clear_freed ? kWidthParts * s.slots_row() : 0);
    take(scratch->gathered, s.width * kHeadsAtOnce * kPad);
    take(scratch->along, s.read_heads + 1);
    return used;
  }
};

/// The buffers of one sequence at one step.
template <class T>
struct StepRows {
  const T* interface;
  const T *read_before, *write_before, *usage_before, *precedence_before, *norms_before;
  const T *read_weights, *write_weights, *usage, *norms;
  const T *allocation, *write_cosines, *write_content, *read_cosines, *read_content, *forward, *backward;
  const T *sharp_forward, *sharp_backward, *write_masked_norms, *read_masked_norms, *retention;
  const int32_t* free_list;
  const T *memory_before, *link_before, *memory;
  T* d_interface;
  T *d_link, *d_memory, *d_read_weights, *d_write_weights, *d_usage, *d_precedence, *d_reads;
};

template <class T>
T sum_over_slots(const DncSizes& s, const T* a, const T* b) {
  Vector<T> sum = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) sum += load(a + i) * load(b + i);
  return sum_lanes(sum);
}

/// d β or d s → raw: β = 1 + softplus(x), whose slope is 1 - exp(1 - β).
template <class T>
inline T one_plus_slope(T value) {
  return 1 - scalar_exp(1 - value);
}

/// content = softmax(β cos), cos_i = k·M_i / (|k| |M_i|), from d content(i) = scale · d[i]. Gives the raw d β, and
/// for d k = Σ_i scaled_i M_i - along k and d M_i = scaled_i k - norm_term_i M_i: scaled, along, and adds to
/// norm_term. Under a mask m: see masks_backward.
template <class T>
T similarity_backward(const DncSizes& s, T inverse_key, T strength, T scale, const T* d, const T* content,
                      const T* cosines, const T* inverse_norms, T* scaled, T* norm_term, T* along) {
  using V = Vector<T>;
  const T mean = sum_over_slots(s, content, d);
  V d_strength = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const V d_logit = scale * load(content + i) * (load(d + i) - mean);
    const V cosine = load(cosines + i), inverse = load(inverse_norms + i);
    const V product = d_logit * cosine;
    d_strength += product;
    store<T>(scaled + i, strength * inverse_key * d_logit * inverse);
    store<T>(norm_term + i, load(norm_term + i) + strength * product * inverse * inverse);
  }
  const T total = sum_lanes(d_strength);
  *along = strength * total * inverse_key * inverse_key;
  return total * one_plus_slope(strength);
}

/// For one key, from G_w = Σ_i scaled_i M_iw in `d_key` and H_w = Σ_i norm_term_i M_iw² in `d_mask`:
/// d k = m² (G - along k), d (m²) = k G - H / 2 - along k² / 2, and d of the mask before its sigmoid. For d M_i the
/// key is k ∘ m² and the norm_term is times m².
template <class T>
void masks_backward(int64_t begin, int64_t end, const T* key, const T* mask, T along, T* d_key, T* d_mask) {
  for (int64_t w = begin; w < end; ++w) {
    const T k = key[w], m = mask[w], gathered = d_key[w];
    d_key[w] = m * m * (gathered - along * k);
    const T d_square = k * gathered - (d_mask[w] + along * k * k) / 2;
    d_mask[w] = 2 * m * d_square * m * (1 - m);
  }
}

/// sharp = softmax(s log(weights + ε)): d sharp → d weights in `d`; gives the raw d s.
template <class T>
T sharpen_backward(const DncSizes& s, T sharpness, const T* weights, const T* sharp, T* d) {
  using V = Vector<T>;
  const T mean = sum_over_slots(s, sharp, d);
  V d_sharpness = {};
  for (int64_t i = 0; i < s.slots_row(); i += kLanes<T>) {
    const V floored = load(weights + i) + T(kLinkFloor), d_logit = load(sharp + i) * (load(d + i) - mean);
    d_sharpness += d_logit * logarithm(floored);
    store<T>(d + i, sharpness * d_logit / floored);
  }
  return sum_lanes(d_sharpness) * one_plus_slope(sharpness);
}

/// c of read head h, from d c(i) = share · d[i].
template <class T>
void read_content_backward(const DncSizes& s, const StepRows<T>& step, int64_t h, T share, const T* d,
                           const Scratch<T>& scratch) {
  const int64_t at = h * s.slots_row(), key = h * s.width;
  const T inverse = inverse_norm_under(step.interface + s.read_keys() + key,
                                       s.masked_keys ? step.interface + s.read_masks() + key : nullptr, s.width);
  step.d_interface[s.read_strengths() + h] = similarity_backward(
      s, inverse, step.interface[s.read_strengths() + h], share, d, step.read_content + at, step.read_cosines + at,
      s.masked_keys ? step.read_masked_norms + at : step.norms, scratch.read_scaled + at,
      scratch.read_norm_term + (s.masked_keys ? at : 0), scratch.along + h);
}

/// w^r = π_1 b + π_2 c + π_3 f of all heads, and the read contents; p = (1 - Σ w) p_prev + w.
template <class T>
void reads_backward(const DncSizes& s, const StepRows<T>& step, const Scratch<T>& scratch) {
  const int64_t row = s.slots_row();
  zero(scratch.read_norm_term, s.masked_keys ? s.heads_row() : row);
  if (s.content_only) {
    for (int64_t h = 0; h < s.read_heads; ++h)
      read_content_backward(s, step, h, T{1}, step.d_read_weights + h * row, scratch);
    std::memcpy(scratch.d_write, step.d_write_weights, row * sizeof(T));
    return;
  }
  for (int64_t h = 0; h < s.read_heads; ++h) {
    const int64_t at = h * row;
    const T* d = step.d_read_weights + at;
    const T* modes = step.interface + s.read_modes() + 3 * h;
    T* d_modes = step.d_interface + s.read_modes() + 3 * h;
    d_modes[0] = sum_over_slots(s, d, (s.sharpened_links ? step.sharp_backward : step.backward) + at);
    d_modes[1] = sum_over_slots(s, d, step.read_content + at);
    d_modes[2] = sum_over_slots(s, d, (s.sharpened_links ? step.sharp_forward : step.forward) + at);
    const T mean = modes[0] * d_modes[0] + modes[1] * d_modes[1] + modes[2] * d_modes[2];
    for (int mode = 0; mode < 3; ++mode) d_modes[mode] = modes[mode] * (d_modes[mode] - mean);
    for (int64_t i = 0; i < row; i += kLanes<T>) {
      store<T>(scratch.d_backward + at + i, modes[0] * load(d + i));
      store<T>(scratch.d_forward + at + i, modes[2] * load(d + i));
    }
    if (s.sharpened_links) {
      const int64_t forward = s.forward_sharpness() + h, backward = s.backward_sharpness() + h;
      step.d_interface[forward] = sharpen_backward(s, step.interface[forward], step.forward + at,
                                                   step.sharp_forward + at, scratch.d_forward + at);
      step.d_interface[backward] = sharpen_backward(s, step.interface[backward], step.backward + at,
                                                    step.sharp_backward + at, scratch.d_backward + at);
    }
    read_content_backward(s, step, h, modes[1], d, scratch);
  }
  const Vector<T> spread = broadcast(sum_over_slots(s, step.d_precedence, step.precedence_before));
  Vector<T> written = {};
  for (int64_t i = 0; i < row; i += kLanes<T>) written += load(step.write_weights + i);
  const T kept = 1 - sum_lanes(written);
  for (int64_t i = 0; i < row; i += kLanes<T>) {
    const Vector<T> d = load(step.d_precedence + i);
    store<T>(scratch.d_write + i, load(step.d_write_weights + i) + d - spread);
    store<T>(step.d_precedence + i, kept * d);
  }
}

/// M_t = (ψ M) ∘ (1 - w eᵀ) + w vᵀ for the components [begin, end): turns d M_t into d M, gives d e and d v, and the
/// part of d w in `d_weights`; without kClear ψ = 1, otherwise also the part of d ψ in `d_retention`.
template <bool kClear, class T>
void write_backward(const DncSizes& s, const StepRows<T>& step, int64_t begin, int64_t end, T* buffer, T* d_weights,
                    T* d_retention) {
  using V = Vector<T>;
  zero(d_weights, s.slots_row());
  if (kClear) zero(d_retention, s.slots_row());
  const int64_t count = end - begin;
  for (int64_t w = begin; w < end; ++w) {
    const T erase = step.interface[s.erase() + w], add = step.interface[s.write_vector() + w];
    V d_erase = {}, d_add = {};
    for_each_panel<T>(s, [&](auto vectors, int64_t slot, int64_t offset) {
      constexpr int kVectors = decltype(vectors)::value;
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) {
        const int64_t at = offset + (w * kVectors + v) * kLanes<T>, i = slot + v * kLanes<T>;
        const V d = load(step.d_memory + at), weight = load(step.write_weights + i);
        const V before = load(step.memory_before + at);
        V erased = d * before, written = d * weight;
        if constexpr (kClear) erased *= load(step.retention + i);
        d_erase -= erased * weight;
        d_add += written;
        store<T>(d_weights + i, load(d_weights + i) + add * d - erase * erased);
        V d_before = d - erase * written;
        if constexpr (kClear) {
          store<T>(d_retention + i, load(d_retention + i) + d_before * before);
          d_before *= load(step.retention + i);
        }
        store<T>(step.d_memory + at, d_before);
      }
    });
    store(buffer + (w - begin) * kLanes<T>, d_erase);
    store(buffer + (count + w - begin) * kLanes<T>, d_add);
  }
  sum_vectors(buffer, count, step.d_interface + s.erase() + begin);
  sum_vectors(buffer + count * kLanes<T>, count, step.d_interface + s.write_vector() + begin);
  for (int64_t w = begin; w < end; ++w) {
    const T erase = step.interface[s.erase() + w];
    step.d_interface[s.erase() + w] *= erase * (1 - erase);
  }
}

/// a[φ_j] = (1 - u'[φ_j]) Π_{i<j} u'[φ_i], from d a(i) = scale · d[i]: adds to d u.
template <class T>
void allocation_backward(const DncSizes& s, const StepRows<T>& step, T scale, const T* d, T* taken, T* d_usage) {
  constexpr T kSlope = 1 - T(kUsageFloor);
  T product = 1;
  for (int64_t j = 0; j < s.slots; ++j) {
    taken[j] = product;
    product *= T(kUsageFloor) + kSlope * step.usage[step.free_list[j]];
  }
  T later = 0;  // Σ d a ∘ a over the slots that come after: each has u' as a factor
  for (int64_t j = s.slots - 1; j >= 0; --j) {
    const int64_t i = step.free_list[j];
    const T used = T(kUsageFloor) + kSlope * step.usage[i];
    d_usage[i] += kSlope * (later / used - scale * d[i] * taken[j]);
    later += scale * d[i] * step.allocation[i];
  }
}

/// u = (u_prev + w_prev - u_prev ∘ w_prev) ∘ ψ, ψ = Π_r (1 - f_r w^r_prev): d u → d of the step before and of the
/// free gates. Adds to d w^r. `d_retention` holds parts of what else d ψ is, or is null.
template <class T>
void usage_backward(const DncSizes& s, const StepRows<T>& step, const T* d_retention) {
  using V = Vector<T>;
  const int64_t row = s.slots_row();
  const T* free_gates = step.interface + s.free_gates();
  for (int64_t h = 0; h < s.read_heads; ++h) {
    V d_free = {};
    for (int64_t i = 0; i < row; i += kLanes<T>) {
      const V u = load(step.usage_before + i), w = load(step.write_before + i);
      V d = load(step.d_usage + i) * (u + w - u * w);
      if (d_retention)
        for (int64_t part = 0; part < kWidthParts; ++part) d += load(d_retention + part * row + i);
      for (int64_t other = 0; other < s.read_heads; ++other)  // without this head's factor, which may be zero
        if (other != h) d *= 1 - free_gates[other] * load(step.read_before + other * row + i);
      d_free -= d * load(step.read_before + h * row + i);
      T* place = step.d_read_weights + h * row + i;
      store<T>(place, load(place) - free_gates[h] * d);
    }
    step.d_interface[s.free_gates() + h] = sum_lanes(d_free) * free_gates[h] * (1 - free_gates[h]);
  }
  for (int64_t i = 0; i < row; i += kLanes<T>) {
    V retention = broadcast(T{1});
    for (int64_t h = 0; h < s.read_heads; ++h) retention *= 1 - free_gates[h] * load(step.read_before + h * row + i);
    const V u = load(step.usage_before + i), w = load(step.write_before + i);
    const V d = load(step.d_usage + i) * retention;
    store<T>(step.d_usage + i, d - d * w);
    store<T>(step.d_write_weights + i, d - d * u);
  }
}

/// w = g_w (g_a a + (1 - g_a) c) and all that it came from; d w is in scratch.d_write.
template <class T>
void placing_backward(const DncSizes& s, const StepRows<T>& step, const Scratch<T>& scratch) {
  using V = Vector<T>;
  const int64_t row = s.slots_row();
  const T allocated = step.interface[s.allocation_gate()], gate = step.interface[s.write_gate()];
  const T* d = scratch.d_write;
  const T d_allocation = sum_over_slots(s, d, step.allocation), d_content = sum_over_slots(s, d, step.write_content);
  step.d_interface[s.write_gate()] = (allocated * d_allocation + (1 - allocated) * d_content) * gate * (1 - gate);
  step.d_interface[s.allocation_gate()] = gate * (d_allocation - d_content) * allocated * (1 - allocated);
  allocation_backward(s, step, gate * allocated, d, scratch.taken, step.d_usage);
  zero(scratch.write_norm_term, row);
  const T inverse = inverse_norm_under(step.interface + s.write_key(),
                                       s.masked_keys ? step.interface + s.write_mask() : nullptr, s.width);
  step.d_interface[s.write_strength()] = similarity_backward(
      s, inverse, step.interface[s.write_strength()], gate * (1 - allocated), d, step.write_content,
      step.write_cosines, s.masked_keys ? step.write_masked_norms : step.norms_before, scratch.write_scaled,
      scratch.write_norm_term, scratch.along + s.read_heads);

  // The links gave the first part of d w^r of the step before.
  if (s.content_only)
    zero(step.d_read_weights, s.heads_row());
  else
    for (int64_t i = 0; i < s.heads_row(); i += kLanes<T>) {
      V sum = load(scratch.row_read + i);
      for (int64_t part = 0; part < kDncLinkParts; ++part) sum += load(scratch.column_read + part * s.heads_row() + i);
      store<T>(step.d_read_weights + i, sum);
    }
  usage_backward(s, step, s.clear_freed ? scratch.retention_parts : nullptr);
}

/// Adds up the parts of d w, and of d p of the step before.
template <class T>
void add_write_parts(const DncSizes& s, const StepRows<T>& step, const Scratch<T>& scratch) {
  const int64_t row = s.slots_row();
  for (int64_t i = 0; i < row; i += kLanes<T>) {
    Vector<T> d = load(scratch.d_write + i);
    if (!s.content_only) {
      Vector<T> d_p = load(step.d_precedence + i);
      d += load(scratch.row_write + i);
      for (int64_t part = 0; part < kDncLinkParts; ++part) {
        d += load(scratch.column_write + part * row + i);
        d_p += load(scratch.column_precedence + part * row + i);
      }
      store<T>(step.d_precedence + i, d_p);
    }
    for (int64_t part = 0; part < kWidthParts; ++part) d += load(scratch.write_parts + part * row + i);
    store<T>(scratch.d_write + i, d);
  }
}

/// From d r, d M_t, d w_t and what else the step after left, to the same of the step before and d of the interface.
template <class T>
void memory_step_backward(const DncSizes& s, Team& team, const StepRows<T>& step, const Scratch<T>& scratch) {
  const T* interface = step.interface;
  const int64_t row = s.slots_row();
  team.share(row, kPanelSlots<T>, [&](int64_t begin, int64_t end) {
    match_slots<true>(s, s.read_heads, step.d_reads, s.width, step.memory, begin, end, step.d_read_weights);
  });
  team.wait();
  team.alone([&] {
    mask_keys(s, interface, scratch.keys);
    reads_backward(s, step, scratch);
  });

  const Keys<T> keys = keys_in(s, interface, scratch.keys);
  if (!s.content_only) {
    const LinkStep<T> link{step.write_weights, step.precedence_before, step.read_before};
    team.share(kDncLinkParts, 1, [&](int64_t first, int64_t last) {
      for (int64_t part = first; part < last; ++part)
        link_backward(s, link,
                      LinkGradients<T>{scratch.d_forward, scratch.d_backward, scratch.row_read, scratch.row_write,
                                       scratch.column_read + part * s.heads_row(), scratch.column_write + part * row,
                                       scratch.column_precedence + part * row},
                      step.link_before, step.d_link, link_part_begin(s, part), link_part_begin(s, part + 1));
    });
  }
  team.share(row, kPanelSlots<T>, [&](int64_t begin, int64_t end) {
    spread_heads(s, s.read_heads,
                 HeadGradients<T>{step.read_weights, step.d_reads, scratch.read_scaled, keys.read,
                                  s.masked_keys ? scratch.no_norms : scratch.read_norm_term},
                 step.memory, begin, end, step.d_memory);
    if (s.masked_keys)
      spread_masked_norms(s, s.read_heads, scratch.read_norm_term, keys.read_masks, step.memory, begin, end,
                          step.d_memory);
  });
  team.share(s.width, kWidthGrain, [&](int64_t begin, int64_t end) {
    T* const buffer = scratch.gathered + begin * kHeadsAtOnce * kLanes<T>;
    gather_slots(s, s.read_heads, scratch.read_scaled, step.memory, begin, end, buffer,
                 step.d_interface + s.read_keys(), s.width);
    if (s.masked_keys)
      gather_slots<true>(s, s.read_heads, scratch.read_norm_term, step.memory, begin, end, buffer,
                         step.d_interface + s.read_masks(), s.width);
  });
  team.wait();

  team.share(kWidthParts, 1, [&](int64_t first, int64_t last) {
    for (int64_t part = first; part < last; ++part) {
      const int64_t begin = s.width * part / kWidthParts, end = s.width * (part + 1) / kWidthParts;
      T* const buffer = scratch.gathered + begin * kHeadsAtOnce * kLanes<T>;
      if (s.clear_freed)
        write_backward<true>(s, step, begin, end, buffer, scratch.write_parts + part * row,
                             scratch.retention_parts + part * row);
      else
        write_backward<false>(s, step, begin, end, buffer, scratch.write_parts + part * row,
                              static_cast<T*>(nullptr));
    }
  });
  team.wait();
  team.alone([&] {
    add_write_parts(s, step, scratch);
    placing_backward(s, step, scratch);
  });

  team.share(row, kPanelSlots<T>, [&](int64_t begin, int64_t end) {
    spread_key(s, scratch.write_scaled, keys.write, s.masked_keys ? scratch.no_norms : scratch.write_norm_term,
               step.memory_before, begin, end, step.d_memory);
    if (s.masked_keys)
      spread_masked_norms(s, 1, scratch.write_norm_term, keys.write_mask, step.memory_before, begin, end,
                          step.d_memory);
  });
  team.share(s.width, kWidthGrain, [&](int64_t begin, int64_t end) {
    T *const d_key = step.d_interface + s.write_key(), *const d_mask = step.d_interface + s.write_mask();
    T* const buffer = scratch.gathered + begin * kHeadsAtOnce * kLanes<T>;
    gather_slots(s, 1, scratch.write_scaled, step.memory_before, begin, end, buffer, d_key, 0);
    if (s.masked_keys) {
      gather_slots<true>(s, 1, scratch.write_norm_term, step.memory_before, begin, end, buffer, d_mask, 0);
      masks_backward(begin, end, interface + s.write_key(), interface + s.write_mask(), scratch.along[s.read_heads],
                     d_key, d_mask);
      for (int64_t h = 0; h < s.read_heads; ++h) {
        const int64_t key = s.read_keys() + h * s.width, mask = s.read_masks() + h * s.width;
        masks_backward(begin, end, interface + key, interface + mask, scratch.along[h], step.d_interface + key,
                       step.d_interface + mask);
      }
      return;
    }
    for (int64_t w = begin; w < end; ++w) {
      d_key[w] -= scratch.along[s.read_heads] * interface[s.write_key() + w];
      for (int64_t h = 0; h < s.read_heads; ++h) {
        const int64_t key = s.read_keys() + h * s.width + w;
        step.d_interface[key] -= scratch.along[h] * interface[key];
      }
    }
  });
  team.wait();
}

}  // namespace
}  // namespace mneme
