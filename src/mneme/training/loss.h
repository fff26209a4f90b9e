// What training minimises, at the steps where an answer is due.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "mneme/tasks/task.h"

namespace mneme {

/// The unit of the reported loss: "bits_per_sequence" for targets of bits, "nats_per_answer" for classes
/// and digits, "nats_per_sequence" for labels and a pen.
std::string loss_unit(TargetKind kind);

/// A scalar whose gradient trains. Bits: binary cross-entropy in nats, summed over the due steps of a
/// sequence, mean over the batch (as in Graves et al. 2014). Classes: cross-entropy in nats, mean over the
/// due steps of the batch. Digits: the same, with the cross-entropies of a step's groups added up. Pen: the
/// negative log-density of the points (mechanisms/mixture_density.h), summed over a sequence, mean over the batch.
/// Labels: connectionist temporal classification (Graves, Fernández, Gomez, Schmidhuber 2006) in nats, mean over the
/// batch; Error for more labels than a sequence's steps can say (repeated labels need a step between them).
/// `label_smoothing` is the share of the right class that all classes get alike (Vaswani et al. 2017, section 5.4;
/// of classes and digits).
/// The prediction's own cost is added. Throws Error when shapes do not fit.
at::Tensor training_loss(TargetKind kind, const Batch& batch, const Prediction& prediction,
                         double label_smoothing = 0);

/// The value of training_loss in its unit.
double reported_loss(TargetKind kind, double training_loss);

}  // namespace mneme
