#include "report/canned_trace.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <nlohmann/json.hpp>

#include "mneme/core/random.h"
#include "mneme/inspect/dnc_episode.h"
#include "mneme/inspect/episode.h"
#include "mneme/inspect/map_view.h"
#include "mneme/inspect/task_views.h"
#include "mneme/inspect/trace_arrays.h"
#include "mneme/inspect/text_view.h"
#include "mneme/mechanisms/allocation.h"
#include "mneme/mechanisms/usage.h"
#include "mneme/tasks/copy.h"
#include "mneme/tasks/graph/map_text.h"
#include "mneme/tasks/graph/shortest_path.h"
#include "mneme/tasks/repeat_copy.h"

namespace mneme {
namespace {

constexpr int64_t kSlots = 128, kWidth = 20;

/// What one head does at one step.
struct Move {
  int64_t location = 0;
  double gate = 0.02, strength = 0.7;
  int64_t shift = 1;    ///< the largest element of its shift kernel
  double focus = 0.97;  ///< weight on the location; the rest is spread about it
};

using Plan = std::function<Move(int64_t step)>;

at::Tensor weighting(const Move& move) {
  auto weights = at::full({kSlots}, (1 - move.focus) * 0.2 / kSlots);
  const auto put = [&](int64_t location, double weight) { weights[(location + kSlots) % kSlots] += weight; };
  put(move.location, move.focus);
  put(move.location - 1, (1 - move.focus) * 0.5);
  put(move.location + 1, (1 - move.focus) * 0.3);
  return weights / weights.sum();
}

/// The record of one sequence whose heads follow the plans and whose outputs are `logits` [time, outputs].
NtmRecord planned_record(const at::Tensor& inputs, const at::Tensor& logits, const Plan& read,
                         const Plan& write, Random& random) {
  const int64_t steps = inputs.size(0), features = inputs.size(1);
  auto embedding = at::zeros({features, kWidth});
  for (int64_t i = 0; i < embedding.numel(); ++i) embedding.view(-1)[i] = random.normal() * 0.5;
  NtmRecord record;
  record.weights = at::zeros({1, steps, 2, kSlots});
  record.reads = at::zeros({1, steps, 1, kWidth});
  auto& heads = record.heads;
  heads.strengths = at::zeros({1, steps, 2});
  heads.gates = at::zeros({1, steps, 2});
  heads.shifts = at::zeros({1, steps, 2, 3});
  heads.sharpenings = at::zeros({1, steps, 2});
  heads.erases = at::full({1, steps, 1, kWidth}, 0.9);
  heads.adds = at::matmul(inputs * 2 - 0.4, embedding).tanh().view({1, steps, 1, kWidth});
  auto memory = at::zeros({kSlots, kWidth});
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t head = 0; head < 2; ++head) {
      const Move move = head == 0 ? read(step) : write(step);
      record.weights[0][step][head] = weighting(move);
      heads.strengths[0][step][head] = move.strength * (1 + 0.05 * random.normal());
      heads.gates[0][step][head] = move.gate;
      heads.sharpenings[0][step][head] = 6 + random.normal();
      for (int64_t shift = 0; shift < 3; ++shift)
        heads.shifts[0][step][head][shift] = shift == move.shift + 1 ? 0.96 : 0.02;
    }
    const auto write_weights = record.weights[0][step][1];
    record.reads[0][step][0] = at::matmul(record.weights[0][step][0], memory);
    memory =
        memory * (1 - 0.9 * write_weights.unsqueeze(1)) + write_weights.unsqueeze(1) * heads.adds[0][step][0];
  }
  record.logits = logits.unsqueeze(0);
  return record;
}

/// Logits that answer rightly but for noise; `confidence` 6 is never wrong, 2 sometimes.
at::Tensor answers(const Batch& batch, double confidence, Random& random) {
  const auto targets = batch.targets[0];
  auto logits = (targets * 2 - 1) * confidence * batch.mask[0].to(at::kFloat).unsqueeze(1);
  auto noise = at::zeros_like(logits);
  for (int64_t i = 0; i < noise.numel(); ++i) noise.view(-1)[i] = random.normal();
  return logits + noise;
}

