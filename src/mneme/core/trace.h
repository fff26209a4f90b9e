// A trace: what a model did on some inputs, as plain versioned data. Inspection makes traces; reports and
// pages read only them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mneme {

/// A named array with named axes, such as write_weights [location, time].
struct TraceArray {
  std::string name;
  std::vector<std::string> axes;
  std::vector<int64_t> shape;
  std::vector<float> values;  ///< row-major
  std::string unit;           ///< "probability", "bits", "nats", or empty
};

/// One episode (a sequence that was shown to the model) or one measured curve.
struct TraceView {
  std::string kind;   ///< which drawing fits: "ntm-episode", "curve", "scatter", "table", …
  std::string title;
  std::map<std::string, std::string> facts;  ///< shown beside the drawing: equation, paper, length, seed
  std::vector<TraceArray> arrays;
};

struct Trace {
  static constexpr int kVersion = 1;
  int version = kVersion;
  std::string model, task;
  uint64_t seed = 0;
  std::map<std::string, std::string> settings;
  std::vector<TraceView> views;
};

std::string trace_to_json(const Trace& trace);
/// Throws Error naming what is missing, or a version that this program does not know.
Trace trace_from_json(const std::string& json);

}  // namespace mneme
