#include "mneme/tasks/label_decoding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "mneme/core/error.h"
#include "mneme/tasks/log_sum.h"

namespace mneme {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr double kUnlikely = -12;  // classes below this log-probability extend no front

/// A front of a list: its last label behind another front; 0 is the empty one.
struct Front {
  size_t parent;
  int64_t label;
};

/// Log-probabilities of all ways to say a front up to a step, by whether its last label was said there.
struct Ways {
  double silent = kNever, said = kNever;
  double total() const { return log_sum(silent, said); }
};

std::vector<double> log_softmax(std::span<const float> logits) {
  const float highest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit - highest));
  std::vector<double> result;
  result.reserve(logits.size());
  for (const float logit : logits) result.push_back(static_cast<double>(logit - highest) - std::log(sum));
  return result;
}

}  // namespace

std::vector<DecodedLabel> best_path(std::span<const float> logits, int64_t classes) {
  std::vector<DecodedLabel> labels;
  const auto width = static_cast<size_t>(classes);
  int64_t before = 0;
  double clearest = 0;
  for (size_t step = 0; (step + 1) * width <= logits.size(); ++step) {
    const auto row = logits.subspan(step * width, width);
    const int64_t label = std::max_element(row.begin(), row.end()) - row.begin();
    if (label != 0) {
      const double said = log_softmax(row)[static_cast<size_t>(label)];
      if (label != before) {
        labels.push_back({label, static_cast<int64_t>(step)});
        clearest = said;
      } else if (said > clearest) {
        labels.back().step = static_cast<int64_t>(step);
        clearest = said;
      }
    }
    before = label;
  }
  return labels;
}

std::vector<int64_t> prefix_beam(std::span<const float> logits, int64_t classes, int64_t width) {
  std::vector<Front> fronts = {{0, 0}};
  std::map<std::pair<size_t, int64_t>, size_t> longer;  // the front that goes on from another with a label
  std::vector<std::pair<size_t, Ways>> beam = {{0, {0, kNever}}};
  const auto row_size = static_cast<size_t>(classes);
  for (size_t step = 0; (step + 1) * row_size <= logits.size(); ++step) {
    const auto said = log_softmax(logits.subspan(step * row_size, row_size));
    std::map<size_t, Ways> next;
    for (const auto& [front, ways] : beam) {
      const double total = ways.total();
      const int64_t last = fronts[front].label;
      Ways& stays = next[front];
      stays.silent = log_sum(stays.silent, total + said[0]);
      if (front != 0) stays.said = log_sum(stays.said, ways.said + said[static_cast<size_t>(last)]);
      for (int64_t label = 1; label < classes; ++label) {
        const double log_probability = said[static_cast<size_t>(label)];
        if (log_probability < kUnlikely) continue;
        // The same label again is a new one only after a silent step.
        const double reached = (front != 0 && label == last ? ways.silent : total) + log_probability;
        if (reached == kNever) continue;
        const auto [found, is_new] = longer.try_emplace({front, label}, fronts.size());
        if (is_new) fronts.push_back({front, label});
        Ways& goes_on = next[found->second];
        goes_on.said = log_sum(goes_on.said, reached);
      }
    }
    beam.assign(next.begin(), next.end());
    const auto kept = std::min(beam.size(), static_cast<size_t>(width));
    std::partial_sort(beam.begin(), beam.begin() + static_cast<std::ptrdiff_t>(kept), beam.end(),
                      [](const auto& a, const auto& b) { return a.second.total() > b.second.total(); });
    beam.resize(kept);
  }
  std::vector<int64_t> labels;
  for (size_t front = beam.front().first; front != 0; front = fronts[front].parent)
    labels.push_back(fronts[front].label);
  std::reverse(labels.begin(), labels.end());
  return labels;
}

std::vector<int64_t> steps_of_labels(std::span<const float> logits, int64_t classes,
                                     std::span<const int64_t> labels) {
  if (labels.empty()) return {};
  const auto width = static_cast<size_t>(classes);
  const size_t steps = logits.size() / width, places = 2 * labels.size() + 1;  // silence around every label
  const auto label_at = [&](size_t place) { return place % 2 == 0 ? 0 : labels[place / 2]; };
  std::vector<std::vector<double>> said;
  for (size_t step = 0; step < steps; ++step)
    said.push_back(log_softmax(logits.subspan(step * width, width)));

  std::vector<double> best(places, kNever);
  std::vector<std::vector<uint8_t>> moves(steps,
                                          std::vector<uint8_t>(places, 0));  // places gone on by, into a step
  for (size_t step = 0; step < steps; ++step) {
    std::vector<double> next(places, kNever);
    for (size_t place = 0; place < places; ++place) {
      double from = step == 0 && place < 2 ? 0 : kNever;
      if (step > 0) {
        // From the same place, the one before, or over the silence between two different labels.
        const size_t farthest = std::min(
            place,
            place % 2 == 1 && place >= 3 && label_at(place) != label_at(place - 2) ? size_t{2} : size_t{1});
        for (size_t move = 0; move <= farthest; ++move) {
          if (best[place - move] <= from) continue;
          from = best[place - move];
          moves[step][place] = static_cast<uint8_t>(move);
        }
      }
      next[place] = from + said[step][static_cast<size_t>(label_at(place))];
    }
    best = std::move(next);
  }
  size_t place = best[places - 1] > best[places - 2] ? places - 1 : places - 2;
  if (steps == 0 || best[place] == kNever)
    throw Error("steps_of_labels: " + std::to_string(labels.size()) + " labels are more than " +
                std::to_string(steps) + " steps can say");
  std::vector<int64_t> chosen(labels.size(), -1);
  for (size_t step = steps; step-- > 0;) {
    if (place % 2 == 1) {
      int64_t& at = chosen[place / 2];
      const auto label = static_cast<size_t>(label_at(place));
      if (at < 0 || said[step][label] >= said[static_cast<size_t>(at)][label])
        at = static_cast<int64_t>(step);
    }
    place -= moves[step][place];
  }
  return chosen;
}

}  // namespace mneme