TraceView copy_view(const CopyTask& task, int64_t length, Random& random) {
  const Batch batch = task.test({{{"length", length}}}, 1, 1, random).at(0);
  const auto record = planned_record(
      batch.inputs[0], answers(batch, 7, random),
      [&](int64_t step) {
        if (step <= length) return Move{57, 0.3, 0.5, 0, 0.9};
        return step == length + 1 ? Move{61, 0.98, 14, 1} : Move{60 + step - length};
      },
      [&](int64_t step) { return Move{60 + std::min(step, length)}; }, random);
  return ntm_episode_view("Copy, length " + std::to_string(length), task, batch, 0, record, NtmOptions{});
}

TraceView repeat_view(Random& random) {
  const RepeatCopyTask task({});
  const int64_t length = 8, repeats = 5;
  const Batch batch = task.test({{{"length", length}, {"repeats", repeats}}}, 1, 1, random).at(0);
  const auto record = planned_record(
      batch.inputs[0], answers(batch, 7, random),
      [&](int64_t step) {
        const int64_t at = step - length - 1;
        if (at < 0) return Move{20, 0.3, 0.5, 0, 0.9};
        return at % length == 0 ? Move{20, 0.99, 16, 0} : Move{20 + at % length};
      },
      [&](int64_t step) { return Move{20 + std::min(step, length)}; }, random);
  return ntm_episode_view("Repeat copy, length 8, repeats 5", task, batch, 0, record, NtmOptions{});
}

/// A DNC that copies: writes each vector to a free location, then reads them along the links with its first head
/// while its second reads the same backwards; every location is freed as the first head leaves it.
TraceView dnc_view(const CopyTask& task, int64_t length, Random& random) {
  const Batch batch = task.test({{{"length", length}}}, 1, 1, random).at(0);
  constexpr int64_t kDncSlots = 16, kHeads = 2;
  const int64_t steps = batch.inputs.size(1);
  DncRecord record;
  record.logits = answers(batch, 7, random).unsqueeze(0);
  record.hidden = at::zeros({1, steps, 4});
  record.write_weights = at::full({1, steps, kDncSlots}, 0.001);
  record.read_weights = at::full({1, steps, kHeads, kDncSlots}, 0.005);
  record.usage = at::zeros({1, steps, kDncSlots});
  record.allocation_weights = at::zeros({1, steps, kDncSlots});
  record.reads = at::zeros({1, steps, kHeads, kWidth});
  auto& said = record.interface;
  said.write_vector = at::matmul(batch.inputs[0], at::ones({batch.inputs.size(2), kWidth})).unsqueeze(0) * 0.2 - 0.4;
  said.erase = at::full({1, steps, kWidth}, 0.5);
  said.free_gates = at::full({1, steps, kHeads}, 0.03);
  said.allocation_gate = at::full({1, steps}, 0.97);
  said.write_gate = at::full({1, steps}, 0.02);
  said.write_strength = at::full({1, steps}, 1.3);
  said.read_strengths = at::full({1, steps, kHeads}, 6);
  said.read_modes = at::full({1, steps, kHeads, 3}, 0.02);
  const auto location = [](int64_t item) { return (5 * item + 3) % kDncSlots; };
  auto usage = at::full({1, kDncSlots}, 0.2);
  for (int64_t item = 0; item < length; ++item) usage[0][location(item)] = 0.01 * item;  // so the allocation goes there
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t item = step - length - 1;  // of the answer
    if (step < length) {
      said.write_gate[0][step] = 0.98;
      record.write_weights[0][step][location(step)] = 0.96;
    }
    for (int64_t head = 0; head < kHeads; ++head) {
      const int64_t read = item < 0 ? 0 : head == 0 ? item : length - 1 - item;
      const int64_t mode = item <= 0 ? 1 : head == 0 ? 2 : 0;
      said.read_modes[0][step][head][mode] = 0.96;
      if (step > 0) record.read_weights[0][step][head][location(read)] = item < 0 ? 0.3 : 0.93;
      record.reads[0][step][head] = said.write_vector[0][read];
    }
    if (item > 0) said.free_gates[0][step][0] = 0.99;
    const auto before = std::max<int64_t>(0, step - 1);
    const auto kept = memory_retention(said.free_gates.select(1, step), record.read_weights.select(1, before));
    const auto written = step > 0 ? record.write_weights.select(1, before) : at::zeros({1, kDncSlots});
    usage = memory_usage(usage, written, kept);
    record.usage[0][step] = usage[0];
    record.allocation_weights[0][step] = allocation_weights(usage)[0];
  }
  return dnc_episode_view("DNC copy, length " + std::to_string(length), task, batch, 0, record);
}

