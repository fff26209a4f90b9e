// Which triple of a graph each location of a DNC's memory holds, as in the paper's figure of the Underground (Graves et
// al. 2016, figure 3).
#pragma once

#include "mneme/core/trace.h"
#include "mneme/models/dnc.h"
#include "mneme/tasks/graph/episode.h"

namespace mneme {

/// A linear map from what a location holds to the inputs of a triple, fitted by least squares (the paper takes a
/// logistic regression).
class TripleDecoder {
 public:
  /// contents: [samples, width] what locations held; inputs: [samples, 90] the triples that were written there.
  TripleDecoder(const at::Tensor& contents, const at::Tensor& inputs);
  /// contents: [width]
  Triple decode(const at::Tensor& contents) const;

 private:
  at::Tensor map_;  // float64 [width + 1, 90]; the last row is the offset
};

/// Array `held` [location]: what each location held when the first question came, as the number of the description's
/// triple, counted from 1, that its contents are decoded to; 0: nothing was written there, -1: no triple of the
/// description. Sequence `index` of a batch of a graph task. The decoder is fitted to what `model` writes as it reads
/// `examples`, batches of the same task.
TraceArray held_triples(DncImpl& model, const Batch& batch, int64_t index, const std::vector<Batch>& examples);

}  // namespace mneme
