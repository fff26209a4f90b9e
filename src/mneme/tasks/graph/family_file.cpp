#include "mneme/tasks/graph/family_file.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "mneme/core/error.h"
#include "mneme/core/options.h"
#include "mneme/tasks/graph/episode.h"
#include "mneme/tasks/graph/relations.h"
#include "mneme/tasks/graph/text_file.h"

namespace mneme {
namespace {

class FamilyBuilder {
 public:
  FamilyBuilder() {
    tree_.family = true;
    tree_.graph.labels = family_step::kCount;
    for (int64_t step = 0; step < family_step::kCount; ++step) {
      tree_.lines.push_back({family_step_name(step), ""});
      tree_.line_of_label.push_back(step);
    }
  }

  int64_t add_person(const std::string& name, const FilePosition& at) {
    if (folded_name(name).empty()) refuse(at, "a person without a name");
    if (static_cast<int64_t>(tree_.nodes.size()) == kLabelCodes)
      refuse(at, "more people than the code can hold: three digits tell " + std::to_string(kLabelCodes) +
                     " apart");
    tree_.nodes.push_back(name);
    tree_.places.emplace_back();
    return static_cast<int64_t>(tree_.nodes.size()) - 1;
  }

  /// The person of this name, or a new one.
  int64_t person(const std::string& name, const FilePosition& at) {
    for (size_t i = 0; i < tree_.nodes.size(); ++i)
      if (folded_name(tree_.nodes[i]) == folded_name(name)) return static_cast<int64_t>(i);
    return add_person(name, at);
  }

  void relate(int64_t person, int64_t step, int64_t relative, const FilePosition& at) {
    const std::string& name = tree_.nodes[static_cast<size_t>(person)];
    if (person == relative) refuse(at, name + " is related with " + name);
    for (const Triple& triple : tree_.graph.triples)
      if (triple.source == person && triple.edge == step)
        refuse(at, name + " has two relatives " + family_step_name(step) + ": " +
                       tree_.nodes[static_cast<size_t>(triple.destination)] + " and " +
                       tree_.nodes[static_cast<size_t>(relative)]);
    tree_.graph.triples.push_back({person, step, relative});
  }

  /// The next son or daughter.
  void relate_child(int64_t parent, bool male, int64_t child, const FilePosition& at) {
    int64_t number = 1;
    const auto taken = [&](int64_t step) {
      return std::ranges::any_of(tree_.graph.triples, [&](const Triple& triple) {
        return triple.source == parent && triple.edge == step;
      });
    };
    const auto step = [&] { return male ? family_step::son(number) : family_step::daughter(number); };
    while (number <= family_step::kMostChildren && taken(step())) ++number;
    if (number > family_step::kMostChildren)
      refuse(at, tree_.nodes[static_cast<size_t>(parent)] + " has more than " +
                     std::to_string(family_step::kMostChildren) + (male ? " sons" : " daughters"));
    relate(parent, step(), child, at);
  }

  NamedGraph finish(const std::string& file) && {
    if (tree_.graph.triples.empty()) throw UsageError(file + ": nobody is related with anybody");
    tree_.graph.nodes = static_cast<int64_t>(tree_.nodes.size());
    return std::move(tree_);
  }

 private:
  NamedGraph tree_;
};

/// `0 @I1@ INDI`, `1 NAME John /Smith/`: a level, for records their identifier, a tag, and the rest.
struct GedcomLine {
  int64_t level = 0;
  std::string identifier, tag, value;
};

GedcomLine gedcom_line(std::string text, const FilePosition& at) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const auto word = [&] {
    text = trimmed(text);
    const std::string first = text.substr(0, text.find(' '));
    text.erase(0, first.size());
    return first;
  };
  GedcomLine line;
  const std::string level = word();
  if (level.empty() || level.size() > 2 ||
      !std::ranges::all_of(level, [](unsigned char c) { return std::isdigit(c); }))
    refuse(at, "the line begins with " + level + ", expected the level of a GEDCOM line such as 0 or 1");
  line.level = std::stol(level);
  line.tag = word();
  if (line.tag.starts_with('@')) {
    line.identifier = line.tag;
    line.tag = word();
  }
  if (line.tag.empty()) refuse(at, "the line has no tag");
  line.value = trimmed(text);
  return line;
}

struct GedcomPerson {
  std::string name;
  char sex = 0;
  FilePosition at;
  int64_t number = kBlank;
};

struct GedcomFamily {
  std::string husband, wife;
  std::vector<std::pair<std::string, FilePosition>> children;
  FilePosition at;
};

std::string without_slashes(std::string name) {
  std::erase(name, '/');
  return trimmed(name);
}

}  // namespace

bool is_family_text(const std::vector<std::string>& lines) {
  for (const auto& line : lines) {
    const std::string text = trimmed(line);
    if (!text.empty() && text[0] != '#') return text[0] == '(';
  }
  return false;
}

