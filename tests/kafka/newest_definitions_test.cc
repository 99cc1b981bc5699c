// Which of the published texts counts, both when the topic is read once and when it is read again.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/definitions_topic.h"
#include "processor/telemetry/logging.h"
#include "tests/support/kafka/simulated_clock.h"

namespace leadpulse::kafka::newest_definitions_test {

constexpr Instant kBegin{1'750'000'000'000};

struct Record {
  std::string text;
  Instant time = kBegin;
};

// The topic's contents; a read returns one record.
struct Topic {
  std::vector<Record> records;
  std::optional<Status> next_read;  // fails with it, once
};

class Reader : public ChangelogReader {
 public:
  explicit Reader(Topic* topic) : topic_(topic) {}
  Result<std::map<PartitionId, LogBounds>> Bounds(const std::vector<PartitionId>& partitions) override {
    return std::map<PartitionId, LogBounds>{{partitions.front(), {0, static_cast<int64_t>(topic_->records.size())}}};
  }
  Status Start(PartitionId partition, int64_t from) override {
    partition_ = partition;
    next_ = static_cast<size_t>(from);
    return Status::Ok();
  }
  Status Read(std::chrono::milliseconds /*timeout*/, ChangelogPiece* piece) override {
    piece->records.clear();
    if (topic_->next_read) return *std::exchange(topic_->next_read, std::nullopt);
    if (next_ < topic_->records.size()) {
      const Record& record = topic_->records[next_];
      piece->records.push_back(
          {partition_, static_cast<int64_t>(next_), kPublishedDefinitionsKey, record.text, record.time});
      ++next_;
    }
    piece->reached = {{partition_, static_cast<int64_t>(next_)}};
    return Status::Ok();
  }
  void Stop(PartitionId /*partition*/) override {}
  void Stop() override {}

 private:
  Topic* const topic_;
  PartitionId partition_;
  size_t next_ = 0;
};

class NewestDefinitionsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("off").ok()); }

  // Loads definitions. A text that begins with `bad` is invalid.
  std::shared_ptr<const config::Definitions> Load(const std::string& text) {
    ++loaded[text];
    if (text.starts_with("bad")) return nullptr;
    auto definitions = std::make_shared<config::Definitions>();
    definitions->text = text;
    return definitions;
  }
  std::string ReadToEnd() {
    const std::atomic<bool> stop{false};
    const auto newest = newest_definitions.ReadToEnd(std::chrono::seconds(1), stop);
    EXPECT_TRUE(newest.ok());
    return newest->has_value() ? (*newest)->definitions->text : "nothing";
  }
  // Returns what each of `times` calls gives.
  std::vector<std::string> Look(int times) {
    std::vector<std::string> given;
    for (int i = 0; i < times; ++i) {
      const auto newest = newest_definitions.Look();
      given.push_back(!newest.ok() ? "error" : newest->has_value() ? (*newest)->definitions->text : "");
    }
    return given;
  }

  Topic topic;
  std::map<std::string, int> loaded;
  testing::SimulatedClock clock{kBegin};
  NewestDefinitions newest_definitions{
      std::make_unique<DefinitionsTopic>("cluster", "lead.definitions", std::make_unique<Reader>(&topic), &clock),
      [this](const std::string&, const std::string& text) { return Load(text); }};
};

using Given = std::vector<std::string>;

TEST_F(NewestDefinitionsTest, TheLastTextThatCanBeUsedCounts) {
  EXPECT_EQ(ReadToEnd(), "nothing");
  EXPECT_FALSE(newest_definitions.holds_records());
  topic.records = {{"bad"}};
  EXPECT_EQ(ReadToEnd(), "nothing");
  EXPECT_TRUE(newest_definitions.holds_records());
  topic.records = {{"bad"}, {"a"}, {"b"}, {"bad too"}};
  EXPECT_EQ(ReadToEnd(), "b");
  topic.records.push_back({"c"});
  EXPECT_EQ(Look(2), (Given{"c", ""}));
}

TEST_F(NewestDefinitionsTest, AReadingThatBeginsAgainBringsNoOlderTextBack) {
  topic.records = {{"a"}, {"b"}, {"c"}};
  EXPECT_EQ(ReadToEnd(), "c");
  topic.next_read = Status::Fatal("may not be read");
  EXPECT_EQ(Look(2), (Given{"error", ""}));
  clock.Pass(Millis(10'000));
  EXPECT_EQ(Look(5), (Given{"", "", "", "", ""}));
  EXPECT_EQ(loaded, (std::map<std::string, int>{{"a", 1}, {"b", 1}, {"c", 1}}));
  // Only the last valid text published in the meantime counts.
  topic.next_read = Status::Fatal("may not be read");
  EXPECT_EQ(Look(1), Given{"error"});
  for (const char* text : {"d", "e", "bad"}) topic.records.push_back({text});
  clock.Pass(Millis(10'000));
  EXPECT_EQ(Look(7), (Given{"", "", "", "", "", "e", ""}));
}

TEST_F(NewestDefinitionsTest, OfATopicThatWasCreatedAgainTheLastTextCounts) {
  topic.records = {{"a"}, {"b"}, {"c"}};
  EXPECT_EQ(ReadToEnd(), "c");
  topic.next_read = Status::Fatal("out of range");
  const Instant later = kBegin + Millis(1);
  topic.records = {{"a", later}, {"c", later}};
  EXPECT_EQ(Look(1), Given{"error"});
  clock.Pass(Millis(10'000));
  EXPECT_EQ(Look(3), (Given{"", "c", ""}));
}

// The same text is published again, at another offset.
TEST_F(NewestDefinitionsTest, ATextThatIsPublishedAgainIsNewer) {
  topic.records = {{"a"}, {"b"}};
  EXPECT_EQ(ReadToEnd(), "b");
  topic.records.push_back({"b"});
  const auto newest = newest_definitions.Look();
  ASSERT_TRUE(newest.ok() && newest->has_value());
  EXPECT_EQ((*newest)->origin->offset, 2);
  EXPECT_EQ(loaded["b"], 1);
}

}  // namespace leadpulse::kafka::newest_definitions_test
