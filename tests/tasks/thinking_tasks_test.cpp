// The tasks that ask for more thought the harder they are: parity, logic, addition, sort, symbols.
#include "mneme/tasks/addition.h"
#include "mneme/tasks/logic.h"
#include "mneme/tasks/number_sort.h"
#include "mneme/tasks/parity.h"
#include "mneme/tasks/symbols.h"
#include "task_checks.h"

namespace mneme {
namespace {

/// Logits that give every due answer with certainty.
at::Tensor certain_answers(const Task& task, const Batch& batch) {
  const auto kind = task.sizes().targets;
  if (kind == TargetKind::bits) return right_answers(batch);
  const auto targets = kind == TargetKind::classes ? batch.targets.unsqueeze(-1) : batch.targets;
  const int64_t classes = task.sizes().outputs / targets.size(2);
  return (torch::one_hot(targets, classes).to(torch::kFloat) * 200 - 100).flatten(2);
}

class ThinkingTasks : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Task> task_ = make_task(GetParam(), {});
};
INSTANTIATE_TEST_SUITE_P(All, ThinkingTasks, testing::Values("parity", "logic", "addition", "sort"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(ThinkingTasks, BatchesAreWellFormedAndFollowFromTheSeed) {
  for (const double difficulty : {0.0, 0.4, 1.0}) {
    task_->set_difficulty(difficulty);
    Random random(1), again(1);
    for (const int64_t size : {1, 33}) {
      const Batch batch = task_->sample(size, random);
      EXPECT_EQ(batch.inputs.size(0), size);
      expect_well_formed(batch, task_->sizes());
      expect_same(batch, task_->sample(size, again));
    }
  }
  Random random(2);
  for (const auto& setting : task_->test_settings())
    for (const Batch& batch : task_->test(setting, 5, 3, random)) expect_well_formed(batch, task_->sizes());
}

TEST_P(ThinkingTasks, ScoresTheRightAnswerAndOneThatIsWrongOnce) {
  Random random(3);
  const Batch batch = task_->sample(8, random);
  auto logits = certain_answers(*task_, batch);
  const Score right = task_->score(batch, logits);
  EXPECT_EQ(right.figures.at("error_percent").value(), 0);
  EXPECT_EQ(right.figures.at("wrong_answers_percent").value(), 0);
  EXPECT_NEAR(right.figures.at("bits_per_answer").value(), 0, 1e-30);
  const auto step = batch.mask[2].nonzero()[0][0].item<int64_t>();
  logits[2][step] = -logits[2][step];
  const Score wrong = task_->score(batch, logits);
  EXPECT_EQ(wrong.figures.at("error_percent").value(), 12.5);  // one sequence of eight
  EXPECT_GT(wrong.figures.at("wrong_answers_percent").value(), 0);
  // Indifferent answers: a bit each, or as many as the classes make.
  const auto kind = task_->sizes().targets;
  const double bits = kind == TargetKind::bits ? 1 : kind == TargetKind::classes ? std::log2(15) : std::log2(11);
  EXPECT_NEAR(task_->score(batch, torch::zeros_like(logits)).figures.at("bits_per_answer").value(), bits, 1e-5);
}

TEST(Parity, CountsThePlusOnes) {
  const ParityTask task({});
  Random random(1);
  const Batch batch = task.sample(200, random);
  EXPECT_EQ(batch.inputs.size(1), 1);
  const auto odd = (batch.inputs == 1).sum(2).remainder(2).squeeze(1);
  EXPECT_TRUE(torch::equal(odd.to(torch::kFloat), batch.targets.flatten()));
  const auto values = batch.inputs.ne(0).sum(2);
  EXPECT_LE(values.min().item<int64_t>(), 5);   // of 1 to 64, 200 times
  EXPECT_GE(values.max().item<int64_t>(), 60);
  EXPECT_TRUE((task.test({{{"values", 7}}}, 20, 20, random).at(0).inputs.ne(0).sum(2) == 7).all().item<bool>());
}

TEST(Parity, PutsTheValuesFirstWhereToldSo) {
  const ParityTask task(settings_of({{"places", std::string("first")}}));
  Random random(1);
  const auto inputs = task.test({{{"values", 3}}}, 9, 9, random).at(0).inputs.select(1, 0);
  EXPECT_TRUE((inputs.narrow(1, 0, 3) != 0).all().item<bool>());
  EXPECT_EQ(inputs.narrow(1, 3, 61).count_nonzero().item<int64_t>(), 0);
}

TEST(Parity, PrintsAsAPersonWould) {
  const ParityTask task(settings_of({{"size", int64_t{6}}, {"max_values", int64_t{6}}}));
  const Batch batch{{torch::tensor({0, 1, -1, 0, 1, 1}, torch::kFloat).view({1, 1, 6}), torch::ones({1}, torch::kLong), {}, {}},
                    torch::ones({1, 1, 1}),
                    torch::ones({1, 1}, torch::kBool)};
  EXPECT_EQ(task.print(batch, 0, torch::tensor({-2.0}).view({1, 1, 1})),
            "parity of 4 values\n.+-.++\n3 of them +1: odd; given: even (wrong)\n");
  EXPECT_EQ(error_text<UsageError>([] { make_task("parity", settings_of({{"size", int64_t{6}}})); }),
            "test.toml:1:1: task.max_values is 64, expected at most task.size, which is 6");
}

TEST(Logic, GatesAreThoseOfTheTable) {
  // The paper's table 1, rows TT, TF, FT, FF.
  const std::map<std::string_view, std::string> table = {
      {"NOR", "FFFT"},  {"Xq", "FFTF"},   {"ABJ", "FTFF"},     {"XOR", "FTTF"},     {"NAND", "FTTT"},
      {"AND", "TFFF"}, {"XNOR", "TFFT"}, {"if/then", "TFTT"}, {"then/if", "TTFT"}, {"OR", "TTTF"}};
  for (const auto& gate : kLogicGates) {
    std::string row;
    for (const bool p : {true, false})
      for (const bool q : {true, false}) row += gate(p, q) ? 'T' : 'F';
    EXPECT_EQ(row, table.at(gate.name)) << gate.name;
  }
}

TEST(Logic, FollowsItsGatesByHand) {
  const LogicTask task({});
  Random random(1);
  const Batch batch = task.sample(50, random);
  for (int64_t i = 0; i < 50; ++i) {
    bool due = false;
    for (int64_t t = 0; t < batch.lengths[i].item<int64_t>(); ++t) {
      const auto input = batch.inputs[i][t];
      bool before = t == 0 ? input[0].item<float>() > 0 : due, now = input[1].item<float>() > 0;
      if (t > 0) {
        EXPECT_EQ(input[0].item<float>(), 0);
      }
      const auto gates = input.narrow(0, 2, 100).view({10, 10});
      int64_t used = 0;
      for (; used < 10 && gates[used].any().item<bool>(); ++used) {
        const bool next = kLogicGates[static_cast<size_t>(gates[used].argmax().item<int64_t>())](now, before);
        before = std::exchange(now, next);
      }
      EXPECT_GE(used, 1);
      EXPECT_FALSE(gates.narrow(0, used, 10 - used).any().item<bool>()) << "gates after a gap";
      due = now;
      EXPECT_EQ(batch.targets[i][t][0].item<float>() > 0, due);
    }
  }
}

TEST(Addition, AddsUp) {
  const AdditionTask task({});
  EXPECT_EQ(task.sizes().features, 50);
  EXPECT_EQ(task.sizes().outputs, 66);  // sums of up to 499,995
  Random random(1);
  const Batch batch = task.sample(50, random);
  for (int64_t i = 0; i < 50; ++i) {
    int64_t sum = 0;
    for (int64_t t = 0; t < batch.lengths[i].item<int64_t>(); ++t) {
      const auto places = batch.inputs[i][t].view({5, 10});
      int64_t number = 0;
      for (int64_t d = 0; d < 5 && places[d].any().item<bool>(); ++d)
        number = 10 * number + places[d].argmax().item<int64_t>();
      sum += number;
      EXPECT_EQ(batch.mask[i][t].item<bool>(), t > 0);
      if (t == 0) continue;
      std::string digits;
      for (int64_t d = 0; d < 6; ++d) {
        const auto digit = batch.targets[i][t][d].item<int64_t>();
        digits += digit == 10 ? "." : std::to_string(digit);
      }
      EXPECT_EQ(digits.substr(0, digits.find('.')), std::to_string(sum));
    }
  }
}

TEST(Addition, PrintsAsAPersonWould) {
  const AdditionTask task(settings_of({{"max_digits", int64_t{2}}, {"max_numbers", int64_t{2}}}));
  Batch batch{{torch::zeros({1, 2, 20}), torch::full({1}, 2, torch::kLong), {}, {}},
              torch::tensor({0, 0, 0, 1, 0, 3}, torch::kLong).view({1, 2, 3}),
              torch::tensor({false, true}).view({1, 2})};
  batch.inputs[0][0][9] = batch.inputs[0][0][10 + 8] = 1;  // 98
  batch.inputs[0][1][5] = 1;                               // 5
  EXPECT_EQ(task.print(batch, 0, certain_answers(task, batch)),
            "addition of 2 numbers\n   98\n+   5 = 103  given: 103\n");
}

TEST(NumberSort, AsksForThePlacesInRisingOrder) {
  const NumberSortTask task({});
  Random random(1);
  const Batch batch = task.sample(50, random);
  for (int64_t i = 0; i < 50; ++i) {
    const auto count = batch.lengths[i].item<int64_t>() / 2;
    const auto numbers = batch.inputs[i].select(1, 0).narrow(0, 0, count);
    EXPECT_TRUE(torch::equal(batch.targets[i].narrow(0, count, count), numbers.argsort()));
    EXPECT_EQ(batch.inputs[i].select(1, 1).nonzero().item<int64_t>(), count - 1);
    EXPECT_EQ(batch.mask[i].sum().item<int64_t>(), count);
  }
}

/// The symbols of a row up to the first 0.
std::vector<int64_t> symbols_of(const at::Tensor& row) {
  std::vector<int64_t> symbols;
  for (int64_t i = 0; i < row.size(0) && row[i].item<int64_t>() != 0; ++i) symbols.push_back(row[i].item<int64_t>());
  return symbols;
}

TEST(Symbols, AreCopiedReversedAndAddedUp) {
  for (const std::string problem : {"copy", "reverse", "addition"}) {
    const SymbolsTask task(settings_of({{"problem", problem}, {"max_length", int64_t{30}}}));
    Random random(1);
    const Batch batch = task.sample(40, random);
    EXPECT_EQ(batch.inputs.sizes(), batch.targets.sizes());
    for (int64_t i = 0; i < 40; ++i) {
      auto context = symbols_of(batch.context[i]);
      const auto answer = symbols_of(batch.targets[i]);
      EXPECT_EQ(static_cast<int64_t>(context.size()), batch.context_lengths[i].item<int64_t>());
      EXPECT_EQ(static_cast<int64_t>(answer.size()) + 1, batch.lengths[i].item<int64_t>());
      EXPECT_EQ(batch.mask[i].sum().item<int64_t>(), batch.lengths[i].item<int64_t>());
      // What goes in is what was due at the step before.
      EXPECT_EQ(batch.inputs[i][0].item<int64_t>(), 0);
      EXPECT_TRUE(torch::equal(batch.inputs[i].narrow(0, 1, batch.inputs.size(1) - 1),
                               batch.targets[i].narrow(0, 0, batch.inputs.size(1) - 1)));
      if (problem == "reverse") std::reverse(context.begin(), context.end());
      if (problem != "addition") {
        EXPECT_EQ(answer, context);
        continue;
      }
      const auto plus = std::find(context.begin(), context.end(), 11);
      const auto value = [](auto begin, auto end) {  // the digit of least worth first
        long double number = 0;
        while (end != begin) number = 10 * number + static_cast<long double>(*--end - 1);
        return number;
      };
      EXPECT_EQ(value(answer.begin(), answer.end()),
                value(context.begin(), plus) + value(plus + 1, context.end()));
    }
  }
}

TEST(Symbols, ScoreAndPrintAnswers) {
  const SymbolsTask task(settings_of({{"problem", std::string("addition")}}));
  // 12 + 9 = 21, the digit of least worth first.
  const Batch batch{{torch::tensor({{0, 2, 3}}, torch::kLong), torch::full({1}, 3, torch::kLong),
                     torch::tensor({{3, 2, 11, 10}}, torch::kLong), torch::full({1}, 4, torch::kLong)},
                    torch::tensor({{2, 3, 0}}, torch::kLong),
                    torch::ones({1, 3}, torch::kBool)};
  auto logits = certain_answers(task, batch);
  EXPECT_EQ(task.score(batch, logits).figures.at("error_percent").value(), 0);
  EXPECT_EQ(task.print(batch, 0, logits), "addition of 21+9\nanswer 12\ngiven  the same\n");
  logits[0][1][9] = 300;
  EXPECT_EQ(task.score(batch, logits).figures.at("error_percent").value(), 100);
  EXPECT_EQ(task.print(batch, 0, logits), "addition of 21+9\nanswer 12\ngiven  18 (wrong)\n");
}

TEST(ThinkingTask, SettingsOutsideTheRangeAreRefused) {
  Random random(1);
  EXPECT_EQ(error_text<UsageError>([&] { make_task("parity", {})->test({{{"values", 65}}}, 1, 1, random); }),
            "parity: the test setting has values 65, expected at most 64, task.size");
  EXPECT_EQ(error_text<UsageError>([&] { make_task("logic", {})->test({{{"gates", 11}}}, 1, 1, random); }),
            "logic: the test setting has gates 11, expected 1 to 10");
  EXPECT_EQ(error_text<UsageError>([&] { make_task("addition", {})->test({{{"digits", 6}}}, 1, 1, random); }),
            "addition: the test setting has digits 6, expected at most 5, task.max_digits");
  EXPECT_EQ(error_text<UsageError>([&] { make_task("sort", {})->test({{{"numbers", 16}}}, 1, 1, random); }),
            "sort: the test setting has numbers 16, expected at most 15, task.max_numbers");
  EXPECT_EQ(error_text<UsageError>([] { make_task("logic", settings_of({{"min_gates", int64_t{9}}, {"max_gates", int64_t{3}}})); }),
            "test.toml:1:1: task.min_gates is 9, expected at most task.max_gates, which is 3");
}

}  // namespace
}  // namespace mneme
