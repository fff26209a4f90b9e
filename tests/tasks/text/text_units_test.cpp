#include "mneme/tasks/text/text_units.h"

#include <gtest/gtest.h>

#include "mneme/core/error.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace {

using Tokens = std::vector<int64_t>;

void expect_refusal(const std::function<void()>& call, const std::string& text) {
  try {
    call();
    ADD_FAILURE() << "no error; expected: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.what(), text);
  }
}

TEST(Utf8, FindsWhatIsNone) {
  EXPECT_EQ(first_undecodable("plain, Grüße, 日本, 😀"), std::string_view::npos);
  for (const std::string_view bad : {"ab\xff", "ab\xc3", "ab\xc0\x80", "ab\xe0\x80\x80", "ab\xed\xa0\x80",
                                     "ab\xf4\x90\x80\x80", "ab\xf5\x80\x80\x80", "ab\x80"})
    EXPECT_EQ(first_undecodable(bad), 2u) << bad;
  expect_refusal([] { require_utf8("book.txt", "ab\xff"); }, "book.txt: byte 0xff at offset 2 is not UTF-8");
}

TEST(ByteUnits, AreBytes) {
  const ByteUnits units;
  EXPECT_EQ(units.encode("aé"), (Tokens{97, 0xc3, 0xa9}));
  EXPECT_EQ(units.decode({97, 0xc3, 0xa9}), "aé");
  EXPECT_EQ(units.decode(units.encode("any \xff bytes")), "any \xff bytes");
  expect_refusal([&] { units.piece(256); }, "token 256 is not in the vocabulary, expected 0..255");
}

TEST(CharacterUnits, AreTheListInItsOrder) {
  const CharacterUnits units("bé日a");
  EXPECT_EQ(units.size(), 4);
  EXPECT_EQ(units.encode("a日é"), (Tokens{3, 2, 1}));
  EXPECT_EQ(units.decode({3, 2, 1}), "a日é");
  EXPECT_EQ(units.piece(2), "日");
  EXPECT_EQ(characters_of("book.txt", "née, a\n"), "\n ,aené");
}

TEST(CharacterUnits, SayWhatTheyCannotExpress) {
  const CharacterUnits units("ab ");
  expect_refusal([&] { units.encode("ab é"); },
                 "the character 'é' (U+00E9) at byte 3 is not in the vocabulary of 3 characters: ab ");
  expect_refusal([&] { units.encode("a\xff"); }, "text: byte 0xff at offset 1 is not UTF-8");
  expect_refusal([] { CharacterUnits("aba"); }, "characters: 'a' is there twice");
  expect_refusal([] { CharacterUnits(""); }, "characters: the list is empty");
}

TEST(WordUnits, AreTheMostFrequentWords) {
  const auto words = words_of("the cat\nthe dog a cat the\n", 5);
  EXPECT_EQ(words, (std::vector<std::string>{"<unk>", "<eos>", "the", "cat", "a"}));
  const WordUnits units(words);
  EXPECT_EQ(units.encode("the  bird\ta\n"), (Tokens{2, 0, 4, 1}));
  EXPECT_EQ(units.decode({2, 3, 1, 4}), "the cat \na ");
  EXPECT_EQ(units.end_of_text(), 1);
  expect_refusal([] { WordUnits({"a", "b"}); }, "words: the list has no <unk>");
}

TEST(NumberUnits, AreNumbers) {
  const NumberUnits units(11);
  EXPECT_EQ(units.encode("3 10\n0"), (Tokens{3, 10, 0}));
  EXPECT_EQ(units.decode({3, 10}), "3 10 ");
  expect_refusal([&] { units.encode("3 11"); },
                 "'11' is no token, expected numbers of 0..10 parted by blanks");
  expect_refusal([&] { units.encode("3 x"); }, "'x' is no token, expected numbers of 0..10 parted by blanks");
}

}  // namespace
}  // namespace mneme
