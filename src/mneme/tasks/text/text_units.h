// What a text is cut into, and the numbers that models get instead.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mneme {

class TextUnits {
 public:
  virtual ~TextUnits() = default;
  virtual int64_t size() const = 0;  ///< tokens are 0..size - 1

  /// Throws Error for text that is not UTF-8 or that the vocabulary cannot express, naming the first place.
  virtual std::vector<int64_t> encode(std::string_view text) const = 0;

  /// The text of one token, byte for byte as decode() joins them: not always a whole character.
  virtual std::string piece(int64_t token) const = 0;

  /// The text of several. Throws Error for a number that is no token.
  virtual std::string decode(const std::vector<int64_t>& tokens) const;

  /// The token that stands between documents; -1 where there is none.
  virtual int64_t end_of_text() const { return -1; }

 protected:
  /// Throws Error unless 0 <= token < size().
  void require_token(int64_t token) const;
};

/// The 256 values of a byte: any text at all.
class ByteUnits : public TextUnits {
 public:
  int64_t size() const override { return 256; }
  std::vector<int64_t> encode(std::string_view text) const override;
  std::string piece(int64_t token) const override;
};

/// The characters (UTF-8) of a list, in its order.
class CharacterUnits : public TextUnits {
 public:
  /// Throws Error for a list that is empty, is not UTF-8 or holds a character twice.
  explicit CharacterUnits(const std::string& characters);
  int64_t size() const override { return static_cast<int64_t>(characters_.size()); }
  std::vector<int64_t> encode(std::string_view text) const override;
  std::string piece(int64_t token) const override;

 private:
  std::vector<std::string> characters_;
  std::map<std::string, int64_t, std::less<>> numbers_;
};

/// The different characters of a text by rising code, as CharacterUnits takes them. Throws Error where it is
/// not UTF-8.
std::string characters_of(const std::string& name, std::string_view text);

/// Words, parted by blanks and line ends; a line's end is the word "<eos>", and words that the list lacks are
/// "<unk>". Blanks are not kept: decode() joins words with one, and "<eos>" is a line end.
class WordUnits : public TextUnits {
 public:
  /// Throws Error for a word twice, or a list without "<unk>".
  explicit WordUnits(std::vector<std::string> words);
  int64_t size() const override { return static_cast<int64_t>(words_.size()); }
  std::vector<int64_t> encode(std::string_view text) const override;
  std::string piece(int64_t token) const override;  ///< a word and the blank after it
  int64_t end_of_text() const override { return end_; }
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
  std::map<std::string, int64_t, std::less<>> numbers_;
  int64_t unknown_ = 0, end_ = -1;
};

/// The numbers themselves, below `size`, parted by blanks: for models whose vocabulary is not here.
class NumberUnits : public TextUnits {
 public:
  explicit NumberUnits(int64_t size) : size_(size) {}
  int64_t size() const override { return size_; }
  std::vector<int64_t> encode(std::string_view text) const override;
  std::string piece(int64_t token) const override;  ///< a number and a blank

 private:
  int64_t size_;
};

/// The most frequent words of a text (the first of equally frequent ones in the order of their bytes),
/// "<unk>" and
/// "<eos>" first; at most `most` in all.
std::vector<std::string> words_of(std::string_view text, int64_t most);

}  // namespace mneme
