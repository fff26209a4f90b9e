// Fears, colours, motives: what follows from what kind somebody is. Tasks 15, 16 and 20.
#include <algorithm>
#include <map>

#include "mneme/tasks/babi/solver/rules.h"

namespace mneme {
namespace {

struct Heard {
  std::string what;
  size_t line;
};

class Deduction : public StoryRules {
 public:
  void hear(const Words& words, size_t line) override {
    if (words.size() == 5 && words[1] == "are")
      fears_[singular(words[0])] = {singular(words[4]), line};  // wolves are afraid of mice
    else if (words.size() == 4 && words[1] == "is")
      kinds_[words[0]] = {words[3], line};  // winona is a sheep
    else
      not_understood(words);
  }

  /// what is emily afraid of
  Solution answer(const Words& words) const override {
    if (words.size() != 5) not_understood(words);
    const auto kind = kinds_.find(words[2]);
    if (kind == kinds_.end()) return {};
    const auto fear = fears_.find(kind->second.what);
    if (fear == fears_.end()) return {};
    return {0, fear->second.what, {kind->second.line, fear->second.line}};
  }

 private:
  static std::string singular(const std::string& kind) {
    static const std::map<std::string, std::string> kinds = {
        {"wolves", "wolf"}, {"sheep", "sheep"}, {"mice", "mouse"}, {"cats", "cat"}};
    const auto found = kinds.find(kind);
    return found == kinds.end() ? kind : found->second;
  }

  std::map<std::string, Heard> fears_, kinds_;
};

class Induction : public StoryRules {
 public:
  void hear(const Words& words, size_t line) override {
    if (words.size() == 4 && words[1] == "is") {  // lily is a swan
      kinds_[words[0]] = {words[3], line};
      order_.push_back(words[0]);
    } else if (words.size() == 3 && words[1] == "is") {  // lily is white
      colours_[words[0]] = {words[2], line};
    } else {
      not_understood(words);
    }
  }

  /// what color is brian: that of the last whose kind was said to be his and whose colour is known
  Solution answer(const Words& words) const override {
    if (words.size() != 4) not_understood(words);
    const auto kind = kinds_.find(words[3]);
    if (kind == kinds_.end()) return {};
    for (auto other = order_.rbegin(); other != order_.rend(); ++other) {
      const Heard& same = kinds_.at(*other);
      const auto colour = colours_.find(*other);
      if (*other != words[3] && same.what == kind->second.what && colour != colours_.end())
        return {0, colour->second.what, {kind->second.line, same.line, colour->second.line}};
    }
    return {};
  }

 private:
  std::map<std::string, Heard> kinds_, colours_;
  Words order_;  // in which kinds were named
};

class Motivation : public StoryRules {
 public:
  void hear(const Words& words, size_t line) override {
    if (words.size() == 3 && words[1] == "is") moods_[words[0]] = {words[2], line};
    // What they do then tells nothing new.
  }

  /// where will jason go, why did jason go to the kitchen, why did jason get the milk
  Solution answer(const Words& words) const override {
    static const std::map<std::string, std::string> places = {
        {"hungry", "kitchen"}, {"thirsty", "kitchen"}, {"bored", "garden"}, {"tired", "bedroom"}};
    const auto mood = moods_.find(words[2]);
    if (mood == moods_.end()) return {};
    if (words[0] == "why") return {0, mood->second.what, {mood->second.line}};
    const auto place = places.find(mood->second.what);
    if (words[0] != "where" || place == places.end()) not_understood(words);
    return {0, place->second, {mood->second.line}};
  }

 private:
  std::map<std::string, Heard> moods_;
};

}  // namespace

std::unique_ptr<StoryRules> deduction_rules() {
  return std::make_unique<Deduction>();
}
std::unique_ptr<StoryRules> induction_rules() {
  return std::make_unique<Induction>();
}
std::unique_ptr<StoryRules> motivation_rules() {
  return std::make_unique<Motivation>();
}

}  // namespace mneme
