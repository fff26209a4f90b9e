#include "mneme/tasks/babi/typed_story.h"

#include <gtest/gtest.h>

#include "mneme/core/error.h"

namespace mneme {
namespace {

using Sentence = std::vector<std::string>;

Vocabulary vocabulary() {
  Vocabulary known;
  for (const char* word : {"mary", "john", "went", "to", "the", "office", "kitchen", "where", "is", ".", "?"})
    known.add(word);
  return known;
}

TEST(TypedStory, PartsSentencesAndTheQuestion) {
  const auto story = parse_typed_story("Mary went to the office. John went to the kitchen.\nWhere is Mary?", vocabulary());
  ASSERT_EQ(story.sentences.size(), 2);
  EXPECT_EQ(story.sentences[1], (Sentence{"john", "went", "to", "the", "kitchen"}));
  EXPECT_EQ(story.question, (Sentence{"where", "is", "mary"}));
}

TEST(TypedStory, TakesLinesWithNumbersAndWithoutFullStops) {
  const auto story = parse_typed_story("1 Mary went to the office\n2 John went to the kitchen.\n3 Where is Mary?\n",
                                       vocabulary());
  ASSERT_EQ(story.sentences.size(), 2);
  EXPECT_EQ(story.sentences[0], (Sentence{"mary", "went", "to", "the", "office"}));
  EXPECT_TRUE(parse_typed_story("Where is Mary?", vocabulary()).sentences.empty());
}

std::string error_of(const char* text) {
  try {
    parse_typed_story(text, vocabulary());
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(TypedStory, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(error_of("Mary went to the offise. Where is Mary?"),
            "the word offise is none that the model knows; the nearest: office");
  EXPECT_EQ(error_of("Zebedee?"), "the word zebedee is none that the model knows");
  EXPECT_EQ(error_of("Mary went to the office."),
            "no question, expected the story to end with one, such as \"Where is Mary?\"");
  EXPECT_EQ(error_of("Where is Mary? John went to the kitchen."),
            "after the question comes john, expected the question to be the end");
  EXPECT_EQ(error_of("?"), "the question has no words");
}

}  // namespace
}  // namespace mneme
