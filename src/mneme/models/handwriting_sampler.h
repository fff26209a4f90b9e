// Writing with a trained synthesis network: each point is drawn from the density that the points before it left.
#pragma once

#include <cstdint>
#include <vector>

#include "mneme/core/random.h"
#include "mneme/mechanisms/mixture_density.h"
#include "mneme/models/handwriting.h"

namespace mneme {

/// A line to be written.
struct WritingRequest {
  std::vector<int64_t> text;  ///< numbers of its characters; empty for a net without a window
  /// A line whose style is to be taken up: its points [points, 3] as the model reads them, and its text, which
  /// `text` goes on from. Undefined and empty: whatever style comes.
  at::Tensor prime;
  std::vector<int64_t> prime_text{};
  Random random;
  int64_t longest = 1000;  ///< points at most
};

struct WrittenLine {
  std::vector<DrawnPoint> points;  ///< in the model's units; without those of the prime
  at::Tensor strengths;            ///< [points, characters] φ over `text` when each point was drawn; undefined without window
  at::Tensor mixtures;             ///< [points, outputs] what each was drawn from
  bool finished = false;           ///< the window passed the last character; never without a window
};

/// Writes all lines side by side; what each becomes does not depend on the others. A line ends once φ would be
/// larger past its last character than at any character (Graves 2013, section 5.3), and the pen is lifted, or after
/// `longest` points. `bias` as in pen_mixture. Throws Error for characters that the model does not have.
std::vector<WrittenLine> write_lines(const HandwritingImpl& model, const std::vector<WritingRequest>& requests,
                                     double bias);

}  // namespace mneme
