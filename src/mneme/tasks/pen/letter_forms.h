// Single-stroke forms of letters, as points that a smooth curve goes through.
#pragma once

#include <string>
#include <vector>

namespace mneme {

struct FormPoint {
  double x, y;          ///< x to the right, y up from the baseline; an x is 1 high
  bool corner = false;  ///< the direction changes at once
};

struct FormStroke {
  std::vector<FormPoint> points;  ///< a single one: a dot
  bool delayed = false;           ///< a dot or cross that may wait for the end of the word
};

struct LetterForm {
  std::vector<FormStroke> strokes;
  double width = 0;    ///< of the letter itself, from x = 0
  bool joins = false;  ///< the first stroke begins and ends where its neighbours' strokes may go on
};

/// The forms of a character, at least one; for small letters of a joined hand those that join. Empty for a
/// character that has none.
const std::vector<LetterForm>& letter_forms(char character, bool joined);

}  // namespace mneme
