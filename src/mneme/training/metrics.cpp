#include "mneme/training/metrics.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <sstream>

#include "mneme/core/error.h"

namespace mneme {
namespace {

std::filesystem::path events_path(const std::filesystem::path& folder, const std::string& name) {
  if (!name.empty()) return folder / name;
  // A run that was killed before its first checkpoint begins its file anew.
  if (std::filesystem::exists(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().filename().string().starts_with("events.out.tfevents.")) return entry.path();
  const auto start = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(start).count();
  return folder / ("events.out.tfevents." + std::to_string(seconds) + ".mneme");
}

}  // namespace

JsonLine metrics_line(const std::string& kind, const Position& position) {
  JsonLine line;
  line["kind"] = kind;
  line["update"] = position.updates;
  line["sequences"] = position.sequences;
  line["seconds"] = std::round(position.seconds * 1e3) / 1e3;
  return line;
}

std::vector<JsonLine> read_metrics(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  if (!(stream && content << stream.rdbuf())) throw DataError(file.string() + ": the metrics cannot be read");
  const std::string text = content.str();

  std::vector<JsonLine> lines;
  size_t start = 0;
  for (size_t end = text.find('\n'); end != std::string::npos;
       start = end + 1, end = text.find('\n', start)) {
    auto line = JsonLine::parse(text.substr(start, end - start), nullptr, /*allow_exceptions=*/false);
    if (!line.is_object())
      throw Error(file.string() + ":" + std::to_string(lines.size() + 1) + ": expected a JSON object");
    lines.push_back(std::move(line));
  }
  return lines;
}

Metrics::Metrics(const std::filesystem::path& folder, const Mark& mark)
    : lines_(folder / "metrics.jsonl", mark.metrics_bytes),
      events_(events_path(folder, mark.events_file), mark.events_bytes) {}

void Metrics::write(const JsonLine& line) {
  lines_.append(line.dump() + "\n");
}

void Metrics::write_with_scalars(const JsonLine& line) {
  write(line);
  const std::string kind = line.at("kind");
  Scalars scalars;
  for (const auto& [key, value] : line.items())
    if (value.is_number_float() && key != "seconds")
      scalars.emplace_back(kind + "/" + key, value.get<double>());
  events_.write(line.at("update"), scalars);
}

Metrics::Mark Metrics::mark() {
  lines_.sync();
  events_.file().sync();
  return {lines_.length(), events_.file().length(), events_.file().path().filename().string()};
}

}  // namespace mneme