/// Every head twice, as a machine of several heads would show them.
TraceView with_twice_the_heads(TraceView view) {
  for (TraceArray& array : view.arrays) {
    if (!array.axes.front().ends_with("head")) continue;
    array.shape[0] *= 2;
    const std::vector<float> values = array.values;
    array.values.insert(array.values.end(), values.begin(), values.end());
  }
  return view;
}

void add_ngrams(Trace& trace, Random& random) {
  const NgramsTask task({});
  const Batch batch = task.test(task.test_settings().front(), 1, 1, random).at(0);
  const auto bits = ngram_bits(batch, 0);
  const auto optimal = optimal_ngram_probabilities(bits, 5);
  auto logits = at::zeros({batch.inputs.size(1), 1});
  for (size_t i = 0; i < optimal.size(); ++i)
    logits[static_cast<int64_t>(i) + 4][0] = std::log(optimal[i] / (1 - optimal[i])) + 0.3 * random.normal();
  const auto context = [&](int64_t step) {
    int64_t code = 0;
    for (int64_t k = std::max<int64_t>(0, step - 4); k <= step; ++k)
      code = code * 2 + bits[static_cast<size_t>(k)];
    return code;
  };
  const auto record = planned_record(
      batch.inputs[0], logits,
      [&](int64_t step) {
        return Move{30 + context(step) * 2, 0.95, 9, 0, 0.8};
      },
      [&](int64_t step) {
        return Move{30 + context(step) * 2, 0.95, 9, 1, 0.7};
      },
      random);
  trace.views.push_back(ntm_episode_view("N-grams", task, batch, 0, record, NtmOptions{}));
  trace.views.push_back(ngrams_view(trace.views.back(), task, batch, 0));
}

void add_priority_sort(Trace& trace, Random& random) {
  const PrioritySortTask task({});
  const int64_t sequences = 6, items = 20;
  const Batch batch = task.test(task.test_settings().front(), sequences, sequences, random).at(0);
  std::vector<TraceView> episodes;
  for (int64_t sequence = 0; sequence < sequences; ++sequence) {
    std::vector<int64_t> locations;
    for (int64_t item = 0; item < items; ++item)
      locations.push_back(
          std::llround(70 + 22 * batch.inputs[sequence][item][8].item<double>() + 0.7 * random.normal()));
    std::vector<int64_t> sorted = locations;
    std::sort(sorted.rbegin(), sorted.rend());
    const Batch own{
        {batch.inputs.narrow(0, sequence, 1), batch.lengths.narrow(0, sequence, 1), {}, {}},
        batch.targets.narrow(0, sequence, 1),
        batch.mask.narrow(0, sequence, 1)};
    const auto record = planned_record(
        own.inputs[0], answers(own, 6, random),
        [&](int64_t step) {
          return Move{step <= items ? 70 : sorted[static_cast<size_t>(step - items - 1)], 0.9, 8, -1, 0.85};
        },
        [&](int64_t step) {
          return Move{step < items ? locations[static_cast<size_t>(step)] : 70, 0.97, 12, 1, 0.9};
        },
        random);
    episodes.push_back(ntm_episode_view("Priority sort, sequence 1", task, own, 0, record, NtmOptions{}));
  }
  trace.views.push_back(with_twice_the_heads(episodes.front()));
  trace.views.push_back(priority_sort_view(episodes, task, batch));
}

