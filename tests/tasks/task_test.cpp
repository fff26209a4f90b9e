// The list of tasks, and what all of them have in common.
#include <algorithm>
#include <cmath>

#include "task_checks.h"

namespace mneme {
namespace {

const std::vector<std::string> kBitTasks = {"associative-recall", "copy", "ngrams", "priority-sort",
                                            "repeat-copy"};

TEST(Tasks, AreListedByName) {
  const auto names = task_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const std::string name : {"addition", "babi", "copy", "graph-traversal", "ngrams", "parity", "sort"})
    EXPECT_TRUE(std::find(names.begin(), names.end(), name) != names.end()) << name;
}

TEST(Tasks, UnknownNameIsRefusedWithTheNearest) {
  EXPECT_EQ(error_text<UsageError>([] { make_task("prioritysort", {}); }),
            "unknown task prioritysort; did you mean priority-sort?");
  std::string known;
  for (const auto& name : task_names()) known += (known.empty() ? "" : ", ") + name;
  EXPECT_EQ(error_text<UsageError>([] { task_options("chess"); }), "unknown task chess; known tasks: " + known);
}

TEST(Tasks, SettingsAreChecked) {
  EXPECT_EQ(error_text<UsageError>([] {
              make_task("copy", settings_of({{"max_lenght", int64_t{3}}}));
            }),
            "test.toml:1:1: unknown key task.max_lenght; did you mean max_length?");
  EXPECT_EQ(error_text<UsageError>([] {
              make_task("copy", settings_of({{"bits", int64_t{0}}}));
            }),
            "test.toml:1:1: task.bits is 0, expected an integer between 1 and 64 (bits of a vector)");
  EXPECT_EQ(error_text<UsageError>([] {
              make_task("copy", settings_of({{"min_length", int64_t{21}}}));
            }),
            "test.toml:1:1: task.min_length is 21, expected at most task.max_length, which is 20");
}

TEST(Tasks, OptionsNeedNoDataAndHoldThePresentValues) {
  for (const auto& name : task_names()) EXPECT_FALSE(task_options(name).empty());
  const auto options = make_task("copy", settings_of({{"max_length", int64_t{7}}}))->options();
  for (const auto& option : options)
    if (option.key == "max_length") {
      EXPECT_EQ(std::get<int64_t>(option.value), 7);
    }
}

TEST(Scores, AddOverBatches) {
  Score score, other;
  score.figures["bits_per_sequence"] = {10, 4};
  other.figures["bits_per_sequence"] = {2, 2};
  other.figures["wrong_bits_percent"] = {0, 0};
  score.add(other);
  EXPECT_DOUBLE_EQ(score.figures["bits_per_sequence"].value(), 2);
  EXPECT_DOUBLE_EQ(score.figures["wrong_bits_percent"].value(), 0);  // of no bits
}

class BitTasks : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<Task> task_ = make_task(GetParam(), {});
};
INSTANTIATE_TEST_SUITE_P(All, BitTasks, testing::ValuesIn(kBitTasks), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

TEST_P(BitTasks, BatchesAreWellFormed) {
  Random random(1);
  for (const double difficulty : {0.0, 0.3, 1.0}) {
    task_->set_difficulty(difficulty);
    for (const int64_t size : {1, 2, 33}) {
      const Batch batch = task_->sample(size, random);
      EXPECT_EQ(batch.inputs.size(0), size);
      expect_well_formed(batch, task_->sizes());
    }
  }
  for (const auto& setting : task_->test_settings())
    for (const auto& batch : task_->test(setting, 3, 2, random)) expect_well_formed(batch, task_->sizes());
}

TEST_P(BitTasks, TheDrawDependsOnTheSeedAlone) {
  Random first(5), second(5), other(6);
  const Batch batch = task_->sample(8, first);
  expect_same(batch, task_->sample(8, second));
  EXPECT_FALSE(batch.inputs.equal(task_->sample(8, other).inputs));
}

// The bytes of a batch in one number (FNV-1a), so that any change of a draw shows.
uint64_t fingerprint(const Batch& batch) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const auto& tensor : {batch.inputs, batch.targets, batch.mask, batch.lengths}) {
    const auto* bytes = static_cast<const unsigned char*>(tensor.data_ptr());
    for (size_t i = 0; i < tensor.nbytes(); ++i) hash = (hash ^ bytes[i]) * 0x100000001b3u;
  }
  return hash;
}

TEST_P(BitTasks, ASeedGivesTheSameBatchOnEveryMachine) {
  const std::map<std::string, std::vector<uint64_t>> golden = {
      {"associative-recall", {0xf3c69715a814b060u, 0x268cb10275fe3ba5u}},
      {"copy", {0x348cdc0f28f90b0bu, 0xe702c9331e63413du}},
      {"ngrams", {0xa5ded10a5cd3c43u, 0x3505f93aec27b66bu}},
      {"priority-sort", {0x329f36b9c18e60dcu, 0x2b858e263e68cd67u}},
      {"repeat-copy", {0xb8c427e6059beabfu, 0x2742cfd85a3f0e28u}},
  };
  Random random(11);
  const Batch training = task_->sample(3, random);
  const Batch test = task_->test(task_->test_settings().back(), 2, 2, random).front();
  EXPECT_EQ(fingerprint(training), golden.at(GetParam())[0]);
  EXPECT_EQ(fingerprint(test), golden.at(GetParam())[1]);
}

