// ask: a question about a map or a family tree, answered by a trained model.
#include "mneme/cli/answer.h"
#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

ResultRow summary(const AskedQuestion& asked, const std::string& answer) {
  ResultRow row;
  row["kind"] = "question";
  row["question"] = asked.words;
  row["answer"] = answer;
  return row;
}

}  // namespace

int run_ask(const Arguments& arguments) {
  Command command(
      "ask", "Asks a trained model about a map or a family tree, and prints its answer, right or wrong.",
      {{"mneme ask zoo/dnc-shortest-path \"Moorgate -> Piccadilly Circus\"", "a shortest path"},
       {"mneme ask zoo/dnc-traversal \"Oxford Circus: Central to Notting Hill Gate, Circle to Paddington\"",
        "where one comes along these lines; where a line leads may be left out if that is clear"},
       {"mneme ask zoo/dnc-family \"Freya's MaternalGreatUncle\"", "somebody's relative"},
       {"mneme ask zoo/dnc-shortest-path \"(Moorgate, PiccadillyCircus, _)\"", "the same as triples"},
       {"mneme ask zoo/dnc-shortest-path \"Ghent -> Bruges\" --map belgium.txt",
        "on a map of one's own: a line of text a line, \"IC 1: Ghent - Bruges - Ostend\""}});
  std::vector<std::string> words;
  std::string map;
  std::optional<uint64_t> seed;
  command.words("model", words, "a run or zoo folder, the question, then settings as key=value");
  command.text("--map", map, "PATH",
               "map or family tree, a file or folder (default: maps/london-centre.txt or maps/family.txt)");
  command.integer("--seed", seed,
                  "of the labels that stations or people get (default: that of the training)");
  if (!command.parse(arguments)) return 0;
  if (words.empty()) command.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  if (words.size() < 2) command.refuse("no question given, such as \"Moorgate -> Piccadilly Circus\"");

  const TrainedModel trained = load_trained(trained_folder(words[0]), {words.begin() + 2, words.end()});
  const std::string& task = trained.recipe.task;
  if (!answers_questions(trained))
    command.refuse(words[0] + " was trained on " + task +
                   ", expected one of graph-traversal, graph-shortest-path, "
                   "graph-inference");
  const NamedGraph graph = graph_to_ask(trained, map);
  const uint64_t label_seed = seed.value_or(trained.seed);
  Result result{"ask", trained.recipe.model, label_seed, {}};
  for (const AskedQuestion& asked : parse_question(graph, words[1])) {
    if (asked.task != task)
      command.refuse(words[0] + " was trained on " + task + ", the question is one of " + asked.task);
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
  command.print(result);
  return 0;
}

}  // namespace mneme
