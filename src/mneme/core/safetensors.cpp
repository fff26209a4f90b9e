#include "mneme/core/safetensors.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "mneme/core/checksum.h"
#include "mneme/core/error.h"
#include "mneme/core/shape.h"

namespace mneme {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

using Json = nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kLongestHeader = 100'000'000;  // the public format's own limit
constexpr uint64_t kHighestRank = 64;
constexpr std::string_view kChecksumKey = "mneme.checksum";
constexpr std::string_view kHeaderStart = R"({"__metadata__":{"mneme.checksum":")";
constexpr size_t kChecksumDigits = 16;

struct Format {
  c10::ScalarType dtype;
  const char* name;
  uint64_t bytes;
};
constexpr Format kFormats[] = {
    {c10::ScalarType::Double, "F64", 8}, {c10::ScalarType::Float, "F32", 4},
    {c10::ScalarType::Half, "F16", 2},   {c10::ScalarType::BFloat16, "BF16", 2},
    {c10::ScalarType::Long, "I64", 8},   {c10::ScalarType::Int, "I32", 4},
    {c10::ScalarType::Short, "I16", 2},  {c10::ScalarType::Char, "I8", 1},
    {c10::ScalarType::Byte, "U8", 1},    {c10::ScalarType::Bool, "BOOL", 1},
};

std::string checksum_text(uint64_t checksum) {
  char text[kChecksumDigits + 1];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(checksum));
  return text;
}

std::string tensor_checksum_key(std::string_view name) {
  return std::string(kChecksumKey).append(".").append(name);
}

// The checksum of the header as it was before its own digits were put in.
std::string header_checksum(std::string header) {
  header.replace(kHeaderStart.size(), kChecksumDigits, kChecksumDigits, '0');
  const uint64_t length = header.size();
  return checksum_text(crc64(header.data(), header.size(), crc64(&length, kLengthBytes)));
}

// ---- writing -----------------------------------------------------------------------------------------

struct WrittenTensor {
  std::string name;
  at::Tensor tensor;  // contiguous, on the CPU
  const Format* format;

  std::string_view bytes() const {
    return {static_cast<const char*>(tensor.const_data_ptr()),
            static_cast<size_t>(tensor.numel()) * format->bytes};
  }
};

std::vector<WrittenTensor> tensors_in_file_order(const Archive& archive) {
  std::vector<WrittenTensor> list;
  for (const auto& [name, tensor] : archive.tensors) {
    const auto refuse = [&, &name = name](const std::string& what) {
      throw Error("write_archive: tensor " + name + " is " + what);
    };
    if (name == "__metadata__") refuse("named as the metadata table of the format");
    if (!tensor.defined()) refuse("undefined");
    const auto format = std::find_if(
        std::begin(kFormats), std::end(kFormats),
        [&, &tensor = tensor](const Format& known) { return known.dtype == tensor.scalar_type(); });
    if (format == std::end(kFormats) || tensor.layout() != c10::kStrided)
      refuse(dtype_text(tensor.scalar_type()) + (tensor.layout() == c10::kStrided ? "" : " and not dense") +
             ", expected a dense tensor of float64, float32, float16, bfloat16, int64, int32, int16, int8, "
             "uint8 or bool");
    list.push_back({name, tensor.detach().resolve_neg().cpu().contiguous(), format});
  }
  std::stable_sort(list.begin(), list.end(), [](const WrittenTensor& a, const WrittenTensor& b) {
    return a.format->bytes > b.format->bytes;
  });
  return list;
}

std::string header_text(const std::vector<WrittenTensor>& tensors, const Archive& archive) {
  Json metadata = Json::object();
  for (const auto& [key, value] : archive.metadata) {
    if (key.starts_with(kChecksumKey))
      throw Error("write_archive: metadata key " + key + " is reserved, expected one that does not begin " +
                  "with " + std::string(kChecksumKey));
    metadata[key] = value;
  }
  Json entries = Json::object();
  uint64_t offset = 0;
  for (const auto& [name, tensor, format] : tensors) {
    const uint64_t size = static_cast<uint64_t>(tensor.numel()) * format->bytes;
    metadata[tensor_checksum_key(name)] = checksum_text(crc64(tensor.const_data_ptr(), size));
    entries[name] = {
        {"dtype", format->name}, {"shape", tensor.sizes().vec()}, {"data_offsets", {offset, offset + size}}};
    offset += size;
  }
  try {
    std::string header(kHeaderStart);
    header.append(kChecksumDigits, '0').append("\"");
    if (!metadata.empty()) header.append(",").append(metadata.dump(), 1).erase(header.size() - 1);
    header.append("}");
    if (!entries.empty()) header.append(",").append(entries.dump(), 1).erase(header.size() - 1);
    header.append("}");
    // The tensors' bytes then begin at a multiple of 8, for readers that map the file.
    header.append((kLengthBytes - header.size() % kLengthBytes) % kLengthBytes, ' ');
    return header.replace(kHeaderStart.size(), kChecksumDigits, header_checksum(header));
  } catch (const Json::type_error& error) {
    throw Error(std::string("write_archive: a name or a metadata entry is not UTF-8: ") + error.what());
  }
}

