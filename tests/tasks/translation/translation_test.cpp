// Translation on small texts made here.
#include "mneme/tasks/translation/translation.h"

#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "tasks/task_checks.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;

constexpr auto kEnglish =
    "A man sleeps.\nTwo dogs play in the snow.\nA girl reads a book on a green couch.\nA dog.\nThe man "
    "reads.\n";
constexpr auto kGerman =
    "Ein Mann schläft.\nZwei Hunde spielen im Schnee.\nEin Mädchen liest ein Buch auf einem grünen "
    "Sofa.\nEin Hund.\n"
    "Der Mann liest.\n";

class Translation : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("mneme-translation-" + std::to_string(getpid()));
    fs::remove_all(root_);
    for (const std::string part : {"train", "val", "test_2016_flickr"}) {
      write(part + ".en", kEnglish);
      write(part + ".de", kGerman);
    }
    if (const char* data = std::getenv("MNEME_DATA")) environment_ = data;
    unsetenv("MNEME_DATA");
  }
  void TearDown() override {
    fs::remove_all(root_);
    if (!environment_.empty()) setenv("MNEME_DATA", environment_.c_str(), 1);
  }
  fs::path write(const std::string& name, const std::string& text) const {
    const fs::path path = root_ / "texts/multi30k" / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string path_of(const std::string& name) const { return (root_ / "texts/multi30k" / name).string(); }
  Settings settings(int64_t batch_tokens = 40) const {
    return settings_of(
        {{"data", (root_ / "texts").string()}, {"pieces", int64_t{70}}, {"batch_tokens", batch_tokens}});
  }
  template <class Kind>
  std::string refusal(Settings given = {}) const {
    if (given.empty()) given = settings();
    return error_text<Kind>([&] {
      const TranslationTask task(given, {});
      Random random(1);
      task.validation(1, 8, random);
      task.sample(8, random);
    });
  }

  fs::path root_;
  std::string environment_;
};

std::string text_of(const TranslationTask& task, const at::Tensor& numbers) {
  std::string text;
  for (int64_t i = 0; i < numbers.size(0); ++i) text += task.units().piece(numbers[i].item<int64_t>()) + " ";
  return text;
}

TEST_F(Translation, TheInputsAreTheTargetsOneStepLater) {
  const TranslationTask task(settings(), {});
  EXPECT_EQ(task.sizes().tokens, 70);
  EXPECT_EQ(task.sizes().context_tokens, 70);
  EXPECT_EQ(task.sizes().outputs, 70);
  const Batch batch = task.written("A dog.", task.units().encode("Ein Hund."));
  EXPECT_EQ(task.units().piece(kBeginPiece), "<s>");
  EXPECT_EQ(batch.inputs[0][0].item<int64_t>(), kBeginPiece);
  EXPECT_TRUE(batch.inputs[0].slice(0, 1).equal(batch.targets[0].slice(0, 0, -1)));
  EXPECT_EQ(batch.targets[0][-1].item<int64_t>(), kEndPiece);
  EXPECT_TRUE(text_of(task, batch.context[0]).ends_with("</s> "));
  EXPECT_EQ(task.print(batch, 0, {}), "en  A dog.\nde  Ein Hund.\n");
}

TEST_F(Translation, ABatchHoldsPairsOfLikeLengthsAndNotTooManyTokens) {
  const TranslationTask task(settings(), {});
  Random random(3);
  std::set<int64_t> lengths;
  for (int i = 0; i < 50; ++i) {
    const Batch batch = task.sample(1000, random);
    const int64_t count = batch.inputs.size(0);
    EXPECT_LE(count * std::max(batch.inputs.size(1), batch.context.size(1)), 40);
    EXPECT_EQ(batch.lengths.max().item<int64_t>(), batch.inputs.size(1));
    EXPECT_EQ(batch.context_lengths.max().item<int64_t>(), batch.context.size(1));
    for (int64_t sequence = 0; sequence < count; ++sequence) {
      const auto length = batch.lengths[sequence].item<int64_t>();
      lengths.insert(length);
      EXPECT_EQ(batch.mask[sequence].sum().item<int64_t>(), length);
      EXPECT_EQ(batch.inputs[sequence].slice(0, length).count_nonzero().item<int64_t>(), 0);
      EXPECT_EQ(batch.targets[sequence].slice(0, length).count_nonzero().item<int64_t>(), 0);
      EXPECT_EQ(batch.context[sequence]
                    .slice(0, batch.context_lengths[sequence].item<int64_t>())
                    .count_nonzero()
                    .item<int64_t>(),
                0);
    }
  }
  EXPECT_GT(lengths.size(), 2u);  // all pairs are drawn
  EXPECT_LE(task.sample(2, random).inputs.size(0), 2);
}

