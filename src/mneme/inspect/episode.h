// One sequence that was shown to a model, as a view of a trace.
#pragma once

#include <string>

#include "mneme/core/trace.h"
#include "mneme/models/ntm.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// Kind "episode": what went in and what came out in sequence `index` of a batch. Arrays, over its own steps:
///
/// | name       | axes           | meaning                                                            |
/// | inputs     | channel, time  |                                                                    |
/// | outputs    | output, time   | probabilities                                                      |
/// | targets    | output, time   | 0..1; classes as one 1 among zeros; zero where no answer is due      |
/// | answer_due | time           | 0 or 1                                                             |
/// | cost       | time           | -log2 of the probability of the right answer; zero where none is due |
///
/// Facts: the task's figures for this sequence, and "written", the sequence as a person would write it.
/// logits: [batch, time, outputs].
TraceView episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                       const at::Tensor& logits);

/// Kind "ntm-episode": the same with everything that the heads did. `side` is write or read:
///
/// | name             | axes                 | meaning                                             |
/// | adds, erases     | write head, element, time | what was written (a) and erased (e)            |
/// | reads            | read head, element, time  | what was read (r)                              |
/// | side_weights     | head, location, time | weightings (w)                                      |
/// | side_gate        | head, time           | g                                                   |
/// | side_strength    | head, time           | β                                                   |
/// | side_sharpening  | head, time           | γ                                                   |
/// | side_shift       | head, shift, time    | s, from the smallest shift to the largest           |
/// | side_mode        | head, time           | AddressingMode as a number                          |
/// | side_position    | head, time           | head_position of the weighting                      |
/// | side_jump        | head, time           | head_jumped, 0 or 1; 0 at the first step            |
///
/// Facts: "modes", the names of the modes in the order of their numbers, parted by `|`; "rule", how modes and
/// jumps are told.
TraceView ntm_episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const NtmRecord& record, const NtmOptions& options);

}  // namespace mneme
