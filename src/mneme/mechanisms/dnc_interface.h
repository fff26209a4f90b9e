// What the controller of a Differentiable Neural Computer says to its memory: one interface vector, taken apart.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace mneme {

struct DncInterfaceSizes {
  int64_t read_heads = 4;  ///< R
  int64_t width = 64;      ///< W
  bool read_modes = true;
  bool masks = false;      ///< masked keys
  bool sharpness = false;  ///< sharpened links

  /// Length of the interface vector: W·R + 3W + 5R + 3, as the paper has it; 3R less without read modes,
  /// W·R + W more with masks, 2R more with sharpness.
  int64_t interface() const {
    return width * read_heads + 3 * width + 2 * read_heads + 3 + (read_modes ? 3 * read_heads : 0) +
           (masks ? width * (read_heads + 1) : 0) + (sharpness ? 2 * read_heads : 0);
  }
};

/// What is said at each step. In front of the shapes below stands [batch] or [batch, time]. What an option adds
/// or leaves out is undefined otherwise.
struct DncInterface {
  at::Tensor read_keys;           ///< [read_heads, width] k_r: what to look for
  at::Tensor read_strengths;      ///< [read_heads]        β_r ≥ 1: how sharply
  at::Tensor write_key;           ///< [width]             k_w
  at::Tensor write_strength;      ///< []                  β_w ≥ 1
  at::Tensor erase;               ///< [width]             e in 0..1
  at::Tensor write_vector;        ///< [width]             v
  at::Tensor free_gates;          ///< [read_heads]        f in 0..1: what was read last may go
  at::Tensor allocation_gate;     ///< []                  g_a in 0..1: a free slot against what looks like k_w
  at::Tensor write_gate;          ///< []                  g_w in 0..1: whether to write at all
  at::Tensor read_modes;          ///< [read_heads, 3]     π: shares of backward, content, forward; sum 1
  at::Tensor read_masks;          ///< [read_heads, width] m_r in 0..1: how much each element of a key counts
  at::Tensor write_mask;          ///< [width]             m_w in 0..1
  at::Tensor forward_sharpness;   ///< [read_heads]        s_f ≥ 1
  at::Tensor backward_sharpness;  ///< [read_heads]        s_b ≥ 1

  /// Every member, in the order of the interface vector.
  static constexpr auto members() {
    using I = DncInterface;
    return std::array{&I::read_keys,       &I::read_strengths, &I::write_key,  &I::write_strength,
                      &I::erase,           &I::write_vector,   &I::free_gates, &I::allocation_gate,
                      &I::write_gate,      &I::read_modes,     &I::read_masks, &I::write_mask,
                      &I::forward_sharpness, &I::backward_sharpness};
  }
};

/// Which numbers of the interface vector belong to whom?
///
///     interface = [k_r | β_r | k_w | β_w | e | v | f | g_a | g_w | π | m_r | m_w | s_f | s_b],
///
/// each read head after read head; π, masks and sharpness as the sizes say.
///
/// | argument  | shape                                          | meaning                                |
/// | interface | [batch, interface] or [batch, time, interface] | numbers from the controller            |
/// | sizes     |                                                | read heads, width, what else is said   |
/// | result    | as DncInterface says                           | views of `interface`: values unchanged |
///
/// Source: Graves et al. 2016 (Nature 538), Methods, interface parameters; masks and sharpness Csordas and
/// Schmidhuber 2019 (arXiv:1904.10278).
/// How we differ: not at all.
/// Differentiable to any order; any floating dtype.
/// Throws Error when the length of the interface vector does not fit the sizes.
DncInterface split_interface(const at::Tensor& interface, const DncInterfaceSizes& sizes);

/// How do free numbers become what the memory takes?
///
///     β, s = oneplus(x) = 1 + softplus(x),  e, f, g_a, g_w, m = σ,  π = softmax;  k and v stay as they are
///
/// | argument | shape                | range                | meaning                      |
/// | raw      | as DncInterface says | any                  | from split_interface         |
/// | result   | the same             | as DncInterface says | what the mechanisms take     |
///
/// Source: as split_interface.
/// How we differ: not at all.
/// Differentiable to any order; float32 and float64.
DncInterface activate_interface(const DncInterface& raw);

}  // namespace mneme
