#include "mneme/tasks/graph/graph_task.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

constexpr size_t kTriplesInLine = 5;

std::string triples_text(const std::vector<Triple>& triples, const std::string& first, const std::string& indent) {
  std::string text;
  for (size_t i = 0; i < triples.size(); ++i) {
    text += i == 0 ? first : i % kTriplesInLine == 0 ? "\n" + indent : " ";
    text += triple_text(triples[i]);
  }
  return text + "\n";
}

}  // namespace

Score GraphTask::score(const Batch& batch, const at::Tensor& logits) const {
  ShapeCheck check("score");
  check.expect("mask", batch.mask, "batch time")
      .bind("outputs", kTripleInputs, "three labels of three digits")
      .expect("logits", logits, "batch time outputs");
  const at::Tensor given = logits.detach().to(at::kCPU, at::kFloat).contiguous();
  const int64_t time = batch.mask.size(1);
  int64_t questions = 0, wrong_questions = 0, triples = 0, wrong_triples = 0;
  double nats = 0;
  for (int64_t i = 0; i < batch.mask.size(0); ++i) {
    for (const Question& question : read_episode(batch, i).questions) {
      const float* logit = given.const_data_ptr<float>() + (i * time + question.answer_step) * kTripleInputs;
      int64_t wrong = 0;
      for (const Triple& due : question.answer) {
        wrong += most_likely_triple(logit) != due;
        nats += triple_cost_nats(logit, due);
        logit += kTripleInputs;
      }
      ++questions;
      wrong_questions += wrong > 0;
      triples += static_cast<int64_t>(question.answer.size());
      wrong_triples += wrong;
    }
  }
  const auto percent = [](int64_t part, int64_t whole) {
    return Score::Ratio{100.0 * static_cast<double>(part), static_cast<double>(whole)};
  };
  Score score;
  score.figures["error_percent"] = percent(wrong_questions, questions);
  score.figures["accuracy_percent"] = percent(questions - wrong_questions, questions);
  score.figures["wrong_triples_percent"] = percent(wrong_triples, triples);
  score.figures["nats_per_answer"] = {nats, static_cast<double>(triples)};
  return score;
}

std::string GraphTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const at::Tensor given = logits.defined() ? logits[index].to(at::kCPU, at::kFloat).contiguous() : at::Tensor();
  const GraphEpisode episode = read_episode(batch, index);
  const std::string indent(7, ' ');
  std::string text = name() + ": a graph of " + counted(static_cast<int64_t>(episode.description.size()), "triple") +
                     "\n" + triples_text(episode.description, indent, indent);
  for (const Question& question : episode.questions) {
    text += triples_text(question.query, "asked  ", indent);
    if (question.planning > 0) text += indent + counted(question.planning, "step") + " to plan\n";
    text += triples_text(question.answer, "answer ", indent);
    if (!given.defined()) continue;
    std::vector<Triple> triples;
    for (size_t k = 0; k < question.answer.size(); ++k)
      triples.push_back(most_likely_triple(given.const_data_ptr<float>() +
                                           (question.answer_step + static_cast<int64_t>(k)) * kTripleInputs));
    text += triples == question.answer ? "given  the same\n" : triples_text(triples, "given  ", indent);
  }
  return text;
}

}  // namespace mneme