/// A town of two lines, and an answer that is right.
TraceView map_view(Random& random) {
  const NamedGraph town = read_map_text(
      {"Red (#c00000): Harbour - Market - Castle", "Blue (#0000c0): Market - Station - Castle", "Harbour @ 51.00, 3.70",
       "Market @ 51.01, 3.72", "Castle @ 51.03, 3.73", "Station @ 51.00, 3.75"},
      "town.txt");
  const AskedQuestion asked = parse_question(town, "Harbour -> Castle").front();
  const PosedQuestion posed = pose(town, asked, 3, random);
  const Question& question = posed.episode.questions.front();
  const Batch batch = make_batch({posed.episode});
  const at::Tensor logits = at::zeros({1, batch.inputs.size(1), kTripleInputs});
  for (size_t k = 0; k < question.answer.size(); ++k) {
    const int64_t step = posed.episode.steps() - static_cast<int64_t>(question.answer.size() - k);
    write_triple(question.answer[k], logits.data_ptr<float>() + step * kTripleInputs);
  }
  TraceView view = episode_view(asked.words, ShortestPathTask({}), batch, 0, logits * 20);
  MapAddition addition = map_addition(town, asked, posed, question.answer);
  view.arrays.insert(view.arrays.end(), addition.arrays.begin(), addition.arrays.end());
  view.facts.merge(addition.facts);
  return view;
}

/// A model that copies well at short lengths and loses its place at 120.
class CannedModel : public SequenceModel {
 public:
  Prediction forward(const Sequences& given) override {
    const at::Tensor& inputs = given.inputs;
    const int64_t length = (inputs.size(1) - 1) / 2, bits = inputs.size(2) - 1;
    Random random(7);
    auto logits = at::full({1, inputs.size(1), bits}, -4.0);
    for (int64_t step = 0; step < length; ++step) {
      const int64_t from = length > 100 && step > 74 ? std::max<int64_t>(0, step - 1) : step;
      logits[0][length + 1 + step] = (inputs[0][from].narrow(0, 0, bits) * 2 - 1) * (6 + random.normal());
    }
    return {logits, {}, {}};
  }
  std::string model_name() const override { return "ntm"; }
  std::vector<OptionInfo> model_options() const override { return {}; }
  int64_t multiply_adds_per_step() const override { return 0; }
};

/// "Heute schläft ein Mann" read and "A man sleeps today" written: each head of the last layer sees the word that is
/// due, a little more sharply than the one before; the first layer sees everything alike.
TraceView translated_view() {
  TraceView view{"translation", "Heute schläft ein Mann.", {}, {}};
  view.facts = {{"sentence", "Heute schläft ein Mann."},
                {"translation", "A man sleeps today."},
                {"pieces_read", "▁Heute|▁schläf|t|▁ein|▁Mann|.|</s>"},
                {"pieces_written", "▁A|▁man|▁sleeps|▁today|.|</s>"}};
  const int64_t layers = 2, heads = 3, read = 7, written = 6;
  const int64_t seen[written] = {3, 4, 1, 0, 5, 6};
  const auto weights = [&](const char* name, const char* query, const char* key, int64_t rows, int64_t columns,
                           const auto& place) {
    at::Tensor values = at::full({layers, heads, rows, columns}, 1.0 / static_cast<double>(columns));
    for (int64_t head = 0; head < heads; ++head) {
      const double share = 0.5 + 0.2 * static_cast<double>(head);
      values[1][head].fill_((1 - share) / static_cast<double>(columns - 1));
      for (int64_t row = 0; row < rows; ++row) values[1][head][row][place(row)] = share;
    }
    view.arrays.push_back(trace_array(name, {"layer", "head", query, key}, values, "probability"));
  };
  const auto itself = [](int64_t row) { return row; };
  weights("context_weights", "written", "read", written, read, [&](int64_t row) { return seen[row]; });
  weights("encoder_weights", "read", "read", read, read, itself);
  weights("decoder_weights", "written", "written", written, written, itself);
  return view;
}

