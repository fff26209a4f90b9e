#include "mneme/cli/legibility.h"

#include <filesystem>

#include "mneme/cli/project.h"
#include "mneme/inspect/writing.h"
#include "mneme/tasks/pen/pen_recognition.h"
#include "mneme/tasks/pen/pen_words.h"

namespace mneme {
namespace {

constexpr int64_t kLines = 64;
constexpr double kLegibleBias = 1;

double error_percent(const TrainedModel& recogniser, const PenRecognitionTask& task, const std::vector<PenText>& lines) {
  const torch::NoGradGuard no_grad;
  const Batch batch = task.batch_of(lines);
  return task.score(batch, recogniser.model->forward(batch).logits).figures.at("character_error_percent").value();
}

}  // namespace

std::optional<ResultRow> legibility_row(const TrainedModel& trained, uint64_t seed) {
  const auto* const net = dynamic_cast<const HandwritingImpl*>(trained.model.get());
  const auto* const task = dynamic_cast<const HandwritingTask*>(trained.task.get());
  const auto folder = project_folder() / "zoo" / "pen-recogniser";
  if (net == nullptr || task == nullptr || net->tokens() == 0 || !std::filesystem::exists(folder)) return std::nullopt;
  const TrainedModel recogniser = load_trained(folder);
  const auto* const reading = dynamic_cast<const PenRecognitionTask*>(recogniser.task.get());
  if (reading == nullptr) return std::nullopt;

  Random random = Seed(seed).stream("legibility");
  std::vector<WritingWish> wishes;
  std::vector<PenText> drawn, written;
  for (int64_t line = 0; line < kLines; ++line) {
    const std::string text = draw_line(task->longest(), random);
    const int64_t writer = random.integer(0, kHeldOutWriters - 1);
    wishes.push_back({.text = text, .style = writer, .bias = kLegibleBias, .seed = random()});
    drawn.push_back(task->line_of(writer, text, random));
  }
  int64_t finished = 0;
  const auto lines = write_wishes(*net, *task, wishes);
  for (size_t line = 0; line < lines.size(); ++line) {
    finished += lines[line].finished ? 1 : 0;
    written.push_back(pen_text_of(wishes[line].text, lines[line]));
  }
  ResultRow row;
  row["kind"] = "legibility";
  row["lines"] = kLines;
  row["finished"] = finished;
  row["bias"] = kLegibleBias;
  row["character_error_percent"] = error_percent(recogniser, *reading, written);
  row["drawn_error_percent"] = error_percent(recogniser, *reading, drawn);
  row["read_by"] = "zoo/pen-recogniser";
  return row;
}

}  // namespace mneme
