#include "mneme/training/model_files.h"

#include <gtest/gtest.h>

#include "mneme/core/error.h"
#include "training/small_run.h"

namespace mneme {
namespace {

const ModelFiles kFiles{{"vocabulary.model", std::string("a\0b", 3)}};

TEST(ModelFiles, ComeBackAsTheyWereWritten) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(read_model_files(folder.path()).empty());
  write_model_files(folder.path(), {});
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "task"));
  write_model_files(folder.path(), kFiles);
  EXPECT_EQ(read_model_files(folder.path()), kFiles);
}

TEST(ModelFiles, AreRefusedWhereTheyAreNotThoseOfTheTraining) {
  Archive archive;
  note_model_files(archive, kFiles);
  require_model_files(archive, "zoo/a/model.safetensors", kFiles, "zoo/a");
  require_model_files(Archive(), "zoo/a/model.safetensors", kFiles, "zoo/a");  // of before such notes
  try {
    require_model_files(archive, "zoo/a/model.safetensors", {{"vocabulary.model", "other"}}, "zoo/a");
    FAIL();
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with(
        "zoo/a/task/vocabulary.model does not belong to zoo/a/model.safetensors: its checksum is "))
        << text;
  }
}

}  // namespace
}  // namespace mneme
