// Text as the way of a pen: what the handwriting tasks read, and lines drawn from the program's own letter
// forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mneme/core/random.h"

namespace mneme {

/// Where the pen is at one moment. Offsets from the point before (0 at the first), x to the right and y down
/// as on a screen; 1 is the height of an x. Points follow each other at equal times.
struct PenPoint {
  float dx = 0, dy = 0;
  bool stroke_end = false;  ///< the pen is lifted after this point
  int32_t character = 0;  ///< index in the text of what is being written; a join belongs to what it leads to
  bool delayed = false;   ///< of a stroke that was put off: a dot or a cross, written after the word
};

struct PenText {
  std::string text;
  std::vector<PenPoint> points;
};

/// A hand. Lengths in heights of an x.
struct Writer {
  uint64_t seed = 0;    ///< of the habits of each letter: which form of it, and how it is bent
  bool joined = false;  ///< letters of a word hang together
  double lift = 0;      ///< joined: how often the pen is lifted between two letters all the same
  double delay = 1;     ///< how often a dot or cross waits for the end of the word (else of the letter)
  double slant = 0;     ///< x gained on each height of an x, to the right above 0
  double width = 1;     ///< of letters, times their own
  double ascent = 1;    ///< of what rises above an x or hangs below it, times its own
  double letter_space = 0.15, word_space = 0.9;
  double slope = 0;       ///< of the baseline, upwards above 0
  double drift = 0;       ///< how far the baseline wanders
  double size_drift = 0;  ///< share by which the size wanders
  double speed = 0.35;    ///< way from one point to the next on a gentle curve
  double slowing = 0.33;  ///< how much a sharp curve slows the pen: speed falls with curvature to this power
  double habit = 0.05;    ///< how far the hand's own forms are from the common ones
  double jitter = 0.02;   ///< how far one instance of a letter is from the other
  double tremor = 0.004;  ///< of each point
};

/// Any hand, joined or not.
Writer draw_writer(Random& random);

/// What can be written: letters, digits, space and . , ' " - ! ? ; : ( )
std::string_view pen_characters();

/// Throws UsageError for text that is empty or has other characters, naming them.
PenText draw_text(const std::string& text, const Writer& writer, Random& random);

/// The text by a hand of `seed` that is tidy enough to be looked at, joined or not.
PenText draw_sample(const std::string& text, bool joined, uint64_t seed);

}  // namespace mneme
