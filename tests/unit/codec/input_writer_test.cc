#include "schemas/codec/input_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schemas/codec/records.h"
#include "tests/support/record_samples.h"

namespace leadpulse::codec::input_writer_test {

template <typename Record>
std::string Write(const Record& record, Format format) {
  std::string bytes;
  format == Format::kJson ? AppendInputJson(record, &bytes) : AppendInputProtobuf(record, &bytes);
  return bytes;
}

// Returns the part that a decoder gets: without the line end or the length.
std::string_view Body(std::string_view written, Format format) {
  if (format == Format::kJson) {
    EXPECT_EQ(written.find('\n'), written.size() - 1);
    return written.substr(0, written.size() - 1);
  }
  uint64_t length = 0;
  size_t bytes = 0;
  do {
    length |= static_cast<uint64_t>(written[bytes] & 0x7f) << (7 * bytes);
  } while ((written[bytes++] & 0x80) != 0);
  EXPECT_EQ(length, written.size() - bytes);
  return written.substr(bytes);
}

TEST(InputWriterTest, AnEventIsReadable) {
  Event event;
  event.key.tenant = "acme";
  SetLead("", " Ada@Example.com ", &event);
  event.event_id = "e-1";
  event.type = EventType::kBounce;
  event.occurred_at = ParseRfc3339("2026-03-10T09:30:00.250Z").value();
  event.message_id = "m-1";
  event.properties = {{"total", 79.5}};
  event.bounce_kind = BounceKind::kSoft;
  EXPECT_EQ(Write(event, Format::kJson),
            "{\"event\":{\"tenantId\":\"acme\",\"email\":\"ada@example.com\",\"eventId\":\"e-1\",\"type\":\"BOUNCE\","
            "\"occurredAt\":\"2026-03-10T09:30:00.250Z\",\"messageId\":\"m-1\",\"properties\":{\"total\":79.5},"
            "\"bounceKind\":\"SOFT\"}}\n");
}

TEST(InputWriterTest, ACommandIsReadable) {
  Command command{{"acme", "4711"},
                  "c-1",
                  ParseRfc3339("2026-03-10T09:30:00Z").value(),
                  "kim",
                  false,
                  EditTags{{"a \"b\""}, {"c", "d"}}};
  EXPECT_EQ(Write(command, Format::kJson),
            "{\"command\":{\"tenantId\":\"acme\",\"leadId\":\"4711\",\"commandId\":\"c-1\",\"issuedAt\":"
            "\"2026-03-10T09:30:00Z\",\"actor\":\"kim\",\"editTags\":{\"add\":[\"a \\\"b\\\"\"],\"remove\":[\"c\","
            "\"d\"]}}}\n");
  command.actions = Erase{};
  EXPECT_NE(Write(command, Format::kJson).find("\"erase\":{}}}\n"), std::string::npos);
}

TEST(InputWriterTest, AnIdAndItsAddressAreBothWritten) {
  struct Case {
    const char *lead_id, *email, *written;
  };
  for (const Case& sent :
       {Case{"4711", "", R"("leadId":"4711",)"}, Case{"ada@b.c", "", R"("leadId":"ada@b.c",)"},
        Case{"4711", "Ada@B.c", R"("leadId":"4711","email":"ada@b.c",)"}, Case{"4711", "ada", R"("leadId":"4711",)"},
        Case{"", "Ada", R"("email":"ada",)"}, Case{"ada@b.c", "ada@b.c", R"("leadId":"ada@b.c","email":"ada@b.c",)"}}) {
    Event event;
    event.key.tenant = "acme";
    SetLead(sent.lead_id, sent.email, &event);
    EXPECT_THAT(Write(event, Format::kJson),
                testing::StartsWith(R"({"event":{"tenantId":"acme",)" + std::string(sent.written)));
  }
}

// Reads it alone, as the decoder of a topic does.
template <typename Record>
Decoded ThroughTopic(const Record& record, Format format, RecordShape shape) {
  std::string bytes;
  format == Format::kJson ? AppendTopicJson(record, &bytes) : AppendTopicProtobuf(record, &bytes);
  const auto decoder = format == Format::kJson ? MakeJsonRecordDecoder(shape) : MakeProtobufRecordDecoder(shape);
  return decoder->Decode(bytes, DecodeLimits{});
}

TEST(InputWriterTest, WhatIsWrittenDecodesToTheSame) {
  constexpr uint64_t kSeed = 20260311;
  RandomRecords samples(kSeed);
  int events = 0, commands = 0, with_both = 0, by_address = 0;
  for (int i = 0; i < 20'000; ++i) {
    Decoded record = MakeDecoder(Format::kProtobuf)->Decode(Encode(samples.Next(), Format::kProtobuf), DecodeLimits{});
    // An address is written in its normal form only.
    if (auto* event = std::get_if<Event>(&record)) event->former_address.clear();
    if (auto* command = std::get_if<Command>(&record)) command->former_address.clear();
    for (const Format format : {Format::kJson, Format::kProtobuf}) {
      SCOPED_TRACE("seed " + std::to_string(kSeed) + ", record " + std::to_string(i));
      if (const auto* event = std::get_if<Event>(&record)) {
        const Decoded again = MakeDecoder(format)->Decode(Body(Write(*event, format), format), DecodeLimits{});
        ASSERT_EQ(again, record);
        ASSERT_EQ(ThroughTopic(*event, format, RecordShape::kEvent), record);
        ++events;
        with_both += !event->by_address && !event->address.empty();
        by_address += event->by_address && !event->address.empty();
      } else if (const auto* command = std::get_if<Command>(&record)) {
        const Decoded again = MakeDecoder(format)->Decode(Body(Write(*command, format), format), DecodeLimits{});
        ASSERT_EQ(again, record);
        ASSERT_EQ(ThroughTopic(*command, format, RecordShape::kCommand), record);
        ++commands;
      }
    }
  }
  EXPECT_GT(events, 1000);
  EXPECT_GT(commands, 1000);
  EXPECT_GT(with_both, 100);
  EXPECT_GT(by_address, 0);
}

}  // namespace leadpulse::codec::input_writer_test
