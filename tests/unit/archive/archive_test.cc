// An archive of handmade topics: it has each record once, wherever the process is killed; deleted records are named;
// and another topic is refused.
#include "processor/files/input/byte_source.h"
#include "processor/files/input/input_format.h"
#include "tests/unit/archive/archived_topics.h"

namespace leadpulse::archive::archive_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(ArchiveTest, GoesOnWhereItEnded) {
  Send(5);
  ASSERT_EQ(Archive()->records, 5U);
  topics_.AddMarker(kEvents);
  Send(3);
  ASSERT_EQ(Archive()->records, 3U);
  ExpectArchived(9, 8);
  ASSERT_EQ(Archive()->records, 0U);
  EXPECT_EQ(Check().segments, 2U);
}

TEST_F(ArchiveTest, ATransactionsMarkersAtTheEndMakeNoSegment) {
  Send(2);
  ASSERT_TRUE(Archive().ok());
  topics_.AddMarker(kEvents);
  ASSERT_TRUE(Archive().ok());
  EXPECT_EQ(Check().segments, 1U);
  Send(1);
  ASSERT_TRUE(Archive().ok());
  ExpectArchived(4, 3);
}

TEST_F(ArchiveTest, BeginsWhereItIsTold) {
  Send(4);
  ArchiveOptions options;
  options.from.kind = kafka::RangePoint::Kind::kEnd;
  ASSERT_EQ(Archive(options)->records, 0U);
  EXPECT_FALSE(CheckArchive(path_).ok());  // it is empty
  topics_.Add(kCommands, "{}");
  options.from.offsets[kEvents] = 3;
  ASSERT_TRUE(Archive(options).ok());
  EXPECT_EQ(Check().places.at(kEventsKey).from, 3);
}

TEST_F(ArchiveTest, WhereItBeginsIsKeptOfPartitionsThatHaveNothingYet) {
  topics_.Add(kCommands, "{}");
  int reads = 0;
  topics_.on_read = [&] {
    if (++reads == 1) Send(1);
    stop_ = reads == 3;
  };
  ArchiveOptions options;
  options.follow = true;
  options.from.kind = kafka::RangePoint::Kind::kEnd;
  ASSERT_EQ(Archive(options)->records, 1U);
  topics_.on_read = nullptr;
  stop_ = false;
  topics_.Add(kCommands, "{}");
  ASSERT_EQ(Archive()->records, 1U);
  EXPECT_EQ(Check().places.at({"lead.commands", 0}).from, 1);
  EXPECT_THAT(Check().problems, IsEmpty());
}

TEST_F(ArchiveTest, APartOfTheTopicsIsTheSamePartAfterAKill) {
  Send(6);
  topics_.Add(kCommands, "{}");
  ArchiveOptions part;
  part.from = {kafka::RangePoint::Kind::kEnd, {}, {{kEvents, 2}, {kCommands, 1}}};
  part.until = kafka::RangePoint{kafka::RangePoint::Kind::kBeginning, {}, {{kEvents, 5}, {kCommands, 1}}};
  topics_.on_read = [this] { stop_ = true; };
  ASSERT_EQ(Archive(part)->records, 2U);
  stop_ = false;
  topics_.on_read = nullptr;
  Send(3);
  topics_.Add(kCommands, "{}");
  ASSERT_EQ(Archive(part)->records, 1U);
  EXPECT_EQ(Check().places.at(kEventsKey).from, 2);
  ExpectArchived(5, 3);
  EXPECT_EQ(Check().places.at({"lead.commands", 0}).until, 1);
  EXPECT_EQ(Check().places.at({"lead.commands", 0}).records, 0U);
  EXPECT_EQ(Archive(part)->records, 0U);
}

TEST_F(ArchiveTest, PartitionsThatTheTopicsGetWhileItFollowsAreArchivedWhole) {
  Send(1);
  const TopicPlace added{engine::InputTopic::kEvents, PartitionId{1}};
  int reads = 0;
  topics_.on_read = [&] {
    if (++reads == 2) {
      for (int i = 0; i < 3; ++i) topics_.Add(added, R"({"tenantId":"t"})");
    }
    if (reads > 2) clock_.now += std::chrono::seconds(4);
    if (reads == 4) Send(1);  // before it has asked for the end
    stop_ = reads == 12;
  };
  ArchiveOptions options;
  options.follow = true;
  options.from.kind = kafka::RangePoint::Kind::kEnd;
  const auto done = Archive(options);
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(done->records, 4U);
  const ArchiveReport report = Check();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(report.places.at(kEventsKey).from, 1);
  EXPECT_EQ(report.places.at({"engagement.events", 1}).from, 0);
  EXPECT_EQ(report.places.at({"engagement.events", 1}).records, 3U);
}

