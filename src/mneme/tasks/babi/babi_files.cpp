#include "mneme/tasks/babi/babi_files.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "mneme/core/error.h"
#include "mneme/tasks/text/compressed_file.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

constexpr auto kRelease = "tasks_1-20_v1-2";
constexpr auto kPartialTask3 = "qa3_10k_train_PARTIAL_385of2000_stories.txt.xz";
constexpr auto kHowToGet =
    "Put tasks_1-20_v1-2.tar.gz of the bAbI tasks (http://www.thespermwhale.com/jaseweston/babi/), packed or "
    "unpacked, into a folder and point the environment's MNEME_DATA or the option task.data at that folder.";

/// "en-10k/qa3_three-supporting-facts_train.txt" belongs to set en-10k, task 3, train.
std::optional<std::string> file_key(const std::string& path) {
  const fs::path file(path);
  const std::string name = file.filename().string(), set = file.parent_path().filename().string();
  if (set != "en" && set != "en-10k") return std::nullopt;
  if (!name.starts_with("qa")) return std::nullopt;
  const size_t digits = name.find_first_not_of("0123456789", 2);
  if (digits == std::string::npos || digits == 2 || name[digits] != '_') return std::nullopt;
  for (const std::string part : {"train", "test"})
    if (name.ends_with("_" + part + ".txt")) return set + " " + name.substr(2, digits - 2) + " " + part;
  return std::nullopt;
}

/// Everything found in one place, under the keys of file_key ("en-10k 3 train").
struct Place {
  std::string where;  ///< the folder or archive
  std::map<std::string, TextFile> archived;
  std::map<std::string, fs::path> paths;

  bool has(const std::string& key) const { return archived.contains(key) || paths.contains(key); }
  TextFile read(const std::string& key) const {
    if (const auto found = archived.find(key); found != archived.end()) return found->second;
    const fs::path& path = paths.at(key);
    return {path.string(), read_unpacked(path)};
  }
  bool has_set(const std::string& set) const {
    const auto of_set = [&](const auto& entry) { return entry.first.starts_with(set + " "); };
    return std::any_of(archived.begin(), archived.end(), of_set) ||
           std::any_of(paths.begin(), paths.end(), of_set);
  }
};

bool is_archive(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.find(kRelease) != std::string::npos &&
         (name.ends_with(".tar.xz") || name.ends_with(".tar.gz") || name.ends_with(".tar"));
}

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code unreadable;
  for (const auto& entry : fs::directory_iterator(folder, unreadable)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

Place archive_place(const fs::path& archive) {
  Place place{archive.string(), {}, {}};
  for (auto& [name, text] :
       read_tar(archive, [](const std::string& path) { return file_key(path).has_value(); }))
    place.archived[*file_key(name)] = {archive.string() + ": " + name, std::move(text)};
  return place;
}

/// The sets en and en-10k in this folder; the folder may be one of them itself.
Place folder_place(const fs::path& folder) {
  Place place{folder.string(), {}, {}};
  for (const fs::path& set : {folder / "en", folder / "en-10k", folder})
    for (const auto& path : sorted_entries(set))
      if (const auto key = file_key(path.string())) place.paths[*key] = path;
  return place;
}

struct Search {
  Place place;
  fs::path partial_task3;  ///< empty where it is not there
};

Search find_set(const fs::path& root, const std::string& set) {
  std::vector<std::string> looked;
  const auto refuse = [&](const std::string& problem) {
    throw DataError("babi: " + problem + "\n" + kHowToGet);
  };
  if (!fs::exists(root)) refuse("the data folder " + root.string() + " does not exist.");
  if (!fs::is_directory(root)) {
    if (!is_archive(root)) refuse(root.string() + " is neither a folder nor an archive of " + kRelease + ".");
    Place place = archive_place(root);
    if (!place.has_set(set)) refuse(root.string() + " holds no files of " + set + ".");
    return {std::move(place), root.parent_path() / kPartialTask3};
  }
  for (const fs::path& folder : {root, root / kRelease, root / "babi", root / "babi" / kRelease}) {
    looked.push_back(folder.string());
    if (!fs::is_directory(folder)) continue;
    if (Place place = folder_place(folder); place.has_set(set))
      return {std::move(place), folder / kPartialTask3};
    for (const auto& path : sorted_entries(folder))
      if (is_archive(path) && fs::is_regular_file(path))
        if (Place place = archive_place(path); place.has_set(set))
          return {std::move(place), folder / kPartialTask3};
  }
  std::string places;
  for (const auto& folder : looked) places += "\n  " + folder;
  refuse("no files of " + set + " (qa1_…_train.txt) and no archive " + kRelease + ".tar.gz or .tar.xz in" +
         places);
  return {};
}

}  // namespace

std::map<int64_t, BabiTaskFiles> read_babi_files(const std::string& data, const std::string& set,
                                                 const std::vector<int64_t>& tasks) {
  const char* const environment = std::getenv("MNEME_DATA");
  const fs::path root = !data.empty() ? data : environment != nullptr ? environment : "";
  if (root.empty())
    throw DataError(
        std::string("babi: no data folder: neither task.data nor the environment's MNEME_DATA is set.\n") +
        kHowToGet);
  const auto [place, partial_task3] = find_set(fs::absolute(root).lexically_normal(), set);

  std::map<int64_t, BabiTaskFiles> files;
  for (const int64_t task : tasks) {
    const std::string number = std::to_string(task);
    const auto read = [&](const std::string& part) -> TextFile {
      if (const std::string key = set + " " + number + " " + part; place.has(key)) return place.read(key);
      const std::string pattern = set + "/qa" + number + "_…_" + part + ".txt";
      if (set == "en-10k" && task == 3 && part == "train") {
        files[task].train_in_part = true;
        if (fs::exists(partial_task3)) return {partial_task3.string(), read_unpacked(partial_task3)};
        if (place.has("en 3 train")) return place.read("en 3 train");
      }
      throw DataError("babi: " + place.where + " lacks " + pattern + ".\n" + kHowToGet);
    };
    files[task].train = read("train");
    files[task].test = read("test");
  }
  return files;
}

}  // namespace mneme
