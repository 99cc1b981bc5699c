// The changelog reader against a real broker: open, aborted and committed transactions.
#include <map>
#include <optional>
#include <thread>

#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class ChangelogReaderTest : public testing::Test {
 protected:
  ChangelogReaderTest()
      : kafka_(TestBroker()),
        topics_(kafka_.CreateTopics(2)),
        connection_(Connect(PlaceIn(TestBroker(), topics_))),
        reader_(Must(connection_->MakeChangelogReader())) {}

  // Waits until the log ends at `end`. A transaction's control record is written a moment after the response to its
  // commit.
  LogBounds BoundsWithEnd(int64_t end) {
    const auto deadline = MonotonicNow() + milliseconds(10'000);
    LogBounds bounds = Must(reader_->Bounds(PartitionId{0}));
    while (bounds.end < end && MonotonicNow() < deadline) bounds = Must(reader_->Bounds(PartitionId{0}));
    EXPECT_EQ(bounds.end, end);
    return bounds;
  }

  // Writes one record, followed by the control record of its end.
  void Write(const std::string& key, const std::optional<std::string>& value, bool commit) {
    const int64_t end = Must(reader_->Bounds(PartitionId{0})).end;
    TransactionByHand transaction(TestBroker(), UniqueName("writer"));
    transaction.Write(topics_.lead_state, 0, key, value);
    commit ? transaction.Commit() : transaction.Abort();
    BoundsWithEnd(end + 2);
  }

  // Reads until the position is `until`, or for `timeout`; returns the position and the records.
  int64_t ReadTo(int64_t until, milliseconds timeout = milliseconds(20'000)) {
    std::vector<ChangelogRecord> records;
    int64_t position = -1;
    const auto deadline = MonotonicNow() + timeout;
    while (position < until && MonotonicNow() < deadline) {
      position = Must(reader_->Read(milliseconds(50), &records));
      for (const ChangelogRecord& r : records) {
        read_.emplace_back(std::string(r.key), r.value ? std::string(*r.value) : "(tombstone)");
        offsets_.push_back(r.offset);
      }
    }
    return position;
  }

  KafkaByHand kafka_;
  const TopicNames topics_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<ChangelogReader> reader_;
  std::vector<std::pair<std::string, std::string>> read_;
  std::vector<int64_t> offsets_;
};

TEST_F(ChangelogReaderTest, EmptyPartition) {
  const LogBounds bounds = Must(reader_->Bounds(PartitionId{1}));
  EXPECT_EQ(bounds.begin, 0);
  EXPECT_EQ(bounds.end, 0);
  ASSERT_TRUE(reader_->Start(PartitionId{1}, 0).ok());
  EXPECT_EQ(ReadTo(1, milliseconds(500)), 0);
}

// Each transaction ends with a control record, which has an offset and delivers nothing.
TEST_F(ChangelogReaderTest, ComesToTheEndBehindWhatDeliversNothing) {
  Write("a", "1", true);           // 0, control record 1
  Write("b", "dropped", false);    // 2, 3
  Write("a", std::nullopt, true);  // 4, 5
  Write("c", "", true);            // 6, 7
  Write("d", "dropped", false);    // 8, 9
  const LogBounds bounds = BoundsWithEnd(10);
  EXPECT_EQ(bounds.begin, 0);
  ASSERT_TRUE(reader_->Start(PartitionId{0}, 0).ok());
  EXPECT_EQ(ReadTo(bounds.end), bounds.end);
  EXPECT_THAT(read_, ElementsAre(Pair("a", "1"), Pair("a", "(tombstone)"), Pair("c", "")));
  EXPECT_THAT(offsets_, ElementsAre(0, 4, 6));
}

TEST_F(ChangelogReaderTest, AnOpenTransactionHidesWhatIsBehindIt) {
  Write("a", "1", true);  // 0, 1
  TransactionByHand open(TestBroker(), UniqueName("open"));
  open.Write(topics_.lead_state, 0, "b", "2");  // 2
  Write("c", "3", true);                        // 3, 4
  BoundsWithEnd(5);                             // includes undecided records
  ASSERT_TRUE(reader_->Start(PartitionId{0}, 0).ok());
  EXPECT_EQ(ReadTo(5, milliseconds(1'500)), 2);
  EXPECT_THAT(read_, ElementsAre(Pair("a", "1")));
  open.Commit();  // 5
  EXPECT_EQ(ReadTo(6), 6);
  EXPECT_THAT(read_, ElementsAre(Pair("a", "1"), Pair("b", "2"), Pair("c", "3")));
}

TEST_F(ChangelogReaderTest, AnOpenTransactionThatIsAborted) {
  TransactionByHand open(TestBroker(), UniqueName("open"));
  open.Write(topics_.lead_state, 0, "b", "2");
  ASSERT_TRUE(reader_->Start(PartitionId{0}, 0).ok());
  EXPECT_EQ(ReadTo(1, milliseconds(1'000)), 0);
  open.Abort();
  EXPECT_EQ(ReadTo(2), 2);
  EXPECT_TRUE(read_.empty());
}

TEST_F(ChangelogReaderTest, BeginsWhereItIsTold) {
  kafka_.WriteNumbers(topics_.lead_state, 0, 0, 5'000);
  ASSERT_TRUE(reader_->Start(PartitionId{0}, 4'990).ok());
  EXPECT_EQ(ReadTo(5'000), 5'000);
  EXPECT_EQ(offsets_, Range(4'990, 5'000));
}

// Records under way for one offset are not returned after the next start.
TEST_F(ChangelogReaderTest, StartsAgainElsewhere) {
  kafka_.WriteNumbers(topics_.lead_state, 0, 0, 5'000);
  kafka_.WriteNumbers(topics_.lead_state, 1, 0, 3);
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(reader_->Start(PartitionId{0}, 100).ok());
    ReadTo(101);
    offsets_.clear();
    reader_->Stop(PartitionId{0});
    ASSERT_TRUE(reader_->Start(PartitionId{1}, 0).ok());
    EXPECT_EQ(ReadTo(3), 3);
    EXPECT_EQ(offsets_, Range(0, 3));
    offsets_.clear();
    reader_->Stop(PartitionId{1});
    ASSERT_TRUE(reader_->Start(PartitionId{0}, 10).ok());
    EXPECT_EQ(ReadTo(5'000), 5'000);
    EXPECT_EQ(offsets_, Range(10, 5'000));
    reader_->Stop();
    offsets_.clear();
  }
}

// One of them is stopped, and started again while the other continues.
TEST_F(ChangelogReaderTest, ReadsPartitionsSideBySide) {
  kafka_.WriteNumbers(topics_.lead_state, 0, 0, 3'000);
  kafka_.WriteNumbers(topics_.lead_state, 1, 0, 30);
  const PartitionId first{0}, second{1};
  std::map<PartitionId, std::vector<int64_t>> offsets;
  ChangelogPiece piece;
  const auto read_until = [&](const std::map<PartitionId, int64_t>& ends) {
    offsets.clear();
    const auto deadline = MonotonicNow() + milliseconds(20'000);
    piece.reached.clear();
    while (piece.reached != ends && MonotonicNow() < deadline) {
      const Status read = reader_->Read(milliseconds(50), &piece);
      ASSERT_TRUE(read.ok()) << read.message();
      for (const ChangelogRecord& record : piece.records) offsets[record.partition].push_back(record.offset);
    }
    EXPECT_EQ(piece.reached, ends);
  };
  ASSERT_TRUE(reader_->Start(first, 10).ok());
  ASSERT_TRUE(reader_->Start(second, 5).ok());
  read_until({{first, 3'000}, {second, 30}});
  EXPECT_EQ(offsets[first], Range(10, 3'000));
  EXPECT_EQ(offsets[second], Range(5, 30));

  reader_->Stop(second);
  kafka_.WriteNumbers(topics_.lead_state, 0, 3'000, 10);
  kafka_.WriteNumbers(topics_.lead_state, 1, 30, 10);
  read_until({{first, 3'010}});
  EXPECT_EQ(offsets[first], Range(3'000, 3'010));
  EXPECT_TRUE(offsets[second].empty());

  ASSERT_TRUE(reader_->Start(second, 20).ok());
  read_until({{first, 3'010}, {second, 40}});
  EXPECT_TRUE(offsets[first].empty());
  EXPECT_EQ(offsets[second], Range(20, 40));
}

// librdkafka reports the end once for each offset; a new start must report it again.
TEST_F(ChangelogReaderTest, TheSameEndTwice) {
  Write("a", "1", true);  // 0, 1
  for (int round = 0; round < 3; ++round) {
    for (const int64_t from : {0, 1, 2}) {
      ASSERT_TRUE(reader_->Start(PartitionId{0}, from).ok());
      EXPECT_EQ(ReadTo(2), 2) << "from " << from;
    }
  }
}

TEST_F(ChangelogReaderTest, BeginsBehindWhatWasDeleted) {
  kafka_.WriteNumbers(topics_.lead_state, 0, 0, 10);
  kafka_.DeleteRecords(topics_.lead_state, 0, 4);
  const LogBounds bounds = Must(reader_->Bounds(PartitionId{0}));
  EXPECT_EQ(bounds.begin, 4);
  EXPECT_EQ(bounds.end, 10);
  ASSERT_TRUE(reader_->Start(PartitionId{0}, 2).ok());
  std::vector<ChangelogRecord> records;
  const auto deadline = MonotonicNow() + milliseconds(10'000);
  Status status;
  while (status.ok() && MonotonicNow() < deadline) status = reader_->Read(milliseconds(50), &records).status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr(topics_.lead_state + " [0]"));
}

// The clock goes on without records: the worker must keep its place in the group.
TEST_F(ChangelogReaderTest, ReadReturnsInTime) {
  ASSERT_TRUE(reader_->Start(PartitionId{0}, 0).ok());
  ReadTo(1, milliseconds(300));
  std::vector<ChangelogRecord> records;
  const auto begin = MonotonicNow();
  Must(reader_->Read(milliseconds(100), &records));
  EXPECT_LT(MonotonicNow() - begin, milliseconds(10'000)) << "it waits for a record";
}

// librdkafka fetches nothing while its queue is full, and looks at it again after a second unless something wakes it.
TEST_F(ChangelogReaderTest, AFullQueueThatIsReadDoesNotWait) {
  constexpr int kRecords = 24;
  constexpr milliseconds kWait{50}, kWork{40};
  TransactionByHand transaction(TestBroker(), UniqueName("writer"));
  for (int i = 0; i < kRecords; ++i) transaction.Write(topics_.lead_state, 0, "large", std::string(900'000, 'x'));
  transaction.Commit();
  ConnectionOptions options = PlaceIn(TestBroker(), topics_);
  options.most_fetched = 2 << 20;
  const auto connection = Connect(options);
  const auto reader = Must(connection->MakeChangelogReader());
  ASSERT_TRUE(reader->Start(PartitionId{0}, 0).ok());
  std::vector<ChangelogRecord> records;
  size_t read = 0, waits = 0;
  while (read < kRecords && waits < 1'000) {
    Must(reader->Read(kWait, &records));
    read += records.size();
    waits += records.empty() ? 1 : 0;
    if (!records.empty()) std::this_thread::sleep_for(kWork);  // meanwhile the queue fills
  }
  EXPECT_EQ(read, kRecords);
  EXPECT_LT(waits, 40u) << "a queue that was full costs a second, 20 waits";
}

// What a run deletes of lead.journal is gone for readers, and only that.
TEST_F(ChangelogReaderTest, DeltasBeforeAnOffsetAreDeleted) {
  kafka_.WriteNumbers(topics_.lead_journal, 0, 0, 5);
  kafka_.WriteNumbers(topics_.lead_journal, 1, 0, 3);
  const std::unique_ptr<DeltaReader> deltas = Must(connection_->MakeDeltaReader());
  ASSERT_TRUE(deltas->DeleteBefore({{PartitionId{0}, 3}, {PartitionId{1}, 0}}).ok());
  EXPECT_EQ(Must(deltas->Bounds(PartitionId{0})).begin, 3);
  EXPECT_EQ(Must(deltas->Bounds(PartitionId{0})).end, 5);
  EXPECT_EQ(Must(deltas->Bounds(PartitionId{1})).begin, 0);
  ASSERT_TRUE(deltas->DeleteBefore({{PartitionId{0}, 2}}).ok());
  const Status beyond = deltas->DeleteBefore({{PartitionId{0}, 6}});
  ASSERT_FALSE(beyond.ok());
  EXPECT_THAT(beyond.message(), HasSubstr("delete old records of " + topics_.lead_journal));
  EXPECT_EQ(Must(deltas->Bounds(PartitionId{0})).begin, 3);
}

}  // namespace
}  // namespace leadpulse::kafka
