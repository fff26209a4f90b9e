// One recipe as it stands in a file or in the words of a command line, before files are put together.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mneme/core/options.h"

namespace mneme {

/// One line of a recipe: section "model", key "slots".
struct RecipeEntry {
  std::string section, key;
  Setting setting;
};

/// The tables that a recipe may have.
const std::vector<std::string>& recipe_sections();

/// The entries in the order of the file. Throws UsageError with file:line:column for text that is not TOML,
/// an unknown table, a key outside the tables and a value of a type that no option has; DataError when the
/// file cannot be read.
std::vector<RecipeEntry> read_recipe_file(const std::filesystem::path& file);

/// "64", "1e-3", "true" and "[10, 20]" as what they are, everything else as text; quotes keep a number text.
OptionValue value_of_words(std::string_view words);

/// `text` in the quotes and escapes of TOML.
std::string toml_text(std::string_view text);

}  // namespace mneme
