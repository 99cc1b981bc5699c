// Input records written to a real broker: their partitions, and the errors for records that are not written.
#include "processor/kafka/client/rdkafka_record_writer.h"

#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "processor/engine/partitioner.h"
#include "schemas/codec/record_decoder.h"
#include "tests/kafka/worker_place.h"

namespace leadpulse::kafka {
namespace {

using config::RecordFormat;
using testing::HasSubstr;
using testing::SizeIs;

// The writer's results, in the order of the records.
class Answers {
 public:
  codec::Done Next() {
    return [this](const codec::Stored& at) {
      const std::lock_guard<std::mutex> lock(mutex_);
      all_.push_back(at.status());
      if (at.ok()) written_.push_back(*at);
    };
  }
  std::vector<Status> all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return all_;
  }
  std::vector<codec::SourcePosition> written() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return written_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Status> all_;
  std::vector<codec::SourcePosition> written_;
};

class RecordWriterTest : public testing::Test {
 protected:
  RecordWriterTest() : kafka_(TestBroker()), topics_(kafka_.CreateTopics(kPartitions)) {}

  static constexpr uint32_t kPartitions = 3;
  static constexpr Instant kTime{1'772'323'200'000};

  std::unique_ptr<RecordWriter> Make(const WriterOptions& options) {
    return Must(MakeRecordWriter(PlaceIn(TestBroker(), topics_), options));
  }
  static codec::Event EventOf(const std::string& lead, const std::string& id) {
    codec::Event event;
    event.key = {"acme", lead};
    event.event_id = id;
    event.type = EventType::kOpen;
    event.occurred_at = kTime;
    return event;
  }
  static codec::Command CommandOf(const std::string& lead, const std::string& note) {
    return {{"acme", lead}, "c-" + lead, kTime, "kim", false, codec::AddNote{note}};
  }

