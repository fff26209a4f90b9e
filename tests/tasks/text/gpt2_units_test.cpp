#include "mneme/tasks/text/gpt2_units.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "mneme/core/error.h"
#include "mneme/core/random.h"

namespace mneme {
namespace {

using Tokens = std::vector<int64_t>;
using Words = std::vector<std::string_view>;

/// The vocabulary of the 256 bytes, "ab", " ab" and "<|endoftext|>".
std::string small_vocabulary() {
  std::string json = "{";
  int next = 0x100;
  const auto character = [](int code) {
    return code < 0x80
               ? std::string(1, static_cast<char>(code))
               : std::string{static_cast<char>(0xc0 | code >> 6), static_cast<char>(0x80 | (code & 0x3f))};
  };
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    const std::string printed = character(printable ? byte : next++);
    json += (byte == 0 ? "\"" : ", \"") + (printed == "\"" || printed == "\\" ? "\\" : std::string()) +
            printed + "\": " + std::to_string(byte);
  }
  return json + ", \"ab\": 256, \"Ġab\": 257, \"<|endoftext|>\": 258}";
}

TEST(Gpt2Words, FollowThePublishedRule) {
  EXPECT_EQ(gpt2_words("I'm here, they'll  see 42x!"),
            (Words{"I", "'m", " here", ",", " they", "'ll", " ", " see", " 42", "x", "!"}));
  EXPECT_EQ(gpt2_words("\n\n word\n"), (Words{"\n\n", " word", "\n"}));
  EXPECT_EQ(gpt2_words("a\n\nb   "), (Words{"a", "\n", "\n", "b", "   "}));
  EXPECT_EQ(gpt2_words("WE'LL ''s"), (Words{"WE", "'", "LL", " ''", "s"}));
  EXPECT_EQ(gpt2_words("Grüße日本 ½x"), (Words{"Grüße日本", " ½", "x"}));
  EXPECT_EQ(gpt2_words("e\u0301"), (Words{"e", "\u0301"}));  // a combining accent is no letter
  EXPECT_TRUE(gpt2_words("").empty());
}

TEST(Gpt2Units, MergeInTheOrderOfTheList) {
  const Gpt2Units units(small_vocabulary(), "#version: 0.2\na b\nĠ ab\n");
  EXPECT_EQ(units.size(), 259);
  EXPECT_EQ(units.end_of_text(), 258);
  EXPECT_EQ(units.encode("ab abab"), (Tokens{256, 257, 256}));
  EXPECT_EQ(units.piece(257), " ab");
  EXPECT_EQ(units.decode({257, 98, 32}), " abb ");
}

TEST(Gpt2Units, SayWhatIsWrongWithTheirFiles) {
  const auto message = [](const std::string& vocabulary, const std::string& merges) {
    try {
      Gpt2Units(vocabulary, merges);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(message("[]", ""), "vocabulary: not an object of pieces and numbers");
  EXPECT_EQ(message("{\"a\": 1}", ""), "vocabulary: 'a' has the number 1, expected each of 0..0 once");
  EXPECT_EQ(message("{\"a\": 0}", ""), "vocabulary: no piece for byte 0");
  EXPECT_EQ(message(small_vocabulary(), "a b\nab\n"), "merges, line 2: 'ab', expected two pieces");
  EXPECT_EQ(message(small_vocabulary(), "a b\nb c\n"), "merges, line 2: 'b c' is not in the vocabulary");
  EXPECT_THROW(read_gpt2_files("/nowhere"), DataError);
}

TEST(Gpt2Units, EncodeAsPublished) {
  const char* const data = std::getenv("MNEME_DATA");
  if (data == nullptr || !std::filesystem::exists(std::filesystem::path(data) / "gpt2_bpe"))
    GTEST_SKIP() << "no gpt2_bpe in MNEME_DATA";
  const auto [vocabulary, merges] = read_gpt2_files(data);
  const Gpt2Units units(vocabulary, merges);
  EXPECT_EQ(units.size(), 50257);
  EXPECT_EQ(units.end_of_text(), 50256);
  // From tests/goldens/gpt2_units_golden.py.
  const std::vector<std::pair<std::string, Tokens>> known = {
      {"Hello, I'm a language model,", {15496, 11, 314, 1101, 257, 3303, 2746, 11}},
      {"In a shocking finding, scientist discovered a herd of unicorns living in a remote, previously "
       "unexplored "
       "valley.",
       {818,   257,  14702, 4917, 11,   11444, 5071, 257,   27638, 286,   28000,
        19942, 2877, 287,   257,  6569, 11,    4271, 31286, 1850,  19272, 13}},
      {"  two  blanks\n\n\tand a tab \n", {220, 734, 220, 698, 2283, 628, 197, 392, 257, 7400, 220, 198}},
      {"don't they'll WE'LL ''s 's", {9099, 470, 484, 1183, 12887, 6, 3069, 10148, 82, 705, 82}},
      {"12,345.67 \u00bd \u0663 x2", {1065, 11, 27712, 13, 3134, 25208, 18923, 96, 2124, 17}},
      {"Gr\u00fc\u00dfe, na\u00efve caf\u00e9 \u65e5\u672c\u8a9e \U0001f600\u200d\u2764\ufe0f",
       {8642, 9116,  39683, 68,    11,  41492, 40304, 10545, 245, 98,   17312,
        105,  45739, 252,   30325, 222, 447,   235,   32391, 97,  37929}},
      {"a\u00a0b\u3000c\u2028d\u0085e", {64, 1849, 65, 5099, 222, 66, 447, 101, 67, 126, 227, 68}},
      {"\u0915\u094d\u0937 e\u0301 \u0e01\u0e33",
       {11976, 243, 24231, 235, 11976, 115, 304, 136, 223, 220, 19567, 223, 19567, 111}},
      {" ", {220}},
      {"   ", {220, 220, 220}},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Tokens(10, 24794)},
      {std::string("\x00\x7f\x1c end", 7), {188, 221, 216, 886}},
  };
  for (const auto& [text, tokens] : known) {
    EXPECT_EQ(units.encode(text), tokens) << text;
    EXPECT_EQ(units.decode(tokens), text);
  }
  Random random(1);
  for (int i = 0; i < 200; ++i) {  // any text comes back
    std::string text;
    for (int64_t j = random.integer(1, 20); j > 0; --j) {
      const auto code = random.integer(0, 0x7ff);
      if (code < 0x80) {
        text += static_cast<char>(code);
      } else {
        text += static_cast<char>(0xc0 | code >> 6);
        text += static_cast<char>(0x80 | (code & 0x3f));
      }
    }
    EXPECT_EQ(units.decode(units.encode(text)), text);
  }
}

}  // namespace
}  // namespace mneme
