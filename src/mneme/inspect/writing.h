// A trained synthesis network writes: text to lines of pen points, in a style or in whatever comes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mneme/core/trace.h"
#include "mneme/models/handwriting_sampler.h"
#include "mneme/tasks/pen/handwriting.h"

namespace mneme {

struct WritingWish {
  std::string text{};              ///< empty for a net without a window
  std::optional<int64_t> style{};  ///< a writer's number, whose hand a line of is shown first; none: any
  double bias = 0.5;
  uint64_t seed = 1;
  int64_t longest = 0;  ///< points at most; 0: 40 a character, or 700 without a text
};

/// Throws UsageError for characters that no hand here writes, naming them, and for a text where the net looks at
/// none or none where it needs one. All wishes have the bias of the first.
std::vector<WrittenLine> write_wishes(const HandwritingImpl& model, const HandwritingTask& task,
                                      const std::vector<WritingWish>& wishes);

/// The points of a written line, offsets in heights of an x.
PenText pen_text_of(const std::string& text, const WrittenLine& line);

/// A view of kind "handwriting": what a net expected at each point of a line, drawn by itself or by a writer.
///
///   pen [point, part]            offset right, offset down (heights of an x), 1 where the pen is lifted after it
///   strengths [character, point] φ, with a window
///   density [row, column]        probability that the next point falls there, summed over the points
///   density_box [side]           left, top, right, bottom of the density in heights of an x from the line's start
///
/// `points` [points, 3] and `mixtures` [points, outputs] in the model's units; `strengths` [points, characters].
TraceView handwriting_view(const std::string& title, const std::string& text, const at::Tensor& points,
                           const at::Tensor& mixtures, const at::Tensor& strengths);

/// The same of a line of a task's batch, with what the net expected of it, and the task's figures.
TraceView scored_line_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const HandwritingRecord& record);

/// The same of a written line; facts say style, bias and seed.
TraceView written_view(const std::string& title, const WritingWish& wish, const WrittenLine& line);

/// A view of kind "handwriting-lines": several lines one below the other, pen 1 … pen n as above; facts "lines": what
/// each is, with | between.
TraceView lines_view(const std::string& title, const std::vector<std::string>& names,
                     const std::vector<WrittenLine>& lines);

}  // namespace mneme
