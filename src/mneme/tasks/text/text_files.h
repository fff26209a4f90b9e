// Finds the text to learn from.
#pragma once

#include <string>

namespace mneme {

struct TextParts {
  std::string training, held_out;
  std::string name;  ///< where it is from, for errors
};

/// `text` is a file (packed as .xz or .gz or not), a folder or tar archive of .txt files, or one of the
/// collections tinyshakespeare, wikitext2, gutenberg in the folder `data` (empty: the environment's
/// MNEME_DATA). WikiText-2 has its own held-out part, its validation and test files; of other texts it is the
/// last `held_out_percent`. Headers and licences of Project Gutenberg's books are left out. Throws DataError,
/// saying where it looked and what to do.
TextParts read_text(const std::string& text, const std::string& data, double held_out_percent);

/// `given` where it is not empty, else the environment's MNEME_DATA; empty when there is neither.
std::string text_data_folder(const std::string& given);

}  // namespace mneme
