// Damaged archives, each of which must be refused or give back the original to the bit. test_core reads a
// few; safetensors_fuzz (fuzz.cmake) reads MNEME_DAMAGED_FILES of them under AddressSanitizer. The damage
// comes from a seed, the number of the file, which a failure names.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "archived_dtypes.h"
#include "mneme/core/checksum.h"
#include "mneme/core/error.h"
#include "mneme/core/random.h"
#include "mneme/core/safetensors.h"

#ifndef MNEME_DAMAGED_FILES
#define MNEME_DAMAGED_FILES 2000
#endif

namespace mneme {
namespace {

/// A file that has a path but lies in memory.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("archive", MFD_CLOEXEC)) {
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  }
  ~MemoryFile() { ::close(descriptor_); }
  const std::string& path() const { return path_; }
  void put(const std::string& bytes) {
    const bool done = ::ftruncate(descriptor_, 0) == 0 && ::pwrite(descriptor_, bytes.data(), bytes.size(),
                                                                   0) == static_cast<ssize_t>(bytes.size());
    if (!done) throw std::runtime_error("cannot fill a file in memory");
  }

 private:
  int descriptor_;
  std::string path_;
};

struct Original {
  Archive archive;
  std::string bytes;
  size_t data_begin() const {
    uint64_t header;
    std::memcpy(&header, bytes.data(), sizeof header);
    return sizeof header + header;
  }
};

// Archives of a few tensors, each in two versions of the same layout and other values.
std::vector<Original> originals() {
  std::vector<Original> list;
  const std::string path = testing::TempDir() + "mneme-fuzz-" + std::to_string(::getpid());
  for (uint64_t number = 0; number < 12; ++number) {
    Random layout(number / 2), values(number);
    Archive archive;
    const int64_t count = number < 2 ? 0 : layout.integer(1, 6);
    for (int64_t i = 0; i < count; ++i) {
      std::vector<int64_t> shape(static_cast<size_t>(layout.integer(0, 3)));
      for (auto& size : shape) size = layout.integer(layout.coin(0.1) ? 0 : 1, 6);
      const auto dtype = kDtypes[layout.integer(0, std::size(kDtypes) - 1)];
      auto tensor = at::empty(shape, at::kDouble);
      for (int64_t item = 0; item < tensor.numel(); ++item)
        tensor.mutable_data_ptr<double>()[item] = 40 * values.normal();
      archive.tensors["layer." + std::to_string(i) + ".weight"] = tensor.to(dtype);
    }
    if (layout.coin()) archive.metadata["note"] = "version " + std::to_string(number);
    write_archive(path, archive);
    std::string bytes(std::filesystem::file_size(path), '\0');
    InputFile(path).read(bytes.data(), bytes.size());
    list.push_back({archive, bytes});
  }
  std::filesystem::remove(path);
  return list;
}

size_t place_in(Random& random, size_t size) {
  return static_cast<size_t>(random.integer(0, static_cast<int64_t>(size) - 1));
}

// ---- damage ------------------------------------------------------------------------------------------

void flip_bits(Random& random, std::string& bytes) {
  for (int64_t flips = random.integer(1, 8); flips > 0; --flips)
    bytes[place_in(random, bytes.size())] ^= static_cast<char>(1 << random.integer(0, 7));
}

void overwrite_a_run(Random& random, std::string& bytes) {
  const size_t begin = place_in(random, bytes.size());
  const size_t length = 1 + place_in(random, std::min<size_t>(bytes.size() - begin, 64));
  const auto kind = random.integer(0, 2);  // zeros, ones, noise
  for (size_t i = begin; i < begin + length; ++i)
    bytes[i] = static_cast<char>(kind == 0 ? 0 : kind == 1 ? 0xff : random.integer(0, 255));
}

void truncate(Random& random, std::string& bytes) {
  bytes.resize(place_in(random, bytes.size()));
}

void extend(Random& random, std::string& bytes) {
  for (int64_t more = random.integer(1, 40); more > 0; --more)
    bytes += static_cast<char>(random.coin() ? 0 : random.integer(0, 255));
}

void remove_or_repeat_a_run(Random& random, std::string& bytes) {
  const size_t begin = place_in(random, bytes.size());
  const size_t length = 1 + place_in(random, std::min<size_t>(bytes.size() - begin, 40));
  if (random.coin())
    bytes.erase(begin, length);
  else
    bytes.insert(place_in(random, bytes.size()), bytes.substr(begin, length));
}

