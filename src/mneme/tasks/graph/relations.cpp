#include "mneme/tasks/graph/relations.h"

#include <algorithm>
#include <cctype>

#include "mneme/tasks/graph/graph.h"

namespace mneme {
namespace {

constexpr size_t kRelations = 400;
constexpr const char* kShapes[] = {"PP",   "PC",   "CC",   "SP",   "CS",   "PPP", "PPC",
                                   "PCC",  "CCC",  "SPP",  "SPC",  "PCS",  "CCS", "PPPP",
                                   "PPPC", "PPCC", "SPPP", "SPPC", "PPCS", "PCCS"};

bool is_son(int64_t step) {
  return step >= family_step::son(1) && step <= family_step::son(family_step::kMostChildren);
}

bool is_male(int64_t step) {
  return step == family_step::father || step == family_step::husband || is_son(step);
}

/// The steps of a kind; a person known to be a man has a wife, a woman a husband.
std::vector<int64_t> steps_of(char kind, const std::vector<int64_t>& before) {
  if (kind == 'P') return {family_step::father, family_step::mother};
  if (kind == 'C')
    return {family_step::son(1), family_step::son(2), family_step::daughter(1), family_step::daughter(2)};
  if (before.empty()) return {family_step::husband, family_step::wife};
  return {is_male(before.back()) ? family_step::wife : family_step::husband};
}

std::string repeated(const std::string& word, int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i) text += word;
  return text;
}

/// "Grand", "GreatGrand", …: of a parent or child that is so many steps away.
std::string grand(int64_t distance) {
  return distance < 2 ? "" : repeated("Great", distance - 2) + "Grand";
}

std::string lower(const std::string& word) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(word[0]))) + word.substr(1);
}

std::string name_of(const std::string& shape, const std::vector<int64_t>& steps) {
  const auto ups = std::ranges::count(shape, 'P'), downs = std::ranges::count(shape, 'C');
  const bool first_spouse = shape.front() == 'S', last_spouse = shape.back() == 'S';
  const bool male = is_male(steps.back());
  const auto of_sex = [&](const std::string& him, const std::string& her) { return male ? him : her; };
  std::string side;
  if (!first_spouse && ups > 1) side = steps.front() == family_step::father ? "Paternal" : "Maternal";

  std::string name;
  if (downs == 0) {
    name = of_sex("Father", "Mother");
    if (ups > 1) name = grand(ups) + lower(name);
  } else if (ups == 0) {
    name = of_sex("Son", "Daughter");
    if (downs > 1) name = grand(downs) + lower(name);
  } else if (ups == 1) {
    name = downs == 1 ? of_sex("Brother", "Sister") : of_sex("Nephew", "Niece");
  } else {
    name = downs == 1 ? repeated("Great", ups - 2) + of_sex("Uncle", "Aunt") : "Cousin";
  }
  if (first_spouse || (last_spouse && ups < 2 && downs < 2) || (last_spouse && ups == 0))
    return name + "InLaw";
  return side + name + (last_spouse ? "ByMarriage" : "");
}

void extend(const std::string& shape, std::vector<int64_t>& steps, std::vector<Relation>& list) {
  if (list.size() == kRelations) return;
  if (steps.size() == shape.size()) {
    list.push_back({name_of(shape, steps), steps});
    return;
  }
  for (const int64_t step : steps_of(shape[steps.size()], steps)) {
    steps.push_back(step);
    extend(shape, steps, list);
    steps.pop_back();
  }
}

std::string folded(const std::string& name) {
  std::string text;
  for (const char letter : name)
    if (letter != ' ') text += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

}  // namespace

std::string family_step_name(int64_t step) {
  if (step <= family_step::wife)
    return std::vector<std::string>{"Father", "Mother", "Husband", "Wife"}[static_cast<size_t>(step)];
  return is_son(step) ? "Son" + std::to_string(step - family_step::son(0))
                      : "Daughter" + std::to_string(step - family_step::daughter(0));
}

int64_t family_step_named(const std::string& name) {
  for (int64_t step = 0; step < family_step::kCount; ++step)
    if (folded(family_step_name(step)) == folded(name)) return step;
  return kBlank;
}

const std::vector<Relation>& relations() {
  static const std::vector<Relation> list = [] {
    std::vector<Relation> made;
    std::vector<int64_t> steps;
    for (const char* shape : kShapes) extend(shape, steps, made);
    return made;
  }();
  return list;
}

std::vector<int64_t> relations_named(const std::string& name) {
  const std::string wanted = folded(name);
  std::vector<int64_t> found;
  for (size_t i = 0; i < relations().size(); ++i) {
    const std::string known = folded(relations()[i].name);
    if (known == wanted || known == "maternal" + wanted || known == "paternal" + wanted)
      found.push_back(static_cast<int64_t>(i));
  }
  return found;
}

}  // namespace mneme
