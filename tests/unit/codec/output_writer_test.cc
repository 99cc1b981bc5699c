#include "schemas/codec/output_writer.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include "processor/base/text.h"
#include "schemas/codec/proto_names.h"
#include "tests/support/output_samples.h"

namespace leadpulse::codec::output_writer_test {

TEST(OutputWriterTest, WritesChanges) {
  Change change;
  change.key = {"acme", "ann@example.com"};
  change.seq.value = 12;
  change.at = ParseRfc3339("2026-03-10T09:30:00.250Z").value();
  change.kind = ChangeKind::kSegmentEntered;
  change.name = "tech-usa";
  change.cause = {CauseKind::kEvent, "e1"};
  change.source = SourcePosition{"events.jsonl", 0, 4711, 8};
  std::string json;
  AppendChangeJson(change, &json);
  EXPECT_EQ(json, R"({"tenantId":"acme","leadId":"ann@example.com","seq":"12","at":"2026-03-10T09:30:00.250Z",)"
                  R"("kind":"SEGMENT_ENTERED","name":"tech-usa","cause":{"kind":"EVENT","id":"e1"},)"
                  R"("source":{"topic":"events.jsonl","offset":"4711"}})");
}

TEST(OutputWriterTest, WritesDeadLetters) {
  DeadLetter letter;
  letter.source = {"in \"1\".jsonl", 0, 120, 7};
  letter.reason = Reason::kBadTimestamp;
  letter.detail = "event.occurredAt is missing";
  letter.payload = "{\"event\":{}}\xFF";
  std::string json;
  AppendDeadLetterJson(letter, &json);
  EXPECT_EQ(json, R"({"source":{"file":"in \"1\".jsonl","line":7,"offset":120},"reason":"bad_timestamp",)"
                  R"("detail":"event.occurredAt is missing","payload":"eyJldmVudCI6e319/w=="})"
                  "\n");
}

TEST(OutputWriterTest, WritesTheSizeOfTooLargeRecords) {
  DeadLetter letter;
  letter.source = {"-", 0, 0, 1};
  letter.reason = Reason::kTooLarge;
  letter.detail = "d";
  letter.full_size = 2'000'000;
  std::string json = "before\n";
  AppendDeadLetterJson(letter, &json);
  EXPECT_EQ(
      json,
      "before\n"
      R"({"source":{"file":"-","line":1,"offset":0},"reason":"too_large","detail":"d","payload":"","size":2000000})"
      "\n");
}

template <typename Names>
void ExpectNames(const Names& names, const google::protobuf::EnumDescriptor& wire) {
  ASSERT_EQ(static_cast<int>(names.size()), wire.value_count()) << wire.full_name();
  for (int i = 0; i < wire.value_count(); ++i) {
    EXPECT_EQ(wire.value(i)->number(), i) << wire.full_name();
    EXPECT_EQ(wire.value(i)->name(), names[i]) << wire.full_name();
  }
}

TEST(RecordNamesTest, AreThoseOfTheSchemas) {
  ExpectNames(kEventTypeProtoNames, *v1::EngagementEvent::Type_descriptor());
  ExpectNames(kBounceKindProtoNames, *v1::Bounce::Kind_descriptor());
  ExpectNames(kStageProtoNames, *v1::SetStage::Stage_descriptor());
  ExpectNames(kChangeKindProtoNames, *v1::Change::Kind_descriptor());
  ExpectNames(kCauseKindProtoNames, *v1::Cause::Kind_descriptor());
  const auto* reasons = v1::DeadLetter::Reason_descriptor();
  ASSERT_EQ(reasons->value_count(), kReasonCount);
  for (int i = 1; i < kReasonCount; ++i) {
    EXPECT_EQ(ReasonName(static_cast<Reason>(i)), AsciiLower(reasons->FindValueByNumber(i)->name()));
  }
  EXPECT_EQ(ChangeKindName(ChangeKind::kTierChanged), "TIER_CHANGED");
  for (int i = 1; i < kEventTypeCount; ++i) {
    EXPECT_EQ(AsciiLower(kEventTypeProtoNames[i]), EventTypeName(static_cast<EventType>(i)));
  }
  for (int i = 1; i < 10; ++i) EXPECT_EQ(AsciiLower(kStageProtoNames[i]), StageName(static_cast<Stage>(i)));
}

}  // namespace leadpulse::codec::output_writer_test
