// What a controller says to its heads: one interface vector, taken apart.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>

namespace mneme {

struct NtmHeadSizes {
  int64_t read_heads = 1;
  int64_t write_heads = 1;
  int64_t width = 20;       ///< W
  int64_t shift_range = 1;  ///< S: shifts from -S to +S

  int64_t heads() const { return read_heads + write_heads; }
  int64_t shifts() const { return 2 * shift_range + 1; }
  /// Length of the interface vector.
  int64_t interface() const { return heads() * (width + 3 + shifts()) + write_heads * 2 * width; }
};

/// The parameters of all heads, read heads first. In front of the shapes below stands [batch] or
/// [batch, time].
struct NtmHeadParameters {
  at::Tensor keys;         ///< [heads, width]       k: what to look for
  at::Tensor strengths;    ///< [heads]              β ≥ 0: how sharply
  at::Tensor gates;        ///< [heads]              g in 0..1: content against the old weighting
  at::Tensor shifts;       ///< [heads, shifts]      s in 0..1, sums to 1: share of each move
  at::Tensor sharpenings;  ///< [heads]              γ ≥ 1
  at::Tensor erases;       ///< [write_heads, width] e in 0..1
  at::Tensor adds;         ///< [write_heads, width] a

  /// Every member, in the order of the interface vector.
  static constexpr auto members() {
    using P = NtmHeadParameters;
    return std::array{&P::keys, &P::strengths, &P::gates, &P::shifts, &P::sharpenings, &P::erases, &P::adds};
  }
};

/// Which numbers of the interface vector belong to whom?
///
///     interface = [keys | strengths | gates | shifts | sharpenings | erases | adds], each head after head
///
/// | argument  | shape                                          | meaning                                |
/// | interface | [batch, interface] or [batch, time, interface] | numbers from the controller            |
/// | sizes     |                                                | heads, width, range of the shifts      |
/// | result    | as NtmHeadParameters says                      | views of `interface`: values unchanged |
///
/// Source: Graves, Wayne, Danihelka 2014 (arXiv:1410.5401), section 3.3; the order is ours.
/// Differentiable to any order; any floating dtype.
/// Throws Error when the length of the interface vector does not fit the sizes.
NtmHeadParameters split_interface(const at::Tensor& interface, const NtmHeadSizes& sizes);

/// How do free numbers become valid parameters of the heads?
///
///     β = softplus,  g = σ,  s = softmax,  γ = 1 + softplus,  e = σ;  k and a stay as they are
///
/// | argument | shape                     | range                     | meaning                        |
/// | raw      | as NtmHeadParameters says | any                       | from split_interface           |
/// | result   | the same                  | as NtmHeadParameters says | what the addressing takes      |
///
/// Source: Graves, Wayne, Danihelka 2014, section 3.3, which gives the ranges; the functions are those that
/// Graves et al. 2016 name for the same ranges.
/// How we differ: the strength is softplus, so that a head can look everywhere alike.
/// Differentiable to any order; float32 and float64.
NtmHeadParameters activate_heads(const NtmHeadParameters& raw);

}  // namespace mneme