  KafkaByHand kafka_;
  const TopicNames topics_;
  Answers answers_;  // outlives writers
};

TEST_F(RecordWriterTest, EachRecordIsInItsTopicWhereALiveRunLooksForIt) {
  const auto writer = Make({});
  for (int i = 0; i < 30; ++i) {
    const std::string lead = "lead" + std::to_string(i % 10) + "@example.com";
    ASSERT_TRUE(writer->Write(EventOf(lead, std::to_string(i)), answers_.Next()).ok());
    ASSERT_TRUE(writer->Write(CommandOf(lead, "n"), answers_.Next()).ok());
  }
  ASSERT_TRUE(writer->Flush(milliseconds(30'000)).ok());
  ASSERT_THAT(answers_.all(), SizeIs(60));
  for (const Status& status : answers_.all()) EXPECT_TRUE(status.ok()) << status.message();
  const auto decoder = codec::MakeProtobufRecordDecoder(codec::RecordShape::kEvent);
  const std::vector<SeenRecord> events = kafka_.ReadCommitted(topics_.events, kPartitions);
  ASSERT_THAT(events, SizeIs(30));
  std::map<std::string, int> last;
  for (const SeenRecord& seen : events) {
    const codec::Decoded decoded = decoder->Decode(*seen.value, {});
    const auto& event = std::get<codec::Event>(decoded);
    EXPECT_EQ(seen.key, EncodeLeadKey(event.key));
    EXPECT_EQ(static_cast<uint32_t>(seen.partition), engine::PartitionOf(event.key, kPartitions).value);
    const int number = std::stoi(event.event_id);
    const auto [before, first] = last.emplace(event.key.lead, number);
    EXPECT_TRUE(first || before->second < number) << "out of order";
    before->second = number;
  }
  const std::vector<SeenRecord> commands = kafka_.ReadCommitted(topics_.commands, kPartitions);
  EXPECT_THAT(commands, SizeIs(30));
  std::set<std::tuple<std::string, int32_t, int64_t>> seen, said;
  for (const SeenRecord& each : events) seen.emplace(topics_.events, each.partition, each.offset);
  for (const SeenRecord& each : commands) seen.emplace(topics_.commands, each.partition, each.offset);
  for (const codec::SourcePosition& at : answers_.written()) said.emplace(at.topic, at.partition, at.offset);
  EXPECT_EQ(said, seen);
}

TEST_F(RecordWriterTest, InTheFormatThatTheTopicHas) {
  WriterOptions options;
  options.formats.events = RecordFormat::kJson;
  options.formats.commands = RecordFormat::kConfluent;
  EXPECT_THAT(MakeRecordWriter(PlaceIn(TestBroker(), topics_), options).status().message(),
              HasSubstr("formats.schema_ids.commands"));
  options.formats.schema_ids.commands = 7;
  const auto writer = Make(options);
  const codec::Event event = EventOf("1", "e");
  const codec::Command command = CommandOf("1", "n");
  ASSERT_TRUE(writer->Write(event, answers_.Next()).ok());
  ASSERT_TRUE(writer->Write(command, answers_.Next()).ok());
  ASSERT_TRUE(writer->Flush(milliseconds(30'000)).ok());
  const auto seen = kafka_.ReadCommitted(topics_.events, kPartitions);
  const auto seen_command = kafka_.ReadCommitted(topics_.commands, kPartitions);
  ASSERT_THAT(seen, SizeIs(1));
  ASSERT_THAT(seen_command, SizeIs(1));
  EXPECT_EQ(seen[0].value->substr(0, 12), "{\"tenantId\":");
  EXPECT_EQ(codec::MakeJsonRecordDecoder(codec::RecordShape::kEvent)->Decode(*seen[0].value, {}),
            codec::Decoded(event));
  EXPECT_EQ(seen_command[0].value->substr(0, 5), std::string("\0\0\0\0\7", 5));
  EXPECT_EQ(codec::MakeConfluentRecordDecoder(codec::RecordShape::kCommand)->Decode(*seen_command[0].value, {}),
            codec::Decoded(command));
}

TEST_F(RecordWriterTest, ARecordThatIsTooLargeKeepsNoneOutButItself) {
  const auto writer = Make({});
  std::string text;  // cannot be compressed below a topic's megabyte
  uint64_t state = 1;
  while (text.size() < 3 << 20) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    text += static_cast<char>('!' + (state >> 33U) % 90);
  }
  ASSERT_TRUE(writer->Write(CommandOf("1", text), answers_.Next()).ok());
  ASSERT_TRUE(writer->Flush(milliseconds(30'000)).ok());
  ASSERT_THAT(answers_.all(), SizeIs(1));
  EXPECT_EQ(answers_.all()[0].kind(), ErrorKind::kRejected) << answers_.all()[0].message();
  EXPECT_THAT(answers_.all()[0].message(), HasSubstr("max.message.bytes"));
  ASSERT_TRUE(writer->Write(CommandOf("1", "small"), answers_.Next()).ok());
  ASSERT_TRUE(writer->Flush(milliseconds(30'000)).ok());
  EXPECT_TRUE(answers_.all().at(1).ok());
}

TEST_F(RecordWriterTest, TopicsThatAreNotThereOrDoNotFit) {
  TopicNames topics = topics_;
  topics.commands = UniqueName("nobody");
  const Status status = CheckInputTopics(PlaceIn(TestBroker(), topics));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.kind(), ErrorKind::kFatal);
  EXPECT_THAT(status.message(), HasSubstr(topics.commands));
  topics.commands = UniqueName("narrow");
  kafka_.CreateTopic(topics.commands, 1);
  EXPECT_THAT(CheckInputTopics(PlaceIn(TestBroker(), topics)).message(), HasSubstr("have 3 and 1 partitions"));
  EXPECT_TRUE(CheckInputTopics(PlaceIn(TestBroker(), topics_)).ok());
}

// No broker responds: memory and time are bounded, and each record gets a result.
TEST_F(RecordWriterTest, NobodyThere) {
  WriterOptions options;
  options.timeout = milliseconds(1'000);
  options.room_timeout = milliseconds(0);
  options.queue_bytes = 4 << 10;
  const auto writer = Must(MakeRecordWriter(PlaceIn("127.0.0.1:1", topics_), options));
  size_t taken = 0;
  Status full;
  while (full.ok() && taken < 1000) {
    full = writer->Write(CommandOf("1", std::string(100, 'x')), answers_.Next());
    taken += full.ok() ? 1 : 0;
  }
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.kind(), ErrorKind::kRetriable) << full.message();
  EXPECT_LT(taken, 100u);
  EXPECT_FALSE(writer->Flush(milliseconds(0)).ok());
  ASSERT_TRUE(writer->Flush(milliseconds(20'000)).ok());
  ASSERT_THAT(answers_.all(), SizeIs(taken));
  for (const Status& status : answers_.all()) {
    EXPECT_EQ(status.kind(), ErrorKind::kRetriable);
    EXPECT_THAT(status.message(), HasSubstr("see that brokers run at kafka.bootstrap_servers"));
  }
}

TEST_F(RecordWriterTest, WhatWaitsAtTheEndIsAnswered) {
  auto writer = Must(MakeRecordWriter(PlaceIn("127.0.0.1:1", topics_), {}));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(writer->Write(CommandOf("1", "x"), answers_.Next()).ok());
  writer.reset();
  ASSERT_THAT(answers_.all(), SizeIs(5));
  for (const Status& status : answers_.all()) EXPECT_THAT(status.message(), HasSubstr("stopped"));
}

}  // namespace
}  // namespace leadpulse::kafka
