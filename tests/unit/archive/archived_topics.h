// The folder of an archive, and handmade topics that are archived to it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/archive/archive_check.h"
#include "processor/archive/archiver.h"
#include "processor/telemetry/logging.h"
#include "tests/support/kafka/fake_topic_log.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::archive {

using kafka::TopicPlace;
using kafka::testing::FakeTopicLog;
using kafka::testing::FakeTopics;

inline constexpr TopicPlace kEvents{engine::InputTopic::kEvents, PartitionId{0}};
inline constexpr TopicPlace kCommands{engine::InputTopic::kCommands, PartitionId{0}};
inline const PlaceKey kEventsKey{"engagement.events", 0};
inline const std::array<std::string, 2> kNames{"engagement.events", "lead.commands"};

class SetClock : public Clock {
 public:
  Instant Now() const override { return Instant{0}; }
  std::chrono::steady_clock::time_point Monotonic() const override { return now; }
  std::chrono::steady_clock::time_point now{};
};

class ArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(telemetry::SetUpLogging("off").ok()); }

  void Send(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = std::to_string(topics_.places[kEvents].high());
      topics_.Add(kEvents, R"({"tenantId":"t","leadId":"l","eventId":")" + id +
                               R"(","type":"OPEN","occurredAt":"2026-01-01T00:00:00Z"})");
    }
  }
  static kafka::WorkerOptions Worker() {
    kafka::WorkerOptions options;
    options.formats.events = options.formats.commands = kafka::InputFormat::kJson;
    return options;
  }
  Result<ArchiveSummary> Archive(ArchiveOptions options = {}) {
    auto folder = ArchiveFolder::Open(path_, &router_);
    if (!folder.ok()) return folder.status();
    return ArchiveTopics(options, kNames, std::make_unique<FakeTopicLog>(&topics_), folder->get(), clock_, stop_);
  }
  // Archives `count` segments of two records each.
  void ArchiveSegments(int count) {
    for (int i = 0; i < count; ++i) {
      Send(2);
      ASSERT_TRUE(Archive().ok());
    }
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
  // Checks the end offset and the number of records.
  void ExpectArchived(int64_t until, uint64_t records) {
    const ArchiveReport report = Check();
    EXPECT_THAT(report.problems, ::testing::IsEmpty());
    EXPECT_EQ(report.places.at(kEventsKey).until, until);
    EXPECT_EQ(report.places.at(kEventsKey).records, records);
  }

  ::leadpulse::testing::ScratchDirectory scratch_;
  const std::string path_ = scratch_ / "archive";
  FakeTopics topics_{1};
  ArchiveRouter router_{Worker()};
  SetClock clock_;
  std::atomic<bool> stop_{false};
};

// Follows until the journal has `records` records, and then ends as a kill would.
class KilledArchiveTest : public ArchiveTest {
 protected:
  void LeaveOpen(int records) {
    Send(records);
    auto folder = ArchiveFolder::Open(path_, &router_);
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

}  // namespace leadpulse::archive