// Other new records are archived meanwhile.
TEST_F(ArchiveTest, APartitionThatNobodyAnswersForYetIsTakenUpLater) {
  const TopicPlace added{engine::InputTopic::kEvents, PartitionId{1}};
  const TopicPlace unknown{engine::InputTopic::kCommands, PartitionId{1}};
  int reads = 0;
  topics_.on_read = [&] {
    ++reads;
    clock_.now += std::chrono::seconds(6);
    topics_.Add(added, R"({"tenantId":"t"})");
    topics_.Add(unknown, "{}");
    topics_.silent = reads < 8 ? std::optional(unknown) : std::nullopt;
    stop_ = reads == 16;
  };
  ArchiveOptions options;
  options.follow = true;
  const auto done = Archive(options);
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(Check().places.at({"lead.commands", 1}).from, 0);
  EXPECT_GT(Check().places.at({"lead.commands", 1}).records, 2U);
  EXPECT_GT(Check().places.at({"engagement.events", 1}).records, 8U);
}

TEST_F(ArchiveTest, WhatWasDeletedBeforeItWasArchivedIsNamedForEver) {
  Send(5);
  ASSERT_TRUE(Archive().ok());
  Send(5);
  topics_.places[kEvents].low = 7;
  const auto done = Archive();
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->records, 3U);
  EXPECT_THAT(done->deleted, ElementsAre("offsets 5 to 6 of engagement.events [0]"));
  EXPECT_THAT(Archive()->deleted, IsEmpty());
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("offsets 5 to 6 of engagement.events [0] are missing")));
}

// Records before the deleted ones still wait to be appended.
TEST_F(ArchiveTest, WhatIsDeletedWhileItReadsIsNamedBehindWhatItRead) {
  Send(8);
  for (int i = 0; i < 8; ++i) topics_.Add(kCommands, "what comes of the other topic meanwhile");
  topics_.places[kEvents].low_once_read = 6;
  const auto done = Archive();
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(done->records, 12U);
  EXPECT_THAT(done->deleted, ElementsAre("offsets 2 to 5 of engagement.events [0]"));
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("offsets 2 to 5 of engagement.events [0] are missing")));
  EXPECT_EQ(Check().places.at(kEventsKey).until, 8);
}

TEST_F(ArchiveTest, WhatWasArchivedMayBeDeletedFromTheTopic) {
  Send(5);
  ASSERT_TRUE(Archive().ok());
  topics_.places[kEvents].low = 5;
  ASSERT_THAT(Archive()->deleted, IsEmpty());
  Send(2);
  ASSERT_EQ(Archive()->records, 2U);
  ExpectArchived(7, 7);
}

TEST_F(ArchiveTest, ATopicMadeAnewIsRefused) {
  Send(5);
  ASSERT_TRUE(Archive().ok());
  FakeTopics::Place& events = topics_.places[kEvents];
  events.entries.clear();
  EXPECT_THAT(Refusal(), HasSubstr("ends before offset 0"));
  for (int i = 0; i < 9; ++i) topics_.Add(kEvents, "another");
  EXPECT_THAT(Refusal(), HasSubstr("has another record at offset 4 than the archive"));
  events.entries[4].is_record = false;
  EXPECT_THAT(Refusal(), HasSubstr("has another record at offset 4 than the archive"));
  ExpectArchived(5, 5);
}

TEST_F(ArchiveTest, SettingsOfOtherTopicsAreRefused) {
  Send(5);
  ASSERT_TRUE(Archive().ok());
  topics_.places.erase(kEvents);
  EXPECT_THAT(Refusal(), HasSubstr("the archive has engagement.events [0]"));
}

