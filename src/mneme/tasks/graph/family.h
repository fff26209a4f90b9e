// Family trees as graphs: people are nodes, and an edge is a step of relations.h.
#pragma once

#include <optional>
#include <vector>

#include "mneme/tasks/graph/graph.h"
#include "mneme/tasks/graph/relations.h"

namespace mneme {

/// A tree of `people` people, at least 3. Couples have children until there are enough people: a couple is a
/// person of the tree with another one of the same generation or, more often, with somebody new; some are not
/// married and have no husband and wife in the graph. Every child has both its parents.
Graph random_family(int64_t people, Random& random);

/// Who leaves whom by which step: person x step, kBlank where there is nobody. Throws Error when two edges of
/// a person have the same step.
class FamilySteps {
 public:
  explicit FamilySteps(const Graph& family);
  int64_t step(int64_t person, int64_t step) const {
    return table_[static_cast<size_t>(person * family_step::kCount + step)];
  }
  /// Where the steps lead; nothing when one of them leads to nobody or to a person who was passed before (a
  /// person's brother is not the person).
  std::optional<int64_t> follow(int64_t person, const std::vector<int64_t>& steps) const;
  /// The edges of that walk.
  std::optional<std::vector<Triple>> walk(int64_t person, const std::vector<int64_t>& steps) const;

 private:
  std::vector<int64_t> table_;
};

}  // namespace mneme
