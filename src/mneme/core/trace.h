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
  std::string kind;  ///< which drawing fits: "ntm-episode", "curve", "scatter", "table", …
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

/// The trace as one JSON object whose keys are the members' names. Floats have the fewest digits that read
/// back as the same float. JSON has no NaN and no infinity: a value that is not finite becomes null, which
/// reads back as NaN. The seed is text, as JavaScript's numbers hold only 53 bits. The same trace gives the
/// same text. Throws Error for an array whose axes, shape and values disagree, and for text that is not
/// UTF-8.
std::string trace_to_json(const Trace& trace);

/// Throws Error naming what is missing or of the wrong type (`trace: views[0].arrays[1].shape is missing`),
/// or a version that this program does not know.
Trace trace_from_json(const std::string& json);

}  // namespace mneme
