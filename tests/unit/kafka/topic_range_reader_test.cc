// The first and last records of a range of the topics, and the messages for deleted ones.
#include "processor/kafka/topic_range_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/kafka/fake_topic_log.h"

namespace leadpulse::kafka::topic_range_reader_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TopicPlace kEvents{engine::InputTopic::kEvents, PartitionId{0}};
constexpr TopicPlace kCommands{engine::InputTopic::kCommands, PartitionId{0}};
constexpr std::chrono::milliseconds kNoWait{0};

RangePoint At(RangePoint::Kind kind, Instant time = {}) { return {kind, time, {}}; }
RangePoint Offset(int64_t offset) { return {RangePoint::Kind::kBeginning, {}, {{kEvents, offset}}}; }

class TopicRangeReaderTest : public ::testing::Test {
 protected:
  // Adds ten records of kEvents, one a second from second 0 on.
  void SetUp() override {
    for (int64_t i = 0; i < 10; ++i) topics_.Add(kEvents, "r" + std::to_string(i), i * 1000);
  }
  Status Open(RangePoint from, std::optional<RangePoint> until) {
    auto made = TopicRangeReader::Make(std::make_unique<testing::FakeTopicLog>(&topics_), {from, until});
    if (!made.ok()) return made.status();
    reader_ = std::move(*made);
    return Status::Ok();
  }
  // Returns offsets of kEvents after at most `calls` calls.
  std::vector<int64_t> ReadAll(int calls = 100) {
    std::vector<int64_t> offsets;
    for (; calls > 0 && !reader_->done(); --calls) {
      RangePiece piece;
      const Status status = reader_->Read(kNoWait, &piece);
      if (!status.ok()) problems_.push_back(status.message());
      for (const LogRecord& record : piece.records) offsets.push_back(record.offset);
      deleted_.insert(deleted_.end(), piece.deleted.begin(), piece.deleted.end());
    }
    return offsets;
  }

  testing::FakeTopics topics_{1};
  std::unique_ptr<TopicRangeReader> reader_;
  std::vector<DeletedRange> deleted_;
  std::vector<std::string> problems_;
};

