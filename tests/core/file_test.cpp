#include "mneme/core/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

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

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  return names;
}

TEST(WriteFile, WritesPartsAndReplacesTheOldFile) {
  const TemporaryFolder folder;
  write_file(folder / "a.txt", "a much longer text than the next one");
  write_file(folder / "a.txt", std::vector<std::string_view>{"one", "", "two"});
  EXPECT_EQ(bytes_of(folder / "a.txt"), "onetwo");
  write_file(folder / "empty.txt", "");
  EXPECT_EQ(bytes_of(folder / "empty.txt"), "");
  EXPECT_EQ(names_in(folder.path()).size(), 2u) << "nothing else is left in the folder";
}

TEST(WriteFile, WritesIntoTheWorkingFolder) {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  write_file("plain.txt", "text");
  fs::current_path(before);
  EXPECT_EQ(bytes_of(folder / "plain.txt"), "text");
}

TEST(WriteFile, TakesOverWhatAKilledWriterLeft) {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt.partial", "left by a process that was killed");
  write_file(folder / "a.txt", "new");
  EXPECT_EQ(bytes_of(folder / "a.txt"), "new");
  EXPECT_FALSE(fs::exists(folder / "a.txt.partial"));
}

TEST(WriteFile, FollowsALinkAndKeepsIt) {
  const TemporaryFolder folder;
  put_bytes(folder / "target.txt", "old");
  fs::create_symlink("target.txt", folder / "link.txt");
  write_file(folder / "link.txt", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link.txt"));
  EXPECT_EQ(bytes_of(folder / "target.txt"), "new");
}

TEST(WriteFile, NeverReplacesADevice) {
  EXPECT_EQ(error_text<Error>([] { write_file("/dev/null", "text"); }),
            "cannot write /dev/null: it is not a regular file");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  const TemporaryFolder folder;
  EXPECT_EQ(error_text<Error>([&] { write_file(folder.path(), "text"); }),
            "cannot write " + folder.path().string() + ": it is not a regular file");
}

TEST(WriteFile, NamesThePathWhoseFolderIsMissing) {
  const TemporaryFolder folder;
  const fs::path path = folder / "missing/a.txt";
  EXPECT_EQ(error_text<Error>([&] { write_file(path, "text"); }),
            "cannot write " + path.string() + ": No such file or directory");
}

TEST(WriteFile, KeepsTheOldFileWhenTheNewOneDoesNotFit) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  write_file(path, "old");
  {
    const test::FileSizeLimit limit(4096);
    EXPECT_EQ(error_text<Error>([&] { write_file(path, std::string(10000, 'x')); }),
              "cannot write " + path.string() + ": File too large");
  }
  EXPECT_EQ(bytes_of(path), "old");
  EXPECT_EQ(names_in(folder.path()).size(), 1u);
}

TEST(WriteFile, KeepsTheOldFileOnAFullDisk) {
  const TemporaryFolder folder;
  const test::SmallDisk disk(folder / "disk", "64k");
  if (!disk.mounted()) GTEST_SKIP() << "only root may mount a small disk";
  const fs::path path = folder / "disk/a.txt";
  write_file(path, "old");
  EXPECT_EQ(error_text<Error>([&] { write_file(path, std::string(100000, 'x')); }),
            "cannot write " + path.string() + ": No space left on device");
  EXPECT_EQ(bytes_of(path), "old");
  EXPECT_EQ(names_in(folder / "disk").size(), 1u);
  write_file(path, std::string(30000, 'y'));  // what did not fit has been given back
  EXPECT_EQ(bytes_of(path).size(), 30000u);
}

TEST(WriteFile, SaysThatItMayNot) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  write_file(path, "old");
  ::chmod(folder.path().c_str(), 0555);
  std::string text;
  {
    const test::OrdinaryUser user;
    if (!user.lowered()) GTEST_SKIP() << "cannot become an ordinary user";
    text = error_text<Error>([&] { write_file(path, "new"); });
  }
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(text, "cannot write " + path.string() + ": Permission denied");
  EXPECT_EQ(bytes_of(path), "old");
}

TEST(WriteFile, AWriterKilledAtAnyMomentLeavesAWholeFile) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  const std::string one(300000, '1'), two(200000, '2');
  write_file(path, one);
  for (int round = 0; round < 30; ++round) {
    const pid_t child = ::fork();
    if (child == 0)
      for (;;) {
        write_file(path, two);
        write_file(path, one);
      }
    std::this_thread::sleep_for(std::chrono::microseconds(137 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string found = bytes_of(path);
    ASSERT_TRUE(found == one || found == two) << "round " << round << ": " << found.size() << " bytes";
  }
}

TEST(WriteFile, WritersOfOnePathDoNotMix) {
  const TemporaryFolder folder;
  const fs::path path = folder / "a.txt";
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&path, letter] {
      for (int i = 0; i < 30; ++i) write_file(path, std::string(50000, letter));
    });
  for (auto& writer : writers) writer.join();
  const std::string found = bytes_of(path);
  EXPECT_EQ(found, std::string(50000, found.at(0)));
  EXPECT_EQ(names_in(folder.path()).size(), 1u);
}

TEST(InputFile, RefusesWhatIsNoFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(error_text<Error>([&] { InputFile(folder / "none.txt"); }),
            "cannot read " + (folder / "none.txt").string() + ": No such file or directory");
  EXPECT_EQ(error_text<Error>([&] { InputFile{folder.path()}; }),
            "cannot read " + folder.path().string() + ": it is not a regular file");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_text<Error>([&] { InputFile(folder / "pipe"); }),
            "cannot read " + (folder / "pipe").string() + ": it is not a regular file");
}

TEST(InputFile, NoticesThatTheFileBecameShorter) {
  const TemporaryFolder folder;
  put_bytes(folder / "a.txt", "0123456789");
  InputFile file(folder / "a.txt");
  EXPECT_EQ(file.size(), 10u);
  fs::resize_file(folder / "a.txt", 4);
  char bytes[10];
  EXPECT_EQ(error_text<Error>([&] { file.read(bytes, sizeof bytes); }),
            "cannot read " + (folder / "a.txt").string() + ": it became shorter while it was read");
}

}  // namespace
}  // namespace mneme
