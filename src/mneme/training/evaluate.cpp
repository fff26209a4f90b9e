#include "mneme/training/evaluate.h"

#include "mneme/training/rollout.h"

namespace mneme {

Score score_batches(SequenceModel& model, const Task& task, const std::vector<Batch>& batches) {
  const torch::NoGradGuard no_grad;
  Score score;
  const auto interaction = task.interaction();
  for (const auto& batch : batches) {
    const Prediction prediction = interaction ? Prediction{play_test(model, batch, interaction->beam_width), {}, {}}
                                              : model.forward(batch);
    score.add(task.score(batch, prediction.logits));
    score.add({prediction.figures});
  }
  return score;
}

std::vector<EvaluationRow> evaluate(SequenceModel& model, const Task& task, int64_t sequences,
                                    int64_t batch_size, uint64_t seed,
                                    const std::function<void(const EvaluationRow&)>& each_row) {
  Random random = Seed(seed).stream("test data");
  std::vector<EvaluationRow> rows;
  for (const auto& setting : task.test_settings()) {
    const Score score = score_batches(model, task, task.test(setting, sequences, batch_size, random));
    EvaluationRow row{setting.values, {}};
    for (const auto& [name, ratio] : score.figures) row.figures[name] = ratio.value();
    rows.push_back(std::move(row));
    if (each_row) each_row(rows.back());
  }
  return rows;
}

}  // namespace mneme
