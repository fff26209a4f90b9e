// Passages whose last word is to be guessed from all that stands before it: the form of LAMBADA (Paperno et al. 2016,
// arXiv:1606.06031).
#pragma once

#include <string>
#include <vector>

namespace mneme {

struct Passage {
  std::string before;  ///< all but the last word and the blank in front of it; never empty
  std::string word;
};

/// A passage a line: text with blanks between its words, or a JSON object with the text as "text" (the form in which
/// GPT-2 was tested). Empty lines are passed over; the file may be packed (.xz, .gz). Throws Error naming file and line
/// for a passage of fewer than two words or a JSON object without its text, DataError for a file without passages.
std::vector<Passage> read_passages(const std::string& file);

}  // namespace mneme