TEST_F(ArchiveTest, WhatIsNoRecordGoesAside) {
  Send(1);
  topics_.Add(kEvents, "\xff{");
  topics_.places[kEvents].entries.push_back({std::nullopt, 0, true});  // a tombstone
  topics_.Add(kEvents, "{\"tenantId\":\"t\"}");                        // a dead letter of a later run
  ASSERT_EQ(Archive()->records, 4U);
  ExpectArchived(4, 2);
  EXPECT_EQ(Check().places.at(kEventsKey).aside, 2U);
  EXPECT_TRUE(std::filesystem::exists(path_ + "/aside/000001.jsonl.zst"));
}

TEST_F(ArchiveTest, LeadAndAddressStayAsTheyWereSent) {
  const std::string event = R"({"tenantId":"t","leadId":"crm-1","email":"Ann@X.example","eventId":"e","type":"OPEN",)"
                            R"("occurredAt":"2026-01-01T00:00:00Z"})";
  const std::string command =
      R"({"tenantId":"t","email":"Ann@X.example","commandId":"c","issuedAt":"2026-01-01T00:00:00Z","addNote":{"text":"x"}})";
  topics_.Add(kEvents, event);
  topics_.Add(kCommands, command);
  ASSERT_EQ(Archive()->records, 2U);
  const std::string path = path_ + "/000001.jsonl.zst";
  auto source = input::OpenInput(path, input::CompressionOf(path), -1);
  ASSERT_TRUE(source.ok()) << source.status().message();
  std::string text(4096, '\0');
  text.resize(*(*source)->Read(text.data(), text.size()));
  EXPECT_THAT(text, HasSubstr("{\"event\":" + event + "}\n"));
  EXPECT_THAT(text, HasSubstr("{\"command\":" + command + "}\n"));
}

TEST_F(ArchiveTest, OneProcessAtATime) {
  const auto first = ArchiveFolder::Open(path_, &router_);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(Refusal(), HasSubstr("another process archives to"));
}

TEST_F(ArchiveTest, AFolderOfSomethingElseIsLeftAsItIs) {
  std::filesystem::create_directories(path_ + "/letters");
  Send(1);
  EXPECT_THAT(Refusal(), HasSubstr("holds no archive but other files, such as `letters`; give a folder that is empty"));
  EXPECT_TRUE(std::filesystem::is_empty(path_ + "/letters"));
  std::filesystem::remove(path_ + "/letters");
  std::filesystem::create_directories(path_ + "/lost+found");
  ASSERT_EQ(Archive()->records, 1U);
  std::filesystem::create_directories(path_ + "/letters");  // later segments are skipped
  Send(1);
  ASSERT_EQ(Archive()->records, 1U);
}

class StoredProgress : public files::ProgressListener {
 public:
  void OnProgress(const files::Progress& progress) override {
    EXPECT_EQ(progress.activity, "archiving");
    heard.emplace_back(progress.records, progress.fraction);
  }
  std::vector<std::pair<uint64_t, std::optional<double>>> heard;
};

TEST_F(ArchiveTest, WhoWatchesHearsHowFarItIs) {
  Send(5);
  StoredProgress progress;
  ArchiveOptions options;
  options.progress = &progress;
  ASSERT_TRUE(Archive(options).ok());
  ASSERT_FALSE(progress.heard.empty());
  EXPECT_EQ(progress.heard.back(), std::make_pair(uint64_t{5}, std::optional<double>(1.0)));
}

TEST_F(ArchiveTest, FollowingItEndsASegmentThatIsLargeOrOld) {
  const struct {
    uint64_t bytes;
    std::chrono::minutes time;
    uint64_t segments;
  } cases[] = {
      {1, std::chrono::hours(9), 3}, {1 << 20, std::chrono::minutes(2), 2}, {1 << 20, std::chrono::hours(9), 1}};
  for (const auto& each : cases) {
    std::filesystem::remove_all(path_);
    topics_.places[kEvents].entries.clear();
    int reads = 0;
    topics_.on_read = [&] {
      if (++reads % 4 == 1) Send(1);
      clock_.now += std::chrono::seconds(30);
      stop_ = reads == 12;
    };
    ArchiveOptions options;
    options.follow = true;
    options.segment_bytes = each.bytes;
    options.segment_time = each.time;
    stop_ = false;
    ASSERT_TRUE(Archive(options).ok());
    EXPECT_EQ(Check().segments, each.segments) << each.bytes << " " << each.time.count();
    ExpectArchived(3, 3);
  }
}

}  // namespace leadpulse::archive::archive_test
