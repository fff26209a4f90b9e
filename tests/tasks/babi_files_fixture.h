// A data folder of a test's own, with its own environment.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "task_checks.h"

namespace mneme {

class BabiFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("mneme-babi-" + std::to_string(getpid()));
    std::filesystem::remove_all(root_);
    std::filesystem::create_directories(root_);
    if (const char* data = std::getenv("MNEME_DATA")) environment_ = data;
    unsetenv("MNEME_DATA");
  }
  void TearDown() override {
    std::filesystem::remove_all(root_);
    if (!environment_.empty()) setenv("MNEME_DATA", environment_.c_str(), 1);
  }

  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  void write_task(const std::string& train, const std::string& test) const {
    write("en/qa1_tiny_train.txt", train);
    write("en/qa1_tiny_test.txt", test);
  }
  Settings settings() const {
    return settings_of(
        {{"data", root_.string()}, {"set", std::string("en")}, {"tasks", std::vector<int64_t>{1}}});
  }

  std::filesystem::path root_;
  std::string environment_;
};

}  // namespace mneme
