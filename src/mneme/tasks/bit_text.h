// Bit sequences as a person would write them: time runs to the right, one line for each channel.
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/task.h"

namespace mneme {

/// A titled stretch of steps.
struct BitColumns {
  std::string title;
  int64_t first_step, steps;
  enum class Show { input, answer } show;
  int64_t channels;  ///< the first so many features or outputs
};

/// "bit 1", "bit 2", …
std::vector<std::string> bit_labels(int64_t bits);

/// The stretches side by side, as many in a line as fit into 100 columns; `labels` name the channels. An
/// answer is the target or, with logits, what the model gave: `+` where it gave a 1 that was not due and
/// `-` where a 1 that was due is missing.
std::string bit_columns(const Batch& batch, int64_t index, const at::Tensor& logits,
                        const std::vector<std::string>& labels, const std::vector<BitColumns>& stretches);

/// `channels` bits of one step, in one line.
std::string bit_vector(const Batch& batch, int64_t index, const at::Tensor& logits, int64_t step,
                       BitColumns::Show show, int64_t channels);

/// ", 2 of 48 bits wrong (+ not due, - missing)"; empty without logits.
std::string wrong_bits_text(const Batch& batch, int64_t index, const at::Tensor& logits);

/// "1 vector", "3 vectors"
std::string counted(int64_t count, const std::string& noun);

/// `value` with `digits` behind the point.
std::string fixed_text(double value, int digits);

/// `text` moved to the right end of `width` columns (its letters must be one byte each).
std::string right_aligned(const std::string& text, size_t width);

/// Throws Error when the batch has no such sequence or the logits do not fit the batch.
void check_print(const Batch& batch, int64_t index, const at::Tensor& logits);

}  // namespace mneme
