#include "mneme/tasks/pen/pen_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

#include "mneme/core/error.h"

namespace mneme {
namespace {

using WordList = std::vector<std::string_view>;

WordList words_in(std::string_view text) {
  WordList words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

constexpr std::string_view kCommon =
    "the be to of and a in that have it for not on with he as you do at this but his by from they we say her she or "
    "an will my one all would there their what so up out if about who get which go me when make can like time no just "
    "him know take people into year your good some could them see other than then now look only come its over think "
    "also back after use two how our work first well way even new want because any these give day most us is was are "
    "had been has were said did having may such great where much before must through long down should own made still "
    "between life being those under never same another while last might us might old off came went found thought "
    "house again place hand part world every left right head side few once upon always night water three without "
    "against state young number course company system public early small large within during however country next "
    "until something though less family become whole point home money story week lot study book eye job word issue "
    "kind four black white real best far sea five city area group power problem fact service room line door end six "
    "member law car name team minute idea body nothing others level office health person art war history party "
    "result change morning reason research girl guy moment air teacher force education foot boy age policy music "
    "process market sense nation plan college interest death experience effect class control field development role "
    "effort rate heart drug show leader light voice wife police mind price report decision son view town road form "
    "arm difference value building action season society tax director position player record paper space ground "
    "event official matter center couple site project activity star table need court oil situation cost industry "
    "figure street image phone data picture practice piece land product doctor wall patient worker news test movie "
    "north love step window summer winter spring autumn river letter garden horse king queen captain general orders "
    "muster quick brown fox jump lazy dog quiz jazz extra zero six seven eight nine ten box exact vex quite quiet "
    "joke enjoy object subject juice judge major journey squeeze question request equal quality zone size prize "
    "crazy freeze complex example taxi relax expect next mix index kept break speak weak thank drink";

constexpr std::string_view kNouns =
    "house river letter garden horse king captain window doctor teacher city road winter summer story table picture "
    "market wall child friend ship train bird forest village kitchen morning evening journey question answer box fox "
    "dog cat queen judge bridge island paper clock candle field stone boat mountain company army office church "
    "book song voice hand door street school flower lake valley engine judge zebra jacket";
constexpr std::string_view kAdjectives =
    "old young small large quiet quick brown lazy great little white black long short warm cold dark bright strange "
    "simple heavy light empty broken happy tired brave clever gentle narrow wide lucky exact extra major busy dusty";
constexpr std::string_view kVerbs =
    "found left saw took kept made wanted remembered followed crossed opened closed watched carried forgot painted "
    "built sold bought loved feared expected joined enjoyed judged asked answered visited drew fixed moved mixed";
constexpr std::string_view kNames =
    "Anna Brian Clara David Emma Frank Grace Henry Ida James Kate Louis Mary Nora Oscar Peter Quentin Ruth Simon "
    "Thomas Una Victor Walter Xavier Yara Zoe London Paris Vienna Quebec Kyoto Madrid July Friday Uganda Egypt";
constexpr std::string_view kPrepositions =
    "near behind under beside before across beyond inside above after without over";

// N, A, V, P and M stand for a noun, adjective, verb, preposition and name, a capital X for a number.
constexpr std::array<std::string_view, 16> kSentences = {
    "The A N V the N.",
    "M V a N P the A N.",
    "We V the N, but nobody V it.",
    "Did M see the N?",
    "The N P the N was A and A.",
    "In X there were X of them.",
    "\"The N is A,\" said M.",
    "M's N was A; the N was not.",
    "They had never V a N that A.",
    "It was a A N: A, A and A.",
    "M and M V the N at X o'clock.",
    "What a A N!",
    "She V him once (in X) P the N.",
    "A well-known N V the A N.",
    "You must not think that the N V us.",
    "He thought that the A N from M would come.",
};

template <class List>
const auto& any_of(const List& list, Random& random) {
  return list[static_cast<size_t>(random.integer(0, static_cast<int64_t>(list.size()) - 1))];
}

std::string number_text(Random& random) {
  const int64_t digits = random.integer(1, 4);
  std::string text;
  for (int64_t i = 0; i < digits; ++i) text += static_cast<char>('0' + random.integer(i == 0 && digits > 1 ? 1 : 0, 9));
  return text;
}

std::string made_up(Random& random) {
  const int64_t length = random.integer(2, 8);
  std::string text;
  for (int64_t i = 0; i < length; ++i) text += static_cast<char>('a' + random.integer(0, 25));
  return text;
}

std::string any_sentence(Random& random) {
  static const WordList nouns = words_in(kNouns), adjectives = words_in(kAdjectives),
                        verbs = words_in(kVerbs), names = words_in(kNames), places = words_in(kPrepositions);
  const std::string_view pattern = any_of(kSentences, random);
  std::string text;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const auto is_letter = [&](size_t at) {
      return at < pattern.size() && std::isalpha(static_cast<unsigned char>(pattern[at])) != 0;
    };
    // A letter that stands alone is a place to fill, but for "A" at the start of a sentence.
    const bool alone = !is_letter(i + 1) && (i == 0 || !is_letter(i - 1));
    const char letter = alone && !(i == 0 && pattern[i] == 'A') ? pattern[i] : ' ';
    switch (letter) {
      case 'N':
        text += any_of(nouns, random);
        break;
      case 'A':
        text += any_of(adjectives, random);
        break;
      case 'V':
        text += any_of(verbs, random);
        break;
      case 'P':
        text += any_of(places, random);
        break;
      case 'M':
        text += any_of(names, random);
        break;
      case 'X':
        text += number_text(random);
        break;
      default:
        text += pattern[i];
    }
  }
  return text;
}

}  // namespace

const std::vector<std::string_view>& common_words() {
  static const WordList words = words_in(kCommon);
  return words;
}

std::string draw_word(Random& random) {
  std::string word;
  const double kind = random.uniform();
  if (kind < 0.08) return number_text(random);
  if (kind < 0.25) {
    word = made_up(random);
  } else {
    // The square puts the weight on the front of the list, where the frequent words are.
    const double place = random.uniform();
    const auto& words = common_words();
    word = words[static_cast<size_t>(place * (0.3 + 0.7 * place) * static_cast<double>(words.size()))];
  }
  if (random.coin(0.15)) word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  if (random.coin(0.03))
    for (char& letter : word) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  if (random.coin(0.03)) word += random.coin() ? "'s" : "-" + made_up(random);
  if (random.coin(0.12)) word += any_of(std::string_view(".,.,.,!?;:"), random);
  if (random.coin(0.02)) word = "\"" + word + "\"";
  if (random.coin(0.02)) word = "(" + word + ")";
  return word;
}

std::string draw_line(int64_t longest, Random& random) {
  if (longest < 12) throw Error("draw_line: longest is " + std::to_string(longest) + ", expected at least 12");
  std::string text = any_sentence(random);
  while (random.coin(0.7)) text += " " + any_sentence(random);
  // Any run of words that is short enough.
  std::istringstream words(text);
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  size_t at = random.coin() ? 0 : static_cast<size_t>(random.integer(0, static_cast<int64_t>(all.size()) - 1));
  std::string line = all[at].substr(0, static_cast<size_t>(longest));
  while (++at < all.size() && line.size() + 1 + all[at].size() <= static_cast<size_t>(longest)) line.append(" ").append(all[at]);
  return line;
}

}  // namespace mneme
