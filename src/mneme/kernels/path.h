// Which implementation of a mechanism runs.
#pragma once

namespace mneme {

/// composite: the equations, step by step, through the engine. fused: one kernel over the whole sequence;
/// throws Error with every reason when it cannot run. automatic: fused when it can run.
enum class Path { automatic, composite, fused };

}  // namespace mneme
