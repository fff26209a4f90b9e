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

BeamOptions beam_options(const Writing& writing, const Batch& batch) {
  BeamOptions options{.width = writing.beam_width,
                      .length_penalty = writing.length_penalty,
                      .begin = writing.begin,
                      .end = writing.end,
                      .never = writing.never,
                      .longest = {}};
  for (int64_t i = 0; i < batch.context.size(0); ++i)
    options.longest.push_back(batch.context_lengths[i].item<int64_t>() + writing.longer_than_context);
  return options;
}

std::vector<std::vector<int64_t>> write_answers(SequenceModel& model, const Writing& writing, const Batch& batch) {
  std::vector<std::vector<int64_t>> best;
  for (auto& answers :
       beam_search(model, batch.context, batch.context_lengths, beam_options(writing, batch)))
    best.push_back(std::move(answers.front().tokens));
  return best;
}

std::vector<EvaluationRow> evaluate(SequenceModel& model, const Task& task, int64_t sequences,
                                    int64_t batch_size, uint64_t seed,
                                    const std::function<void(const EvaluationRow&)>& each_row) {
  Random random = Seed(seed).stream("test data");
  std::vector<EvaluationRow> rows;
  for (const auto& setting : task.test_settings()) {
    const auto batches = task.test(setting, sequences, batch_size, random);
    Score score = score_batches(model, task, batches);
    if (const auto writing = task.writing())
      for (const auto& batch : batches) score.add(task.score_written(batch, write_answers(model, *writing, batch)));
    task.complete(score);
    EvaluationRow row{setting.values, {}};
    for (const auto& [name, ratio] : score.figures) row.figures[name] = ratio.value();
    rows.push_back(std::move(row));
    if (each_row) each_row(rows.back());
  }
  return rows;
}

std::map<std::string, double> overall(const Task& task, const std::vector<EvaluationRow>& rows) {
  std::vector<double> headlines;
  for (const auto& row : rows)
    if (const auto figure = row.figures.find(task.headline()); figure != row.figures.end())
      headlines.push_back(figure->second);
  return task.overall(headlines);
}

}  // namespace mneme
