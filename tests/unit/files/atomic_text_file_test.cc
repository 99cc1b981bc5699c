// A text that outlives its process: it is read again, only one process has it, and other files are left alone.
#include "processor/files/atomic_text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/support/scratch_directory.h"

namespace leadpulse::files::atomic_text_file_test {

using ::testing::HasSubstr;

constexpr size_t kMost = 16;

class AtomicTextFileTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<AtomicTextFile>> Open() {
    return AtomicTextFile::Open(path_, kMost, {"position", "delivery", "--position"});
  }

  testing::ScratchDirectory scratch_;
  const std::string path_ = scratch_ / "kept";
};

TEST_F(AtomicTextFileTest, WhatWasSavedLastIsFound) {
  {
    const auto kept = Open();
    ASSERT_TRUE(kept.ok());
    EXPECT_FALSE((*kept)->found());
    ASSERT_TRUE((*kept)->Save("one").ok() && (*kept)->Save("two").ok());
  }
  const auto kept = Open();
  ASSERT_TRUE(kept.ok());
  EXPECT_TRUE((*kept)->found());
  EXPECT_EQ((*kept)->text(), "two");
}

TEST_F(AtomicTextFileTest, OneProcessHasItAtATime) {
  const auto first = Open();
  ASSERT_TRUE(first.ok());
  const auto second = Open();
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.status().message(), HasSubstr("delivery"));
}

TEST_F(AtomicTextFileTest, AFileThatHoldsMoreIsSomeoneElses) {
  std::ofstream(path_) << std::string(kMost, 'x');
  EXPECT_TRUE(Open().ok());
  std::ofstream(path_) << std::string(kMost + 1, 'x');
  const auto refused = Open();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().message(), "position " + path_ + " is no file of a delivery; give another --position");
}

}  // namespace leadpulse::files::atomic_text_file_test
