#include "mneme/models/dmn.h"

#include "mechanisms/expectations.h"
#include "mechanisms/gradient_check.h"
#include "mneme/mechanisms/position_encoding.h"
#include "models/small_stories.h"

namespace mneme {
namespace {

std::shared_ptr<DmnImpl> dmn(const std::string& reader, double dropout = 0) {
  Random random(1);
  DmnOptions options;
  options.width = 3;
  options.passes = 2;
  options.reader = reader;
  options.dropout = dropout;
  auto model = std::make_shared<DmnImpl>(options, kSmallStorySizes, random);
  model->to(torch::kFloat64);
  return model;
}

using Parameters = torch::OrderedDict<std::string, at::Tensor>;

/// The states of a GRU (Cho et al. 2014, as the engine orders its gates: reset, update, candidate).
Tensors gru_states(const Parameters& parameters, const std::string& name, const std::string& way,
                   const Tensors& inputs) {
  const auto of = [&](const std::string& kind) { return parameters[name + "." + kind + "_l0" + way]; };
  auto h = torch::zeros({3}, torch::kFloat64);
  Tensors states;
  for (const auto& x : inputs) {
    const auto in = (of("weight_ih").matmul(x) + of("bias_ih")).chunk(3);
    const auto back = (of("weight_hh").matmul(h) + of("bias_hh")).chunk(3);
    const auto reset = (in[0] + back[0]).sigmoid(), update = (in[1] + back[1]).sigmoid();
    h = (1 - update) * (in[2] + reset * back[2]).tanh() + update * h;
    states.push_back(h);
  }
  return states;
}

// One story, sentence by sentence, as the equations stand in the header.
at::Tensor by_the_equations(DmnImpl& model, const std::string& reader, const at::Tensor& steps) {
  const auto parameters = model.named_parameters();
  const auto layer = [&](const std::string& name, const at::Tensor& x) {
    return parameters[name + ".weight"].matmul(x) + parameters[name + ".bias"];
  };
  const auto words_of = [&](const at::Tensor& sentence) {
    Tensors words;
    for (int64_t j = 0; j < 3; ++j)
      if (const auto word = sentence[j].item<int64_t>(); word > 0) words.push_back(parameters["words.weight"][word]);
    return words;
  };
  const int64_t sentences = steps.size(0) - 1;
  const auto q = gru_states(parameters, "question_reader", "", words_of(steps[sentences])).back();
  Tensors facts;
  if (reader == "position") {
    Tensors encoded;
    for (int64_t i = 0; i < sentences; ++i) {
      const auto words = torch::stack(words_of(steps[i]));
      encoded.push_back((position_encoding(words.size(0), 3, torch::kFloat64) * words).sum(0));
    }
    const auto ahead = gru_states(parameters, "fact_reader", "", encoded);
    std::reverse(encoded.begin(), encoded.end());
    auto back = gru_states(parameters, "fact_reader", "_reverse", encoded);
    std::reverse(back.begin(), back.end());
    for (size_t i = 0; i < ahead.size(); ++i) facts.push_back(ahead[i] + back[i]);
  } else {
    Tensors words;
    std::vector<size_t> ends;
    for (int64_t i = 0; i < sentences; ++i) {
      for (const auto& word : words_of(steps[i])) words.push_back(word);
      ends.push_back(words.size());
    }
    const auto states = gru_states(parameters, "fact_reader", "", words);
    for (const auto end : ends) facts.push_back(states[end - 1]);
  }
  auto m = q;
  for (int64_t pass = 0; pass < 2; ++pass) {
    Tensors scores;
    for (const auto& c : facts) {
      const auto z = torch::cat({c * q, c * m, (c - q).abs(), (c - m).abs()});
      scores.push_back(layer("gate_output", layer("gate_hidden", z).tanh()).squeeze());
    }
    auto h = torch::zeros({3}, torch::kFloat64);
    if (!facts.empty()) {
      const auto gates = torch::stack(scores).softmax(0);
      for (size_t i = 0; i < facts.size(); ++i) {
        const auto in = layer("episode_input", facts[i]).chunk(2);
        const auto back = parameters["episode_recurrent"].matmul(h).chunk(2);
        const auto candidate = (in[1] + (in[0] + back[0]).sigmoid() * back[1]).tanh();
        const auto gate = gates[static_cast<int64_t>(i)];
        h = gate * candidate + (1 - gate) * h;
      }
    }
    m = layer("memory." + std::to_string(pass), torch::cat({m, h, q})).relu();
  }
  return layer("output", torch::cat({q, m}));
}

TEST(Dmn, EqualsItsEquationsWrittenOut) {
  const auto given = small_stories();
  for (const std::string reader : {"position", "gru"}) {
    const auto model = dmn(reader);
    const auto logits = model->forward(given).logits;
    for (int64_t b = 0; b < 3; ++b) {
      const auto length = given.lengths[b].item<int64_t>();
      const auto expected = by_the_equations(*model, reader, given.inputs[b].narrow(0, 0, length));
      expect_near(logits[b][length - 1], expected, 1e-14);
    }
  }
}

TEST(Dmn, HasTheGradientsOfItsEquations) {
  for (const std::string reader : {"position", "gru"}) {
    const auto model = dmn(reader);
    EXPECT_TRUE(gradient_matches([&] { return Tensors{model->forward(small_stories()).logits}; }, model->parameters()));
  }
}

TEST(Dmn, RecordsItsGates) {
  const auto given = small_stories();
  const auto model = dmn("position");
  const auto record = model->record(given);
  ASSERT_EQ(record.gates.sizes(), (std::vector<int64_t>{3, 2, 4}));
  expect_near(record.gates.sum(2), numbers({1, 1, 0, 0, 1, 1}, {3, 2}), 1e-14);  // the second has no story
  expect_near(record.gates.select(2, 3), torch::zeros({3, 2}), 0);               // the question is no fact
  expect_near(record.logits[0], model->forward(given).logits[0][3], 1e-14);
}

TEST(Dmn, DropsInTrainingAlone) {
  const auto model = dmn("position", 0.5);
  const auto given = small_stories();
  model->eval();
  const auto calm = model->forward(given).logits;
  expect_near(model->forward(given).logits, calm, 0);
  model->train();
  torch::manual_seed(1);
  EXPECT_GT((model->forward(given).logits - calm).abs().max().item<double>(), 1e-6);
}

TEST(Dmn, LearnsWhereSomebodyIs) {
  Random random(1);
  DmnOptions options;
  options.width = 16;
  options.dropout = 0;
  DmnImpl model(options, kWhereSizes, random);
  EXPECT_GT(share_learned(model, 400, 0.01), 0.95);
}

TEST(Dmn, RefusesRealNumbers) {
  Random random(1);
  expect_error([&] { DmnImpl({}, {3, 2}, random); }, "model dmn reads numbers of words, the task gives real numbers");
}

}  // namespace
}  // namespace mneme
