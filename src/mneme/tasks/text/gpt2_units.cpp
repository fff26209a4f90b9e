#include "mneme/tasks/text/gpt2_units.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "mneme/core/error.h"
#include "mneme/tasks/text/compressed_file.h"
#include "mneme/tasks/text/unicode_classes.h"
#include "mneme/tasks/text/utf8.h"

namespace mneme {
namespace fs = std::filesystem;
namespace {

/// GPT-2's files write bytes as characters that can be printed: those that can as themselves, the others as
/// the characters from U+0100 on, in order. Here: the byte of each such character, or -1.
std::vector<int> bytes_of_printed() {
  std::vector<int> bytes(0x144, -1);
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    bytes[static_cast<size_t>(printable ? byte : next++)] = byte;
  }
  return bytes;
}

/// "Ġthe" → " the". Throws Error naming `where`.
std::string bytes_from_printed(std::string_view printed, const std::string& where) {
  static const std::vector<int> table = bytes_of_printed();
  std::string bytes;
  for (size_t at = 0; at < printed.size();) {
    const auto character = first_character(printed.substr(at));
    const int byte = character.bytes > 0 && character.code < table.size() ? table[character.code] : -1;
    if (byte < 0) throw Error(where + ": '" + std::string(printed) + "' is not written in GPT-2's way");
    bytes += static_cast<char>(byte);
    at += static_cast<size_t>(character.bytes);
  }
  return bytes;
}

uint64_t pair_key(int64_t left, int64_t right) {
  return static_cast<uint64_t>(left) << 32 | static_cast<uint64_t>(right);
}

size_t contraction(std::string_view text) {
  for (const std::string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.starts_with(ending)) return ending.size();
  return 0;
}

}  // namespace

std::vector<std::string_view> gpt2_words(std::string_view text) {
  std::vector<std::string_view> words;
  const auto class_at = [&](size_t at) {
    const auto character = first_character(text.substr(at));
    return std::pair(unicode_class(character.code), static_cast<size_t>(character.bytes));
  };
  for (size_t at = 0; at < text.size();) {
    size_t end = at + contraction(text.substr(at));
    if (end == at) {
      const size_t word = text[at] == ' ' && at + 1 < text.size() ? at + 1 : at;
      const auto [kind, bytes] = class_at(word);
      if (kind != UnicodeClass::space) {
        for (end = word; end < text.size();) {
          const auto [next, more] = class_at(end);
          if (next != kind) break;
          end += more;
        }
      } else {
        size_t last = at;  // where the last blank begins
        for (end = at; end < text.size();) {
          const auto [next, more] = class_at(end);
          if (next != UnicodeClass::space) break;
          last = end;
          end += more;
        }
        if (end < text.size() && last > at) end = last;  // what follows takes it, or it is a word of its own
      }
    }
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

Gpt2Units::Gpt2Units(const std::string& vocabulary, const std::string& merges) {
  const auto numbers = nlohmann::json::parse(vocabulary, nullptr, /*allow_exceptions=*/false);
  if (!numbers.is_object() || numbers.empty()) throw Error("vocabulary: not an object of pieces and numbers");
  pieces_.resize(numbers.size());
  std::vector<bool> known(numbers.size());
  std::unordered_map<std::string, int64_t> tokens;
  for (const auto& [printed, number] : numbers.items()) {
    const int64_t token = number.is_number_integer() ? number.get<int64_t>() : -1;
    if (token < 0 || token >= size() || known[static_cast<size_t>(token)])
      throw Error("vocabulary: '" + printed + "' has the number " + number.dump() + ", expected each of 0.." +
                  std::to_string(size() - 1) + " once");
    known[static_cast<size_t>(token)] = true;
    if (printed == "<|endoftext|>") {
      end_of_text_ = token;
      pieces_[static_cast<size_t>(token)] = printed;
      continue;
    }
    const std::string bytes = bytes_from_printed(printed, "vocabulary");
    pieces_[static_cast<size_t>(token)] = bytes;
    tokens[bytes] = token;
  }
  for (int byte = 0; byte < 256; ++byte) {
    const auto found = tokens.find(std::string(1, static_cast<char>(byte)));
    if (found == tokens.end()) throw Error("vocabulary: no piece for byte " + std::to_string(byte));
    of_byte_[byte] = found->second;
  }
  std::istringstream lines(merges);
  int64_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.starts_with("#version")) continue;
    const std::string where = "merges, line " + std::to_string(number);
    const size_t blank = line.find(' ');
    if (blank == std::string::npos) throw Error(where + ": '" + line + "', expected two pieces");
    const auto token_of = [&](const std::string& bytes) {
      const auto found = tokens.find(bytes);
      if (found == tokens.end()) throw Error(where + ": '" + line + "' is not in the vocabulary");
      return found->second;
    };
    const std::string left = bytes_from_printed(std::string_view(line).substr(0, blank), where);
    const std::string right = bytes_from_printed(std::string_view(line).substr(blank + 1), where);
    merges_.try_emplace(pair_key(token_of(left), token_of(right)),
                        Merge{static_cast<int64_t>(merges_.size()), token_of(left + right)});
  }
}

