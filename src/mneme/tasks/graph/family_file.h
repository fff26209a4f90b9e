// Family trees as people write them.
#pragma once

#include "mneme/tasks/graph/named_graph.h"

namespace mneme {

/// Whether the first line that is neither empty nor a comment (#) begins with a bracket.
bool is_family_text(const std::vector<std::string>& lines);

/// A line a triple: `(Freya, Alison, Mother)` says that Freya's mother is Alison. The last word is a step of
/// relations.h; `Son` and `Daughter` without a number are numbered in the order of the file. `#` begins a
/// comment. Throws UsageError that begins with file and line: for a line of another form, a word that is no
/// step, a second mother, and more people than the code can hold.
NamedGraph read_family_text(const std::vector<std::string>& lines, const std::string& file);

/// GEDCOM: of individuals (INDI) the name and sex, of families (FAM) the husband, wife and children, the
/// children in the order of the families. Everything else is left out. People of the same name are told apart
/// by their identifier: "John Smith (I5)". Throws UsageError that begins with file and line: for a line
/// without level and tag, an identifier that is there twice or that nobody has, a child without sex, and as
/// above.
NamedGraph read_gedcom(const std::vector<std::string>& lines, const std::string& file);

}  // namespace mneme