void exchange_two_runs(Random& random, std::string& bytes) {
  const size_t length = 1 + place_in(random, std::min<size_t>(bytes.size() / 2, 16));
  const size_t one = place_in(random, bytes.size() - length + 1);
  const size_t other = place_in(random, bytes.size() - length + 1);
  const std::string saved = bytes.substr(one, length);
  bytes.replace(one, length, bytes.substr(other, length));
  bytes.replace(other, length, saved);
}

void change_the_length(Random& random, std::string& bytes) {
  uint64_t length;
  std::memcpy(&length, bytes.data(), sizeof length);
  const uint64_t choices[] = {0,
                              1,
                              length - 1,
                              length + 1,
                              length + 8,
                              bytes.size() - 8,
                              bytes.size(),
                              100'000'001,
                              uint64_t{1} << 63,
                              ~uint64_t{0},
                              ~uint64_t{7},
                              random()};
  std::memcpy(bytes.data(), &choices[random.integer(0, std::size(choices) - 1)], sizeof length);
}

/// Replaces one word of the header's JSON by another that stands there for the same kind of thing, and sets
/// the length to the new one.
void edit_the_header(Random& random, std::string& bytes, size_t data_begin) {
  static const std::vector<std::string> words = {
      "\"F64\"",      "\"F32\"",      "\"F16\"", "\"BF16\"",       "\"I64\"", "\"I32\"",
      "\"I16\"",      "\"I8\"",       "\"U8\"",  "\"BOOL\"",       "dtype",   "shape",
      "data_offsets", "__metadata__", "weight",  "mneme.checksum", "layer"};
  static const std::vector<std::string> replacements = {"0",
                                                        "1",
                                                        "2",
                                                        "3",
                                                        "8",
                                                        "16",
                                                        "-1",
                                                        "4294967296",
                                                        "9223372036854775807",
                                                        "18446744073709551615",
                                                        "36893488147419103232",
                                                        "1e3",
                                                        "1.5",
                                                        "null",
                                                        "true",
                                                        "[]",
                                                        "{}",
                                                        "\"\"",
                                                        "[[[[",
                                                        "\\u0000",
                                                        "\xff",
                                                        ","};
  std::string header = bytes.substr(8, data_begin - 8);
  for (int64_t edits = random.integer(1, 3); edits > 0; --edits) {
    // A number, a known word, or any place.
    std::vector<std::pair<size_t, size_t>> targets;  // begin, length
    const auto kind = random.integer(0, 2);
    if (kind == 0) {
      for (size_t i = header.find('['); i < header.size(); ++i) {
        size_t end = i;
        while (end < header.size() && std::isdigit(static_cast<unsigned char>(header[end]))) ++end;
        if (end > i) targets.emplace_back(i, end - i);
        i = std::max(i, end);
      }
    } else if (kind == 1) {
      for (const auto& word : words)
        for (size_t i = header.find(word); i != std::string::npos; i = header.find(word, i + 1))
          targets.emplace_back(i, word.size());
    }
    if (targets.empty()) targets.emplace_back(place_in(random, header.size()), 1);
    const auto [begin, length] = targets[place_in(random, targets.size())];
    const auto& source = kind == 1 && random.coin(0.8) ? words : replacements;
    header.replace(begin, length, source[place_in(random, source.size())]);
  }
  const uint64_t length = header.size();
  bytes.replace(8, data_begin - 8, header);
  std::memcpy(bytes.data(), &length, sizeof length);
}

/// The header of one file before the data of another.
void splice(Random& random, std::string& bytes, size_t data_begin, const Original& other) {
  const std::string data = bytes.substr(data_begin);
  bytes = other.bytes.substr(0, other.data_begin()) + data;
  if (random.coin(0.3)) bytes.resize(other.bytes.size(), '\0');  // so that the sizes agree
}

std::string damaged(Random& random, const Original& original, const Original& other) {
  std::string bytes = original.bytes;
  for (int64_t rounds = random.coin(0.8) ? 1 : 2; rounds > 0 && bytes.size() > 16; --rounds) {
    const bool untouched = bytes == original.bytes;
    switch (random.integer(0, 8)) {
      case 0:
        flip_bits(random, bytes);
        break;
      case 1:
        overwrite_a_run(random, bytes);
        break;
      case 2:
        truncate(random, bytes);
        break;
      case 3:
        extend(random, bytes);
        break;
      case 4:
        remove_or_repeat_a_run(random, bytes);
        break;
      case 5:
        exchange_two_runs(random, bytes);
        break;
      case 6:
        change_the_length(random, bytes);
        break;
      case 7:
        if (untouched) splice(random, bytes, original.data_begin(), other);
        break;
      case 8:
        if (untouched) edit_the_header(random, bytes, original.data_begin());
        break;
    }
  }
  return bytes;
}

