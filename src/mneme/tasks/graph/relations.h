// Relations of family trees that are walks of several steps, as in "Freya's MaternalGreatUncle"
// (Graves et al. 2016: inference).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mneme {

/// The edges of a family tree: father, mother, husband, wife, and a person's sons and daughters in the order
/// of their birth. "Son1" is the first son.
namespace family_step {
inline constexpr int64_t father = 0, mother = 1, husband = 2, wife = 3;
inline constexpr int64_t kMostChildren = 8;  ///< of each sex
inline constexpr int64_t kCount = 4 + 2 * kMostChildren;
constexpr int64_t son(int64_t number) {
  return 3 + number;
}  ///< from 1
constexpr int64_t daughter(int64_t number) {
  return 3 + kMostChildren + number;
}
}  // namespace family_step

/// "Father", "Son1"
std::string family_step_name(int64_t step);
/// kBlank for a word that names no step.
int64_t family_step_named(const std::string& name);

struct Relation {
  std::string name;            ///< "MaternalGreatUncle"; several relations may have the same
  std::vector<int64_t> steps;  ///< mother, mother, mother, son 1
};

/// 400 relations of two to four steps, always the same ones in the same order. The paper says of its
/// relations that there are 400; which they are is our choice. With P a parent, C one of the first two sons
/// or daughters, S a spouse, these are all walks (the last shape is cut at the 400th) of the shapes PP, PC,
/// CC, SP, CS; PPP, PPC, PCC, CCC, SPP, SPC, PCS, CCS; PPPP, PPPC, PPCC, SPPP, SPPC, PPCS, PCCS.
const std::vector<Relation>& relations();

/// Indices into relations() of those with this name (letters of either case, spaces ignored). Without
/// "Maternal" or "Paternal", both are meant.
std::vector<int64_t> relations_named(const std::string& name);

}  // namespace mneme
