#include "mneme/tasks/graph/episode.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "mneme/core/error.h"

namespace mneme {
namespace {

constexpr std::array<int64_t, kLabelDigits> kPlaces = {100, 10, 1};

void write_label(int64_t code, float* inputs) {
  if (code == kBlank) return;
  for (size_t digit = 0; digit < kPlaces.size(); ++digit)
    inputs[static_cast<int64_t>(digit) * kDigitValues + code / kPlaces[digit] % 10] = 1;
}

int64_t read_label(const float* inputs) {
  if (std::all_of(inputs, inputs + kLabelDigits * kDigitValues, [](float value) { return value == 0; }))
    return kBlank;
  int64_t code = 0;
  for (int64_t digit = 0; digit < kLabelDigits; ++digit) {
    const float* first = inputs + digit * kDigitValues;
    code = code * 10 + (std::max_element(first, first + kDigitValues) - first);
  }
  return code;
}

Triple read_triple(const float* inputs) {
  constexpr int64_t kLabel = kLabelDigits * kDigitValues;
  return {read_label(inputs), read_label(inputs + kLabel), read_label(inputs + 2 * kLabel)};
}

using Digits = std::array<int64_t, kTripleDigits>;

Digits digits_of(const Triple& triple) {
  Digits digits;
  auto* digit = digits.data();
  for (const int64_t label : {triple.source, triple.edge, triple.destination})
    for (const int64_t place : kPlaces) *digit++ = label / place % 10;
  return digits;
}

Triple from_digits(const int64_t* digits) {
  const auto label = [&](int64_t first) {
    return digits[first] * 100 + digits[first + 1] * 10 + digits[first + 2];
  };
  return {label(0), label(kLabelDigits), label(2 * kLabelDigits)};
}

std::vector<int64_t> draw_distinct(int64_t count, Random& random) {
  std::array<int64_t, kLabelCodes> codes;
  std::iota(codes.begin(), codes.end(), 0);
  for (int64_t i = 0; i < count; ++i)
    std::swap(codes[static_cast<size_t>(i)], codes[static_cast<size_t>(random.integer(i, kLabelCodes - 1))]);
  return {codes.begin(), codes.begin() + count};
}

int64_t code_of(const std::vector<int64_t>& codes, int64_t number) {
  return number == kBlank ? kBlank : codes[static_cast<size_t>(number)];
}

void make_due(const Batch& batch, int64_t sequence, int64_t step, const Triple& triple) {
  set_target(batch, sequence, step, triple);
  batch.mask.data_ptr<bool>()[sequence * batch.mask.size(1) + step] = true;
}

std::string label_text(int64_t code) {
  if (code == kBlank) return "_";
  const std::string digits = std::to_string(code);
  return std::string(static_cast<size_t>(kLabelDigits) - digits.size(), '0') + digits;
}

}  // namespace

TaskSizes graph_task_sizes() {
  return {kGraphFeatures, kTripleInputs, TargetKind::digits};
}

int64_t GraphEpisode::steps() const {
  size_t steps = description.size();
  for (const Question& question : questions)
    steps += question.query.size() + static_cast<size_t>(question.planning) + question.answer.size();
  return static_cast<int64_t>(steps);
}

void write_triple(const Triple& triple, float* inputs) {
  constexpr int64_t kLabel = kLabelDigits * kDigitValues;
  write_label(triple.source, inputs);
  write_label(triple.edge, inputs + kLabel);
  write_label(triple.destination, inputs + 2 * kLabel);
}

Batch make_batch(const std::vector<GraphEpisode>& episodes) {
  const auto count = static_cast<int64_t>(episodes.size());
  int64_t time = 0;
  for (const GraphEpisode& episode : episodes) time = std::max(time, episode.steps());
  const Batch batch{{at::zeros({count, time, kGraphFeatures}), at::zeros({count}, at::kLong), {}, {}},
                    at::zeros({count, time, kTripleDigits}, at::kLong), at::zeros({count, time}, at::kBool)};
  for (int64_t i = 0; i < count; ++i) {
    const GraphEpisode& episode = episodes[static_cast<size_t>(i)];
    float* input = batch.inputs.data_ptr<float>() + i * time * kGraphFeatures;
    const auto show = [&](const Triple& triple) {
      write_triple(triple, input);
      input += kGraphFeatures;
    };
    int64_t step = 0;
    const auto begin_phase = [&] {
      input[kTransitionChannel] = 1;
      step = (input - batch.inputs.data_ptr<float>()) / kGraphFeatures - i * time;
    };
    for (const Triple& triple : episode.description) show(triple);
    for (const Question& question : episode.questions) {
      begin_phase();
      for (const Triple& triple : question.query) show(triple);
      if (question.planning > 0) begin_phase();
      for (size_t k = 0; k < question.working.size(); ++k)
        make_due(batch, i, step + static_cast<int64_t>(k), question.working[k]);
      input += question.planning * kGraphFeatures;
      begin_phase();
      for (size_t k = 0; k < question.answer.size(); ++k, ++step) {
        make_due(batch, i, step, question.answer[k]);
        input[kAnswerChannel] = 1;
        show(question.shown.empty() ? Triple{} : question.shown[k]);
      }
    }
    batch.lengths.data_ptr<int64_t>()[i] = episode.steps();
  }
  return batch;
}

void set_target(const Batch& batch, int64_t sequence, int64_t step, const Triple& triple) {
  std::ranges::copy(digits_of(triple), batch.targets.data_ptr<int64_t>() +
                                           (sequence * batch.targets.size(1) + step) * kTripleDigits);
}

GraphEpisode read_episode(const Batch& batch, int64_t index) {
  const int64_t time = batch.inputs.size(1), steps = batch.lengths.const_data_ptr<int64_t>()[index];
  const float* inputs = batch.inputs.const_data_ptr<float>() + index * time * kGraphFeatures;
  const int64_t* targets = batch.targets.const_data_ptr<int64_t>() + index * time * kTripleDigits;
  const bool* due = batch.mask.defined() ? batch.mask.const_data_ptr<bool>() + index * time : nullptr;
  enum class Phase { description, query, planning, answer } phase = Phase::description;
  GraphEpisode episode;
  for (int64_t step = 0; step < steps; ++step) {
    const float* input = inputs + step * kGraphFeatures;
    const Triple triple = read_triple(input);
    if (input[kTransitionChannel] > 0.5f) {
      const bool answers = input[kAnswerChannel] > 0.5f;
      phase = answers ? Phase::answer : phase == Phase::query ? Phase::planning : Phase::query;
      if (phase == Phase::query) episode.questions.emplace_back().query_step = step;
      if (phase == Phase::answer) episode.questions.back().answer_step = step;
    }
    if (phase == Phase::description) {
      episode.description.push_back(triple);
      continue;
    }
    Question& question = episode.questions.back();
    if (phase == Phase::query) question.query.push_back(triple);
    if (phase == Phase::planning) {
      ++question.planning;
      if (due != nullptr && due[step]) question.working.push_back(from_digits(targets + step * kTripleDigits));
    }
    if (phase == Phase::answer) {
      question.answer.push_back(from_digits(targets + step * kTripleDigits));
      question.shown.push_back(triple);
    }
  }
  return episode;
}

Triple most_likely_triple(const float* logits) {
  Digits digits;
  for (int64_t& digit : digits) {
    digit = std::max_element(logits, logits + kDigitValues) - logits;
    logits += kDigitValues;
  }
  return from_digits(digits.data());
}

double triple_cost_nats(const float* logits, const Triple& triple) {
  double nats = 0;
  for (const int64_t digit : digits_of(triple)) {
    const float highest = *std::max_element(logits, logits + kDigitValues);
    double sum = 0;
    for (int64_t value = 0; value < kDigitValues; ++value) sum += std::exp(logits[value] - highest);
    nats += std::log(sum) - (logits[digit] - highest);
    logits += kDigitValues;
  }
  return nats;
}

std::vector<RankedTriple> most_likely_triples(const float* logits, int64_t count) {
  struct Start {
    Digits digits;
    double cost_nats;
  };
  std::vector<Start> starts = {{{}, 0}};
  for (size_t digit = 0; digit < kTripleDigits; ++digit, logits += kDigitValues) {
    const float highest = *std::max_element(logits, logits + kDigitValues);
    double sum = 0;
    for (int64_t value = 0; value < kDigitValues; ++value) sum += std::exp(logits[value] - highest);
    std::vector<Start> longer;
    for (const Start& start : starts)
      for (int64_t value = 0; value < kDigitValues; ++value) {
        longer.push_back(start);
        longer.back().digits[digit] = value;
        longer.back().cost_nats += std::log(sum) - (logits[value] - highest);
      }
    // A start that is not among the `count` best does not become one.
    std::ranges::stable_sort(longer, {}, &Start::cost_nats);
    longer.resize(std::min(longer.size(), static_cast<size_t>(count)));
    starts = std::move(longer);
  }
  std::vector<RankedTriple> ranked;
  for (const Start& start : starts) ranked.push_back({from_digits(start.digits.data()), start.cost_nats});
  return ranked;
}

Triple LabelCodes::encode(const Triple& triple) const {
  return {code_of(nodes, triple.source), code_of(edges, triple.edge), code_of(nodes, triple.destination)};
}

std::vector<Triple> LabelCodes::encode(const std::vector<Triple>& triples) const {
  std::vector<Triple> coded;
  for (const Triple& triple : triples) coded.push_back(encode(triple));
  return coded;
}

LabelCodes draw_codes(const Graph& graph, Random& random) {
  if (graph.nodes > kLabelCodes || graph.labels > kLabelCodes)
    throw Error("draw_codes: the graph has " + std::to_string(graph.nodes) + " nodes and " +
                std::to_string(graph.labels) + " edge labels, expected at most " +
                std::to_string(kLabelCodes) + " of each");
  LabelCodes codes;
  codes.nodes = draw_distinct(graph.nodes, random);
  codes.edges = draw_distinct(graph.labels, random);
  return codes;
}

std::vector<Triple> draw_description(const Graph& graph, const LabelCodes& codes, Random& random) {
  auto description = codes.encode(graph.triples);
  random.shuffle(description);
  return description;
}

std::string triple_text(const Triple& triple) {
  std::string text = "(";
  text.append(label_text(triple.source)).append(", ").append(label_text(triple.edge)).append(", ");
  return text.append(label_text(triple.destination)).append(")");
}

}  // namespace mneme
