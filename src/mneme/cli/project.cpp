#include "mneme/cli/project.h"

#include <algorithm>
#include <cstdlib>

#include "mneme/core/error.h"
#include "mneme/core/options.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

bool holds_recipes(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "recipes", ignored);
}

std::vector<std::string> sorted(std::vector<std::string> list) {
  std::sort(list.begin(), list.end());
  return list;
}

}  // namespace

fs::path project_folder() {
  if (const char* home = std::getenv("MNEME_HOME"); home != nullptr && *home != '\0') return home;
  std::error_code ignored;
  if (holds_recipes(fs::current_path(ignored))) return fs::current_path(ignored);
  for (fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
       !folder.empty() && folder != folder.root_path(); folder = folder.parent_path()) {
    if (holds_recipes(folder)) return folder;
    if (holds_recipes(folder / "share" / "mneme")) return folder / "share" / "mneme";
  }
  return fs::current_path(ignored);
}

fs::path project_file(const std::string& kind, const std::string& given,
                      const std::vector<std::string>& known) {
  std::error_code ignored;
  if (fs::exists(given, ignored)) return given;
  if (const fs::path inside = project_folder() / given; fs::exists(inside, ignored)) return inside;
  const std::string nearest = nearest_word(given, known);
  throw UsageError(kind + " " + given + " not found" +
                   (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
}

std::vector<std::string> recipe_files() {
  const fs::path home = project_folder();
  std::error_code fault;
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(home / "recipes", fault))
    if (entry.path().extension() == ".toml") files.push_back(fs::relative(entry.path(), home).string());
  return sorted(std::move(files));
}

std::vector<std::string> map_files() {
  const fs::path home = project_folder();
  std::error_code fault;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(home / "maps", fault))
    files.push_back(fs::relative(entry.path(), home).string());
  return sorted(std::move(files));
}

std::vector<std::string> zoo_entries() {
  const fs::path home = project_folder();
  std::error_code fault;
  std::vector<std::string> entries;
  for (const auto& entry : fs::directory_iterator(home / "zoo", fault))
    if (fs::exists(entry.path() / "recipe.toml"))
      entries.push_back(fs::relative(entry.path(), home).string());
  return sorted(std::move(entries));
}

}  // namespace mneme