NamedGraph read_family_text(const std::vector<std::string>& lines, const std::string& file) {
  FamilyBuilder tree;
  for (size_t i = 0; i < lines.size(); ++i) {
    const FilePosition at{file, static_cast<int64_t>(i) + 1};
    const std::string text = trimmed(lines[i]);
    if (text.empty() || text[0] == '#') continue;
    const auto parts = split(std::string_view(text).substr(1, text.size() - 2), ",");
    if (text.front() != '(' || text.back() != ')' || parts.size() != 3)
      refuse(at, text + " is no triple, expected such as (Freya, Alison, Mother)");
    const int64_t person = tree.person(parts[0], at), relative = tree.person(parts[1], at);
    if (folded_name(parts[2]) == "son" || folded_name(parts[2]) == "daughter") {
      tree.relate_child(person, folded_name(parts[2]) == "son", relative, at);
      continue;
    }
    const int64_t step = family_step_named(parts[2]);
    if (step == kBlank) {
      std::vector<std::string> known;
      for (int64_t each = 0; each < family_step::kCount; ++each) known.push_back(family_step_name(each));
      const std::string nearest = nearest_word(parts[2], known);
      refuse(at, "unknown step " + parts[2] +
                     (nearest.empty() ? ", expected Father, Mother, Husband, Wife, Son or Daughter"
                                      : "; did you mean " + nearest + "?"));
    }
    tree.relate(person, step, relative, at);
  }
  return std::move(tree).finish(file);
}

NamedGraph read_gedcom(const std::vector<std::string>& lines, const std::string& file) {
  std::map<std::string, GedcomPerson> people;
  std::vector<std::string> order;
  std::vector<GedcomFamily> families;
  GedcomPerson* person = nullptr;
  GedcomFamily* family = nullptr;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (trimmed(lines[i]).empty()) continue;
    const FilePosition at{file, static_cast<int64_t>(i) + 1};
    const GedcomLine line = gedcom_line(lines[i], at);
    if (line.level == 0) {
      person = nullptr;
      family = nullptr;
      if (line.tag == "INDI") {
        const auto [entry, is_new] = people.emplace(line.identifier, GedcomPerson{"", 0, at});
        if (!is_new) refuse(at, "the individual " + line.identifier + " is there twice");
        order.push_back(line.identifier);
        person = &entry->second;
      } else if (line.tag == "FAM") {
        family = &families.emplace_back(GedcomFamily{"", "", {}, at});
      }
    } else if (line.level == 1 && person != nullptr) {
      if (line.tag == "NAME" && person->name.empty()) person->name = without_slashes(line.value);
      if (line.tag == "SEX" && !line.value.empty()) person->sex = line.value[0];
    } else if (line.level == 1 && family != nullptr) {
      if (line.tag == "HUSB") family->husband = line.value;
      if (line.tag == "WIFE") family->wife = line.value;
      if (line.tag == "CHIL") family->children.emplace_back(line.value, at);
    }
  }

  FamilyBuilder tree;
  std::map<std::string, int64_t> same_name;
  for (const auto& [identifier, each] : people) ++same_name[folded_name(each.name)];
  for (const std::string& identifier : order) {
    GedcomPerson& each = people[identifier];
    std::string label = identifier;
    std::erase(label, '@');
    if (each.name.empty())
      each.name = label;
    else if (same_name[folded_name(each.name)] > 1)
      each.name += " (" + label + ")";
    each.number = tree.add_person(each.name, each.at);
  }
  const auto find = [&](const std::string& identifier, const FilePosition& at) -> const GedcomPerson& {
    const auto found = people.find(identifier);
    if (found == people.end()) refuse(at, "no individual is " + identifier);
    return found->second;
  };
  for (const GedcomFamily& each : families) {
    std::vector<std::pair<int64_t, int64_t>> parents;  // who, as which step of a child
    if (!each.husband.empty()) parents.emplace_back(find(each.husband, each.at).number, family_step::father);
    if (!each.wife.empty()) parents.emplace_back(find(each.wife, each.at).number, family_step::mother);
    if (parents.size() == 2) {
      tree.relate(parents[0].first, family_step::wife, parents[1].first, each.at);
      tree.relate(parents[1].first, family_step::husband, parents[0].first, each.at);
    }
    for (const auto& [identifier, at] : each.children) {
      const GedcomPerson& child = find(identifier, at);
      if (child.sex != 'M' && child.sex != 'F') refuse(at, child.name + " has no sex (SEX M or SEX F)");
      for (const auto& [parent, step] : parents) {
        tree.relate(child.number, step, parent, at);
        tree.relate_child(parent, child.sex == 'M', child.number, at);
      }
    }
  }
  return std::move(tree).finish(file);
}

}  // namespace mneme
