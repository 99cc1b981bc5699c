// The times at which a followed folder is listed, and the durability of followed files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "processor/base/clock.h"
#include "processor/files/input/followed_file.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::input::folder_watch_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::WriteFile;

class ListCounter : public FollowedDisk {
 public:
  Result<FolderContents> List(const std::string& folder) override {
    ++lists;
    return FollowedDisk::List(folder);
  }
  size_t lists = 0;
};

class FolderWatchTest : public ::testing::Test {
 protected:
  FolderWatchTest() { std::filesystem::create_directory(directory_ / "a"); }
  std::string File(const std::string& name) const { return directory_ / name; }

  testing::ScratchDirectory directory_;
  ListCounter disk_;
};

TEST_F(FolderWatchTest, FewAndManyFilesAreSynced) {
  std::vector<std::string> paths = {File("missing")};
  for (int i = 0; i < 40; ++i) WriteFile(paths.emplace_back(File("a/" + std::to_string(i))), "{x}\n");
  EXPECT_TRUE(SyncFollowed(paths).ok());
  paths.resize(3);
  EXPECT_TRUE(SyncFollowed(paths).ok());
  EXPECT_THAT(SyncFollowed({File("a/0") + "/not a folder"}).message(), HasSubstr("cannot be read"));
}

TEST_F(FolderWatchTest, AFolderThatDoesNotChangeIsNotListed) {
  WriteFile(File("a/1.jsonl"), "{1}\n");
  FolderWatch watch(directory_ / "a", &disk_);
  FolderWatch::Time now = MonotonicNow();
  EXPECT_THAT(*watch.NewFiles(now), SizeIs(1));
  now += std::chrono::milliseconds(1'900);
  EXPECT_THAT(*watch.NewFiles(now), IsEmpty());
  EXPECT_EQ(disk_.lists, 2u);  // a later change may leave the folder's time as it is
  for (int i = 0; i < 100; ++i) EXPECT_THAT(*watch.NewFiles(now += std::chrono::milliseconds(80)), IsEmpty());
  EXPECT_LE(disk_.lists, 4u);
  std::filesystem::last_write_time(directory_ / "a", std::filesystem::file_time_type::clock::now());
  disk_.lists = 0;
  EXPECT_THAT(*watch.NewFiles(now += std::chrono::milliseconds(80)), IsEmpty());
  EXPECT_EQ(disk_.lists, 1u);
  now += std::chrono::seconds(60);
  EXPECT_THAT(*watch.NewFiles(now), IsEmpty());
  EXPECT_EQ(disk_.lists, 2u);  // for file systems without such a time
}

}  // namespace leadpulse::input::folder_watch_test
