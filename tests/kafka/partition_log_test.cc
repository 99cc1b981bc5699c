#include "tests/support/kafka/partition_log.h"

#include <gtest/gtest.h>

namespace leadpulse::testing::partition_log_test {

constexpr int64_t kProducer = 7;
constexpr PartitionLog::Time kNow{std::chrono::hours(1)};
constexpr std::chrono::milliseconds kKept{1000};

std::string Read(const PartitionLog& log, int64_t from = 0) {
  std::string text;
  log.ReadCommitted(from, 1000, [&](const LogEntry& entry) {
    text += std::to_string(entry.offset) + ":" + entry.message.key + "=" + entry.message.value.value_or("-") + " ";
  });
  return text;
}

Message Put(const std::string& key, const std::string& value) { return {key, value, {}}; }

TEST(PartitionLogTest, AMarkerTakesAnOffsetAndDeliversNothing) {
  PartitionLog log;
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 0, {Put("a", "1"), Put("b", "1")}), 1);
  log.EndTransaction({kProducer, 0}, true);
  EXPECT_EQ(log.Append(Put("c", "1")), 3);
  EXPECT_EQ(Read(log), "0:a=1 1:b=1 3:c=1 ");
  EXPECT_EQ(log.end(), 4);
}

TEST(PartitionLogTest, ReadersStopAtTheFirstOpenTransaction) {
  PartitionLog log;
  log.Append(Put("a", "1"));
  log.AppendBatch({kProducer, 0}, 0, {Put("b", "1")});
  log.Append(Put("c", "1"));
  EXPECT_EQ(log.last_stable_offset(), 1);
  EXPECT_EQ(log.end(), 3);
  EXPECT_EQ(Read(log), "0:a=1 ");
  log.EndTransaction({kProducer, 0}, false);
  EXPECT_EQ(log.last_stable_offset(), 4);
  EXPECT_EQ(Read(log), "0:a=1 2:c=1 ");
}

TEST(PartitionLogTest, ReadingTellsHowFarItCameOverWhatDeliversNothing) {
  PartitionLog log;
  log.AppendBatch({kProducer, 0}, 0, {Put("a", "1"), Put("b", "1")});
  log.EndTransaction({kProducer, 0}, false);
  EXPECT_EQ(log.ReadCommitted(0, 10, [](const LogEntry&) {}), 3);
  log.Append(Put("c", "1"));
  log.Append(Put("d", "1"));
  EXPECT_EQ(log.ReadCommitted(0, 1, [](const LogEntry&) {}), 4);
}

TEST(PartitionLogTest, ABatchSentTwiceIsAppendedOnce) {
  PartitionLog log;
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 0, {Put("a", "1"), Put("b", "1")}), 1);
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 0, {Put("a", "1"), Put("b", "1")}), 1);
  EXPECT_EQ(log.end(), 2);
}

TEST(PartitionLogTest, ABatchThatLacksTheOneBeforeIsRefused) {
  PartitionLog log;
  log.AppendBatch({kProducer, 0}, 0, {Put("a", "1")});
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 2, {Put("c", "1")}), std::nullopt);
  EXPECT_EQ(log.AppendBatch({kProducer, 1}, 0, {Put("d", "1")}), 1);
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 1, {Put("b", "1")}), std::nullopt);
}

TEST(PartitionLogTest, AMarkerFencesTheEpochsBeforeItsOwn) {
  PartitionLog log;
  log.AppendBatch({kProducer, 0}, 0, {Put("a", "1")});
  log.EndTransaction({kProducer, 0}, false);
  EXPECT_FALSE(log.Fences({kProducer, 0}));
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 1, {Put("b", "1")}), 2)
      << "with the same epoch it opens another transaction";
  log.EndTransaction({kProducer, 1}, false);
  EXPECT_TRUE(log.Fences({kProducer, 0}));
  EXPECT_EQ(log.AppendBatch({kProducer, 0}, 2, {Put("c", "1")}), std::nullopt);
  EXPECT_EQ(log.AppendBatch({kProducer, 1}, 0, {Put("d", "1")}), 4);
}

TEST(PartitionLogTest, CompactionKeepsTheLastOfEachKeyInItsPlace) {
  PartitionLog log;
  for (const char* value : {"1", "2", "3"}) log.Append(Put("a", value));
  log.Append(Put("b", "1"));
  log.Append(Put("a", "4"));
  log.Append(Put("c", "1"));
  log.Compact(4, kNow, kKept);
  // The uncompacted end of the log is ignored.
  EXPECT_EQ(Read(log), "2:a=3 3:b=1 4:a=4 5:c=1 ");
  log.Compact(100, kNow, kKept);
  EXPECT_EQ(Read(log), "3:b=1 4:a=4 5:c=1 ");
  EXPECT_EQ(log.begin(), 0);
  EXPECT_EQ(log.everything().size(), 6u);
}

TEST(PartitionLogTest, CompactionDropsWhatWasAbortedAndLeavesWhatIsOpen) {
  PartitionLog log;
  log.Append(Put("a", "1"));
  log.AppendBatch({kProducer, 0}, 0, {Put("a", "2")});
  log.EndTransaction({kProducer, 0}, false);
  log.AppendBatch({kProducer, 0}, 1, {Put("a", "3")});
  log.Append(Put("a", "4"));
  log.Compact(100, kNow, kKept);
  EXPECT_EQ(Read(log), "0:a=1 ");
  log.EndTransaction({kProducer, 0}, true);
  log.Append(Put("z", "1"));
  log.Compact(100, kNow, kKept);
  EXPECT_EQ(Read(log), "4:a=4 6:z=1 ");
}

TEST(PartitionLogTest, ATombstoneGoesAWhileAfterItsFirstCompaction) {
  PartitionLog log;
  log.Append(Put("a", "1"));
  log.Append({"a", std::nullopt, {}});
  log.Append(Put("z", "1"));
  log.Compact(100, kNow, kKept);
  EXPECT_EQ(Read(log), "1:a=- 2:z=1 ");
  log.Compact(100, kNow + kKept / 2, kKept);
  EXPECT_EQ(Read(log), "1:a=- 2:z=1 ");
  log.Compact(100, kNow + kKept, kKept);
  EXPECT_EQ(Read(log), "2:z=1 ");
}

TEST(PartitionLogTest, RetentionMovesTheBeginning) {
  PartitionLog log;
  for (const char* key : {"a", "b", "c"}) log.Append(Put(key, "1"));
  log.DeleteBefore(2);
  EXPECT_EQ(log.begin(), 2);
  EXPECT_EQ(Read(log, 2), "2:c=1 ");
}

}  // namespace leadpulse::testing::partition_log_test
