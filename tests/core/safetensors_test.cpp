#include "mneme/core/safetensors.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <torch/torch.h>

#include <cstdlib>

#include "core/archived_dtypes.h"
#include "core/failing_writes.h"
#include "core/temporary_folder.h"
#include "mneme/core/error.h"

namespace mneme {
namespace {

namespace fs = std::filesystem;
using test::bytes_of;
using test::error_text;
using test::put_bytes;
using test::TemporaryFolder;

// The same shape, dtype and bits: NaN is equal to itself here, and 0 differs from -0.
bool same_bits(const at::Tensor& one, const at::Tensor& other) {
  return one.scalar_type() == other.scalar_type() && one.sizes() == other.sizes() && one.is_contiguous() &&
         other.is_contiguous() &&
         (one.nbytes() == 0 || std::memcmp(one.const_data_ptr(), other.const_data_ptr(), one.nbytes()) == 0);
}

void expect_same(const Archive& one, const Archive& other) {
  EXPECT_EQ(one.metadata, other.metadata);
  ASSERT_EQ(one.tensors.size(), other.tensors.size());
  for (const auto& [name, tensor] : one.tensors) {
    ASSERT_TRUE(other.tensors.contains(name)) << name;
    EXPECT_TRUE(same_bits(tensor, other.tensors.at(name))) << name;
  }
}

std::string little_endian(uint64_t value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// A file as another program writes it: no checksums.
std::string plain_file(const std::string& header, const std::string& data) {
  return little_endian(header.size()) + header + data;
}

template <class T>
std::string bytes_of_values(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

// Writes the two by hand as the header comment says; checksums computed bit by bit in Python.
const std::string kGoldenHeader =
    R"({"__metadata__":{"mneme.checksum":"5236576cbe3a5e87","mneme.checksum.flag":"ac83edcd67c06036",)"
    R"("mneme.checksum.ids":"25416a503878a0bf","mneme.checksum.weight":"d5f7aa6a5579254f",)"
    R"("note":"café \"1\""},"flag":{"data_offsets":[24,25],"dtype":"BOOL","shape":[1]},)"
    R"("ids":{"data_offsets":[0,8],"dtype":"I64","shape":[]},)"
    R"("weight":{"data_offsets":[8,24],"dtype":"F32","shape":[2,2]}}   )";

std::string golden_file() {
  return plain_file(kGoldenHeader,
                    bytes_of_values<int64_t>({-2}) + bytes_of_values({1.f, 2.f, 3.f, -0.5f}) + "\1");
}

Archive golden_archive() {
  return {{{"weight", torch::tensor({{1.f, 2.f}, {3.f, -0.5f}})},
           {"ids", torch::tensor(int64_t{-2})},
           {"flag", torch::tensor({true})}},
          {{"note", "café \"1\""}}};
}

TEST(Safetensors, WritesTheGoldenBytes) {
  const TemporaryFolder folder;
  write_archive(folder / "a.safetensors", golden_archive());
  EXPECT_EQ(bytes_of(folder / "a.safetensors"), golden_file());
}

TEST(Safetensors, ReadsTheGoldenBytes) {
  const TemporaryFolder folder;
  put_bytes(folder / "a.safetensors", golden_file());
  expect_same(read_archive(folder / "a.safetensors"), golden_archive());
  expect_same(read_archive(folder / "a.safetensors", Checksums::optional), golden_archive());
}

TEST(Safetensors, ReadsAFileOfAnotherProgram) {
  const TemporaryFolder folder;
  // Entries in any order, spaces, escapes, padding: all as the format allows.
  put_bytes(folder / "a.safetensors",
            plain_file("{ \"b\\u0061\": {\"shape\": [2], \"dtype\": \"I16\", \"data_offsets\": [4, 8]},"
                       "\"a\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]},"
                       "\"__metadata__\": {\"format\": \"pt\"}}      ",
                       bytes_of_values<uint16_t>({0x3c00, 0xc000}) + bytes_of_values<int16_t>({-1, 7})));
  const Archive archive = read_archive(folder / "a.safetensors", Checksums::optional);
  expect_same(archive, {{{"a", torch::tensor({{1.0, -2.0}}, torch::kHalf)},
                         {"ba", torch::tensor({-1, 7}, torch::kShort)}},
                        {{"format", "pt"}}});
  EXPECT_EQ(error_text<Error>([&] { read_archive(folder / "a.safetensors"); }),
            (folder / "a.safetensors").string() + " has no checksums, or is damaged at its start");
}

TEST(Safetensors, RoundTripsEveryDtype) {
  const TemporaryFolder folder;
  torch::manual_seed(1);
  Archive archive;
  for (const auto dtype : kDtypes) {
    const std::string name = c10::toString(dtype);
    archive.tensors[name] = torch::randn({3, 5}).mul(100).to(dtype);
    archive.tensors[name + ".scalar"] = torch::tensor(1.0).to(dtype);
    archive.tensors[name + ".empty"] = torch::empty({4, 0, 2}, dtype);
  }
  archive.tensors["special"] = torch::tensor({NAN, INFINITY, -INFINITY, -0.f, 1e-45f});
  archive.tensors[""] = torch::zeros({1});
  archive.tensors["ключ \"\\\n"] = torch::ones({1, 1, 1, 1, 1, 1, 1, 1});
  archive.metadata = {{"", ""}, {"seed", "18446744073709551615"}, {"quote \"", "line\nline"}};
  write_archive(folder / "a.safetensors", archive);
  expect_same(read_archive(folder / "a.safetensors"), archive);
}

TEST(Safetensors, RoundTripsAnEmptyArchive) {
  const TemporaryFolder folder;
  write_archive(folder / "a.safetensors", {});
  EXPECT_TRUE(read_archive(folder / "a.safetensors").tensors.empty());
  EXPECT_TRUE(read_archive(folder / "a.safetensors").metadata.empty());
}

TEST(Safetensors, WritesStridedTensorsAndParametersByValue) {
  const TemporaryFolder folder;
  const auto base = torch::arange(12, torch::kFloat).view({3, 4});
  auto parameter = torch::ones({2}, torch::requires_grad());
  write_archive(folder / "a.safetensors", {{{"column", base.select(1, 2)},
                                            {"transposed", base.t()},
                                            {"expanded", torch::ones({1}).expand({3})},
                                            {"negated", torch::_neg_view(base)},
                                            {"parameter", parameter}},
                                           {}});
  const Archive archive = read_archive(folder / "a.safetensors");
  EXPECT_TRUE(torch::equal(archive.tensors.at("column"), base.select(1, 2)));
  EXPECT_TRUE(torch::equal(archive.tensors.at("transposed"), base.t()));
  EXPECT_TRUE(torch::equal(archive.tensors.at("expanded"), torch::ones({3})));
  EXPECT_TRUE(torch::equal(archive.tensors.at("negated"), -base));
  EXPECT_TRUE(torch::equal(archive.tensors.at("parameter"), torch::ones({2})));
  EXPECT_FALSE(archive.tensors.at("parameter").requires_grad());
}

RC_GTEST_PROP(Safetensors, RoundTripsAnyArchiveToTheSameBytesTwice, (uint32_t seed)) {
  const TemporaryFolder folder;
  torch::manual_seed(seed);
  Archive archive;
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    const auto dtype = kDtypes[*rc::gen::inRange<size_t>(0, std::size(kDtypes))];
    const auto shape = *rc::gen::resize(4, rc::gen::container<std::vector<int64_t>>(rc::gen::inRange(0, 5)));
    archive.tensors["tensor " + std::to_string(i)] = torch::randn(shape).mul(50).to(dtype);
  }
  archive.metadata["seed"] = std::to_string(seed);
  write_archive(folder / "a", archive);
  const Archive back = read_archive(folder / "a");
  write_archive(folder / "b", back);
  RC_ASSERT(bytes_of(folder / "a") == bytes_of(folder / "b"));
  for (const auto& [name, tensor] : archive.tensors) RC_ASSERT(same_bits(back.tensors.at(name), tensor));
}

TEST(Safetensors, RefusesTensorsThatTheFormatCannotHold) {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& name, const at::Tensor& tensor) {
    return error_text<Error>([&] { write_archive(folder / "a", {{{name, tensor}}, {}}); });
  };
  const std::string expected =
      ", expected a dense tensor of float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8 or "
      "bool";
  EXPECT_EQ(refusal("a", {}), "write_archive: tensor a is undefined");
  EXPECT_EQ(refusal("a", torch::zeros({1}, torch::kComplexFloat)),
            "write_archive: tensor a is ComplexFloat" + expected);
  EXPECT_EQ(refusal("a", torch::eye(2).to_sparse()),
            "write_archive: tensor a is float32 and not dense" + expected);
  EXPECT_EQ(refusal("__metadata__", torch::zeros({1})),
            "write_archive: tensor __metadata__ is named as the metadata table of the format");
  EXPECT_EQ(error_text<Error>([&] {
              write_archive(folder / "a", {{}, {{"mneme.checksum.a", ""}}});
            }),
            "write_archive: metadata key mneme.checksum.a is reserved, expected one that does not begin with "
            "mneme.checksum");
  EXPECT_NE(refusal("\xff", torch::zeros({1})).find("is not UTF-8"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "a"));
}

