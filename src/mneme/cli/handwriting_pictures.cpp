#include "mneme/cli/handwriting_pictures.h"

#include <filesystem>

#include "mneme/cli/project.h"
#include "mneme/inspect/writing.h"

namespace mneme {
namespace {

constexpr auto kText = "Thought that the muster from";
constexpr double kBias = 0.5;
constexpr uint64_t kFreeLines = 5;

void add_written(std::vector<TraceView>& views, const HandwritingImpl& net, const HandwritingTask& task,
                 uint64_t seed) {
  std::vector<WritingWish> wishes;
  std::vector<std::string> names;
  for (const int64_t style : {3, 0, 1, 2, 4, 5, 6, 7}) {
    wishes.push_back({.text = kText, .style = style, .bias = kBias, .seed = seed});
    names.push_back("style " + std::to_string(style));
  }
  const auto lines = write_wishes(net, task, wishes);
  views.push_back(written_view(kText, wishes.front(), lines.front()));
  views.push_back(lines_view("In several styles", names, lines));
}

void add_free(std::vector<TraceView>& views, const HandwritingImpl& net, const HandwritingTask& task, uint64_t seed) {
  std::vector<WritingWish> wishes;
  std::vector<std::string> names;
  for (uint64_t line = 0; line < kFreeLines; ++line) {
    wishes.push_back({.text = "", .bias = kBias, .seed = seed + line, .longest = 350});
    names.push_back("seed " + std::to_string(seed + line));
  }
  views.push_back(lines_view("Without a text", names, write_wishes(net, task, wishes)));
}

}  // namespace

std::vector<TraceView> handwriting_pictures(const TrainedModel& trained, uint64_t seed) {
  std::vector<TraceView> views;
  const auto parts = [](const TrainedModel& model) {
    return std::pair(dynamic_cast<const HandwritingImpl*>(model.model.get()),
                     dynamic_cast<const HandwritingTask*>(model.task.get()));
  };
  const auto [net, task] = parts(trained);
  if (net == nullptr || task == nullptr) return views;
  if (net->tokens() == 0) {
    add_free(views, *net, *task, seed);
    return views;
  }
  add_written(views, *net, *task, seed);
  const auto other = project_folder() / "zoo" / "handwriting-free";
  if (!std::filesystem::exists(other)) return views;
  const TrainedModel free = load_trained(other);
  const auto [free_net, free_task] = parts(free);
  if (free_net != nullptr && free_task != nullptr) add_free(views, *free_net, *free_task, seed);
  return views;
}

}  // namespace mneme
