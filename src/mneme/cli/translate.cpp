// translate: sentences in one language, written in another by a trained model.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "mneme/cli/command.h"
#include "mneme/cli/trained.h"
#include "mneme/cli/translated.h"
#include "mneme/core/error.h"
#include "mneme/models/transformer/transformer.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace {

struct Sentences {
  std::string name;  // of where they come from
  std::vector<std::string> lines;
};

Sentences read_lines(std::istream& stream, const std::string& name) {
  Sentences given{name, {}};
  for (std::string line; std::getline(stream, line);) given.lines.push_back(line);
  return given;
}

Sentences sentences_of(const std::vector<std::string>& words, const std::string& file) {
  if (!file.empty()) {
    std::ifstream stream(file);
    if (!stream) throw Error(file + ": cannot be read");
    return read_lines(stream, file);
  }
  if (words.size() > 1) return {"sentence", {words.begin() + 1, words.end()}};
  return read_lines(std::cin, "standard input");
}

void check(const Command& command, const Sentences& given) {
  if (given.lines.empty()) command.refuse(given.name + " is empty, expected a sentence a line");
  for (size_t i = 0; i < given.lines.size(); ++i) {
    const std::string where = given.name + ":" + std::to_string(i + 1);
    require_utf8(where, given.lines[i]);
    if (given.lines[i].find_first_not_of(" \t\r") == std::string::npos)
      command.refuse(where + ": the sentence is empty");
  }
}

std::vector<std::string> names_of(const SubwordUnits& units, const at::Tensor& numbers) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < numbers.size(0); ++i) names.push_back(units.piece(numbers[i].item<int64_t>()));
  return names;
}

/// What each step of a translation read of the source: for every layer and head, a row a written piece.
ResultRow attention_of(TransformerImpl& model, const TranslationTask& task, const std::string& sentence,
                       const std::vector<int64_t>& written) {
  const torch::NoGradGuard no_gradients;
  const Batch batch = task.written(sentence, written);
  TransformerWeights weights;
  model.forward(batch, &weights);
  ResultRow attention;
  attention["source"] = names_of(task.units(), batch.context[0]);
  attention["target"] = names_of(task.units(), batch.targets[0]);
  for (const BlockWeights& layer : weights.decoder) {
    ResultRow heads = ResultRow::array();
    for (int64_t head = 0; head < layer.context.size(1); ++head) {
      ResultRow rows = ResultRow::array();
      const at::Tensor seen = layer.context[0][head].contiguous();  // [time, context]
      for (int64_t step = 0; step < seen.size(0); ++step) {
        const float* weight = seen.const_data_ptr<float>() + step * seen.size(1);
        rows.push_back(std::vector<float>(weight, weight + seen.size(1)));
      }
      heads.push_back(std::move(rows));
    }
    attention["layers"].push_back(std::move(heads));
  }
  return attention;
}

}  // namespace

int run_translate(const Arguments& arguments) {
  Command command(
      "translate",
      "Translates sentences with a trained model: one line each, or with --json all that was found.",
      {{"mneme translate zoo/translate-en-de \"A man sleeps in a green room on a couch.\"", "one sentence"},
       {"mneme translate zoo/translate-en-de --file captions.en", "a sentence a line"},
       {"mneme translate zoo/translate-en-de < captions.en > captions.de", "the same from standard input"},
       {"mneme translate zoo/translate-en-de \"Two dogs play.\" --candidates 4",
        "the four best, with their scores"},
       {"mneme translate zoo/translate-en-de \"Two dogs play.\" --json --attention",
        "and what each written piece read of the source, by layer and head"}});
  std::vector<std::string> words;
  std::string file;
  int64_t beam = 0, candidates = 1, batch_size = 32;
  bool attention = false;
  command.words("model", words,
                "a run or zoo folder, then sentences (none: standard input, a sentence a line)");
  command.text("--file", file, "PATH", "a file of sentences, one a line");
  command.integer("--beam", beam, 0, "translations that are followed side by side (default 0: as trained)");
  command.integer("--candidates", candidates, 1, "translations to print of each sentence, best first");
  command.integer("--batch", batch_size, 1, "sentences at a time");
  command.flag("--attention", attention, "what each written piece read of the source (with --json)");
  if (!command.parse(arguments)) return 0;
  if (words.empty()) command.refuse("no model given; name a run or zoo folder (mneme list zoo)");
  if (attention && !command.json()) command.refuse("--attention is printed with --json, which is not given");
  if (!file.empty() && words.size() > 1)
    command.refuse("--file and sentences are given, expected one of them");

  const TrainedModel trained = load_trained(trained_folder(words[0]));
  const TranslationTask* task = translation_of(trained);
  if (task == nullptr)
    command.refuse(words[0] + " was trained on " + trained.recipe.task + ", expected a model of translation");
  auto* transformer = dynamic_cast<TransformerImpl*>(trained.model.get());
  if (attention && transformer == nullptr)
    command.refuse("--attention: " + words[0] + " is a " + trained.recipe.model + ", expected a transformer");
  const Sentences given = sentences_of(words, file);
  check(command, given);

  const int64_t width = std::max(beam > 0 ? beam : task->writing()->beam_width, candidates);
  Result result{"translate", trained.recipe.model, trained.seed, {}};
  for (size_t first = 0; first < given.lines.size(); first += static_cast<size_t>(batch_size)) {
    const size_t end = std::min(given.lines.size(), first + static_cast<size_t>(batch_size));
    const std::vector<std::string> some(given.lines.begin() + static_cast<int64_t>(first),
                                        given.lines.begin() + static_cast<int64_t>(end));
    const auto found = translate(trained, some, width);
    for (size_t i = 0; i < some.size(); ++i) {
      for (size_t rank = 0; rank < std::min(found[i].size(), static_cast<size_t>(candidates)); ++rank) {
        const WrittenAnswer& answer = found[i][rank];
        const std::string text = task->units().decode(answer.tokens);
        ResultRow row;
        row["source"] = some[i];
        row["translation"] = text;
        row["score"] = answer.score;
        row["log_probability"] = answer.log_probability;
        if (attention) row["attention"] = attention_of(*transformer, *task, some[i], answer.tokens);
        result.rows.push_back(std::move(row));
        if (command.json()) continue;
        if (candidates > 1) std::printf("%.4f\t", answer.score);
        std::printf("%s\n", text.c_str());
      }
    }
  }
  if (command.json()) command.print(result);
  return 0;
}

}  // namespace mneme