TEST_P(BitTasks, ValidationAndTestHaveAsManySequencesAsAskedFor) {
  Random random(1);
  const auto sizes = [](const std::vector<Batch>& batches) {
    std::vector<int64_t> list;
    for (const auto& batch : batches) list.push_back(batch.inputs.size(0));
    return list;
  };
  EXPECT_EQ(sizes(task_->validation(10, 4, random)), (std::vector<int64_t>{4, 4, 2}));
  EXPECT_EQ(sizes(task_->test(task_->test_settings().front(), 8, 4, random)), (std::vector<int64_t>{4, 4}));
}

TEST_P(BitTasks, ValidationIgnoresTheCurriculum) {
  Random easy(3), hard(3);
  const auto full = task_->validation(6, 6, hard);
  task_->set_difficulty(0);
  expect_same(task_->validation(6, 6, easy).front(), full.front());
}

TEST_P(BitTasks, RightAnswersCostNothingAndWrongBitsAreCounted) {
  Random random(2);
  const Batch batch = task_->sample(4, random);
  Score right = task_->score(batch, right_answers(batch));
  EXPECT_NEAR(right.figures.at("bits_per_sequence").value(), 0, 1e-9);
  EXPECT_EQ(right.figures.at("wrong_bits_percent").value(), 0);
  const auto bits = static_cast<double>(batch.mask.sum().item<int64_t>() * task_->sizes().outputs);
  EXPECT_EQ(right.figures.at("wrong_bits_percent").denominator, bits);

  const Score wrong = task_->score(batch, three_wrong_bits(batch));
  EXPECT_DOUBLE_EQ(wrong.figures.at("wrong_bits_percent").value(), 300 / bits);
  EXPECT_NEAR(wrong.figures.at("bits_per_sequence").value(), 3 * 100 / std::log(2.0) / 4, 1e-4);
}

TEST_P(BitTasks, AScoreIsTheCrossEntropyOfTheDueBits) {
  Random random(2);
  const Batch batch = task_->sample(5, random);
  const at::Tensor logits = torch::randn(batch.targets.sizes(), torch::kDouble).mul_(3);
  const at::Tensor cost = torch::binary_cross_entropy_with_logits(logits, batch.targets.to(torch::kDouble),
                                                                  {}, {}, at::Reduction::None);
  const at::Tensor due = batch.mask.unsqueeze(-1).expand_as(cost);
  EXPECT_NEAR(task_->score(batch, logits.to(torch::kFloat)).figures.at("bits_per_sequence").value(),
              cost.masked_select(due).sum().item<double>() / std::log(2.0) / 5, 1e-3);
  // Nothing in the model's place is a fair coin: one bit for each.
  EXPECT_NEAR(task_->score(batch, torch::zeros_like(batch.targets)).figures.at("bits_per_sequence").numerator,
              static_cast<double>(due.sum().item<int64_t>()), 1e-3);
}

TEST_P(BitTasks, ScoresOfPartsAddUp) {
  Random random(2);
  const Batch batch = task_->sample(6, random);
  const at::Tensor logits = torch::randn_like(batch.targets);
  const auto part = [&](int64_t first, int64_t last) {
    const auto rows = [&](const at::Tensor& tensor) { return tensor.slice(0, first, last); };
    return task_->score({{rows(batch.inputs), rows(batch.lengths), {}, {}}, rows(batch.targets), rows(batch.mask)},
                        rows(logits));
  };
  Score sum = part(0, 2);
  sum.add(part(2, 6));
  const Score whole = task_->score(batch, logits);
  ASSERT_EQ(sum.figures.size(), whole.figures.size());
  for (const auto& [name, ratio] : whole.figures)
    EXPECT_NEAR(sum.figures.at(name).value(), ratio.value(), 1e-9 * std::abs(ratio.value())) << name;
}

TEST_P(BitTasks, MisuseIsRefused) {
  Random random(1);
  const Batch batch = task_->sample(2, random);
  EXPECT_EQ(error_text<Error>([&] { task_->sample(0, random); }), "batch_size is 0, expected at least 1");
  EXPECT_EQ(error_text<Error>([&] { task_->validation(4, 0, random); }),
            "batch_size is 0, expected at least 1");
  EXPECT_EQ(error_text<Error>([&] { task_->set_difficulty(1.5); }),
            "set_difficulty: difficulty is 1.5, expected 0 to 1");
  EXPECT_EQ(error_text<Error>([&] { task_->print(batch, 2); }), "print: index is 2, expected 0 to 1");
  EXPECT_NE(error_text<Error>([&] {
              task_->score(batch, torch::zeros({2, 3, 1}));
            }).find("score: logits is [2, 3, 1]"),
            std::string::npos);
  const TestSetting whole = task_->test_settings().front();
  for (const auto& [key, value] : whole.values) {
    TestSetting setting = whole;
    setting.values.erase(key);
    EXPECT_EQ(error_text<UsageError>([&] { task_->test(setting, 1, 1, random); }),
              GetParam() + ": the test setting has no " + key);
    setting.values[key] = 0;
    EXPECT_EQ(error_text<UsageError>([&] { task_->test(setting, 1, 1, random); }),
              GetParam() + ": the test setting has " + key + " 0, expected at least 1");
  }
}

}  // namespace
}  // namespace mneme
