// Where the project's own files are: recipes, zoo and the benchmarks' scripts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mneme {

/// The folder that holds recipes/ and zoo/: the environment's MNEME_HOME, or the nearest one above the
/// program (the checkout, or <prefix>/share/mneme of an installation), or the working folder.
std::filesystem::path project_folder();

/// `given` as it is when it exists, otherwise inside the project folder when it exists there.
/// Throws UsageError with the nearest of `known`: `recipe recipes/ntm/copi.toml not found; did you mean …?`
std::filesystem::path project_file(const std::string& kind, const std::string& given,
                                   const std::vector<std::string>& known);

std::vector<std::string> recipe_files();  ///< "recipes/ntm/copy.toml", sorted, relative to project_folder()
std::vector<std::string> map_files();     ///< "maps/family.txt", sorted, likewise
std::vector<std::string> zoo_entries();   ///< "zoo/ntm-copy", sorted, likewise

}  // namespace mneme
