// Finds the published bAbI files: in a folder, or in the archives that they are published in.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mneme {

/// `name` is how errors name the file: its path, or "archive: path inside".
struct TextFile {
  std::string name, text;
};

struct BabiTaskFiles {
  TextFile train, test;
  bool train_in_part = false;  ///< task 3 of en-10k
};

/// The files of `tasks` (1 to 20) of `set` ("en" or "en-10k"), by task.
///
/// `data` is the set's own folder, a folder that holds it (as `en-10k` or `tasks_1-20_v1-2/en-10k`, in
/// `babi` or not), an archive, or a folder with an archive; empty stands for the environment's MNEME_DATA.
/// Where en-10k lacks the training file of task 3, the part of it that has been recovered, or else that of
/// en, takes its place.
///
/// Throws DataError when there is no such folder or file, saying where it looked and what to do.
std::map<int64_t, BabiTaskFiles> read_babi_files(const std::string& data, const std::string& set,
                                                 const std::vector<int64_t>& tasks);

}  // namespace mneme
