// An archive of topics made by hand: each record once, whatever ends the process where; what is not there any more is
// named; and what is not the topic it was is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "processor/telemetry/logging.h"
#include "tests/support/kafka/fake_topic_log.h"
#include "tests/support/scratch_directory.h"
#include "tools/archive/archive_check.h"
#include "tools/archive/archiver.h"

namespace leadpulse::archive::archive_test {

using kafka::TopicPlace;
using kafka::testing::FakeTopicLog;
using kafka::testing::FakeTopics;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr TopicPlace kEvents{engine::InputTopic::kEvents, PartitionId{0}};
constexpr TopicPlace kCommands{engine::InputTopic::kCommands, PartitionId{0}};
const PlaceKey kEventsKey{"engagement.events", 0};
const std::array<std::string, 2> kNames{"engagement.events", "lead.commands"};

class SetClock : public Clock {
 public:
  Instant Now() const override { return Instant{0}; }
  std::chrono::steady_clock::time_point Monotonic() const override { return now; }
  std::chrono::steady_clock::time_point now{};
};

class ArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging({.level = "off"}).ok()); }

  void Send(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = std::to_string(topics_.places[kEvents].high());
      topics_.Add(kEvents, R"({"tenantId":"t","leadId":"l","eventId":")" + id +
                               R"(","type":"OPEN","occurredAt":"2026-01-01T00:00:00Z"})");
    }
  }
  static kafka::WorkerOptions Worker() {
    kafka::WorkerOptions options;
    options.input_formats.fill(kafka::InputFormat::kJson);
    return options;
  }
  Result<ArchiveSummary> Archive(ArchiveOptions options = {}) {
    auto folder = ArchiveFolder::Open(path_, &filer_);
    if (!folder.ok()) return folder.status();
    auto archiver =
        Archiver::Make(options, kNames, std::make_unique<FakeTopicLog>(&topics_), folder->get(), &clock_, &stop_);
    if (!archiver.ok()) return archiver.status();
    return (*archiver)->Run();
  }
  std::string Refusal() {
    const auto done = Archive();
    return done.ok() ? "nothing" : done.status().message();
  }
  ArchiveReport Check() {
    auto report = CheckArchive(path_);
    EXPECT_TRUE(report.ok());
    return report.ok() ? *report : ArchiveReport{};
  }
  // How far, and with how many records.
  void ExpectArchived(int64_t until, uint64_t records) {
    const ArchiveReport report = Check();
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(report.places.at(kEventsKey).until, until);
    EXPECT_EQ(report.places.at(kEventsKey).records, records);
  }

  ::leadpulse::testing::ScratchDirectory scratch_;
  const std::string path_ = scratch_ / "archive";
  FakeTopics topics_{1};
  RecordFiler filer_{Worker()};
  SetClock clock_;
  std::atomic<bool> stop_{false};
};

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
  EXPECT_FALSE(CheckArchive(path_).ok());  // it has nothing yet
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
    if (reads == 4) Send(1);  // before it has looked
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

// Nor is what else is new left out meanwhile.
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

// While records that came before it still wait to be appended.
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
  topics_.Add(kEvents, "{\"tenantId\":\"t\"}");                        // a dead letter, as a run will say
  ASSERT_EQ(Archive()->records, 4U);
  ExpectArchived(4, 2);
  EXPECT_EQ(Check().places.at(kEventsKey).aside, 2U);
  EXPECT_TRUE(std::filesystem::exists(path_ + "/aside/000001.jsonl.zst"));
}

TEST_F(ArchiveTest, OneProcessAtATime) {
  const auto first = ArchiveFolder::Open(path_, &filer_);
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
  std::filesystem::create_directories(path_ + "/letters");  // what comes later is passed over
  Send(1);
  ASSERT_EQ(Archive()->records, 1U);
}

class KeptProgress : public embedded::ProgressListener {
 public:
  void OnProgress(const embedded::Progress& progress) override {
    EXPECT_EQ(progress.activity, "archiving");
    heard.emplace_back(progress.records, progress.fraction);
  }
  std::vector<std::pair<uint64_t, std::optional<double>>> heard;
};

TEST_F(ArchiveTest, WhoWatchesHearsHowFarItIs) {
  Send(5);
  KeptProgress progress;
  ArchiveOptions options;
  options.progress = &progress;
  ASSERT_TRUE(Archive(options).ok());
  ASSERT_FALSE(progress.heard.empty());
  EXPECT_EQ(progress.heard.back(), std::make_pair(uint64_t{5}, std::optional<double>(1.0)));
}