TEST(Safetensors, FindsEverySingleFlippedBit) {
  const TemporaryFolder folder;
  const std::string golden = golden_file();
  for (size_t bit = 0; bit < golden.size() * 8; ++bit) {
    std::string damaged = golden;
    damaged[bit / 8] ^= static_cast<char>(1 << bit % 8);
    put_bytes(folder / "a", damaged);
    EXPECT_THROW(read_archive(folder / "a"), Error) << "bit " << bit;
  }
}

TEST(Safetensors, SaysWhatIsDamaged) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.safetensors";
  const auto refusal = [&](const std::string& bytes, Checksums checksums = Checksums::required) {
    put_bytes(path, bytes);
    const std::string text = error_text<Error>([&] { read_archive(path, checksums); });
    EXPECT_TRUE(text.starts_with(path.string() + " ")) << text;
    return text.substr(std::min(text.size(), path.string().size() + 1));
  };
  std::string damaged = golden_file();
  damaged[damaged.size() - 4] ^= 1;
  EXPECT_EQ(refusal(damaged), "is damaged: tensor weight does not match its checksum");
  EXPECT_EQ(refusal(damaged, Checksums::optional), "is damaged: tensor weight does not match its checksum");
  damaged = golden_file();
  damaged[damaged.find("[2,2]") + 1] = '4';
  EXPECT_EQ(refusal(damaged), "is damaged: its header does not match its checksum");
  damaged = golden_file();
  damaged[damaged.find("mneme.checksum\"")] = 'n';
  EXPECT_EQ(refusal(damaged, Checksums::optional), "has checksums for tensors but none for the header");
  EXPECT_EQ(refusal(golden_file().substr(0, golden_file().size() - 1)),
            "has tensor flag at bytes [24,25] of 24");
  EXPECT_EQ(refusal(golden_file() + "x"), "has 26 bytes of data, expected 25");
  EXPECT_EQ(refusal("1234567"), "has 7 bytes: too short for a safetensors file");
  EXPECT_EQ(refusal(little_endian(~uint64_t{0}) + "{}"),
            "announces a header of 18446744073709551615 bytes, expected at most 2");
}

