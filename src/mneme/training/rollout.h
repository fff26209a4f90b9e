// Plays the answers of tasks that act (Task::interaction): each answer step's input is the triple given
// before.
//
// Source: Graves et al. 2016, Methods (shortest path): training mixes an optimal policy with the network's
// own actions (Daumé, Langford, Marcu 2009; Ross, Gordon, Bagnell 2011), the test is a beam search. The
// sequences of a batch have one question each; the answer keeps the number of steps that it was drawn with.
#pragma once

#include "mneme/core/random.h"
#include "mneme/models/sequence_model.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// The batch as the model walks through it. At each answer step the target is the likeliest, by the model, of
/// the triples that begin a shortest path from where the walk is. With probability `optimal_share` the walk
/// goes on by the target, else by the model's own choice: the likeliest triple that leaves the place and from
/// which the goal can be reached. Without gradients.
Batch play_training(SequenceModel& model, const Batch& drawn, double optimal_share, Random& random);

/// Logits [batch, time, outputs] that give the found answers with certainty, and are zero elsewhere. The
/// `beam_width` answers of greatest probability are followed side by side and the best at the end is taken.
/// Those go first that answer the question: begin at its start, go on where they were, end at its goal. Any
/// triples may be given: nothing of the graph is used but what the model read. Width 1 takes the likeliest
/// triple at each step. Without gradients.
at::Tensor play_test(SequenceModel& model, const Batch& drawn, int64_t beam_width);

}  // namespace mneme
