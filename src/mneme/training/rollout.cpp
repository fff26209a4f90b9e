#include "mneme/training/rollout.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "mneme/tasks/graph/episode.h"
#include "mneme/tasks/graph/paths.h"

namespace mneme {
namespace {

constexpr float kCertain = 100;  // logit of a digit that was given

class EvaluationMode {
 public:
  explicit EvaluationMode(SequenceModel& model) : model_(model), training_(model.is_training()) {
    model.eval();
  }
  ~EvaluationMode() { model_.train(training_); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  SequenceModel& model_;
  bool training_;
};

struct Asked {
  GraphEpisode episode;
  const Question& question() const { return episode.questions.front(); }
  int64_t first() const { return question().answer_step; }
  int64_t steps() const { return static_cast<int64_t>(question().answer.size()); }
};

std::vector<Asked> read_questions(const Batch& batch) {
  std::vector<Asked> asked;
  for (int64_t i = 0; i < batch.inputs.size(0); ++i) asked.push_back({read_episode(batch, i)});
  return asked;
}

int64_t most_steps(const std::vector<Asked>& asked) {
  return std::ranges::max(asked, {}, &Asked::steps).steps();
}

/// The state before each sequence's first answer step.
std::vector<at::Tensor> read_to_answers(SequenceModel& model, const Batch& batch,
                                        const std::vector<Asked>& asked) {
  const at::Tensor lengths = at::empty({static_cast<int64_t>(asked.size())}, at::kLong);
  for (size_t i = 0; i < asked.size(); ++i) lengths.data_ptr<int64_t>()[i] = asked[i].first();
  std::vector<at::Tensor> state;
  model.advance(state, batch.inputs.narrow(1, 0, lengths.max().item<int64_t>()).contiguous(), lengths);
  return state;
}

float* input_at(const Batch& batch, int64_t sequence, int64_t step) {
  return batch.inputs.data_ptr<float>() + (sequence * batch.inputs.size(1) + step) * kGraphFeatures;
}

void replace_triple(const Triple& triple, float* inputs) {
  std::fill_n(inputs, kTripleInputs, 0.0f);
  write_triple(triple, inputs);
}

/// The logits of one more step of every sequence: float [batch, 90] on the CPU.
at::Tensor one_step(SequenceModel& model, std::vector<at::Tensor>& state, const at::Tensor& inputs) {
  return model.advance(state, inputs.unsqueeze(1), {}).squeeze(1).to(at::kCPU, at::kFloat).contiguous();
}

const Triple& likeliest(const std::vector<Triple>& triples, const float* logits) {
  return *std::ranges::min_element(triples, {},
                                   [&](const Triple& each) { return triple_cost_nats(logits, each); });
}

/// A partial answer of the beam search.
struct Hypothesis {
  std::vector<Triple> triples;
  double cost_nats = 0;
  int64_t parent = 0;  // its row in the state
  bool answers =
      true;  // begins where the question does, has no gap and, once whole, ends where the question does
};

/// The `width` best answers that are one triple longer, those that answer the question first. Row r of the
/// logits belongs to hypothesis r.
std::vector<Hypothesis> extended(const std::vector<Hypothesis>& beam, int64_t first_row,
                                 const at::Tensor& logits, const Question& question, int64_t width) {
  const Triple& asked = question.query.front();
  std::vector<Hypothesis> longer;
  for (size_t k = 0; k < beam.size(); ++k) {
    const int64_t row = first_row + static_cast<int64_t>(k);
    for (const auto& [triple, cost_nats] :
         most_likely_triples(logits.const_data_ptr<float>() + row * kTripleInputs, width)) {
      longer.push_back(beam[k]);
      Hypothesis& one = longer.back();
      const int64_t from = one.triples.empty() ? asked.source : one.triples.back().destination;
      one.triples.push_back(triple);
      const bool whole = one.triples.size() == question.answer.size();
      one.answers =
          one.answers && triple.source == from && (!whole || triple.destination == asked.destination);
      one.cost_nats += cost_nats;
      one.parent = row;
    }
  }
  std::ranges::stable_sort(longer, {},
                           [](const Hypothesis& one) { return std::pair(!one.answers, one.cost_nats); });
  longer.resize(std::min(longer.size(), static_cast<size_t>(width)));
  return longer;
}

}  // namespace

Batch play_training(SequenceModel& model, const Batch& drawn, double optimal_share, Random& random) {
  const torch::NoGradGuard no_gradients;
  const EvaluationMode evaluation(model);
  const Batch played{{drawn.inputs.clone(), drawn.lengths, {}, {}}, drawn.targets.clone(), drawn.mask};
  const auto asked = read_questions(drawn);
  const auto count = static_cast<int64_t>(asked.size());
  std::vector<PathsTo> paths;
  std::vector<int64_t> here;
  for (const Asked& each : asked) {
    paths.emplace_back(each.episode.description, each.question().query.front().destination);
    here.push_back(each.question().query.front().source);
  }

  auto state = read_to_answers(model, drawn, asked);
  const int64_t most = most_steps(asked);
  for (int64_t k = 0; k < most; ++k) {
    const at::Tensor inputs = at::zeros({count, kGraphFeatures});
    for (int64_t i = 0; i < count; ++i) {
      const Asked& each = asked[static_cast<size_t>(i)];
      if (k < each.steps())
        std::copy_n(input_at(played, i, each.first() + k), kGraphFeatures,
                    inputs.data_ptr<float>() + i * kGraphFeatures);
    }
    const at::Tensor logits = one_step(model, state, inputs);
    for (int64_t i = 0; i < count; ++i) {
      const Asked& each = asked[static_cast<size_t>(i)];
      if (k >= each.steps()) continue;
      const float* logit = logits.const_data_ptr<float>() + i * kTripleInputs;
      const PathsTo& guide = paths[static_cast<size_t>(i)];
      int64_t& place = here[static_cast<size_t>(i)];
      // The goal is as many steps away as are left, or more, so the walk is never beyond it.
      const auto optimal = guide.optimal(place);
      const Triple target = likeliest(optimal, logit);
      set_target(played, i, each.first() + k, target);
      const Triple taken = random.coin(optimal_share) ? target : likeliest(guide.leaving(place), logit);
      if (k + 1 < each.steps()) replace_triple(taken, input_at(played, i, each.first() + k + 1));
      place = taken.destination;
    }
  }
  return played;
}

at::Tensor play_test(SequenceModel& model, const Batch& drawn, int64_t beam_width) {
  const torch::NoGradGuard no_gradients;
  const EvaluationMode evaluation(model);
  const auto asked = read_questions(drawn);
  auto state = read_to_answers(model, drawn, asked);
  std::vector<std::vector<Hypothesis>> beams(asked.size(), {Hypothesis{}});
  for (size_t i = 0; i < asked.size(); ++i) beams[i].front().parent = static_cast<int64_t>(i);

  const int64_t most = most_steps(asked);
  for (int64_t k = 0; k < most; ++k) {
    std::vector<int64_t> parents;
    for (size_t i = 0; i < asked.size(); ++i)
      if (k < asked[i].steps())
        for (const Hypothesis& each : beams[i]) parents.push_back(each.parent);
    const auto rows = static_cast<int64_t>(parents.size());
    const at::Tensor inputs = at::zeros({rows, kGraphFeatures});
    float* input = inputs.data_ptr<float>();
    for (size_t i = 0; i < asked.size(); ++i) {
      if (k >= asked[i].steps()) continue;
      for (const Hypothesis& each : beams[i]) {
        std::copy_n(input_at(drawn, static_cast<int64_t>(i), asked[i].first() + k), kGraphFeatures, input);
        if (k > 0) replace_triple(each.triples.back(), input);
        input += kGraphFeatures;
      }
    }
    const at::Tensor from = at::tensor(parents, at::kLong);
    for (at::Tensor& part : state) part = part.index_select(0, from.to(part.device()));
    const at::Tensor logits = one_step(model, state, inputs);
    int64_t row = 0;
    for (size_t i = 0; i < asked.size(); ++i) {
      if (k >= asked[i].steps()) continue;
      const auto size = static_cast<int64_t>(beams[i].size());
      beams[i] = extended(beams[i], row, logits, asked[i].question(), beam_width);
      row += size;
    }
  }

  const at::Tensor given = at::zeros({drawn.inputs.size(0), drawn.inputs.size(1), kTripleInputs});
  for (size_t i = 0; i < asked.size(); ++i) {
    float* logit = given.data_ptr<float>() +
                   (static_cast<int64_t>(i) * given.size(1) + asked[i].first()) * kTripleInputs;
    for (const Triple& triple : beams[i].front().triples) {
      write_triple(triple, logit);
      logit += kTripleInputs;
    }
  }
  return given * kCertain;
}

}  // namespace mneme
