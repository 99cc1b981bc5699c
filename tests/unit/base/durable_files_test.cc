// Files that are moved or copied, and directories that one process at a time creates.
#include "processor/base/durable_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/scratch_directory.h"

namespace leadpulse::durable_files_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string Content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class DurableFilesTest : public ::testing::Test {
 protected:
  testing::ScratchDirectory scratch_;
  const std::string from_ = scratch_ / "from", to_ = scratch_ / "to";
};

TEST_F(DurableFilesTest, AFileMovesWithItsBytes) {
  ASSERT_TRUE(WriteDurableFile(from_, "bytes").ok());
  ASSERT_TRUE(MoveDurably(from_, to_).ok());
  EXPECT_EQ(Content(to_), "bytes");
  EXPECT_FALSE(fs::exists(from_));
}

// No rename is possible.
TEST_F(DurableFilesTest, ToAnotherFileSystemItIsCopied) {
  std::string other = "/dev/shm/leadpulse-XXXXXX";
  if (::mkdtemp(other.data()) == nullptr) GTEST_SKIP() << "there is no /dev/shm";
  struct stat here {
  }, there{};
  ASSERT_TRUE(stat(scratch_.path().c_str(), &here) == 0 && stat(other.c_str(), &there) == 0);
  ASSERT_TRUE(WriteDurableFile(from_, "bytes").ok());
  const Status moved = MoveDurably(from_, other + "/to");
  const std::string content = Content(other + "/to");
  fs::remove_all(other);
  if (here.st_dev == there.st_dev) GTEST_SKIP() << "scratch directories are in /dev/shm, too";
  ASSERT_TRUE(moved.ok()) << moved.message();
  EXPECT_EQ(content, "bytes");
}

TEST_F(DurableFilesTest, WhatCannotBeDoneNamesBothPlaces) {
  EXPECT_THAT(MoveDurably(from_, to_).message(),
              AllOf(HasSubstr(from_ + " cannot be moved to " + to_), HasSubstr("No such file")));
  EXPECT_THAT(CopyDurably(from_, to_).message(),
              AllOf(HasSubstr(from_ + " cannot be copied to " + to_), HasSubstr("No such file")));
  ASSERT_TRUE(WriteDurableFile(from_, "new").ok() && WriteDurableFile(to_, "old").ok());
  EXPECT_THAT(CopyDurably(from_, to_).message(), HasSubstr("File exists"));
  EXPECT_EQ(Content(to_), "old");
}

TEST_F(DurableFilesTest, ADirectoryIsMadeByOneAtATime) {
  auto first = UnfinishedDirectory::Create(to_);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(WriteDurableFile((*first)->path() + "/file", "bytes").ok());
  const auto second = UnfinishedDirectory::Create(to_ + "/");
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr("another process is making " + to_ + " just now"));
  ASSERT_TRUE((*first)->Publish().ok());
  EXPECT_EQ(Content(to_ + "/file"), "bytes");
}

}  // namespace leadpulse::durable_files_test
