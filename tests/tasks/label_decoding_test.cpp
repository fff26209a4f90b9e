#include "mneme/tasks/label_decoding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/temporary_folder.h"
#include "mneme/core/error.h"
#include "mneme/core/random.h"
#include "mneme/tasks/edit_distance.h"

namespace mneme {
namespace {

using Labels = std::vector<int64_t>;

std::vector<float> logs(std::initializer_list<double> probabilities) {
  std::vector<float> values;
  for (const double probability : probabilities) values.push_back(static_cast<float>(std::log(probability)));
  return values;
}

Labels labels_of(const std::vector<DecodedLabel>& decoded) {
  Labels labels;
  for (const DecodedLabel& label : decoded) labels.push_back(label.label);
  return labels;
}

/// Every way to say something in `steps` steps of 3 classes: called with its classes and probability.
template <class Action>
void for_all_paths(const std::vector<float>& logits, size_t steps, Action&& action) {
  const auto count = static_cast<size_t>(std::pow(3, steps));
  for (size_t number = 0; number < count; ++number) {
    std::vector<int64_t> path;
    double probability = 1;
    for (size_t step = 0, rest = number; step < steps; ++step, rest /= 3) {
      path.push_back(static_cast<int64_t>(rest % 3));
      double sum = 0;
      for (size_t c = 0; c < 3; ++c) sum += std::exp(static_cast<double>(logits[3 * step + c]));
      probability *= std::exp(static_cast<double>(logits[3 * step + rest % 3])) / sum;
    }
    action(path, probability);
  }
}

Labels collapsed(const std::vector<int64_t>& path) {
  Labels labels;
  for (size_t i = 0; i < path.size(); ++i)
    if (path[i] != 0 && (i == 0 || path[i] != path[i - 1])) labels.push_back(path[i]);
  return labels;
}

TEST(BestPath, JoinsRepeatedLabelsAndKeepsThoseWithSilenceBetween) {
  // Steps: 1 1 0 1 2, said most clearly at steps 1, 3 and 4.
  const auto logits = logs({.2, .6, .2, .1, .8, .1, .8, .1, .1, .3, .4, .3, .1, .1, .8});
  const auto decoded = best_path(logits, 3);
  EXPECT_EQ(labels_of(decoded), (Labels{1, 1, 2}));
  EXPECT_EQ(decoded[0].step, 1);
  EXPECT_EQ(decoded[1].step, 3);
  EXPECT_EQ(decoded[2].step, 4);
}

TEST(PrefixBeam, FindsWhatTheBestPathMisses) {
  // Silence is the most probable class of both steps, 0.6 · 0.6 = 0.36; but label 1 has 0.4 · 0.4 + 2 · 0.6 ·
  // 0.4.
  const auto logits = logs({.6, .4, 1e-9, .6, .4, 1e-9});
  EXPECT_EQ(labels_of(best_path(logits, 3)), Labels{});
  EXPECT_EQ(prefix_beam(logits, 3, 10), Labels{1});
}

TEST(PrefixBeam, WithEnoughWidthGivesTheMostProbableOfAllLists) {
  Random random(1);
  for (int trial = 0; trial < 50; ++trial) {
    const size_t steps = 1 + static_cast<size_t>(trial) % 5;
    std::vector<float> logits;
    for (size_t i = 0; i < 3 * steps; ++i) logits.push_back(static_cast<float>(2 * random.normal()));
    std::map<Labels, double> lists;
    for_all_paths(logits, steps,
                  [&](const auto& path, double probability) { lists[collapsed(path)] += probability; });
    const auto best = std::max_element(lists.begin(), lists.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    EXPECT_EQ(prefix_beam(logits, 3, 1000), best->first);
  }
}

TEST(StepsOfLabels, FollowTheMostProbableWayToSayThem) {
  Random random(2);
  for (const Labels& labels : {Labels{1}, Labels{1, 2}, Labels{2, 2}, Labels{1, 2, 1}}) {
    for (int trial = 0; trial < 10; ++trial) {
      const size_t steps = 5;
      std::vector<float> logits;
      for (size_t i = 0; i < 3 * steps; ++i) logits.push_back(static_cast<float>(2 * random.normal()));
      double highest = 0;
      Labels best;
      for_all_paths(logits, steps, [&](const auto& path, double probability) {
        if (collapsed(path) != labels || probability <= highest) return;
        highest = probability;
        best = path;
      });
      const auto said = steps_of_labels(logits, 3, labels);
      ASSERT_EQ(said.size(), labels.size());
      for (size_t i = 0; i < said.size(); ++i) {
        EXPECT_EQ(best[static_cast<size_t>(said[i])], labels[i]);
        if (i > 0) EXPECT_GT(said[i], said[i - 1]);
      }
    }
  }
  EXPECT_EQ(test::error_text<Error>([] {
              steps_of_labels(logs({.4, .3, .3, .4, .3, .3}), 3, Labels{1, 1});
            }),
            "steps_of_labels: 2 labels are more than 2 steps can say");
}

TEST(EditDistance, CountsTheFewestChanges) {
  const auto distance = [](const std::string& one, const std::string& other) {
    return edit_distance(Labels(one.begin(), one.end()), Labels(other.begin(), other.end()));
  };
  EXPECT_EQ(distance("kitten", "sitting"), 3);
  EXPECT_EQ(distance("", "abc"), 3);
  EXPECT_EQ(distance("abc", ""), 3);
  EXPECT_EQ(distance("abc", "abc"), 0);
  EXPECT_EQ(distance("flaw", "lawn"), 2);
}

}  // namespace
}  // namespace mneme