// One tensor "a" of a file without checksums.
std::string entry_file(const std::string& entry, size_t data_bytes) {
  return plain_file("{\"a\":" + entry + "}", std::string(data_bytes, '\0'));
}

TEST(Safetensors, ChecksEveryFieldOfTheHeader) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.safetensors";
  const auto refusal = [&](const std::string& bytes) {
    put_bytes(path, bytes);
    const std::string text = error_text<Error>([&] { read_archive(path, Checksums::optional); });
    return text.substr(std::min(text.size(), path.string().size() + 1));
  };
  const std::string good = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  put_bytes(path, entry_file(good, 8));
  EXPECT_NO_THROW(read_archive(path, Checksums::optional));

  EXPECT_EQ(refusal(entry_file(R"({"dtype":"F8","shape":[2],"data_offsets":[0,8]})", 8)),
            "has tensor a of the unknown dtype \"F8\"");
  EXPECT_EQ(refusal(entry_file(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})", 8)),
            "has tensor a of the unknown dtype 32");
  for (const char* entry : {"1", "[]", "{}", R"({"dtype":"F32","shape":[2]})",
                            R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1})"})
    EXPECT_EQ(refusal(entry_file(entry, 8)),
              "has tensor a without exactly a dtype, a shape and data_offsets");
  EXPECT_EQ(refusal(entry_file(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})", 8)),
            "has tensor a with a shape that is not a list of at most 64 sizes");
  for (const char* shape : {"[-2]", "[2.0]", "[\"2\"]", "[null]", "[1e1]", "[36893488147419103232]"})
    EXPECT_TRUE(
        refusal(
            entry_file("{\"dtype\":\"F32\",\"shape\":" + std::string(shape) + ",\"data_offsets\":[0,8]}", 8))
            .starts_with("has tensor a of shape ["))
        << shape;
  for (const char* shape : {"[4294967296,4294967296]", "[0,4294967296,4294967296]", "[9223372036854775807]"})
    EXPECT_EQ(refusal(entry_file(
                  "{\"dtype\":\"F32\",\"shape\":" + std::string(shape) + ",\"data_offsets\":[0,8]}", 8)),
              "has tensor a of shape " + std::string(shape) + ", which no memory holds");
  for (const char* offsets : {"[8,0]", "[0,9]", "[0,18446744073709551615]"})
    EXPECT_EQ(refusal(entry_file(
                  "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" + std::string(offsets) + "}", 8)),
              "has tensor a at bytes " + std::string(offsets) + " of 8");
  for (const char* offsets : {"[0]", "[0,8,8]", "[-1,8]", "8", "[0,\"8\"]"})
    EXPECT_EQ(refusal(entry_file(
                  "{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" + std::string(offsets) + "}", 8)),
              "has tensor a with data_offsets " + std::string(offsets));
  EXPECT_EQ(refusal(entry_file(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", 8)),
            "has tensor a at bytes [0,4], but F32 [2] takes 8");
  EXPECT_EQ(refusal(entry_file(R"({"dtype":"BOOL","shape":[2],"data_offsets":[0,2]})", 0) + "\1\2"),
            "has tensor a of bool with a byte that is neither 0 nor 1");
}

TEST(Safetensors, ChecksTheHeaderAsAWhole) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.safetensors";
  const auto refusal = [&](const std::string& header, size_t data_bytes) {
    put_bytes(path, plain_file(header, std::string(data_bytes, '\0')));
    const std::string text = error_text<Error>([&] { read_archive(path, Checksums::optional); });
    return text.substr(std::min(text.size(), path.string().size() + 1));
  };
  const auto entry = [](const std::string& name, const std::string& dtype, int begin, int end) {
    const int bytes = dtype == "U8" ? 1 : 4;
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" +
           std::to_string((end - begin) / bytes) + "],\"data_offsets\":[" + std::to_string(begin) + "," +
           std::to_string(end) + "]}";
  };
  EXPECT_EQ(refusal("{" + entry("a", "F32", 0, 8) + "," + entry("b", "F32", 4, 12) + "}", 12),
            "has tensor b at byte 4 of its data, expected 8: tensors overlap");
  EXPECT_EQ(refusal("{" + entry("a", "F32", 0, 4) + "," + entry("b", "F32", 8, 12) + "}", 12),
            "has tensor b at byte 8 of its data, expected 4: tensors leave a gap");
  EXPECT_EQ(refusal("{" + entry("a", "U8", 0, 1) + "," + entry("b", "F32", 1, 5) + "}", 5),
            "has tensor b at byte 1, not a multiple of its element size");
  EXPECT_EQ(refusal("{" + entry("a", "F32", 0, 4) + "," + entry("a", "F32", 4, 8) + "}", 8),
            "has the name a twice in its header");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}})", 1),
            "has the name dtype twice in its header");
  EXPECT_EQ(refusal(" {}", 0), "has a header that does not begin with {");
  EXPECT_EQ(refusal("", 0), "has a header that does not begin with {");
  EXPECT_TRUE(refusal("{\"a\":", 0).starts_with("has a header that is not JSON: ")) << refusal("{\"a\":", 0);
  EXPECT_EQ(refusal("{\"a\":" + std::string(100000, '['), 0),
            "has a header that nests deeper than tensors do");
  EXPECT_EQ(refusal(R"({"__metadata__":[]})", 0), "has a __metadata__ that is not a table");
  EXPECT_EQ(refusal(R"({"__metadata__":{"a":1}})", 0), "has metadata a that is not text");
}