TEST_F(Translation, EveryPairIsDrawnEquallyOften) {
  const TranslationTask task(settings(), {});
  Random random(7);
  std::map<std::string, int> drawn;
  int all = 0;
  for (int i = 0; i < 3000; ++i) {
    const Batch batch = task.sample(4, random);
    for (const auto& text : batch.texts) ++drawn[text], ++all;
  }
  ASSERT_EQ(drawn.size(), 5u);
  // Batches of short pairs hold more of them; a part of a draw is chosen whole. The deviation of a share of
  // 1/5 over some 3,000 batches is below 0.01.
  for (const auto& [text, count] : drawn) EXPECT_NEAR(static_cast<double>(count) / all, 0.2, 0.03) << text;
}

TEST_F(Translation, TheSameSeedDrawsTheSame) {
  const TranslationTask task(settings(), {}), again(settings(), task.files());
  EXPECT_EQ(task.files(), again.files());
  Random one(5), two(5);
  const Batch left = task.sample(8, one), right = again.sample(8, two);
  expect_same(left, right);
  EXPECT_TRUE(left.context.equal(right.context));
}

TEST_F(Translation, ATrainedModelNeedsNoTrainingText) {
  const ModelFiles files = TranslationTask(settings(), {}).files();
  fs::remove(path_of("train.en"));
  const TranslationTask task(settings(), files);
  Random random(1);
  size_t tested = 0;
  for (const Batch& batch : task.test({}, 1, 64, random)) tested += batch.texts.size();
  EXPECT_EQ(tested, 5u);
  EXPECT_EQ(task.units().decode(task.units().encode("Ein Mädchen liest.")), "Ein Mädchen liest.");
  EXPECT_EQ(error_text<Error>([&] {
              TranslationTask(settings(), {{TranslationTask::kVocabularyFile, "nonsense"}});
            }),
            "vocabulary.model: no sentencepiece model, or a damaged one");
}

TEST_F(Translation, ScoresNatsOfTheTokensThatAreDue) {
  const TranslationTask task(settings(), {});
  Random random(2);
  const Batch batch = task.sample(4, random);
  const at::Tensor even = torch::zeros({batch.inputs.size(0), batch.inputs.size(1), 70});
  const Ratio nats = task.score(batch, even).figures.at("nats_per_token");
  EXPECT_DOUBLE_EQ(nats.denominator, batch.lengths.sum().item<double>());
  EXPECT_NEAR(nats.value(), std::log(70.0), 1e-6);  // float32
  const at::Tensor sure = even.scatter(-1, batch.targets.unsqueeze(-1), 100);
  EXPECT_NEAR(task.score(batch, sure).figures.at("nats_per_token").value(), 0, 1e-6);
}

TEST_F(Translation, ScoresTranslationsByBleuOfTheWholeTest) {
  const TranslationTask task(settings(), {});
  Random random(1);
  Score right, wrong;
  for (const Batch& batch : task.test({}, 1, 2, random)) {
    std::vector<std::vector<int64_t>> same, other;
    for (const auto& text : batch.texts) {
      same.push_back(task.units().encode(text));
      other.push_back(task.units().encode("Zwei Hunde spielen im Sofa."));
    }
    right.add(task.score_written(batch, same));
    wrong.add(task.score_written(batch, other));
  }
  task.complete(right);
  task.complete(wrong);
  EXPECT_NEAR(right.figures.at("bleu").value(), 100, 1e-9);
  EXPECT_NEAR(right.figures.at("bleu_lower_case").value(), 100, 1e-9);
  EXPECT_GT(wrong.figures.at("bleu").value(), 0);
  EXPECT_LT(wrong.figures.at("bleu").value(), 60);
  EXPECT_EQ(task.notes().at("bleu_signature"), "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0");
}