/// Gives an edited header the right checksum again, so that the reader goes on to parse it.
void forge_the_header_checksum(std::string& bytes) {
  constexpr size_t kDigits = 8 + sizeof(R"({"__metadata__":{"mneme.checksum":")") - 1;
  uint64_t length;
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > bytes.size() - 8 || kDigits + 16 > 8 + length) return;
  bytes.replace(kDigits, 16, 16, '0');
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx",
                static_cast<unsigned long long>(crc64(bytes.data(), 8 + length)));
  bytes.replace(kDigits, 16, digits);
}

/// The same archive as another program writes it: no metadata, so no checksums.
std::string without_metadata(const Original& original) {
  std::string header = original.bytes.substr(8, original.data_begin() - 8);
  size_t end = header.find('}') + 1;
  if (header[end] == ',') ++end;
  header.erase(1, end - 1);
  const uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), sizeof length);
  return bytes.append(header).append(original.bytes, original.data_begin());
}

// ---- the judgement -----------------------------------------------------------------------------------

bool same_bits(const Archive& one, const Archive& other) {
  if (one.metadata != other.metadata || one.tensors.size() != other.tensors.size()) return false;
  for (const auto& [name, tensor] : one.tensors) {
    const auto found = other.tensors.find(name);
    if (found == other.tensors.end() || found->second.scalar_type() != tensor.scalar_type() ||
        found->second.sizes() != tensor.sizes())
      return false;
    if (tensor.nbytes() > 0 &&
        std::memcmp(tensor.const_data_ptr(), found->second.const_data_ptr(), tensor.nbytes()) != 0)
      return false;
  }
  return true;
}

TEST(DamagedArchives, AreRefusedOrGiveBackTheOriginal) {
  const std::vector<Original> files = originals();
  MemoryFile file;
  int refused = 0, unharmed = 0;
  for (uint64_t number = 0; number < MNEME_DAMAGED_FILES; ++number) {
    Random random(number);
    const size_t chosen = place_in(random, files.size());
    // Half of the time the other version of the same layout: a splice then fits in every size.
    const size_t other = random.coin() ? chosen ^ 1 : place_in(random, files.size());
    const std::string bytes = damaged(random, files[chosen], files[other]);
    file.put(bytes);
    try {
      const Archive archive = read_archive(file.path());
      const bool is_the_other = bytes == files[other].bytes;  // a splice of files without data
      ASSERT_TRUE(same_bits(archive, files[is_the_other ? other : chosen].archive))
          << "damaged file " << number << " gave other values";
      ++unharmed;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_EQ(refused + unharmed, MNEME_DAMAGED_FILES);
  // Few damages do nothing (an exchange of equal bytes, say); if many did, this would test little.
  EXPECT_LT(unharmed, MNEME_DAMAGED_FILES / 10);
}

// Without checksums, or with forged ones, wrong values cannot be noticed; but every file must be read or
// refused in good order, and these reach the parts of the reader that a checksum else shields.
TEST(DamagedArchives, OfOtherProgramsOrForgedAreReadInGoodOrder) {
  const std::vector<Original> files = originals();
  MemoryFile file;
  int refused = 0;
  for (uint64_t number = 0; number < MNEME_DAMAGED_FILES / 2; ++number) {
    Random random(number);
    const bool forged = random.coin();
    const Original& original = files[place_in(random, files.size())];
    Original edited = original;
    if (!forged) edited.bytes = without_metadata(original);
    edit_the_header(random, edited.bytes, edited.data_begin());
    if (forged) forge_the_header_checksum(edited.bytes);
    file.put(edited.bytes);
    try {
      const Archive archive = read_archive(file.path(), forged ? Checksums::required : Checksums::optional);
      size_t sizes = 0;
      for (const auto& [name, tensor] : archive.tensors) sizes += tensor.nbytes();
      ASSERT_LE(sizes, edited.bytes.size()) << "edited file " << number;
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_LT(refused, MNEME_DAMAGED_FILES / 2) << "some edits are harmless";
}

}  // namespace
}  // namespace mneme
