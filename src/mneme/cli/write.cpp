// write: a line of handwriting by a trained synthesis network.
#include <charconv>
#include <filesystem>

#include "mneme/cli/command.h"
#include "mneme/cli/project.h"
#include "mneme/cli/trained.h"
#include "mneme/core/file.h"
#include "mneme/inspect/writing.h"
#include "mneme/report/handwriting_svg.h"

namespace mneme {
namespace {

double number_of(const Command& command, const std::string& name, const std::string& text) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 100))
    command.refuse(name + " is " + text + ", expected a number from 0 to 100");
  return value;
}

}  // namespace

int run_write(const Arguments& arguments) {
  Command command(
      "write", "Writes a text by hand, as a trained network does: an SVG that draws itself stroke by stroke.",
      {{"mneme write \"Thought that the muster from\" --style 3 --bias 0.5 --out x.svg", "in the hand of writer 3"},
       {"mneme write \"Dear Sir,\" --seed 7 --json", "in whatever hand comes, the points as JSON too"},
       {"mneme write --model zoo/handwriting-free --seed 2", "what looks like writing, without a text"}});
  std::vector<std::string> words;
  std::string model = "zoo/handwriting", bias = "0.5", out = "handwriting.svg";
  std::optional<uint64_t> style, seed;
  int64_t longest = 0;
  command.words("text", words, "what to write; without quotes its words are put together");
  command.text("--model", model, "FOLDER", "a run or zoo folder (default zoo/handwriting)");
  command.integer("--style", style, "number of the writer whose hand is shown first (default: none is)");
  command.text("--bias", bias, "B", "0: as varied as the net learned; larger: neater (default 0.5)");
  command.text("--out", out, "FILE", "the SVG (default handwriting.svg)");
  command.integer("--seed", seed, "of what is drawn (default 1)");
  command.integer("--points", longest, 1, "points at most (default: 40 a character, 700 without a text)");
  if (!command.parse(arguments)) return 0;

  WritingWish wish{.bias = number_of(command, "--bias", bias), .seed = seed.value_or(1), .longest = longest};
  for (const std::string& word : words) wish.text += (wish.text.empty() ? "" : " ") + word;
  if (style) wish.style = static_cast<int64_t>(*style);
  const TrainedModel trained = load_trained(trained_folder(model));
  const auto* const net = dynamic_cast<const HandwritingImpl*>(trained.model.get());
  const auto* const task = dynamic_cast<const HandwritingTask*>(trained.task.get());
  if (net == nullptr || task == nullptr)
    command.refuse(model + " is a " + trained.recipe.model + " on " + trained.recipe.task +
                   ", expected the model handwriting on the task handwriting");
  const WrittenLine line = write_wishes(*net, *task, {wish}).front();
  const TraceView view = written_view(wish.text.empty() ? "Writing without a text" : wish.text, wish, line);
  const std::filesystem::path file = out;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  write_file(file, handwriting_svg(view));

  ResultRow row;
  row["text"] = wish.text;
  row["style"] = style ? ResultRow(*style) : ResultRow();
  row["bias"] = wish.bias;
  row["points"] = line.points.size();
  row["finished"] = line.finished;
  row["file"] = std::filesystem::absolute(file).lexically_normal().string();
  if (command.json()) {
    auto pen = ResultRow::array();
    for (const PenPoint& point : pen_text_of(wish.text, line).points)
      pen.push_back({point.dx, point.dy, point.stroke_end ? 1 : 0});
    row["pen"] = pen;  // offset right, offset down in heights of an x, 1 where the pen is lifted
  }
  command.print({"write", trained.recipe.model, wish.seed, {row}});
  return 0;
}

}  // namespace mneme
