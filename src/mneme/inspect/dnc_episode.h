// What a Differentiable Neural Computer did with one sequence, as a view of a trace.
#pragma once

#include <string>

#include "mneme/core/trace.h"
#include "mneme/models/dnc.h"
#include "mneme/tasks/task.h"

namespace mneme {

/// Kind "dnc-episode": the arrays of an "episode" (inspect/episode.h), and what the memory did:
///
/// | name               | axes                      | meaning                                                  |
/// | writes, erases     | write head, element, time | what was written (v) and erased (e); one write head      |
/// | reads              | read head, element, time  | what was read (r)                                        |
/// | write_weights      | write head, location, time | w_w                                                     |
/// | read_weights       | read head, location, time | w_r                                                      |
/// | usage              | location, time            | u                                                        |
/// | allocation_weights | location, time            | a                                                        |
/// | write_gate         | time                      | g_w                                                      |
/// | allocation_gate    | time                      | g_a                                                      |
/// | free_gates         | read head, time           | f                                                        |
/// | write_strength     | time                      | β_w                                                      |
/// | read_strengths     | read head, time           | β_r                                                      |
/// | written_at         | location, time            | the last step that wrote there (see below); 0: none      |
/// | read_position      | read head, time           | the location read most                                   |
/// | read_source        | read head, time           | written_at of that location                              |
///
/// and with temporal links
///
/// | read_modes         | read head, mode, time     | π: backward, content, forward                            |
/// | read_mode          | read head, time           | the largest of the three as a number                     |
/// | link_share         | read head, time           | the share of w_r that came along the strongest link      |
/// | link_from, link_to | read head, time           | that link: locations read before and now; of share 0: 0  |
/// | link_way           | read head, time           | 1: forward, -1: backward, 0: no link                     |
///
/// and for graph tasks (inspect/held_triples.h) `held` [location]: which triple it held when the question came.
///
/// A step counts as writing to a location when it puts more than kWritten of its weight there. A link's share is
/// π[forward] L[to, from] w_before[from] or π[backward] L[from, to] w_before[from]; links are made anew from the
/// write weightings, and shares are those before links are sharpened.
///
/// Facts beside those of an episode: "modes", the names of the modes in the order of their numbers, parted by `|`.
TraceView dnc_episode_view(const std::string& title, const Task& task, const Batch& batch, int64_t index,
                           const DncRecord& record);

inline constexpr double kWritten = 0.1;

}  // namespace mneme
