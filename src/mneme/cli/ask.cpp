// ask: a question about a map, a family tree or a story, answered by a trained model.
#include <fstream>
#include <iostream>
#include <sstream>

#include "mneme/cli/answer.h"
#include "mneme/cli/ask_story.h"
#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"
#include "mneme/core/error.h"
#include "mneme/core/log.h"

namespace mneme {
namespace {

ResultRow summary(const AskedQuestion& asked, const std::string& answer) {
  ResultRow row;
  row["kind"] = "question";
  row["question"] = asked.words;
  row["answer"] = answer;
  return row;
}

/// The words of the command line, else a file, else what is typed or piped in.
std::string story_text(const std::vector<std::string>& words, const std::string& file) {
  if (words.size() > 1 && words[1] != "-") return words[1];
  std::ostringstream text;
  if (file.empty()) {
    log_info("type the story and the question, and end with Ctrl-D");
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw UsageError("ask: the file " + file + " cannot be read");
  text << stream.rdbuf();
  return text.str();
}

void ask_about_map(const Command& command, const TrainedModel& trained, const std::string& model,
                   const std::string& question, const std::string& map, Result& result) {
  const std::string& task = trained.recipe.task;
  const uint64_t label_seed = *result.seed;
  const NamedGraph graph = graph_to_ask(trained, map);
  for (const AskedQuestion& asked : parse_question(graph, question)) {
    if (asked.task != task)
      command.refuse(model + " was trained on " + task + ", the question is one of " + asked.task);
    if (!asked.no_answer.empty()) {
      result.rows.push_back(summary(asked, "none: " + asked.no_answer));
      continue;
    }
    const Answered answered = answer(trained, graph, asked, label_seed);
    result.rows.push_back(summary(asked, answered.right ? "right" : "wrong"));
    for (const Triple& triple : answered.given) {
      const NamedTriple named = name_triple(graph, answered.posed.codes, triple);
      ResultRow row;
      row["kind"] = "step";
      row[graph.family ? "person" : "from"] = named.source;
      row[graph.family ? "relation" : "line"] = named.edge;
      row[graph.family ? "relative" : "to"] = named.destination;
      result.rows.push_back(std::move(row));
    }
  }
}

}  // namespace

int run_ask(const Arguments& arguments) {
  Command command(
      "ask", "Asks a trained model about a map, a family tree or a story, and prints its answer.",
      {{"mneme ask zoo/dnc-shortest-path \"Moorgate -> Piccadilly Circus\"", "a shortest path"},
       {"mneme ask zoo/dnc-traversal \"Oxford Circus: Central to Notting Hill Gate, Circle to Paddington\"",
        "where one comes along these lines; where a line leads may be left out if that is clear"},
       {"mneme ask zoo/dnc-family \"Freya's MaternalGreatUncle\"", "somebody's relative"},
       {"mneme ask zoo/dnc-shortest-path \"(Moorgate, PiccadillyCircus, _)\"", "the same as triples"},
       {"mneme ask zoo/dnc-shortest-path \"Ghent -> Bruges\" --map belgium.txt",
        "on a map of one's own: a line of text a line, \"IC 1: Ghent - Bruges - Ostend\""},
       {"mneme ask zoo/memn2n-babi \"Mary went to the office. John went to the garden. Where is Mary?\"",
        "a story, and where the net looked in it"},
       {"mneme ask zoo/memn2n-babi --file story.txt", "the same from a file; without it from what is typed"}});
  std::vector<std::string> words;
  std::string map, file;
  int64_t answer_words = 1;
  std::optional<uint64_t> seed;
  command.words("model", words, "a run or zoo folder, the question, then settings as key=value");
  command.text("--map", map, "PATH",
               "map or family tree, a file or folder (default: maps/london-centre.txt or maps/family.txt)");
  command.text("--file", file, "FILE", "the story and its question, when they are not on the command line");
  command.integer("--answer-words", answer_words, 1, "words that the answer has (nets that read stories by words)");
  command.integer("--seed", seed,
                  "of the labels that stations or people get (default: that of the training)");
  if (!command.parse(arguments)) return 0;
  if (words.empty()) command.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  const auto folder = trained_folder(words[0]);
  const auto settings = words.begin() + std::min<std::ptrdiff_t>(2, std::ssize(words));
  const TrainedModel trained = load_trained(folder, {settings, words.end()});
  const bool stories = reads_stories(trained);
  if (words.size() < 2 && !stories) command.refuse("no question given, such as \"Moorgate -> Piccadilly Circus\"");
  if (!answers_questions(trained) && !stories)
    command.refuse(words[0] + " was trained on " + trained.recipe.task +
                   ", expected one of graph-traversal, graph-shortest-path, graph-inference, babi, babi-questions");
  Result result{"ask", trained.recipe.model, seed.value_or(trained.seed), {}};
  if (stories)
    result.rows = ask_story(trained, story_text(words, file), answer_words);
  else
    ask_about_map(command, trained, words[0], words[1], map, result);
  command.print(result);
  return 0;
}

}  // namespace mneme
