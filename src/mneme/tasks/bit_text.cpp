#include "mneme/tasks/bit_text.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdio>

#include "mneme/core/shape.h"

namespace mneme {
namespace {

constexpr size_t kLineWidth = 100;

float value_at(const at::Tensor& tensor, int64_t index, int64_t step, int64_t channel) {
  return tensor[index][step][channel].item<float>();
}

std::string bit_cell(const Batch& batch, int64_t index, const at::Tensor& logits, BitColumns::Show show,
                     int64_t step, int64_t channel) {
  if (show == BitColumns::Show::input) return value_at(batch.inputs, index, step, channel) > 0.5f ? "█" : "▁";
  const bool due = value_at(batch.targets, index, step, channel) > 0.5f;
  const bool given = logits.defined() ? value_at(logits, index, step, channel) > 0 : due;
  if (given && !due) return "+";
  if (due && !given) return "-";
  return due ? "█" : "▁";
}

size_t columns_of(const BitColumns& stretch) {
  return std::max(stretch.title.size(), static_cast<size_t>(stretch.steps));
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::vector<std::string> bit_labels(int64_t bits) {
  std::vector<std::string> labels;
  for (int64_t bit = 1; bit <= bits; ++bit) labels.push_back("bit " + std::to_string(bit));
  return labels;
}

std::string bit_columns(const Batch& batch, int64_t index, const at::Tensor& logits,
                        const std::vector<std::string>& labels, const std::vector<BitColumns>& stretches) {
  size_t label_width = 0;
  for (const auto& label : labels) label_width = std::max(label_width, label.size());

  std::string text;
  for (auto first = stretches.begin(); first != stretches.end();) {
    size_t width = label_width;
    auto last = first;
    do {
      width += 2 + columns_of(*last);
      ++last;
    } while (last != stretches.end() && width + 2 + columns_of(*last) <= kLineWidth);

    std::string line(label_width, ' ');
    for (auto stretch = first; stretch != last; ++stretch)
      line += "  " + stretch->title + std::string(columns_of(*stretch) - stretch->title.size(), ' ');
    text += without_trailing_spaces(line) + "\n";
    for (size_t channel = 0; channel < labels.size(); ++channel) {
      line = labels[channel] + std::string(label_width - labels[channel].size(), ' ');
      for (auto stretch = first; stretch != last; ++stretch) {
        line += "  ";
        const bool shown = static_cast<int64_t>(channel) < stretch->channels;
        for (int64_t step = 0; step < stretch->steps; ++step)
          line += shown ? bit_cell(batch, index, logits, stretch->show, stretch->first_step + step,
                                   static_cast<int64_t>(channel))
                        : " ";
        line += std::string(columns_of(*stretch) - static_cast<size_t>(stretch->steps), ' ');
      }
      text += without_trailing_spaces(line) + "\n";
    }
    first = last;
  }
  return text;
}

std::string bit_vector(const Batch& batch, int64_t index, const at::Tensor& logits, int64_t step,
                       BitColumns::Show show, int64_t channels) {
  std::string text;
  for (int64_t channel = 0; channel < channels; ++channel)
    text += bit_cell(batch, index, logits, show, step, channel);
  return text;
}

std::string wrong_bits_text(const Batch& batch, int64_t index, const at::Tensor& logits) {
  if (!logits.defined()) return "";
  const at::Tensor due = batch.mask[index].unsqueeze(-1).expand_as(batch.targets[index]);
  const at::Tensor wrong = (logits[index].cpu() > 0).ne(batch.targets[index] > 0.5).logical_and(due);
  const auto count = wrong.sum().item<int64_t>();
  return ", " + std::to_string(count) + " of " + std::to_string(due.sum().item<int64_t>()) + " bits wrong" +
         (count > 0 ? " (+ not due, - missing)" : "");
}

std::string counted(int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string fixed_text(double value, int digits) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return buffer;
}

std::string right_aligned(const std::string& text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

void check_print(const Batch& batch, int64_t index, const at::Tensor& logits) {
  const int64_t sequences = batch.inputs.size(0);
  if (index < 0 || index >= sequences)
    throw Error("print: index is " + std::to_string(index) + ", expected 0 to " +
                std::to_string(sequences - 1));
  if (!logits.defined()) return;
  ShapeCheck check("print");
  check.bind("batch", sequences, "inputs")
      .bind("time", batch.inputs.size(1), "inputs")
      .expect("logits", logits, "batch time outputs");
}

}  // namespace mneme
