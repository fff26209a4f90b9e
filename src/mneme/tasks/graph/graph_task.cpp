#include "mneme/tasks/graph/graph_task.h"

#include <ATen/ATen.h>

#include "mneme/core/shape.h"
#include "mneme/tasks/bit_text.h"

namespace mneme {
namespace {

constexpr size_t kTriplesInLine = 5;

/// Of `count` steps one after the other.
std::vector<Triple> likeliest_triples(const float* logits, size_t count) {
  std::vector<Triple> triples;
  for (size_t k = 0; k < count; ++k, logits += kTripleInputs) triples.push_back(most_likely_triple(logits));
  return triples;
}

std::string triples_text(const std::vector<Triple>& triples, const std::string& first,
                         const std::string& indent) {
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
    const GraphEpisode episode = read_episode(batch, i);
    for (const Question& question : episode.questions) {
      const float* logit = given.const_data_ptr<float>() + (i * time + question.answer_step) * kTripleInputs;
      const auto answer = likeliest_triples(logit, question.answer.size());
      for (size_t k = 0; k < answer.size(); ++k, logit += kTripleInputs) {
        wrong_triples += answer[k] != question.answer[k];
        nats += triple_cost_nats(logit, question.answer[k]);
      }
      ++questions;
      wrong_questions += !right(episode, question, answer);
      triples += static_cast<int64_t>(answer.size());
    }
  }
  const auto percent = [](int64_t part, int64_t whole) {
    return Ratio{100.0 * static_cast<double>(part), static_cast<double>(whole)};
  };
  Score score;
  score.figures["error_percent"] = percent(wrong_questions, questions);
  score.figures["accuracy_percent"] = percent(questions - wrong_questions, questions);
  if (one_right_answer()) {
    score.figures["wrong_triples_percent"] = percent(wrong_triples, triples);
    score.figures["nats_per_answer"] = {nats, static_cast<double>(triples)};
  }
  return score;
}

bool GraphTask::right(const GraphEpisode&, const Question& question, const std::vector<Triple>& given) const {
  return given == question.answer;
}

std::string GraphTask::print(const Batch& batch, int64_t index, const at::Tensor& logits) const {
  check_print(batch, index, logits);
  const at::Tensor given =
      logits.defined() ? logits[index].to(at::kCPU, at::kFloat).contiguous() : at::Tensor();
  const GraphEpisode episode = read_episode(batch, index);
  const std::string indent(7, ' ');
  std::string text = name() + ": a graph of " +
                     counted(static_cast<int64_t>(episode.description.size()), "triple") + "\n" +
                     triples_text(episode.description, indent, indent);
  for (const Question& question : episode.questions) {
    text += triples_text(question.query, "asked  ", indent);
    if (question.planning > 0) text += indent + counted(question.planning, "step") + " to plan\n";
    text += triples_text(question.answer, "answer ", indent);
    if (!given.defined()) continue;
    const auto triples = likeliest_triples(
        given.const_data_ptr<float>() + question.answer_step * kTripleInputs, question.answer.size());
    const bool other = right(episode, question, triples) && triples != question.answer;
    text += triples == question.answer
                ? "given  the same\n"
                : triples_text(triples, "given  ", indent) + (other ? indent + "(as right)\n" : "");
  }
  return text;
}

std::shared_ptr<const NamedGraph> test_graph(const std::string& map, bool family) {
  if (map.empty()) return nullptr;
  auto graph = std::make_shared<const NamedGraph>(read_named_graph(map));
  if (graph->family != family)
    throw UsageError(map + " is a " + (family ? "map" : "family tree") + ", expected a " +
                     (family ? "family tree" : "map"));
  return graph;
}

int64_t nodes_of(const TestSetting& setting, const std::string& task) {
  const int64_t nodes = setting_value(setting, task, "nodes");
  if (nodes < 2 || nodes > kLabelCodes)
    throw UsageError(task + ": the test setting has nodes " + std::to_string(nodes) + ", expected 2 to " +
                     std::to_string(kLabelCodes));
  return nodes;
}

}  // namespace mneme
