// Dead letters of a topic, read to their end; whose they are, and which of them may be sent again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "schemas/codec/output_encoder.h"
#include "tests/support/kafka/fake_ports.h"
#include "tools/leadpulse/dead_letters/dead_letter_source.h"
#include "tools/leadpulse/dead_letters/letter_records.h"

namespace leadpulse::tools::dead_letters_test {

using ::testing::HasSubstr;

constexpr PartitionId kFirst{0}, kSecond{1}, kThird{2};
constexpr const char* kEvent =
    R"({"tenantId":"acme","leadId":"7","eventId":"e1","type":"CLICK","occurredAt":"2026-03-03T08:00:00Z"})";
constexpr const char* kNoId = R"({"tenantId":"other","leadId":"7","type":"CLICK","occurredAt":"2026-03-03T08:00:00Z"})";

const Instant kLatest = *ParseRfc3339("2026-03-03T09:00:00Z");

codec::StoredDeadLetter Letter(const std::string& payload, const std::string& topic = "engagement.events",
                               const std::string& reason = "final_stage") {
  return {{topic, 3, 1200, 0}, reason, "a sentence", payload, std::nullopt};
}

// ---- the topic ------------------------------------------------------------------------------------------------------

std::string Value(int64_t offset) {
  std::string value;
  codec::MakeOutputEncoder(codec::OutputFormat::kProtobuf)
      ->EncodeDeadLetter({{"engagement.events", 0, offset, 0}, codec::Reason::kFinalStage, "", "p", std::nullopt},
                         &value);
  return value;
}

TEST(DeadLetterTopicTest, ReadsAllPartitionsToTheEndsOfThen) {
  auto topic = std::make_unique<testing::FakeChangelog>();
  testing::FakeChangelog* const letters = topic.get();
  for (const int64_t offset : {1, 2, 3}) letters->Append(kFirst, "a", Value(offset));
  letters->Append(kThird, "b", Value(4));
  letters->Append(kThird, "b", "not a dead letter");
  letters->Append(kThird, "b", std::nullopt);
  letters->most_a_read = 1;
  int added = 0;
  letters->while_read = [&] {
    if (added++ > 0) return;
    letters->Append(kSecond, "late", Value(9));  // was empty when reading began
    letters->Append(kFirst, "late", Value(10));
  };
  const auto source =
      ReadDeadLettersFrom({std::move(topic), {kFirst, kSecond, kThird}}, codec::OutputFormat::kProtobuf);
  for (int i = 0; i < 2; ++i) {  // the second time, too, without those that came meanwhile
    std::vector<int64_t> offsets;
    const Status status = source->Read([&](const FoundLetter& found) {
      offsets.push_back(found.letter.source.offset);
      return Status::Ok();
    });
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_THAT(offsets, ::testing::UnorderedElementsAre(1, 2, 3, 4));
    EXPECT_EQ(source->unreadable(), 1);
  }
}

TEST(DeadLetterTopicTest, AnErrorOfTheVisitorEndsTheReading) {
  auto topic = std::make_unique<testing::FakeChangelog>();
  topic->Append(kFirst, "a", Value(1));
  topic->Append(kFirst, "a", Value(2));
  const auto source = ReadDeadLettersFrom({std::move(topic), {kFirst}}, codec::OutputFormat::kProtobuf);
  int visits = 0;
  const auto visit = [&](const FoundLetter&) { return ++visits == 1 ? Status::Fatal("a full disk") : Status::Ok(); };
  EXPECT_EQ(source->Read(visit).message(), "a full disk");
  EXPECT_EQ(visits, 1);
  EXPECT_TRUE(source->Read(visit).ok());
  EXPECT_EQ(visits, 3);
}

TEST(DeadLetterTopicTest, OriginsNameALineOrAnOffset) {
  EXPECT_EQ(OriginOf({"in/records.jsonl", 0, 718, 5}), "in/records.jsonl:5");
  EXPECT_EQ(OriginOf({"engagement.events", 3, 1200, 0}), "engagement.events/3=1200");
}

// ---- the records ----------------------------------------------------------------------------------------------------

config::FormatSettings Formats(config::RecordFormat format) {
  config::FormatSettings formats;
  formats.events = formats.commands = format;
  return formats;
}

std::string ReasonNotToSend(LetterRecords* records, const codec::StoredDeadLetter& letter) {
  const auto record = records->RecordOf(letter);
  const auto* held = std::get_if<HeldBack>(&record);
  return held == nullptr ? "sent" : held->reason + ": " + held->detail;
}

TEST(LetterRecordsTest, WhatMayBeSentAgain) {
  LetterRecords records({}, Formats(config::RecordFormat::kJson), kLatest);
  EXPECT_EQ(ReasonNotToSend(&records, Letter(kEvent)), "sent");
  EXPECT_EQ(ReasonNotToSend(&records, Letter(kEvent, "engagement.events", "wrong_partition")), "sent");
  EXPECT_THAT(ReasonNotToSend(&records, Letter(kNoId)), HasSubstr("missing_event_id: "));
  EXPECT_THAT(ReasonNotToSend(&records, Letter("{")), HasSubstr("malformed: "));
  EXPECT_THAT(ReasonNotToSend(&records, Letter("")), HasSubstr("no_payload: "));
  EXPECT_THAT(ReasonNotToSend(&records, Letter(kEvent, "lead.commands")), HasSubstr("missing_command_id: "));
  EXPECT_THAT(ReasonNotToSend(&records, Letter(kEvent, "old.events")),
              HasSubstr("unknown_source: it came from old.events"));
  EXPECT_THAT(ReasonNotToSend(&records, Letter(kEvent, "engagement.events", "conflict")),
              HasSubstr("make a new command"));
  codec::StoredDeadLetter cut = Letter(kEvent);
  cut.full_size = 2'000'000;
  EXPECT_THAT(ReasonNotToSend(&records, cut),
              HasSubstr("2000000 bytes are in the dead letter: send it from engagement.events/3=1200"));
}

// A record from the future may be sent once its time has come.
TEST(LetterRecordsTest, TheTimeOfNowCounts) {
  LetterRecords before({}, Formats(config::RecordFormat::kJson), *ParseRfc3339("2026-03-03T07:59:59Z"));
  EXPECT_THAT(ReasonNotToSend(&before, Letter(kEvent)), HasSubstr("future_timestamp: "));
  LetterRecords after({}, Formats(config::RecordFormat::kJson), kLatest);
  EXPECT_EQ(ReasonNotToSend(&after, Letter(kEvent)), "sent");
}

TEST(LetterRecordsTest, RecordsOfFilesAreLinesOrMessages) {
  LetterRecords records(kLatest);
  const codec::StoredDeadLetter line = Letter(std::string(R"({"event":)") + kEvent + "}", "in/records.jsonl.gz");
  EXPECT_EQ(ReasonNotToSend(&records, line), "sent");
  EXPECT_TRUE(records.IsLine(line));
  const codec::StoredDeadLetter message = Letter("\xff", "records.pb.zst");
  EXPECT_FALSE(records.IsLine(message));
  EXPECT_THAT(ReasonNotToSend(&records, message), HasSubstr("malformed: "));
  EXPECT_EQ(records.TenantOf({line, "", std::nullopt}), "acme");
}

TEST(LetterRecordsTest, TheTenantIsThatOfTheRecordOrOfItsKey) {
  const std::string key = std::string("keys") + '\0' + "7";
  const LetterRecords json({}, Formats(config::RecordFormat::kJson), kLatest);
  EXPECT_EQ(json.TenantOf({Letter(kNoId), key, std::nullopt}), "other");
  EXPECT_EQ(json.TenantOf({Letter("{"), key, std::nullopt}), "keys");
  EXPECT_EQ(json.TenantOf({Letter("{"), "odd", std::nullopt}), "");
  const LetterRecords protobuf({}, Formats(config::RecordFormat::kProtobuf), kLatest);
  const std::string record(
      "\x0a\x04"
      "acme"
      "\x12",
      7);  // tenant_id, and a field that breaks off
  EXPECT_EQ(protobuf.TenantOf({Letter(record), key, std::nullopt}), "acme");
  EXPECT_EQ(protobuf.TenantOf({Letter(record, "lead.commands"), key, std::nullopt}), "acme");
  const LetterRecords confluent({}, Formats(config::RecordFormat::kConfluent), kLatest);
  EXPECT_EQ(confluent.TenantOf({Letter(std::string("\0\0\0\0\x07\0", 6) + record), key, std::nullopt}), "acme");
}

}  // namespace leadpulse::tools::dead_letters_test
