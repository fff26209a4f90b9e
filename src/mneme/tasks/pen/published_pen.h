// Readers of published handwriting: text with the way of the pen, in true order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mneme/tasks/pen/pen_text.h"

namespace mneme {

/// Published texts by the part of the data that they belong to. 1 is about the height of an x: the whole set
/// is scaled so that a character's way is as long as in the program's own letters. Points know no character
/// (-1).
struct PublishedPen {
  std::vector<PenText> training, validation, test;
};

/// The online George Washington words (Wieprecht, Rothacker, Fink 2016): a folder a page, a file a word,
/// `word` in the first line, then `x y pen-up` a line, y down. `data` is its folder or archive, or a folder
/// that holds one; empty stands for the environment's MNEME_DATA. Words in the order of writing. Of the 20
/// pages, in their order, every fifth is the test, the first and the eleventh validation. Throws DataError
/// when there is no such data, Error naming file and line for one that is malformed.
PublishedPen read_george_washington(const std::string& data);

/// IAM-OnDB (Liwicki and Bunke 2005) in the user's own copy: `lineStrokes/a01/a01-000/a01-000u-01.xml` with
/// the points of a line, `ascii/a01/a01-000/a01-000u.txt` with the text of its lines below "CSR:", and the
/// published splits trainset.txt, testset_v.txt (validation), testset_f.txt (test), lists of forms such as
/// a01-000u (or a01-000). Lines with characters that are not among pen_characters() are left out, and a log
/// line counts them. Throws as the other.
PublishedPen read_iam_ondb(const std::string& data);

/// A word file of the first. `name` stands for the file in errors.
PenText parse_george_washington(std::string_view text, const std::string& name);
/// The strokes of a line of the second: <Stroke …> with <Point x="" y="" …/> inside <StrokeSet>.
std::vector<PenPoint> parse_iam_strokes(std::string_view text, const std::string& name);
/// The lines below "CSR:".
std::vector<std::string> parse_iam_text(std::string_view text, const std::string& name);

}  // namespace mneme
