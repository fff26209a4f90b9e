#include "mneme/cli/translation_table.h"

#include <optional>

#include "mneme/cli/numbers.h"

namespace mneme {
namespace {

constexpr auto kTranslationSource =
    "Published: Vaswani et al. 2017 (arXiv:1706.03762), table 2, newstest2014: ByteNet, Kalchbrenner et al. 2016; "
    "Deep-Att, Zhou et al. 2016; GNMT, Wu et al. 2016; ConvS2S, Gehring et al. 2017; MoE, Shazeer et al. 2017. "
    "Ours: BLEU counted as sacreBLEU does (mixed case, 13a), FLOP of training as 6 for each multiply-add of the "
    "forward pass.";

struct PublishedModel {
  const char* model;
  std::optional<double> german, french;            // BLEU
  std::optional<double> german_flop, french_flop;  // of training
};

const std::vector<PublishedModel>& published() {
  constexpr auto none = std::nullopt;
  static const std::vector<PublishedModel> all{
      {"ByteNet", 23.75, none, none, none},
      {"Deep-Att + PosUnk", none, 39.2, none, 1.0e20},
      {"GNMT + RL", 24.6, 39.92, 2.3e19, 1.4e20},
      {"ConvS2S", 25.16, 40.46, 9.6e18, 1.5e20},
      {"MoE", 26.03, 40.56, 2.0e19, 1.2e20},
      {"Deep-Att + PosUnk ensemble", none, 40.4, none, 8.0e20},
      {"GNMT + RL ensemble", 26.30, 41.16, 1.8e20, 1.1e21},
      {"ConvS2S ensemble", 26.36, 41.29, 7.7e19, 1.2e21},
      {"Transformer (base)", 27.3, 38.1, 3.3e18, none},
      {"Transformer (big)", 28.4, 41.8, 2.3e19, none},
  };
  return all;
}

/// One of ours.
struct OurModel {
  std::string model, test, command, about;
  double bleu, seconds;
  std::optional<double> lower_case, flop;
};

std::optional<double> figure(const EvaluationRow& row, const char* name) {
  const auto found = row.figures.find(name);
  return found == row.figures.end() ? std::nullopt : std::optional<double>(found->second);
}

/// "multi30k-en-de" of "mneme train recipes/transformer/multi30k-en-de.toml".
std::string recipe_of(const std::string& command) {
  const size_t slash = command.rfind('/');
  const std::string file = slash == std::string::npos ? command : command.substr(slash + 1);
  return file.substr(0, file.find(".toml"));
}

std::vector<OurModel> ours_of(const std::vector<RecordedRun>& runs) {
  std::vector<OurModel> all;
  for (const RecordedRun& run : runs) {
    if (run.task != "translation" || run.test.empty()) continue;
    const EvaluationRow& row = run.test.back();
    const auto bleu = figure(row, "bleu");
    if (!bleu) continue;
    const std::string test = recipe_of(run.command);
    all.push_back({run.model, test.empty() ? run.from.filename().string() : test, run.command,
                   "seed " + std::to_string(run.seed) + ", " + count_text(run.sequences) + " pairs, from " +
                       run.from.filename().string(),
                   *bleu, run.seconds, figure(row, "bleu_lower_case"), figure(row, "training_flop")});
  }
  return all;
}

}  // namespace

ResultTable translation_table(const std::vector<RecordedRun>& runs) {
  ResultTable table;
  table.title = "Translation: BLEU, and the FLOP of its training";
  table.caption = "The published figures, of newstest2014, in brackets; ours are of each recipe's own test.";
  table.source = kTranslationSource;
  table.columns = {{"BLEU", "EN-DE", "", ""},    {"BLEU", "EN-FR", "", ""},
                   {"FLOP", "EN-DE", "", ""},    {"FLOP", "EN-FR", "", ""},
                   {"BLEU", "own test", "", ""}, {"BLEU", "lower case", "", ""},
                   {"FLOP", "own", "", ""},      {"minutes", "of training", "", ""}};
  const auto published_cell = [](const std::optional<double>& value) {
    return ResultCell{std::nullopt, value, "", false};
  };
  const ResultCell none{};
  for (const PublishedModel& line : published())
    table.lines.push_back(
        {line.model,
         {published_cell(line.german), published_cell(line.french), published_cell(line.german_flop),
          published_cell(line.french_flop), none, none, none, none},
         false,
         1});
  for (const OurModel& run : ours_of(runs)) {
    const auto cell = [&](const std::optional<double>& value) {
      return ResultCell{value, std::nullopt, run.about, false};
    };
    table.lines.push_back({run.model + ", " + run.test,
                           {none, none, none, none, cell(run.bleu), cell(run.lower_case), cell(run.flop),
                            cell(run.seconds / 60)},
                           true,
                           1});
    table.source += " " + run.test + ": " + run.command + " (" + run.about + ").";
  }
  return table;
}

std::vector<ResultRow> translation_rows(const std::vector<RecordedRun>& runs) {
  std::vector<ResultRow> rows;
  const auto row = [&](const std::string& model, const std::string& test, const char* from,
                       const std::optional<double>& bleu, const std::optional<double>& flop) -> ResultRow& {
    ResultRow made;
    made["model"] = model;
    made["test"] = test;
    made["from"] = from;
    made["bleu"] = or_null(bleu);
    made["bleu_lower_case"] = ResultRow();
    made["training_flop"] = or_null(flop);
    made["minutes"] = ResultRow();
    made["command"] = ResultRow();
    rows.push_back(std::move(made));
    return rows.back();
  };
  for (const PublishedModel& line : published()) {
    if (line.german) row(line.model, "newstest2014 en-de", "published", line.german, line.german_flop);
    if (line.french) row(line.model, "newstest2014 en-fr", "published", line.french, line.french_flop);
  }
  for (const OurModel& run : ours_of(runs)) {
    ResultRow& made = row(run.model, run.test, "ours", run.bleu, run.flop);
    made["bleu_lower_case"] = or_null(run.lower_case);
    made["minutes"] = run.seconds / 60;
    made["command"] = run.command;
  }
  return rows;
}

}  // namespace mneme