// ---- reading -----------------------------------------------------------------------------------------

struct Entry {
  std::string name;
  const Format* format;
  std::vector<int64_t> shape;
  uint64_t begin, end;  // bytes, counted from the header's end
};

class ArchiveReader {
 public:
  ArchiveReader(const std::filesystem::path& path, Checksums checksums)
      : file_(path), checksums_(checksums) {}

  Archive read() {
    const std::string header = read_header();
    const bool checked = check_header(header);
    const Json table = parse(header);
    Archive archive;
    std::map<std::string, std::string> expected;  // the tensors' checksums by metadata key
    take_metadata(table, archive, expected);
    if (!checked && !expected.empty()) refuse("has checksums for tensors but none for the header");
    for (const Entry& entry : entries_in_file_order(table)) {
      const std::string key = tensor_checksum_key(entry.name);
      if (checked && !expected.contains(key)) refuse("has no checksum for tensor " + entry.name);
      archive.tensors.emplace(entry.name, read_tensor(entry, checked ? &expected.at(key) : nullptr));
    }
    return archive;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw Error(file_.path().string() + " " + what); }

  std::string read_header() {
    if (file_.size() < kLengthBytes)
      refuse("has " + std::to_string(file_.size()) + " bytes: too short for a safetensors file");
    uint64_t length = 0;
    file_.read(&length, kLengthBytes);
    if (length > file_.size() - kLengthBytes || length > kLongestHeader)
      refuse("announces a header of " + std::to_string(length) + " bytes, expected at most " +
             std::to_string(std::min(file_.size() - kLengthBytes, kLongestHeader)));
    std::string header(length, '\0');
    file_.read(header.data(), length);
    data_bytes_ = file_.size() - kLengthBytes - length;
    return header;
  }

  // Whether the header has a checksum; one that does not match is refused.
  bool check_header(const std::string& header) const {
    if (!header.starts_with(kHeaderStart) || header.size() < kHeaderStart.size() + kChecksumDigits) {
      if (checksums_ == Checksums::required) refuse("has no checksums, or is damaged at its start");
      return false;
    }
    if (header.compare(kHeaderStart.size(), kChecksumDigits, header_checksum(header)) != 0)
      refuse("is damaged: its header does not match its checksum");
    return true;
  }

