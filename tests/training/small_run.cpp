#include "training/small_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "mneme/training/checkpoint_folder.h"
#include "mneme/training/metrics.h"

namespace mneme::test {
namespace {

nlohmann::json timeless_state(const Archive& archive) {
  auto state = nlohmann::json::parse(archive.metadata.at("state"));
  state["position"].erase("seconds");
  if (state.contains("milestone")) state["milestone"]["position"].erase("seconds");
  state["files"] = nullptr;
  return state;
}

/// Models of 8 units gain nothing from a second thread, and lose much when the cores are busy.
class OneThread : public testing::Environment {
 public:
  void SetUp() override { at::set_num_threads(1); }
};
[[maybe_unused]] const auto* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "mneme-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw Error("mkdtemp: " + std::string(std::strerror(errno)));
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path_ / name, std::ios::binary) << text;
  return path_ / name;
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Recipe small_recipe(const std::vector<std::string>& overrides) {
  std::vector<std::string> settings{"model.name=lstm",
                                    "hidden=8",
                                    "task.name=copy",
                                    "bits=2",
                                    "max_length=4",
                                    "test_lengths=[2, 6]",
                                    "length=60u",
                                    "batch_size=4",
                                    "optimizer=adam",
                                    "learning_rate=0.01",
                                    "log_every=7u",
                                    "validate_every=10u",
                                    "validation_sequences=8",
                                    "checkpoint_every=1ku",
                                    "test_sequences=8"};
  const bool other_model = std::any_of(overrides.begin(), overrides.end(),
                                       [](const auto& setting) { return setting.starts_with("model.name="); });
  if (!other_model) settings.push_back("layers=1");
  settings.insert(settings.end(), overrides.begin(), overrides.end());
  return read_recipe({}, settings);
}

std::string timeless_metrics(const std::filesystem::path& run_folder) {
  std::string text;
  for (auto line : read_metrics(run_folder / "metrics.jsonl")) {
    line.erase("seconds");
    line.erase("sequences_per_second");
    text += line.dump() + "\n";
  }
  return text;
}

std::string checkpoint_differences(const std::filesystem::path& run_folder,
                                   const std::filesystem::path& other) {
  const CheckpointFolder checkpoints(run_folder), others(other);
  const Archive one = checkpoints.read(checkpoints.manifest().latest.back());
  const Archive two = others.read(others.manifest().latest.back());
  std::string differences;
  for (const auto& [name, tensor] : one.tensors) {
    const auto found = two.tensors.find(name);
    if (found == two.tensors.end()) {
      differences += name + " is only in the first\n";
    } else if (tensor.nbytes() != found->second.nbytes() ||
               std::memcmp(tensor.const_data_ptr(), found->second.const_data_ptr(), tensor.nbytes()) != 0) {
      differences += name + " differs\n";
    }
  }
  if (one.tensors.size() != two.tensors.size()) differences += "other tensors\n";
  if (timeless_state(one) != timeless_state(two))
    differences += timeless_state(one).dump() + "\n" + timeless_state(two).dump() + "\n";
  return differences;
}

}  // namespace mneme::test
