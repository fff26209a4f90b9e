#include "mneme/tasks/babi/solver/solver.h"

#include "mneme/tasks/babi/solver/rules.h"

namespace mneme {
namespace {

std::unique_ptr<StoryRules> rules_of(int64_t task) {
  switch (task) {
    case 4:
      return direction_rules();
    case 15:
      return deduction_rules();
    case 16:
      return induction_rules();
    case 17:
      return position_rules();
    case 18:
      return size_rules();
    case 19:
      return path_rules();
    case 20:
      return motivation_rules();
    default:
      return whereabouts_rules(task);
  }
}

}  // namespace

std::string joined(const Words& words, char separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

std::vector<PlainLine> plain_lines(const Story& story, const Vocabulary& vocabulary) {
  std::vector<PlainLine> lines;
  for (const Story::Line& line : story.lines) {
    lines.push_back({{}, line.answers > 0});
    for (int32_t word = 0; word + 1 < line.words; ++word)
      lines.back().words.push_back(vocabulary.word(story.words[static_cast<size_t>(line.first + word)]));
  }
  return lines;
}

std::vector<Solution> solve_story(int64_t task, const std::vector<PlainLine>& story) {
  const auto rules = rules_of(task);
  std::vector<Solution> solutions;
  for (size_t line = 0; line < story.size(); ++line) {
    if (!story[line].question) {
      rules->hear(story[line].words, line);
      continue;
    }
    solutions.push_back(rules->answer(story[line].words));
    solutions.back().question = line;
  }
  return solutions;
}

}  // namespace mneme
