// metrics.jsonl: one JSON object a line, and beside it the same figures for TensorBoard.
//
//     {"kind":"run","model","task","seed","parameters","headline","unit"}            the first line
//     {"kind":"train","update","sequences","seconds","loss","unit","learning_rate","gradient_norm",
//      "difficulty","sequences_per_second"}            loss: mean over the updates since the line before
//     {"kind":"validation","update","sequences","seconds","best", and the task's figures}
//     {"kind":"milestone","update","sequences","seconds","below","unit","by"}        by: training, validation
//     {"kind":"test","update", the row's setting ("length"), and the task's figures; of tasks that write also
//      "training_flop"}
//     {"kind":"end","end","update","sequences","seconds","headline","best","best_update","training_flop"}
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mneme/training/event_file.h"
#include "mneme/training/length.h"

namespace mneme {

using JsonLine = nlohmann::ordered_json;

/// {"kind":kind,"update":…,"sequences":…,"seconds":…}; seconds in milliseconds' precision.
JsonLine metrics_line(const std::string& kind, const Position& position);

/// The lines of a file; what a killed run left of a last line is left out. Throws DataError when the file
/// is not there, Error with file:line for a line that is no JSON object.
std::vector<JsonLine> read_metrics(const std::filesystem::path& file);

class Metrics {
 public:
  /// How far the files had come, for checkpoints.
  struct Mark {
    int64_t metrics_bytes = 0, events_bytes = 0;
    std::string events_file;  ///< its name in the folder; empty before the first run
  };

  /// Goes on in a run folder after `mark`: later bytes are dropped.
  Metrics(const std::filesystem::path& folder, const Mark& mark);

  void write(const JsonLine& line);
  /// Also sends the line's floating-point figures to TensorBoard, as "<kind>/<figure>".
  void write_with_scalars(const JsonLine& line);

  Mark mark();  ///< after syncing both files

 private:
  AppendFile lines_;
  EventFile events_;
};

}  // namespace mneme
