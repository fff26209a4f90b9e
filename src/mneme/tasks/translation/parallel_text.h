// Texts in two languages, line by line.
#pragma once

#include <string>
#include <vector>

namespace mneme {

struct SentencePair {
  std::string source, target;
};

struct ParallelText {
  std::string name;  ///< how errors call it: the path of the source file
  std::vector<SentencePair> pairs;
};

/// Which texts are meant, and where they are.
struct ParallelTextPlace {
  std::string data;            ///< folder; empty: the environment's MNEME_DATA
  std::string corpus;          ///< a folder or a file of pairs in it
  std::string source, target;  ///< languages, as files end with or as `columns` names them
  std::string columns;         ///< of a file of pairs: "en de"
};

enum class Part { training, validation, test };

/// A corpus is a folder with a pair of files a part, `<name>.<language>`, which may end in .gz or .xz:
/// names[part] are "train", "val", "test_2016_flickr"; line i of the one is the translation of line i of the
/// other. Or it is one file
/// (.tsv or .txt, also .gz or .xz, or a .zip that holds one such) whose lines are sentence, tab, translation,
/// and whatever after another tab. Such a file is divided here, by the sentences of its first column:
/// whatever the pairs, the same sentence is in one part alone; one in a hundred is for validation and one for
/// the test.
///
/// A pair of which one side is empty is left out. Throws DataError when a file is not there (with where it
/// was looked for) and Error for a pair of files of which one has more lines than the other (both counts),
/// bytes that are not UTF-8 (`train.de: byte 0xff at offset 1234 is not UTF-8`), an empty file, and a line of
/// pairs without a tab.
ParallelText read_parallel_text(const ParallelTextPlace& place, const std::vector<std::string>& names,
                                Part part);

}  // namespace mneme
