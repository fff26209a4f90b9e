#include "mneme/tasks/text/text.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "core/temporary_folder.h"
#include "mneme/tasks/text/text_files.h"

namespace mneme {
namespace {

class Text : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  Settings settings(std::map<std::string, OptionValue> values) {
    Settings all;
    for (auto& [key, value] : values) all[key] = {value, "test"};
    return all;
  }
  test::TemporaryFolder folder_;
};

TEST_F(Text, EachTokenPredictsTheNext) {
  const auto path = write("a.txt", "abcabcabcabcabcabcab");  // 18 train, 2 held out
  const TextTask task(settings({{"text", path}, {"context", int64_t{4}}}));
  EXPECT_EQ(task.sizes().tokens, 3);
  EXPECT_EQ(task.sizes().outputs, 3);
  Random random(1);
  const Batch batch = task.sample(5, random);
  EXPECT_EQ(batch.inputs.sizes(), (std::vector<int64_t>{5, 4}));
  EXPECT_EQ(batch.inputs.scalar_type(), at::kLong);
  EXPECT_TRUE(at::equal(batch.targets, (batch.inputs + 1).remainder(3)));
  EXPECT_TRUE(batch.mask.all().item<bool>());
}

TEST_F(Text, TheTestCoversTheHeldOutPartOnce) {
  std::string text(90, 'a');
  text += "bcdefghijk";  // the held-out tenth
  const TextTask task(settings({{"text", write("a.txt", text)}, {"context", int64_t{4}}}));
  Random random(1);
  const auto batches = task.test(task.test_settings().front(), 1, 2, random);
  std::string predicted;
  for (const auto& batch : batches)
    for (int64_t b = 0; b < batch.inputs.size(0); ++b)
      for (int64_t t = 0; t < batch.lengths[b].item<int64_t>(); ++t)
        predicted += task.units().piece(batch.targets[b][t].item<int64_t>());
  EXPECT_EQ(predicted, "cdefghijk");  // all but the first, which nothing precedes
  EXPECT_EQ(batches.back().lengths[-1].item<int64_t>(), 1);
  EXPECT_EQ(task.validation(1, 8, random).at(0).inputs.size(0), 1);
}

TEST_F(Text, ScoresNatsAndBits) {
  // "é" is two bytes and one character.
  const auto path = write("a.txt", "ééééééééééééééééééééééééé");
  const TextTask task(settings({{"text", path}, {"units", "bytes"}, {"context", int64_t{8}}}));
  Random random(1);
  const Batch batch = task.sample(3, random);
  const auto score = task.score(batch, at::zeros({3, 8, 256}));
  EXPECT_NEAR(score.figures.at("nats_per_token").value(), std::log(256.0), 1e-6);
  EXPECT_NEAR(score.figures.at("bits_per_character").value(), 16, 1e-5);
  auto sure = at::full({3, 8, 256}, -1e9);
  sure.scatter_(2, batch.targets.unsqueeze(2), 0.0);
  EXPECT_EQ(task.score(batch, sure).figures.at("nats_per_token").value(), 0);
}

TEST_F(Text, TheLastWordsOfPassagesAreAskedFor) {
  const auto text = write("a.txt", "a rose is a rose is a rose and a rose is a flower");
  const auto passages = write("p.txt", "a rose is a  flower\n\n{\"text\": \"is a rose \"}\n");
  const auto given = settings({{"text", text}, {"units", "bytes"}, {"context", int64_t{10}}, {"passages", passages}});
  const TextTask task(given);
  ASSERT_EQ(task.test_settings().size(), 1u);
  EXPECT_EQ(task.test_settings()[0].values.at("passages"), 2);
  Random random(1);
  const Batch batch = task.test(task.test_settings()[0], 1, 8, random).at(0);
  const auto text_of = [&](const at::Tensor& tokens) {
    std::string pieces;
    for (int64_t i = 0; i < tokens.size(0); ++i) pieces += task.units().piece(tokens[i].item<int64_t>());
    return pieces;
  };
  // As much before the word as the context holds; the word is due, with the blank in front of it.
  EXPECT_EQ(text_of(batch.inputs[0].narrow(0, 0, batch.lengths[0].item<int64_t>())), "is a flowe");
  EXPECT_EQ(text_of(batch.targets[0].masked_select(batch.mask[0])), " flower");
  EXPECT_EQ(text_of(batch.targets[1].masked_select(batch.mask[1])), " rose");

  // A word is right when all of its tokens are.
  at::Tensor said = at::zeros({2, 10, 256});
  said.scatter_(2, batch.targets.unsqueeze(2), 9.0);
  EXPECT_EQ(task.score(batch, said).figures.at("last_word_percent").value(), 100);
  said[0][batch.lengths[0].item<int64_t>() - 1].zero_()[0] = 9;
  EXPECT_EQ(task.score(batch, said).figures.at("last_word_percent").value(), 50);

  const auto refusal = [&](const std::string& file) {
    auto other = given;
    other["passages"].value = write("q.txt", file);
    try {
      const TextTask refused(other);
      Random again(1);
      refused.test(refused.test_settings()[0], 1, 1, again);
    } catch (const std::exception& error) {
      const std::string told = error.what(), name = (folder_.path() / "q.txt").string();
      return told.substr(told.starts_with(name) ? name.size() : 0);
    }
    return std::string();
  };
  EXPECT_EQ(refusal("a rose\nrose\n"), ":2: the passage is `rose`, expected two words or more");
  EXPECT_EQ(refusal("{\"word\": 1}\n"),
            ":1: `{\"word\": 1}`, expected a JSON object with the passage as \"text\"");
  EXPECT_EQ(refusal("\n"), ": holds no passage, expected one a line");
  EXPECT_TRUE(refusal("a chrysanthemum\n").starts_with("text: task.context is 10, expected more than the 14 tokens"));
}

TEST_F(Text, ATrainedVocabularyNeedsNoText) {
  const TextTask task(settings({{"text", "/nowhere.txt"}, {"characters", "abc"}}));
  EXPECT_EQ(task.sizes().outputs, 3);
  Random random(1);
  EXPECT_THROW(task.sample(1, random), DataError);
  // What it was made of is what its recipe keeps.
  const TextTask from_text(settings({{"text", write("a.txt", std::string(99, 'b') + "a")}}));
  for (const auto& option : from_text.options())
    if (option.key == "characters") {
      EXPECT_EQ(std::get<std::string>(option.value), "ab");
    }
}

TEST_F(Text, KeepsItsWords) {
  const TextTask task(
      settings({{"text", write("a.txt", "a rose is a rose\n\nis a rose")}, {"units", "words"}, {"words", int64_t{4}}}));
  const TextTask again(settings({{"text", "/nowhere.txt"}, {"units", "words"}}), task.files());
  EXPECT_EQ(again.units().encode("is a rose?"), task.units().encode("is a rose?"));
  EXPECT_EQ(again.sizes().tokens, 4);
}

TEST_F(Text, ReadsFoldersWithoutLicences) {
  write("books/b.txt",
        "Project Gutenberg\r\n*** START OF THIS BOOK ***\r\nline\r\n*** END OF THIS BOOK ***\r\nlicence");
  write("books/a.txt", "plain\n");
  write("books/notes.md", "no text");
  const auto parts = read_text((folder_.path() / "books").string(), "", 50);
  EXPECT_EQ(parts.training + parts.held_out, "plain\nline\n");
  EXPECT_EQ(parts.training, "plain");
}

TEST_F(Text, SaysWhatIsMissing) {
  const auto message = [](const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_TRUE(message([&] {
                TextTask(settings({{"text", "/nowhere.txt"}}));
              }).starts_with("text: task.text is /nowhere.txt, which is not there."));
  EXPECT_TRUE(message([&] {
                TextTask(settings({{"data", folder_.path().string()}}));
              }).starts_with("text: no " + (folder_.path() / "tinyshakespeare/input.txt").string()));
  const auto bad = write("bad.txt", "ab\xff");
  EXPECT_EQ(message([&] {
              TextTask(settings({{"text", bad}}));
            }),
            bad + ": byte 0xff at offset 2 is not UTF-8");
  const TextTask task(settings({{"text", write("a.txt", "abcab")}}));
  Random random(1);
  EXPECT_EQ(
      message([&] { task.sample(1, random); }),
      "text: task.context is 64, expected less than the 4 tokens of " + (folder_.path() / "a.txt").string());
}

TEST_F(Text, ReadsThePublishedCollections) {
  if (std::getenv("MNEME_DATA") == nullptr) GTEST_SKIP() << "MNEME_DATA is not set";
  const TextTask task(settings({}));
  EXPECT_EQ(task.sizes().outputs, 65);  // as published
  Random random(1);
  EXPECT_EQ(task.test(task.test_settings().front(), 0, 64, random).size(),
            28u);  // 111,540 characters by 64 by 64
}

}  // namespace
}  // namespace mneme