  // The header as JSON, without names that occur twice and without deep nesting.
  Json parse(const std::string& header) const {
    if (!header.starts_with('{')) refuse("has a header that does not begin with {");
    std::vector<std::set<std::string>> names;
    const auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
      // table → entry → shape: a value lies at most three levels deep.
      if (depth > 3) refuse("has a header that nests deeper than tensors do");
      if (event == Json::parse_event_t::object_start) names.emplace_back();
      if (event == Json::parse_event_t::object_end) names.pop_back();
      if (event == Json::parse_event_t::key && !names.back().insert(parsed.get<std::string>()).second)
        refuse("has the name " + parsed.get<std::string>() + " twice in its header");
      return true;
    };
    try {
      return Json::parse(header, look);
    } catch (const Json::exception& error) {
      refuse(std::string("has a header that is not JSON: ") + error.what());
    }
  }

  void take_metadata(const Json& table, Archive& archive,
                     std::map<std::string, std::string>& expected) const {
    const auto metadata = table.find("__metadata__");
    if (metadata == table.end()) return;
    if (!metadata->is_object()) refuse("has a __metadata__ that is not a table");
    for (const auto& [key, value] : metadata->items()) {
      if (!value.is_string()) refuse("has metadata " + key + " that is not text");
      if (key == kChecksumKey) continue;
      (key.starts_with(kChecksumKey) ? expected : archive.metadata)[key] = value.get<std::string>();
    }
  }

  // All entries, proved to cover the rest of the file exactly, each byte once.
  std::vector<Entry> entries_in_file_order(const Json& table) const {
    std::vector<Entry> entries;
    for (const auto& [name, value] : table.items())
      if (name != "__metadata__") entries.push_back(checked_entry(name, value));
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    uint64_t covered = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != covered)
        refuse("has tensor " + entry.name + " at byte " + std::to_string(entry.begin) +
               " of its data, expected " + std::to_string(covered) + ": tensors " +
               (entry.begin < covered ? "overlap" : "leave a gap"));
      covered = entry.end;
    }
    if (covered != data_bytes_)
      refuse("has " + std::to_string(data_bytes_) + " bytes of data, expected " + std::to_string(covered));
    return entries;
  }

  Entry checked_entry(const std::string& name, const Json& value) const {
    const auto refuse_entry = [&](const std::string& what) { refuse("has tensor " + name + " " + what); };
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets"))
      refuse_entry("without exactly a dtype, a shape and data_offsets");
    Entry entry{name, nullptr, {}, 0, 0};
    if (value["dtype"].is_string())
      for (const Format& format : kFormats)
        if (value["dtype"] == format.name) entry.format = &format;
    if (entry.format == nullptr) refuse_entry("of the unknown dtype " + value["dtype"].dump());

    const Json& shape = value["shape"];
    if (!shape.is_array() || shape.size() > kHighestRank)
      refuse_entry("with a shape that is not a list of at most 64 sizes");
    uint64_t bytes = entry.format->bytes;
    bool empty = false;
    for (const Json& size : shape) {
      if (!size.is_number_unsigned()) refuse_entry("of shape " + shape.dump());
      // A size of zero must not hide an absurd size beside it: strides are computed from both.
      empty |= size == 0;
      if (__builtin_mul_overflow(bytes, std::max<uint64_t>(size.get<uint64_t>(), 1), &bytes) ||
          bytes > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
        refuse_entry("of shape " + shape.dump() + ", which no memory holds");
      entry.shape.push_back(size.get<int64_t>());
    }
    if (empty) bytes = 0;

    const Json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      refuse_entry("with data_offsets " + offsets.dump());
    entry.begin = offsets[0].get<uint64_t>();
    entry.end = offsets[1].get<uint64_t>();
    if (entry.begin > entry.end || entry.end > data_bytes_)
      refuse_entry("at bytes " + offsets.dump() + " of " + std::to_string(data_bytes_));
    if (entry.end - entry.begin != bytes)
      refuse_entry("at bytes " + offsets.dump() + ", but " + entry.format->name + " " + shape.dump() +
                   " takes " + std::to_string(bytes));
    if (entry.begin % entry.format->bytes != 0)
      refuse_entry("at byte " + std::to_string(entry.begin) + ", not a multiple of its element size");
    return entry;
  }

  at::Tensor read_tensor(const Entry& entry, const std::string* expected_checksum) {
    const at::Tensor tensor = at::empty(entry.shape, at::TensorOptions().dtype(entry.format->dtype));
    const uint64_t size = entry.end - entry.begin;
    file_.read(tensor.mutable_data_ptr(), size);
    if (expected_checksum && *expected_checksum != checksum_text(crc64(tensor.const_data_ptr(), size)))
      refuse("is damaged: tensor " + entry.name + " does not match its checksum");
    if (entry.format->dtype == c10::ScalarType::Bool) {
      const auto* bytes = static_cast<const unsigned char*>(tensor.const_data_ptr());
      if (std::any_of(bytes, bytes + size, [](unsigned char byte) { return byte > 1; }))
        refuse("has tensor " + entry.name + " of bool with a byte that is neither 0 nor 1");
    }
    return tensor;
  }

  InputFile file_;
  Checksums checksums_;
  uint64_t data_bytes_ = 0;
};

}  // namespace

void write_archive(const std::filesystem::path& path, const Archive& archive) {
  const auto tensors = tensors_in_file_order(archive);
  const std::string header = header_text(tensors, archive);
  const uint64_t length = header.size();
  std::vector<std::string_view> parts = {{reinterpret_cast<const char*>(&length), kLengthBytes}, header};
  for (const auto& tensor : tensors) parts.push_back(tensor.bytes());
  write_file(path, parts);
}

Archive read_archive(const std::filesystem::path& path, Checksums checksums) {
  return ArchiveReader(path, checksums).read();
}

}  // namespace mneme