TEST_F(Translation, RefusesTextsThatDoNotFitTogether) {
  write("val.de", "Ein Mann schläft.\nZwei Hunde.\n");
  EXPECT_EQ(refusal<Error>(), path_of("val.en") + " has 5 lines and " + path_of("val.de") +
                                  " 2, expected as many: line 3 is the first without a translation");
}

TEST_F(Translation, RefusesBytesThatAreNotUtf8WithTheirPlace) {
  write("val.de",
        "Ein Mann schl\xe4"
        "ft.\nZwei\nDrei\nVier\nFuenf\n");
  EXPECT_EQ(refusal<Error>(), path_of("val.de") + ": byte 0xe4 at offset 13 is not UTF-8");
}

TEST_F(Translation, RefusesEmptyAndMissingFiles) {
  write("val.de", "");
  EXPECT_EQ(refusal<Error>(), path_of("val.de") + ": the file is empty, expected a sentence a line");
  fs::remove(path_of("val.de"));
  EXPECT_EQ(refusal<DataError>(),
            "translation: " + path_of("val.de") +
                " is not there, nor with .gz or .xz; point MNEME_DATA or task.data at the folder "
                "of the corpus");
  EXPECT_EQ(error_text<DataError>([] { TranslationTask({}, {}); }),
            "translation: no folder of texts is known; point the environment's MNEME_DATA or the option "
            "task.data at it");
}

TEST_F(Translation, DividesAFileOfPairsBySentencesOfItsFirstColumn) {
  std::string pairs;
  for (int i = 0; i < 3000; ++i)
    pairs += "Sentence " + std::to_string(i / 2) + "\tSatz " + std::to_string(i) + "\tCC-BY\n";
  write("pairs.tsv", pairs);
  const ParallelTextPlace place{(root_ / "texts/multi30k").string(), "pairs.tsv", "de", "en", "en de"};
  std::map<std::string, std::set<Part>> parts;
  size_t all = 0;
  for (const Part part : {Part::training, Part::validation, Part::test}) {
    const auto text = read_parallel_text(place, {}, part);
    all += text.pairs.size();
    for (const auto& pair : text.pairs) {
      EXPECT_TRUE(pair.source.starts_with("Satz ") && pair.target.starts_with("Sentence ")) << pair.source;
      parts[pair.target].insert(part);
    }
    EXPECT_GT(text.pairs.size(), 5u);
  }
  EXPECT_EQ(all, 3000u);
  for (const auto& [sentence, where] : parts) EXPECT_EQ(where.size(), 1u) << sentence;

  write("pairs.tsv", "Go.\tGeh.\nno tab here\n");
  EXPECT_EQ(error_text<Error>([&] { read_parallel_text(place, {}, Part::training); }),
            path_of("pairs.tsv") + ":2: no tab, expected a sentence, a tab and its translation");
}

TEST_F(Translation, ReadsThePublishedFiles) {
  if (environment_.empty()) GTEST_SKIP() << "MNEME_DATA names no folder of published data";
  if (!fs::exists(fs::path(environment_) / "multi30k/train.de.gz"))
    GTEST_SKIP() << "no multi30k in MNEME_DATA";
  const ParallelTextPlace place{environment_, "multi30k", "de", "en", ""};
  const std::vector<std::string> names{"train", "val", "test_2016_flickr"};
  EXPECT_EQ(read_parallel_text(place, names, Part::training).pairs.size(), 29000u);
  EXPECT_EQ(read_parallel_text(place, names, Part::validation).pairs.size(), 1014u);
  const auto test = read_parallel_text(place, names, Part::test);
  ASSERT_EQ(test.pairs.size(), 1000u);
  EXPECT_EQ(test.pairs.front().source, "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.");

  if (!fs::exists(fs::path(environment_) / "tatoeba/deu-eng.zip")) GTEST_SKIP() << "no tatoeba in MNEME_DATA";
  const ParallelTextPlace tatoeba{environment_, "tatoeba/deu-eng.zip", "de", "en", "en de"};
  size_t all = 0;
  for (const Part part : {Part::training, Part::validation, Part::test})
    all += read_parallel_text(tatoeba, {}, part).pairs.size();
  EXPECT_EQ(all, 169813u);
}

}  // namespace
}  // namespace mneme
