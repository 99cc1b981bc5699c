// Whether one state has read everything that another one has.
#include <gtest/gtest.h>

#include <fstream>

#include "processor/maintenance/rebuild.h"
#include "tests/support/memory_lead_store.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::maintenance::input_coverage_test {

const std::string kText = "one\ntwo\nthree\n";

// Returns the progress after these bytes of the file.
input::InputProgress ReadOf(const std::string& bytes) {
  input::InputProgress progress;
  progress.resume = progress.read = bytes.size();
  input::PrefixHash hash;
  hash.Update(bytes);
  progress.hash = hash.Digest();
  return progress;
}

class InputCoverageTest : public ::testing::Test {
 protected:
  InputCoverageTest() { Write(kText); }

  void Write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  Result<InputCoverage> Cover(const InputPositions& wanted, const InputPositions& reached) {
    return CoverInputs(wanted, reached, stop_);
  }
  std::vector<std::string> Missing(const InputPositions& wanted, const InputPositions& reached) {
    const Result<InputCoverage> coverage = Cover(wanted, reached);
    EXPECT_TRUE(coverage.ok());
    return coverage->missing;
  }

  testing::ScratchDirectory directory_;
  const std::string path_ = directory_ / "a.jsonl";
  std::atomic<bool> stop_ = false;
};

using Paths = std::vector<std::string>;

TEST_F(InputCoverageTest, AsMuchOfTheSamePathIsEnough) {
  EXPECT_EQ(Missing({{path_, ReadOf(kText)}}, {{path_, ReadOf(kText)}}), Paths{});
  EXPECT_EQ(Missing({}, {{path_, ReadOf(kText)}}), Paths{});
}

TEST_F(InputCoverageTest, LessOrNothingIsMissing) {
  EXPECT_EQ(Missing({{path_, ReadOf(kText)}}, {{path_, ReadOf("one\n")}}), Paths{path_});
  EXPECT_EQ(Missing({{"b.jsonl", ReadOf("b")}, {"a.jsonl", ReadOf("a")}}, {{"c.jsonl", ReadOf("c")}}),
            (Paths{"a.jsonl", "b.jsonl"}));
}

TEST_F(InputCoverageTest, MoreIsEnoughWhereTheFileStillBeginsSo) {
  EXPECT_EQ(Missing({{path_, ReadOf("one\n")}}, {{path_, ReadOf(kText)}}), Paths{});
  const Result<InputCoverage> other = Cover({{path_, ReadOf("uno\n")}}, {{path_, ReadOf(kText)}});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.status().kind(), ErrorKind::kRejected);
  EXPECT_NE(other.status().message().find("a.jsonl"), std::string::npos);
}

// The replacement has the same size and other bytes.
TEST_F(InputCoverageTest, AReplacedFileIsMissing) {
  EXPECT_EQ(Missing({{path_, ReadOf("abc")}}, {{path_, ReadOf("abd")}}), Paths{path_});
}

TEST_F(InputCoverageTest, TheSameBytesUnderAnotherNameAreEnough) {
  const Result<InputCoverage> coverage =
      Cover({{"-", ReadOf(kText)}, {"empty.jsonl", input::InputProgress()}}, {{"archive/a.jsonl.gz", ReadOf(kText)}});
  ASSERT_TRUE(coverage.ok());
  EXPECT_EQ(coverage->missing, Paths{});
  EXPECT_EQ(coverage->elsewhere, (InputPositions{{"-", ReadOf(kText)}, {"empty.jsonl", input::InputProgress()}}));
}

TEST_F(InputCoverageTest, WhatIsPutOnRecordIsWhatTheNextRunFinds) {
  const auto store = state::MakeMemoryLeadStore(1);
  ASSERT_TRUE(RecordPositions({{"a.jsonl", ReadOf(kText)}}, store.get()).ok());
  const auto stored = store->GetMeta(input::InputProgressName("a.jsonl"));
  ASSERT_TRUE(stored.ok() && stored->has_value());
  EXPECT_EQ(*input::DecodeInputProgress("a.jsonl", **stored), ReadOf(kText));
}

TEST_F(InputCoverageTest, AStopEndsItWithoutAnError) {
  stop_ = true;
  EXPECT_TRUE(Cover({{path_, ReadOf("one\n")}}, {{path_, ReadOf(kText)}}).ok());
}

}  // namespace leadpulse::maintenance::input_coverage_test