TEST(Safetensors, KeepsTheOldArchiveOnAFullDisk) {
  const TemporaryFolder folder;
  const test::SmallDisk disk(folder / "disk", "64k");
  if (!disk.mounted()) GTEST_SKIP() << "only root may mount a small disk";
  const fs::path path = folder / "disk/last.safetensors";
  write_archive(path, golden_archive());
  EXPECT_EQ(error_text<Error>([&] {
              write_archive(path, {{{"big", torch::zeros({100000})}}, {}});
            }),
            "cannot write " + path.string() + ": No space left on device");
  expect_same(read_archive(path), golden_archive());
}

TEST(Safetensors, KeepsTheOldArchiveWhenAWriteFailsInTheMidst) {
  const TemporaryFolder folder;
  const fs::path path = folder / "last.safetensors";
  write_archive(path, golden_archive());
  {
    const test::FileSizeLimit limit(50000);
    EXPECT_EQ(error_text<Error>([&] {
                write_archive(path, {{{"big", torch::zeros({100000})}}, {}});
              }),
              "cannot write " + path.string() + ": File too large");
  }
  expect_same(read_archive(path), golden_archive());
}

// The script tells by its exit code 77 that this Python has no safetensors.
int run_official_library(const std::string& verb, const fs::path& path) {
  const char* python = std::getenv("MNEME_PYTHON");
  const std::string command = std::string(python ? python : "python3") +
                              " " MNEME_SOURCE_DIR "/tests/core/safetensors_reader_test.py " + verb + " " +
                              path.string();
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST(Safetensors, OpensInTheOfficialReader) {
  const TemporaryFolder folder;
  Archive archive = golden_archive();
  for (const auto dtype : kDtypes)
    archive.tensors["range." + std::string(c10::toString(dtype))] = torch::arange(2, torch::kFloat).to(dtype);
  archive.tensors["nothing"] = torch::empty({0, 3});
  write_archive(folder / "ours.safetensors", archive);
  const int result = run_official_library("check", folder / "ours.safetensors");
  if (result == 77) GTEST_SKIP() << "python3 has no module safetensors (MNEME_PYTHON names another Python)";
  EXPECT_EQ(result, 0);
}

TEST(Safetensors, OpensFilesOfTheOfficialWriter) {
  const TemporaryFolder folder;
  const int result = run_official_library("write", folder / "theirs.safetensors");
  if (result == 77) GTEST_SKIP() << "python3 has no module safetensors (MNEME_PYTHON names another Python)";
  ASSERT_EQ(result, 0);
  const Archive archive = read_archive(folder / "theirs.safetensors", Checksums::optional);
  Archive expected{{{"scalar", torch::tensor(int64_t{-2})}, {"nothing", torch::empty({0, 3})}},
                   {{"format", "mneme"}}};
  for (const auto dtype : kDtypes)
    expected.tensors["range." + std::string(c10::toString(dtype))] =
        torch::arange(2, torch::kFloat).to(dtype);
  expect_same(archive, expected);
}

}  // namespace
}  // namespace mneme
