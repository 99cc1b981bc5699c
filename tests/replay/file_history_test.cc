// History in files: which records are read, the progress, and how files are recognised again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "processor/replay/history_source.h"
#include "schemas/codec/input_writer.h"
#include "tests/support/input_files.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::replay::file_history_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::WriteFile;

codec::Event Open(int number) {
  codec::Event event;
  event.key = {"acme", "lead"};
  event.event_id = "e" + std::to_string(number);
  event.type = EventType::kOpen;
  event.occurred_at = {1'767'225'600'000 + number};
  return event;
}

class FileHistoryTest : public ::testing::Test {
 protected:
  FileHistoryTest() {
    std::filesystem::create_directory(folder_);
    std::string text;
    for (int i = 0; i < 10; ++i) codec::AppendInputJson(Open(i), &text);
    WriteFile(folder_ + "/1.jsonl", text);
    std::string messages;
    for (int i = 10; i < 15; ++i) codec::AppendInputProtobuf(Open(i), &messages);
    WriteFile(folder_ + "/2.pb", messages);
    WriteFile(folder_ + "/manifest.txt", "no history");
  }

  std::unique_ptr<HistorySource> OpenFolder() {
    auto history = OpenFileHistory({folder_}, -1, stop_);
    EXPECT_TRUE(history.ok()) << history.status().message();
    return std::move(*history);
  }
  static std::vector<std::string> Ids(const HistoryBatch& batch) {
    std::vector<std::string> ids;
    for (const HistoryRecord& record : batch.records) ids.push_back(std::get<codec::Event>(record.decoded).event_id);
    return ids;
  }

  testing::ScratchDirectory directory_;
  const std::string folder_ = directory_ / "archive";
  const std::atomic<bool> stop_{false};
};

TEST_F(FileHistoryTest, GoesOnBehindAPositionAndSaysHowFarItIs) {
  std::string position;
  {
    const auto history = OpenFolder();
    HistoryBatch batch;
    ASSERT_TRUE(history->Next(4, &batch).ok());
    EXPECT_THAT(Ids(batch), ElementsAre("e0", "e1", "e2", "e3"));
    EXPECT_FALSE(batch.ended);
    position = history->Position();
    EXPECT_GT(*history->Fraction(), 0.2);  // one of two files, each read in one go
    EXPECT_LT(*history->Fraction(), 0.4);
  }
  const auto history = OpenFolder();
  ASSERT_TRUE(history->Resume(position).ok());
  EXPECT_GT(*history->Fraction(), 0.2);
  HistoryBatch batch;
  std::vector<std::string> ids;
  while (!batch.ended) {
    ASSERT_TRUE(history->Next(4, &batch).ok());
    for (const std::string& id : Ids(batch)) ids.push_back(id);
    for (const HistoryRecord& record : batch.records) EXPECT_THAT(std::string(record.json), HasSubstr("\"event\""));
  }
  EXPECT_THAT(ids, ElementsAre("e4", "e5", "e6", "e7", "e8", "e9", "e10", "e11", "e12", "e13", "e14"));
  EXPECT_DOUBLE_EQ(*history->Fraction(), 1);
}

TEST_F(FileHistoryTest, WhereAFileCannotBeSplitIntoRecordsItsRestIsOneThatIsRefused) {
  WriteFile(folder_ + "/2.pb", std::string(10, '\xff'));  // a length without an end
  HistoryBatch batch;
  ASSERT_TRUE(OpenFolder()->Next(100, &batch).ok());
  ASSERT_EQ(batch.records.size(), 11u);
  const auto* rejection = std::get_if<codec::Rejection>(&batch.records.back().decoded);
  ASSERT_NE(rejection, nullptr);
  EXPECT_EQ(rejection->reason, codec::Reason::kMalformed);
  EXPECT_THAT(rejection->detail, HasSubstr("length"));
}

TEST_F(FileHistoryTest, WhatWasReadMustBeThereStill) {
  std::string position;
  {
    const auto history = OpenFolder();
    HistoryBatch batch;
    ASSERT_TRUE(history->Next(100, &batch).ok());
    position = history->Position();
  }
  WriteFile(folder_ + "/1.jsonl", "{}\n");
  EXPECT_THAT(OpenFolder()->Resume(position).message(), HasSubstr("1.jsonl is shorter than what was already read"));
}

}  // namespace leadpulse::replay::file_history_test
