// What the system reports of followed folders.
#include "processor/files/input/file_events.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "processor/base/clock.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::input::file_events_test {

using std::chrono::milliseconds;
using testing::WriteFile;
using News = FileEvents::News;

constexpr milliseconds kLong{20'000};
constexpr milliseconds kShort{20};

class FileEventsTest : public ::testing::Test {
 protected:
  FileEventsTest() {
    std::filesystem::create_directory(directory_ / "a");
    WriteFile(File("1.jsonl"), "{1}\n");
    events_.Watch(directory_ / "a");
  }
  std::string File(const std::string& name) const { return directory_ / ("a/" + name); }
  // Returns what is reported until nothing is any more.
  News All() {
    News all = News::kNone;
    for (News news = events_.Wait(kShort); news != News::kNone; news = events_.Wait(kShort)) {
      all = all == News::kNames ? all : news;
    }
    return all;
  }

  testing::ScratchDirectory directory_;
  FileEvents events_;
};

TEST_F(FileEventsTest, AnAppendEndsTheWait) {
  ASSERT_TRUE(events_.sees_all()) << "the folder of the test is on a file system of another machine";
  EXPECT_EQ(events_.Wait(kShort), News::kNone);
  WriteFile(File("1.jsonl"), "{1}\n{2}\n");
  const auto begun = MonotonicNow();
  EXPECT_EQ(events_.Wait(kLong), News::kBytes);
  EXPECT_LT(MonotonicNow() - begun, kLong / 2);
  EXPECT_NE(All(), News::kNames);
  EXPECT_EQ(events_.Wait(kShort), News::kNone);
}

TEST_F(FileEventsTest, NewGoneAndRenamedFilesAreNames) {
  WriteFile(File("2.jsonl"), "{2}\n");
  EXPECT_EQ(All(), News::kNames);
  std::filesystem::rename(File("2.jsonl"), File("3.jsonl"));
  EXPECT_EQ(All(), News::kNames);
  std::filesystem::rename(File("3.jsonl"), directory_ / "elsewhere");
  EXPECT_EQ(All(), News::kNames);
  std::filesystem::remove(File("1.jsonl"));
  EXPECT_EQ(All(), News::kNames);
  EXPECT_TRUE(events_.sees_all());
}

TEST_F(FileEventsTest, AFolderThatIsGoneOrWasNeverThereMustBeLookedAt) {
  std::filesystem::remove_all(directory_ / "a");
  (void)All();
  EXPECT_FALSE(events_.sees_all());
  FileEvents others;
  others.Watch(directory_ / "missing");
  EXPECT_FALSE(others.sees_all());
  EXPECT_EQ(others.Wait(kShort), News::kNone);
}

}  // namespace leadpulse::input::file_events_test
