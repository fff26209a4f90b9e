// Inference (Graves et al. 2016, Methods, "Graph task descriptions"): read a family tree, then say who
// somebody's relative of several steps is, asked with one label.
#pragma once

#include <string>
#include <vector>

#include "mneme/tasks/graph/graph_task.h"

namespace mneme {

struct InferenceOptions {
  int64_t min_people = 4;
  int64_t max_people = 20;
  int64_t max_steps = 4;
  int64_t questions = 1;
  int64_t planning = 0;
  bool working = false;

  std::string map;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("min_people", min_people, "people in the smallest training tree", between(3, 1000));
    option("max_people", max_people, "people in the largest training tree", between(3, 1000));
    option("max_steps", max_steps, "steps of the farthest relations", between(1, 4));
    option("questions", questions, "questions about one training tree, one after the other", at_least(1));
    option("planning", planning, "steps without input between a question and its answer", at_least(0));
    option("working", working,
           "whether training wants the edges of the walk to the relative in the planning steps", any_value());
    option("map", map, kMapHelp, any_value());
  }
};

/// The codes of a tree: people's drawn afresh, those of the steps fixed (0 to 19), so that what a relation
/// means can be learned, as in the paper.
LabelCodes draw_family_codes(const Graph& family, Random& random);

/// The question that asks for the destination.
Question relation_question(const Triple& answer, int64_t planning);

/// The fixed code of relation `index` of relations(): 20 to 419.
int64_t relation_code(int64_t index);

/// The query is (person, relation, _), the answer the one triple (person, relation, relative). Relations of
/// one step are edges of the tree itself ("Mother"); the others are the 400 of relations.h. A relation of the
/// wanted number of steps and a person who has such a relative are drawn uniformly.
///
/// One label stands for up to four edges, and each edge is a look-up that needs the one before: with `planning`
/// the model has the steps for it. `working` is our help in training: the edges of the walk are due in the
/// planning steps, one a step, beside the answer. The test does not look at them.
///
/// The curriculum's lessons are ours. A batch has trees of one number of people, and every question a number of
/// steps, both uniform from the smallest to the difficulty's largest (with the default options):
///
/// | difficulty | people  | steps  |
/// | 0          | 4       | 1      |
/// | 0.25       | 4 to 8  | 1 to 2 |
/// | 0.5        | 4 to 12 | 1 to 3 |
/// | 0.75       | 4 to 16 | 1 to 3 |
/// | 1          | 4 to 20 | 1 to 4 |
///
/// Test rows: `people`, `steps`, for the largest trees and each number of steps, one question a tree; for a
/// tree of one's own the numbers of steps of which it has relations, any person and relation there is.
class InferenceTask : public GraphTask {
 public:
  explicit InferenceTask(const Settings& settings);
  std::string name() const override { return "graph-inference"; }
  std::vector<OptionInfo> options() const override { return describe_options(options_); }
  std::vector<TestSetting> test_settings() const override;

 protected:
  Batch draw_training(int64_t batch_size, double difficulty, Random& random) const override;
  Batch draw_test(const TestSetting& setting, int64_t batch_size, Random& random) const override;

 private:
  InferenceOptions options_;
  std::shared_ptr<const NamedGraph> tree_;
};

}  // namespace mneme