// Follows until `records` are in the journal, and leaves it as a kill would.
class KilledArchiveTest : public ArchiveTest {
 protected:
  void LeaveOpen(int records) {
    Send(records);
    auto folder = ArchiveFolder::Open(path_, &filer_);
    ASSERT_TRUE(folder.ok());
    (*folder)->Begin(kEventsKey, 0);
    for (int64_t i = (*folder)->positions().at(kEventsKey).next; i < topics_.places[kEvents].high(); ++i) {
      v1::ArchiveEntry entry;
      v1::ArchivedRecord* record = entry.add_records();
      record->set_topic("engagement.events");
      record->set_offset(i);
      record->set_time_ms(0);
      record->set_value(*topics_.places[kEvents].entries[static_cast<size_t>(i)].value);
      ASSERT_TRUE((*folder)->Append(entry).ok());
    }
  }
  const std::string journal_ = path_ + "/000001.journal";
};

TEST_F(KilledArchiveTest, GoesOnInTheJournalAtAnyLengthOfIt) {
  LeaveOpen(4);
  const auto size = std::filesystem::file_size(journal_);
  for (const uintmax_t left : {size, size - 1, size / 2, uintmax_t{5}, uintmax_t{0}}) {
    std::filesystem::remove_all(path_);
    topics_.places[kEvents].entries.clear();
    LeaveOpen(4);
    std::filesystem::resize_file(journal_, left);
    ASSERT_TRUE(Archive().ok()) << left;
    ExpectArchived(4, 4);
    EXPECT_FALSE(std::filesystem::exists(journal_));
  }
}

TEST_F(KilledArchiveTest, AFlippedByteInTheJournalIsFoundAndReadAgain) {
  LeaveOpen(4);
  EXPECT_THAT(Check().problems, IsEmpty());
  std::fstream file(journal_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(60);
  file.put('\x7f');
  file.close();
  EXPECT_THAT(Check().problems, ElementsAre(HasSubstr("000001.journal is damaged")));
  ASSERT_TRUE(Archive().ok());
  ExpectArchived(4, 4);
}

TEST_F(KilledArchiveTest, ASegmentThatHadEndedIsEndedFirst) {
  LeaveOpen(3);
  v1::ArchiveEntry end;
  end.set_ended(true);
  auto journal = SegmentJournal::Open(journal_, [](const v1::ArchiveEntry&) { return Status::Ok(); });
  ASSERT_TRUE(journal.ok() && (*journal)->Append(end).ok());
  std::ofstream(path_ + "/000001.jsonl.zst.unfinished") << "half";
  std::ofstream(path_ + "/000001.jsonl.zst") << "its name was there already";
  Send(2);
  ASSERT_EQ(Archive()->records, 2U);
  ExpectArchived(5, 5);
  EXPECT_EQ(Check().segments, 2U);
}

TEST_F(ArchiveTest, CheckNamesWhatIsMissingAndWhatIsThereTwice) {
  for (int i = 0; i < 3; ++i) {
    Send(2);
    ASSERT_TRUE(Archive().ok());
  }
  std::filesystem::rename(path_ + "/000002.manifest.json", scratch_ / "kept");
  EXPECT_THAT(Check().problems, ElementsAre("000002.manifest.json is missing",
                                            "000003.manifest.json: offsets 2 to 3 of engagement.events [0] are missing",
                                            "000002.jsonl.zst is in no manifest"));
  EXPECT_THAT(Refusal(), HasSubstr("segment 000002"));
  std::filesystem::rename(scratch_ / "kept", path_ + "/000002.manifest.json");
  std::filesystem::remove(path_ + "/000003.manifest.json");
  EXPECT_THAT(Refusal(), HasSubstr("000003.jsonl.zst has no manifest"));
}

TEST_F(ArchiveTest, CheckOfAnotherFolderIsOneSentence) {
  const std::string inbox = scratch_ / "inbox";
  std::filesystem::create_directory(inbox);
  EXPECT_THAT(CheckArchive(inbox).status().message(), HasSubstr("inbox holds no archive: it has no manifest"));
  for (const char* name : {"/000001.jsonl", "/000002.jsonl", "/000002.jsonl.open"})
    std::ofstream(inbox + name) << "{}\n";
  EXPECT_THAT(CheckArchive(inbox).status().message(), HasSubstr("inbox holds no archive: it has no manifest"));
  EXPECT_THAT(CheckArchive(inbox + "/000001.jsonl").status().message(), HasSubstr("is no folder"));
}

}  // namespace leadpulse::archive::archive_test
