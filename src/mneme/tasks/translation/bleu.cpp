#include "mneme/tasks/translation/bleu.h"

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cwctype>
#include <map>

#include "mneme/tasks/text/unicode_classes.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace {

bool is_digit(char byte) {
  return byte >= '0' && byte <= '9';
}

/// ASCII symbols that stand as words of their own wherever they are; `'`, `,`, `-` and `.` are not among
/// them.
bool is_symbol(char byte) {
  return (byte >= ' ' && byte <= '&') || (byte >= '(' && byte <= '+') || byte == '/' ||
         (byte >= ':' && byte <= '@') || (byte >= '[' && byte <= '`') || (byte >= '{' && byte <= '~');
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// Every two neighbours that `fits` accepts, from the left and without overlap, with spaces around the first
/// or the second of them.
template <class Fits>
std::string split_pairs(const std::string& text, Fits&& fits, const char* before, const char* between,
                        const char* after) {
  std::string spaced;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && fits(text[i], text[i + 1])) {
      spaced.append(before).append(1, text[i]).append(between).append(1, text[i + 1]).append(after);
      ++i;
    } else {
      spaced += text[i];
    }
  }
  return spaced;
}

/// What Python takes for white space: Unicode's, and four of ASCII's separators beside it.
bool is_space(char32_t code) {
  return unicode_class(code) == UnicodeClass::space || (code >= 0x1c && code <= 0x1f);
}

std::vector<std::string> split_at_spaces(std::string_view text) {
  std::vector<std::string> words;
  bool within = false;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    const auto length = static_cast<size_t>(std::max<int64_t>(bytes, 1));
    const bool space = bytes > 0 && is_space(code);
    if (!space && !within) words.emplace_back();
    if (!space) words.back() += text.substr(0, length);
    within = !space;
    text.remove_prefix(length);
  }
  return words;
}

void append(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x800) {
    put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)),
        put(0x80 | (code & 0x3f));
  }
}

/// Every letter that has a small form by itself, in any script, in that form.
std::string lower_case_in_any_script(std::string_view text) {
  // The C library knows Unicode's letters, whatever language the user has set.
  static const locale_t letters = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  std::string lower;
  while (!text.empty()) {
    const auto [code, bytes] = first_character(text);
    const auto length = static_cast<size_t>(std::max<int64_t>(bytes, 1));
    const char first = text.front();
    if (bytes > 1 && letters != nullptr)
      append(lower, static_cast<char32_t>(towlower_l(static_cast<wint_t>(code), letters)));
    else if (bytes == 1 && first >= 'A' && first <= 'Z')
      lower += static_cast<char>(first - 'A' + 'a');
    else
      lower += text.substr(0, length);
    text.remove_prefix(length);
  }
  return lower;
}

using Ngrams = std::map<std::vector<std::string>, int64_t>;

Ngrams ngrams(const std::vector<std::string>& words, size_t order) {
  Ngrams counts;
  for (size_t i = 0; i + order <= words.size(); ++i)
    ++counts[{words.begin() + static_cast<int64_t>(i), words.begin() + static_cast<int64_t>(i + order)}];
  return counts;
}

}  // namespace

void BleuCounts::add(const BleuCounts& other) {
  for (size_t n = 0; n < kOrders; ++n) {
    matches[n] += other.matches[n];
    total[n] += other.total[n];
  }
  length += other.length;
  reference_length += other.reference_length;
}

std::vector<std::string> bleu_words(std::string_view line, LetterCase letters) {
  std::string text = letters == LetterCase::lower ? lower_case_in_any_script(line) : std::string(line);
  replace_all(text, "<skipped>", "");
  replace_all(text, "-\n", "");
  replace_all(text, "\n", " ");
  replace_all(text, "&quot;", "\"");
  replace_all(text, "&amp;", "&");
  replace_all(text, "&lt;", "<");
  replace_all(text, "&gt;", ">");
  std::string spaced = " ";
  for (const char byte : text) {
    if (is_symbol(byte))
      spaced.append(1, ' ').append(1, byte).append(1, ' ');
    else
      spaced += byte;
  }
  spaced += ' ';
  const auto is_point = [](char byte) { return byte == '.' || byte == ','; };
  spaced = split_pairs(
      spaced, [&](char a, char b) { return !is_digit(a) && is_point(b); }, "", " ", " ");
  spaced = split_pairs(
      spaced, [&](char a, char b) { return is_point(a) && !is_digit(b); }, " ", " ", "");
  spaced = split_pairs(
      spaced, [&](char a, char b) { return is_digit(a) && b == '-'; }, "", " ", " ");
  return split_at_spaces(spaced);
}

BleuCounts bleu_counts(std::string_view translation, std::string_view reference, LetterCase letters) {
  const auto given = bleu_words(translation, letters), expected = bleu_words(reference, letters);
  BleuCounts counts;
  counts.length = static_cast<int64_t>(given.size());
  counts.reference_length = static_cast<int64_t>(expected.size());
  for (size_t n = 0; n < BleuCounts::kOrders; ++n) {
    const Ngrams known = ngrams(expected, n + 1);
    for (const auto& [words, count] : ngrams(given, n + 1)) {
      counts.total[n] += count;
      if (const auto found = known.find(words); found != known.end())
        counts.matches[n] += std::min(count, found->second);
    }
  }
  return counts;
}

double bleu(const BleuCounts& counts) {
  if (std::all_of(counts.matches.begin(), counts.matches.end(), [](int64_t count) { return count == 0; }))
    return 0;
  double logarithms = 0, unmatched = 1;
  for (size_t n = 0; n < BleuCounts::kOrders; ++n) {
    if (counts.total[n] == 0) return 0;
    const auto total = static_cast<double>(counts.total[n]);
    if (counts.matches[n] == 0) unmatched *= 2;
    logarithms += std::log(counts.matches[n] == 0 ? 100 / (unmatched * total)
                                                  : 100 * static_cast<double>(counts.matches[n]) / total);
  }
  const double shortness =
      counts.length < counts.reference_length
          ? std::exp(1 - static_cast<double>(counts.reference_length) / static_cast<double>(counts.length))
          : 1;
  return shortness * std::exp(logarithms / BleuCounts::kOrders);
}

std::string bleu_signature(LetterCase letters) {
  return std::string("nrefs:1|case:") + (letters == LetterCase::lower ? "lc" : "mixed") +
         "|eff:no|tok:13a|smooth:exp|version:2.6.0";
}

}  // namespace mneme
