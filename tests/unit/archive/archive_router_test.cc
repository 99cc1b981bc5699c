// A topic's record in a file: a run decodes it to the same record as the live mode.
#include "processor/archive/archive_router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "leadpulse/v1/input.pb.h"
#include "schemas/codec/confluent_framing.h"

namespace leadpulse::archive::archive_router_test {

using kafka::InputFormat;
using ::testing::HasSubstr;

constexpr char kJson[] =
    R"({"tenantId":"t","leadId":"l","eventId":"1","type":"OPEN","occurredAt":"2026-01-01T00:00:00Z"})";

v1::ArchivedRecord Record(const std::string& topic, const std::string& value) {
  v1::ArchivedRecord record;
  record.set_topic(topic);
  record.set_value(value);
  return record;
}

class ArchiveRouterTest : public ::testing::Test {
 protected:
  ArchiveTarget File(InputFormat format, const v1::ArchivedRecord& record) {
    kafka::WorkerOptions options;
    options.formats.events = options.formats.commands = format;
    out_.clear();
    return ArchiveRouter(options).File(record, &out_);
  }
  static std::string Message() {
    v1::EngagementEvent event;
    event.set_tenant_id("t");
    event.set_lead_id("l");
    event.set_user_agent("what Event does not keep");
    return event.SerializeAsString() + std::string("\x9a\x3f\x01x", 4);  // and an unknown field
  }
  // Returns the message of the only record of a .pb file.
  std::string MessageInFile() const {
    const auto length = static_cast<uint8_t>(out_[0]);
    EXPECT_LT(length, 128);
    EXPECT_EQ(out_.size(), 1U + length);
    v1::InputRecord record;
    EXPECT_TRUE(record.ParseFromString(out_.substr(1)));
    EXPECT_TRUE(record.has_event());
    return out_.substr(3);
  }
  std::string out_;
};

TEST_F(ArchiveRouterTest, AMessageStaysByteByByte) {
  EXPECT_EQ(File(InputFormat::kProtobuf, Record("engagement.events", Message())), ArchiveTarget::kProtobuf);
  EXPECT_EQ(MessageInFile(), Message());
}

TEST_F(ArchiveRouterTest, ALongMessageHasALongLength) {
  v1::LeadCommand command;
  command.mutable_add_note()->set_text(std::string(1000, 'x'));
  EXPECT_EQ(File(InputFormat::kProtobuf, Record("lead.commands", command.SerializeAsString())),
            ArchiveTarget::kProtobuf);
  v1::InputRecord record;
  ASSERT_TRUE(record.ParseFromString(out_.substr(2)));
  EXPECT_EQ(record.command().SerializeAsString(), command.SerializeAsString());
}

TEST_F(ArchiveRouterTest, TheHeadOfConfluentsFormatIsTakenOff) {
  std::string framed;
  codec::AppendConfluentHead(7, &framed);
  EXPECT_EQ(File(InputFormat::kConfluent, Record("engagement.events", framed + Message())), ArchiveTarget::kProtobuf);
  EXPECT_EQ(MessageInFile(), Message());
}

TEST_F(ArchiveRouterTest, AJsonTextBecomesALine) {
  const std::string line = std::string(R"({"event":)") + kJson + "}\n";
  EXPECT_EQ(File(InputFormat::kJson, Record("engagement.events", kJson)), ArchiveTarget::kJsonLines);
  EXPECT_EQ(out_, line);
  EXPECT_EQ(File(InputFormat::kJson, Record("engagement.events", line)), ArchiveTarget::kJsonLines);
  EXPECT_EQ(out_, std::string(R"({"event":)") + kJson + "} \n");
}

TEST_F(ArchiveRouterTest, ACommandAmongTheEventsStaysADeadLetter) {
  const std::string value =
      R"({"command":{"tenantId":"t","leadId":"l","commandId":"1","issuedAt":"2026-01-01T00:00:00Z","erase":{}}})";
  EXPECT_EQ(File(InputFormat::kJson, Record("engagement.events", value)), ArchiveTarget::kJsonLines);
  EXPECT_EQ(out_, R"({"event":)" + value + "}\n");
}

TEST_F(ArchiveRouterTest, WhatCannotBeDecodedGoesAsideWhole) {
  v1::ArchivedRecord broken = Record("engagement.events", "\xff\x01");
  broken.set_key("k");
  broken.set_offset(12);
  for (const InputFormat format : {InputFormat::kJson, InputFormat::kProtobuf, InputFormat::kConfluent}) {
    EXPECT_EQ(File(format, broken), ArchiveTarget::kQuarantine);
    EXPECT_THAT(out_, HasSubstr(R"("offset":"12","key":"aw==","value":"/wE=","problem":")"));
  }
  broken.clear_value();
  EXPECT_EQ(File(InputFormat::kJson, broken), ArchiveTarget::kQuarantine);
  EXPECT_THAT(out_, HasSubstr(R"("problem":"it has no value")"));
  EXPECT_EQ(File(InputFormat::kJson, Record("engagement.event", kJson)), ArchiveTarget::kQuarantine);
  EXPECT_THAT(out_, HasSubstr(R"("problem":"the settings name no such topic")"));
}

}  // namespace leadpulse::archive::archive_router_test