// A group commits the offset after its last record, and not after the markers that follow.
TEST_F(TopicRangeReaderTest, MarkersAtTheEndAreNotLeftToRead) {
  testing::FakeTopicLog log(&topics_);
  const auto unread = [&](int64_t next) {
    return *CountUnread({{kEvents, {next, topics_.places[kEvents].high()}}}, std::chrono::milliseconds(20), &log);
  };
  topics_.AddMarker(kEvents);
  topics_.AddMarker(kEvents);
  EXPECT_EQ(unread(10), 0U);
  EXPECT_EQ(unread(9), 3U);
  topics_.Add(kCommands, "c");
  EXPECT_EQ(*CountUnread({{kEvents, {10, 12}}, {kCommands, {0, 1}}}, std::chrono::milliseconds(20), &log), 1U);
  topics_.next_reads = {Status::Retriable("nobody answers")};
  EXPECT_EQ(unread(10), 2U);
  topics_.places[kEvents].open_transaction = 11;
  EXPECT_EQ(unread(10), 1U);
  EXPECT_EQ(unread(11), 1U);
  topics_.places[kEvents].open_transaction.reset();
  for (int i = 0; i < 1'000; ++i) topics_.AddMarker(kEvents);
  EXPECT_EQ(unread(10), 1'002U);
}

// Records that were deleted after the end of the range are not missing.
TEST_F(TopicRangeReaderTest, WhatIsDeletedIsToldUpToTheEnd) {
  topics_.places[kEvents].low = 9;
  RangePoint until = Offset(5);
  ASSERT_TRUE(Open(Offset(2), until).ok());
  EXPECT_EQ(reader_->ranges().at(kEvents), (PlaceRange{5, 5}));
  EXPECT_THAT(reader_->deleted(), ElementsAre(DeletedRange{kEvents, {2, 5}}));
  EXPECT_THAT(ReadAll(), IsEmpty());
  EXPECT_THAT(deleted_, ElementsAre(DeletedRange{kEvents, {2, 5}}));
  EXPECT_TRUE(reader_->done());
  ASSERT_TRUE(Open(Offset(7), until).ok());  // an empty range misses none
  EXPECT_TRUE(reader_->done());
}

TEST_F(TopicRangeReaderTest, FromOneOffsetToAnother) {
  RangePoint until = Offset(7);
  until.kind = RangePoint::Kind::kEnd;
  ASSERT_TRUE(Open(Offset(3), until).ok());
  EXPECT_EQ(reader_->ranges().at(kEvents), (PlaceRange{3, 7}));
  EXPECT_EQ(reader_->ranges().at(kCommands), (PlaceRange{0, 0}));
  EXPECT_THAT(ReadAll(), ElementsAre(3, 4, 5, 6));
  EXPECT_TRUE(reader_->done());
}

TEST_F(TopicRangeReaderTest, FromOneTimeToAnother) {
  ASSERT_TRUE(Open(At(RangePoint::Kind::kTime, Instant{1001}), At(RangePoint::Kind::kTime, Instant{4000})).ok());
  EXPECT_THAT(ReadAll(), ElementsAre(2, 3));
}

TEST_F(TopicRangeReaderTest, ATimeBehindTheLastRecordIsTheEnd) {
  ASSERT_TRUE(Open(At(RangePoint::Kind::kBeginning), At(RangePoint::Kind::kTime, Instant{99'000})).ok());
  EXPECT_EQ(ReadAll().size(), 10U);
  ASSERT_TRUE(Open(At(RangePoint::Kind::kTime, Instant{99'000}), std::nullopt).ok());
  EXPECT_EQ(reader_->ranges().at(kEvents), (PlaceRange{10, kNoEnd}));
}

TEST_F(TopicRangeReaderTest, AnUntilBeforeTheFromIsAnEmptyRange) {
  ASSERT_TRUE(Open(Offset(5), Offset(2)).ok());
  EXPECT_TRUE(reader_->done());
}

TEST_F(TopicRangeReaderTest, TheEndIsThatOfTheStartAndReachedPastWhatGivesNoRecord) {
  topics_.AddMarker(kEvents);
  ASSERT_TRUE(Open(Offset(8), At(RangePoint::Kind::kEnd)).ok());
  topics_.Add(kEvents, "later");
  EXPECT_THAT(ReadAll(), ElementsAre(8, 9));
  EXPECT_TRUE(reader_->done());
  EXPECT_EQ(reader_->positions().at(kEvents), 11);
}

TEST_F(TopicRangeReaderTest, AnOpenTransactionIsWaitedFor) {
  topics_.places[kEvents].open_transaction = 9;
  ASSERT_TRUE(Open(Offset(8), At(RangePoint::Kind::kEnd)).ok());
  EXPECT_THAT(ReadAll(), ElementsAre(8));
  EXPECT_FALSE(reader_->done());
  topics_.places[kEvents].open_transaction.reset();
  EXPECT_THAT(ReadAll(), ElementsAre(9));
}

TEST_F(TopicRangeReaderTest, WhatRetentionDeletedBeforeIsNamed) {
  topics_.places[kEvents].low = 4;
  ASSERT_TRUE(Open(Offset(1), At(RangePoint::Kind::kEnd)).ok());
  EXPECT_THAT(ReadAll(), ElementsAre(4, 5, 6, 7, 8, 9));
  EXPECT_THAT(deleted_, ElementsAre(DeletedRange{kEvents, {1, 4}}));
}

TEST_F(TopicRangeReaderTest, TheBeginningIsWhereTheTopicBegins) {
  topics_.places[kEvents].low = 4;
  ASSERT_TRUE(Open(At(RangePoint::Kind::kBeginning), At(RangePoint::Kind::kEnd)).ok());
  EXPECT_EQ(ReadAll().size(), 6U);
  EXPECT_THAT(deleted_, IsEmpty());
}

TEST_F(TopicRangeReaderTest, WhatRetentionDeletesMeanwhileIsNamed) {
  ASSERT_TRUE(Open(Offset(0), At(RangePoint::Kind::kEnd)).ok());
  EXPECT_THAT(ReadAll(/*calls=*/1), ElementsAre(0, 1));
  topics_.places[kEvents].low = 6;
  EXPECT_THAT(ReadAll(), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(deleted_, ElementsAre(DeletedRange{kEvents, {2, 6}}));
}

TEST_F(TopicRangeReaderTest, WhenAllThatIsLeftWasDeletedTheRangeIsStillNamed) {
  ASSERT_TRUE(Open(Offset(0), At(RangePoint::Kind::kEnd)).ok());
  EXPECT_THAT(ReadAll(/*calls=*/1), ElementsAre(0, 1));
  topics_.places[kEvents].low = 10;
  EXPECT_THAT(ReadAll(), IsEmpty());
  EXPECT_THAT(deleted_, ElementsAre(DeletedRange{kEvents, {2, 10}}));
}

TEST_F(TopicRangeReaderTest, AnOffsetBehindTheEndIsAnotherTopic) {
  const Status status = Open(Offset(11), At(RangePoint::Kind::kEnd));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kRejected);
  EXPECT_THAT(status.message(), HasSubstr("events [0] ends before offset 10"));
}

TEST_F(TopicRangeReaderTest, ATopicMadeAnewMeanwhileIsToldWhileReading) {
  ASSERT_TRUE(Open(Offset(0), std::nullopt).ok());
  EXPECT_EQ(ReadAll(/*calls=*/8).size(), 10U);
  topics_.places[kEvents].entries.clear();
  ReadAll(/*calls=*/2);
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_THAT(problems_[0], HasSubstr("created again"));
}

TEST_F(TopicRangeReaderTest, AfterAnErrorNothingIsMissing) {
  ASSERT_TRUE(Open(Offset(6), At(RangePoint::Kind::kEnd)).ok());
  topics_.next_reads = {Status::Ok(), Status::Retriable("nobody answers"), Status::Ok()};
  EXPECT_THAT(ReadAll(), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(problems_, ElementsAre("nobody answers"));
}

}  // namespace leadpulse::kafka::topic_range_reader_test
