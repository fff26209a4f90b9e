// How a graph and questions about it become a sequence (Graves et al. 2016, Methods, "Graph task
// descriptions"). A label is a number of three digits, each digit one-hot of 10, a blank label all zeros: 90
// inputs a triple. Two more channels tell the phases apart. An answer is nine softmaxes over 10.
//
// | phase       | inputs                              | channel 90         | channel 91 | due            |
// | description | the graph's triples, one a step     |                    |            |                |
// | query       | triples with blanks                 | 1 at its first step |           |                |
// | planning    | nothing (only where a task says so) | 1 at its first step |           | or its working |
// | answer      | nothing, or the triple taken before | 1 at its first step | 1         | a triple a step |
//
// Query to answer may repeat. The paper says what the two channels are for ("to indicate when transitions
// between the different phases occurred, and when a prediction was required"); that a transition is marked at
// the first step of the new phase is our reading.
#pragma once

#include <vector>

#include "mneme/core/random.h"
#include "mneme/tasks/graph/graph.h"
#include "mneme/tasks/task.h"

namespace mneme {

inline constexpr int64_t kLabelDigits = 3;
inline constexpr int64_t kDigitValues = 10;
inline constexpr int64_t kLabelCodes = 1000;  ///< labels that three digits can tell apart
inline constexpr int64_t kTripleDigits = 3 * kLabelDigits;
inline constexpr int64_t kTripleInputs = kTripleDigits * kDigitValues;
inline constexpr int64_t kTransitionChannel = kTripleInputs;
inline constexpr int64_t kAnswerChannel = kTripleInputs + 1;
inline constexpr int64_t kGraphFeatures = kTripleInputs + 2;

/// The sizes of every graph task.
TaskSizes graph_task_sizes();

struct Question {
  std::vector<Triple> query;
  int64_t planning = 0;                     ///< steps
  std::vector<Triple> answer;               ///< what is due
  std::vector<Triple> shown;                ///< inputs of the answer's steps; empty: all blank
  std::vector<Triple> working;              ///< due in the first planning steps; scores leave it out
  int64_t query_step = 0, answer_step = 0;  ///< first steps; make_batch does not read them
};

/// A sequence. Its triples hold codes, 0 to 999.
struct GraphEpisode {
  std::vector<Triple> description;
  std::vector<Question> questions;
  int64_t steps() const;
};

Batch make_batch(const std::vector<GraphEpisode>& episodes);

/// Sets the target of a step to another triple.
void set_target(const Batch& batch, int64_t sequence, int64_t step, const Triple& triple);

/// What make_batch was given for sequence `index`, with the questions' first steps; without a mask no working.
GraphEpisode read_episode(const Batch& batch, int64_t index);

/// The triple that nine softmaxes give: the largest logit of each digit. logits: float [90].
Triple most_likely_triple(const float* logits);

/// -log of the probability of a triple, in nats.
double triple_cost_nats(const float* logits, const Triple& triple);

struct RankedTriple {
  Triple triple;
  double cost_nats;
};
/// The `count` triples of lowest cost, the lowest first.
std::vector<RankedTriple> most_likely_triples(const float* logits, int64_t count);

/// Sets the 90 inputs of a triple, which are zero.
void write_triple(const Triple& triple, float* inputs);

/// The codes of a graph's nodes and edge labels.
struct LabelCodes {
  std::vector<int64_t> nodes, edges;  ///< each without repetition
  Triple encode(const Triple& triple) const;
  std::vector<Triple> encode(const std::vector<Triple>& triples) const;
};

/// Codes drawn afresh, so that nothing can be learned about them but by reading the graph.
LabelCodes draw_codes(const Graph& graph, Random& random);

/// The graph's triples in random order.
std::vector<Triple> draw_description(const Graph& graph, const LabelCodes& codes, Random& random);

/// "(012, 345, _)"
std::string triple_text(const Triple& triple);

}  // namespace mneme
