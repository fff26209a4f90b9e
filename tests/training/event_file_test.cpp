#include "mneme/training/event_file.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "training/small_run.h"

namespace mneme {
namespace {

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  char pair[3];
  for (const char c : bytes) {
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(c));
    text += pair;
  }
  return text;
}

TEST(EventFile, ChecksumsAreThoseOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);              // the check value of CRC-32C
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);    // RFC 3720, B.4
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);  // RFC 3720, B.4
}

TEST(EventFile, MessagesAreThoseOfTheProtocol) {
  // wall_time (1) = 1.5, file_version (3) = "brain.Event:2"
  EXPECT_EQ(hexadecimal(event_file_version(1.5)), "09000000000000f83f1a0d627261696e2e4576656e743a32");
  // wall_time (1) = 1.5, step (2) = 300, summary (5) { value (1) { tag (1) = "a", simple_value (2) = 2 } }
  EXPECT_EQ(hexadecimal(event_message(1.5, 300, {{"a", 2.0}})),
            "09000000000000f83f"
            "10ac02"
            "2a0a"
            "0a08"
            "0a0161"
            "1500000040");
}

TEST(EventFile, RecordsAreFramed) {
  // The first record of a file of TensorFlow's own writer with wall_time 0 begins with these 12 bytes.
  const std::string record = tfrecord(std::string(24, 'x'));
  EXPECT_EQ(record.size(), 8 + 4 + 24 + 4);
  EXPECT_EQ(hexadecimal(record.substr(0, 12)), "1800000000000000a37f4b22");
}

TEST(EventFile, GoesOnAtALength) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "events";
  int64_t length = 0;
  {
    EventFile file(path, 0);
    file.write(1, {{"loss", 1}});
    length = file.file().length();
    file.write(2, {{"loss", 2}});
  }
  const std::string before = test::read_text(path);
  EventFile file(path, length);
  EXPECT_EQ(test::read_text(path), before.substr(0, static_cast<size_t>(length)));
  file.write(2, {{"loss", 2}});
  EXPECT_EQ(test::read_text(path).size(), before.size());
}

TEST(EventFile, OpensInTheOfficialReader) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "events.out.tfevents.1.mneme";
  EventFile file(path, 0);
  file.write(7, {{"train/loss", 0.5}, {"train/rate", 3e-4}});
  if (std::system("python3 -c 'import tensorboard' 2>/dev/null") != 0)
    GTEST_SKIP() << "python3 has no tensorboard: the file is not read back by the official reader";
  const auto program = folder.write("read.py", R"(
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
(loss,) = events.Scalars("train/loss")
assert (loss.step, loss.value) == (7, 0.5), loss
(rate,) = events.Scalars("train/rate")
assert abs(rate.value - 3e-4) < 1e-9, rate
)");
  EXPECT_EQ(std::system(("python3 " + program.string() + " " + path.string()).c_str()), 0);
}

}  // namespace
}  // namespace mneme
