// generate babi: made-up stories with questions, answers and supporting facts, as the published files have
// them.
#include <charconv>
#include <cstdio>

#include "mneme/cli/command.h"
#include "mneme/core/random.h"
#include "mneme/tasks/babi/generator/generator.h"
#include "mneme/tasks/babi/story.h"

namespace mneme {
namespace {

double difficulty_from(const std::string& text, const Command& command) {
  double value = -1;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1))
    command.refuse("--difficulty is " + text + ", expected a number between 0 and 1");
  return value;
}

/// One row a line of the story.
void add_rows(int64_t number, const std::string& text, std::vector<ResultRow>& rows) {
  Vocabulary vocabulary;
  const Story story = read_stories({"generated story", text}, vocabulary, NewWords::add).front();
  for (size_t i = 0; i < story.lines.size(); ++i) {
    const Story::Line& line = story.lines[i];
    std::string said;
    for (int32_t word = 0; word < line.words; ++word)
      said += (word == 0 || word + 1 == line.words ? "" : " ") +
              vocabulary.word(story.words[static_cast<size_t>(line.first + word)]);
    ResultRow row{{"story", number}, {"line", i + 1}, {"text", said}};
    if (line.answers > 0) {
      std::string answer;
      for (int32_t word = 0; word < line.answers; ++word)
        answer += (word == 0 ? "" : ",") +
                  vocabulary.word(story.answers[static_cast<size_t>(line.first_answer + word)].word);
      row["answer"] = answer;
      row["support"] = ResultRow::array();
      for (const int32_t fact : line.support) row["support"].push_back(fact + 1);
    }
    rows.push_back(std::move(row));
  }
}

}  // namespace

int run_generate_stories(const Arguments& arguments) {
  Command command(
      "generate", "Makes up bAbI stories like the published ones, in the format of their files.",
      {{"mneme generate babi --task 3", "a story of task 3, three supporting facts"},
       {"mneme generate babi --task 19 --stories 10000 --seed 7 > train.txt", "a training file"},
       {"mneme generate babi --task 2 --difficulty 0", "one that is short: few people, places, questions"},
       {"mneme generate babi --task 8 --json", "line by line, with answers and supporting facts"}});
  std::vector<std::string> words;
  int64_t task = 1, stories = 1;
  std::optional<uint64_t> seed;
  std::string difficulty = "1";
  command.words("what", words, "babi");
  command.integer("--task", task, 1, "which of the 20 tasks (default: 1)");
  command.integer("--stories", stories, 1, "how many stories (default: 1)");
  command.integer("--seed", seed, "of the stories (default: 0)");
  command.text(
      "--difficulty", difficulty, "0..1",
      "1: like the published stories (default); below: fewer questions, people, places, distractors");
  if (!command.parse(arguments)) return 0;
  if (words.size() > 1) command.refuse("does not take the word " + words[1]);
  if (task > 20) command.refuse("--task is " + std::to_string(task) + ", expected 1 to 20");
  const double hardness = difficulty_from(difficulty, command);

  Random random = Seed(seed.value_or(0)).stream("generate babi");
  Result result{"generate", "", seed.value_or(0), {}};
  for (int64_t number = 1; number <= stories; ++number) {
    const std::string text = generate_story(task, hardness, random);
    if (command.json())
      add_rows(number, text, result.rows);
    else
      std::fputs(text.c_str(), stdout);
  }
  if (command.json()) command.print(result);
  return 0;
}

}  // namespace mneme