/// A short text of which a GPT wrote the end, whose weights are drawn and large enough to prefer some places.
TraceView written_view(Random& random) {
  const CharacterUnits units("\n !,abcdefghijklmnopqrstuvwxyzA");
  GptOptions options;
  options.width = 16, options.layers = 2, options.heads = 4, options.context = 48;
  Gpt gpt(options, ModelSizes{.outputs = units.size(), .tokens = units.size()}, random);
  gpt->eval();
  const torch::NoGradGuard no_grad;
  for (auto& parameter : gpt->parameters())
    if (parameter.dim() == 2) parameter.mul_(30);
  return text_view("Written text", units, *gpt, units.encode("A head looks back,\nand what it reads is told!\n"), 10);
}

}  // namespace

Trace canned_trace() {
  Trace trace{Trace::kVersion, "ntm", "copy", 1, {}, {}};
  trace.settings = {{"model.controller", "lstm"},
                    {"model.hidden", "100"},
                    {"model.slots", "128"},
                    {"model.width", "20"},
                    {"model.read_heads", "1"},
                    {"model.write_heads", "1"},
                    {"model.shift_range", "1"},
                    {"task.bits", "8"},
                    {"task.max_length", "20"},
                    {"task.test_lengths", "[10, 20, 30, 50, 120]"},
                    {"training.optimizer", "rmsprop"},
                    {"training.rate", "0.0001"},
                    {"training.batch", "16"},
                    {"about.title", "A canned trace: what a machine that copies perfectly would show"},
                    {"about.paper", "Graves, Wayne, Danihelka 2014, arXiv:1410.5401, figure 6"},
                    {"about.measured", "0.02 bits per sequence after 150,000 sequences"},
                    {"about.command", "./mneme train recipes/ntm/copy.toml"}};
  Random random(20141020);
  const CopyTask copy({});
  trace.views.push_back(copy_view(copy, 20, random));
  CannedModel model;
  trace.views.push_back(generalisation_view(model, copy, {10, 20, 30, 50, 120}, random));
  trace.views.push_back(repeat_view(random));
  add_ngrams(trace, random);
  add_priority_sort(trace, random);
  trace.views.push_back(dnc_view(copy, 10, random));
  trace.views.push_back(map_view(random));
  trace.views.push_back(translated_view());
  trace.views.push_back(written_view(random));
  return trace;
}

std::string canned_metrics() {
  Random random(3);
  std::string lines;
  const auto add = [&](const nlohmann::ordered_json& row) { lines += row.dump() + "\n"; };
  double loss = 82;
  for (int64_t update = 100; update <= 10000; update += 20) {
    const double progress = static_cast<double>(update) / 10000;
    const double level = 80 / (1 + std::exp((progress - 0.3) * 28)) + 2 * std::exp(-5 * progress) + 0.02;
    loss = level * std::exp(0.25 * random.normal()) * (random.coin(0.004) ? 12 : 1);
    const double seconds = std::round(update * 0.52) / 100;
    add({{"kind", "train"},
         {"update", update},
         {"sequences", update * 16},
         {"seconds", seconds},
         {"loss", loss},
         {"unit", "bits_per_sequence"}});
    if (update % 500 == 0)
      add({{"kind", "validation"},
           {"update", update},
           {"sequences", update * 16},
           {"seconds", seconds},
           {"bits_per_sequence", level * 0.9},
           {"wrong_bits_percent", level * 0.3}});
  }
  const std::vector<std::pair<int64_t, double>> tests = {
      {10, 0}, {20, 0}, {30, 0.0021}, {50, 0.0134}, {120, 4.31}};
  for (const auto& [length, wrong] : tests)
    add({{"kind", "test"},
         {"length", length},
         {"bits_per_sequence", 0.002 * length * length * (1 + wrong)},
         {"wrong_bits_percent", wrong}});
  return lines;
}

}  // namespace mneme
