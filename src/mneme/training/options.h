// The options of the recipe's [training] table.
#pragma once

#include <cstdint>
#include <string>

#include "mneme/core/options.h"

namespace mneme {

struct Recipe;

struct TrainingOptions {
  int64_t seed = 1;
  std::string length = "10ku";
  int64_t batch_size = 16;

  std::string start_from;

  std::string optimizer = "rmsprop-graves";
  double learning_rate = 1e-4;
  double weight_decay = 0;
  double rms_decay = 0.95;
  double rms_momentum = 0.9;
  double rms_epsilon = 1e-4;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double clip_elements = 0;
  double clip_norm = 0;
  double average_decay = 0;
  double label_smoothing = 0;

  std::string schedule = "constant";
  std::string warmup = "0u";
  double final_rate = 0;

  std::string curriculum = "none";
  std::string curriculum_length = "5ku";
  double curriculum_start = 0;
  double curriculum_step = 0.1;
  double curriculum_below = 0;
  int64_t curriculum_patience = 2;

  std::string validate_every = "500u";
  int64_t validation_sequences = 512;
  int64_t evaluation_batch = 64;
  int64_t patience = 0;
  double stop_below = 0;
  int64_t stop_below_count = 1;
  double milestone = 0;
  int64_t milestone_sequences = 1024;
  int64_t test_sequences = 1000;

  std::string log_every = "100u";
  std::string checkpoint_every = "60s";
  int64_t keep_checkpoints = 2;

  template <class Visitor>
  void visit(Visitor&& option) {
    option("seed", seed, "seed of every random stream of the run", at_least(0));
    option("length", length, "length of the run: \"20ku\" updates, \"300kseq\" sequences, \"15m\" wall time",
           any_value());
    option("batch_size", batch_size, "sequences in one update", at_least(1));
    option("start_from", start_from, "a run or zoo folder whose parameters the model starts with; empty: its own",
           any_value());

    option("optimizer", optimizer, "what turns gradients into steps",
           one_of({"rmsprop-graves", "adam", "adamw"}));
    option("learning_rate", learning_rate, "step size", at_least(0));
    option("weight_decay", weight_decay, "decoupled weight decay of matrices, not of biases and norms (adamw)", at_least(0));
    option("rms_decay", rms_decay, "decay of the running means (rmsprop-graves)", between(0, 1));
    option("rms_momentum", rms_momentum, "momentum (rmsprop-graves)", between(0, 1));
    option("rms_epsilon", rms_epsilon, "added to the variance under the root (rmsprop-graves)", at_least(0));
    option("adam_beta1", adam_beta1, "decay of the mean gradient (adam, adamw)", between(0, 1));
    option("adam_beta2", adam_beta2, "decay of the mean squared gradient (adam, adamw)", between(0, 1));
    option("adam_epsilon", adam_epsilon, "added to the root of the mean square (adam, adamw)", at_least(0));
    option("clip_elements", clip_elements, "gradient elements are clipped to this size; 0: not", at_least(0));
    option("clip_norm", clip_norm, "the gradient is scaled down to this norm; 0: not", at_least(0));
    option("average_decay", average_decay, "decay of the averaged weights used for evaluation; 0: none",
           between(0, 1));
    option("label_smoothing", label_smoothing, "share of a target's probability that goes to all classes alike",
           between(0, 0.9));

    option("schedule", schedule, "learning rate after the warm-up",
           one_of({"constant", "cosine", "linear", "inverse-sqrt"}));
    option("warmup", warmup, "the learning rate rises from 0 over this length", any_value());
    option("final_rate", final_rate, "share of the learning rate at the end of a cosine or linear schedule",
           between(0, 1));

    option("curriculum", curriculum,
           "what raises the difficulty: the length of the run, the training loss, the task's headline in training, "
           "validations that stop falling",
           one_of({"none", "length", "loss", "headline", "validation"}));
    option("curriculum_length", curriculum_length,
           "difficulty reaches 1 after this length (curriculum length)", any_value());
    option("curriculum_start", curriculum_start, "difficulty at the start", between(0, 1));
    option("curriculum_step", curriculum_step, "rise at a time (curriculum loss, headline, validation)",
           between(0, 1));
    option("curriculum_below", curriculum_below,
           "the training loss or headline that counts as low enough (curriculum loss, headline)", at_least(0));
    option("curriculum_patience", curriculum_patience,
           "validations without a better one that raise the difficulty (curriculum validation)", at_least(1));

    option("validate_every", validate_every, "interval of validations, in updates or sequences", any_value());
    option("validation_sequences", validation_sequences, "held-out sequences in one validation", at_least(1));
    option("evaluation_batch", evaluation_batch, "batch size of validation and test", at_least(1));
    option("patience", patience, "validations without a better one before the run stops; 0: never",
           at_least(0));
    option("stop_below", stop_below, "the run stops when the validated headline is below this; 0: never",
           at_least(0));
    option("stop_below_count", stop_below_count, "validations in a row that must be below stop_below",
           at_least(1));
    option("milestone", milestone, "when the headline first falls below this is recorded; 0: not",
           at_least(0));
    option("milestone_sequences", milestone_sequences, "latest sequences whose mean training loss is meant",
           at_least(1));
    option("test_sequences", test_sequences, "sequences in each row of the test after training; 0: no test",
           at_least(0));

    option("log_every", log_every, "interval of training lines in metrics.jsonl", any_value());
    option("checkpoint_every", checkpoint_every, "interval of checkpoints", any_value());
    option("keep_checkpoints", keep_checkpoints, "latest checkpoints that are kept, beside the best",
           at_least(1));
  }
};

/// The recipe's [training] table. A bare number is taken for a length in updates.
/// Throws UsageError (unknown key, wrong type or range, a length that cannot be read).
TrainingOptions training_options(const Recipe& recipe);

}  // namespace mneme