void Gpt2Units::encode_word(std::string_view word, std::vector<int64_t>& tokens) const {
  std::vector<int64_t> parts;
  for (const char byte : word) parts.push_back(of_byte_[static_cast<unsigned char>(byte)]);
  while (parts.size() > 1) {
    Merge best{std::numeric_limits<int64_t>::max(), 0};
    uint64_t pair = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto found = merges_.find(pair_key(parts[i], parts[i + 1]));
      if (found == merges_.end() || found->second.rank >= best.rank) continue;
      best = found->second;
      pair = found->first;
    }
    if (best.rank == std::numeric_limits<int64_t>::max()) break;
    size_t kept = 0;  // every place of the pair is merged, from the left
    for (size_t i = 0; i < parts.size(); ++i) {
      const bool merge = i + 1 < parts.size() && pair_key(parts[i], parts[i + 1]) == pair;
      parts[kept++] = merge ? best.token : parts[i];
      i += merge;
    }
    parts.resize(kept);
  }
  tokens.insert(tokens.end(), parts.begin(), parts.end());
}

std::vector<int64_t> Gpt2Units::encode(std::string_view text) const {
  require_utf8("text", text);
  std::vector<int64_t> tokens;
  std::unordered_map<std::string_view, std::vector<int64_t>> known;
  for (const std::string_view word : gpt2_words(text)) {
    auto [entry, fresh] = known.try_emplace(word);
    if (fresh) encode_word(word, entry->second);
    tokens.insert(tokens.end(), entry->second.begin(), entry->second.end());
  }
  return tokens;
}

std::string Gpt2Units::piece(int64_t token) const {
  require_token(token);
  return pieces_[static_cast<size_t>(token)];
}

Gpt2Files read_gpt2_files(const fs::path& folder) {
  const auto find = [](const fs::path& where, const char* name) -> fs::path {
    for (const char* packed : {"", ".xz", ".gz"})
      if (fs::path path = where / (std::string(name) + packed); fs::is_regular_file(path)) return path;
    return {};
  };
  for (const fs::path& where : {folder, folder / "gpt2_bpe"})
    for (const auto& [vocabulary, merges] :
         {std::pair("encoder.json", "vocab.bpe"), std::pair("vocab.json", "merges.txt")}) {
      const fs::path numbers = find(where, vocabulary), list = find(where, merges);
      if (!numbers.empty() && !list.empty()) return {read_unpacked(numbers), read_unpacked(list)};
    }
  throw DataError("text: no encoder.json and vocab.bpe (or vocab.json and merges.txt), packed or not, in " +
                  folder.string() +
                  " or its gpt2_bpe. Point task.vocabulary or the environment's MNEME_DATA at the "
                  "folder that holds GPT-2's vocabulary");
}

}  // namespace mneme
