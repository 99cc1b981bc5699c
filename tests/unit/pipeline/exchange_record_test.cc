#include "processor/pipeline/exchange_record.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "leadpulse/v1/exchange.pb.h"
#include "schemas/codec/input_writer.h"
#include "tests/support/lead_examples.h"

namespace leadpulse::pipeline::exchange_record_test {

using engine::LeadMessage;
using engine::ToMailbox;
using engine::ToUser;
using testing::AtMinute;
using Wire = v1::ExchangeRecord;

LeadMessage MessageWith(engine::MessageContent content) {
  return {{"acme", "ann@example.com"},
          "crm-1",
          AtMinute(3),
          std::make_shared<const engine::MessageCause>(engine::MessageCause{
              codec::CauseKind::kCommand, "command-1", true, codec::SourcePosition{"lead.commands", 2, 77, 0}}),
          std::move(content)};
}

std::string BytesOf(const Wire& wire) { return wire.SerializeAsString(); }

Wire Valid() {
  Wire wire;
  wire.ParseFromString(EncodeMessage(MessageWith(ToMailbox())));
  return wire;
}

std::string ErrorOf(const std::string& bytes) {
  const Result<ExchangeRecord> decoded = DecodeExchangeRecord(bytes, "lead.exchange [3] at offset 7");
  return decoded.ok() ? "" : decoded.status().message();
}

TEST(ExchangeRecordTest, ACommandComesBackForTheLeadThatTheMailboxChose) {
  codec::Command command{{"acme", "ann@example.com"},
                         "command-1",
                         AtMinute(1),
                         "ada",
                         true,
                         codec::SetDoNotContact{true, "asked by phone"},
                         "ann@example.com",
                         true};
  command.key.lead = "crm-1";
  LeadMessage message = MessageWith(std::make_shared<const codec::Command>(command));
  message.to.lead = "crm-1";
  message.from = "ann@example.com";
  const Result<ExchangeRecord> decoded = DecodeExchangeRecord(EncodeMessage(message, {"key", "\xff value"}), "");
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  const auto& received = std::get<ReceivedMessage>(*decoded);
  EXPECT_EQ(*std::get<std::shared_ptr<const codec::Command>>(received.message.content), command);
  EXPECT_EQ(*received.message.cause, *message.cause);
  EXPECT_EQ(received.original, (OriginalRecord{"key", "\xff value"}));
}

HandedOnRecord HandedOn() {
  return {{"acme", "crm-1"},
          codec::CauseKind::kCommand,
          {"lead.commands", 2, 77},
          config::RecordFormat::kJson,
          {std::string("acme\0crm-1", 10), "\xff value"}};
}

TEST(ExchangeRecordTest, AnInputRecordComesBackAsItWasRead) {
  const Result<ExchangeRecord> decoded = DecodeExchangeRecord(EncodeHandedOn(HandedOn()), "");
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(std::get<HandedOnRecord>(*decoded), HandedOn());
}

TEST(ExchangeRecordTest, TheLargestInputRecordFitsIntoTheTopic) {
  HandedOnRecord record = HandedOn();
  record.original = {std::string(20 << 20, 'k'), std::string(codec::kMaxRecordBytes, 'v')};
  const std::string bytes = EncodeHandedOn(record);
  EXPECT_LT(bytes.size(), 3u << 20);
  const Result<ExchangeRecord> decoded = DecodeExchangeRecord(bytes, "");
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(std::get<HandedOnRecord>(*decoded).original.value, record.original.value);
  EXPECT_EQ(std::get<HandedOnRecord>(*decoded).original.key, std::string(kMostKeyBytes, 'k'));
}

TEST(ExchangeRecordTest, AnInputRecordSaysWhereItWasReadAndWhatItIs) {
  Wire wire;
  wire.ParseFromString(EncodeHandedOn(HandedOn()));
  ASSERT_EQ(ErrorOf(BytesOf(wire)), "");
  wire.mutable_handed_on()->set_format(3);
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("its format is unknown"), std::string::npos);
  wire.clear_source();
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("where it was read"), std::string::npos);
  wire.mutable_cause()->set_kind(v1::Cause::TIME);
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("neither event nor command"), std::string::npos);
}

// Messages that wait in the state of a run on files are never input records.
TEST(ExchangeRecordTest, AnInputRecordIsNoMessage) {
  const Result<LeadMessage> decoded = DecodeMessage(EncodeHandedOn(HandedOn()), "waiting messages");
  ASSERT_FALSE(decoded.ok());
  EXPECT_NE(decoded.status().message().find("it is no message"), std::string::npos);
}

LeadMessage MessageWithCommand(const codec::Command& command) {
  LeadMessage message = MessageWith(std::make_shared<const codec::Command>(command));
  message.to = command.key;
  return message;
}

codec::Command CommandOf(codec::UpdateProfile update) {
  return {{"acme", "crm-1"}, "command-1", AtMinute(1), "", false, std::move(update), "ann@example.com", true};
}

// Numbers compare by their value, so the texts are compared.
TEST(ExchangeRecordTest, TheNumbersOfACommandKeepTheirSpelling) {
  const codec::Command command = CommandOf({.set = {{"a", *Number::ParseJson("1E+2")},
                                                    {"b", *Number::ParseJson("1.50")},
                                                    {"c", *Number::ParseJson("-12345678901234567890.5")},
                                                    {"d", ScalarList{*Number::ParseJson("9007199254740993")}},
                                                    {"e", StructValue{R"({"of":[1.0]})"}}},
                                            .unset = {}});
  const Result<LeadMessage> decoded = DecodeMessage(EncodeMessage(MessageWithCommand(command)), "");
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  std::string sent, received;
  codec::AppendTopicJson(command, &sent);
  codec::AppendTopicJson(*std::get<std::shared_ptr<const codec::Command>>(decoded->content), &received);
  EXPECT_EQ(received, sent);
  EXPECT_NE(received.find("1E+2"), std::string::npos);
}

// The old form of an earlier version, which may still be in the topic.
TEST(ExchangeRecordTest, ACommandOfAnEarlierVersionIsRead) {
  const codec::Command command = CommandOf({.set = {{"plan", std::string("pro")}}, .unset = {}});
  Wire wire;
  wire.ParseFromString(EncodeMessage(MessageWithCommand(command)));
  codec::Command by_id = command;
  by_id.by_address = false;
  codec::AppendTopicProtobuf(by_id, wire.mutable_command()->mutable_command());
  wire.mutable_command()->clear_command_json();
  const Result<LeadMessage> decoded = DecodeMessage(BytesOf(wire), "");
  ASSERT_TRUE(decoded.ok()) << decoded.status().message();
  EXPECT_EQ(*std::get<std::shared_ptr<const codec::Command>>(decoded->content), command);
}

// A control character takes one byte in Protobuf, and six in JSON.
TEST(ExchangeRecordTest, ACommandMayBeLargerThanARecord) {
  codec::UpdateProfile update;
  std::string text;
  while (text.size() < 8'000) text += "x\x01\x02\x03\x04\x05\x06\x07";
  for (int i = 0; i < 125; ++i) update.set.emplace_back("field_" + std::to_string(100 + i), text);
  const std::string bytes = EncodeMessage(MessageWithCommand(CommandOf(update)),
                                          {std::string(2 << 20, 'k'), std::string(codec::kMaxRecordBytes, 'v')});
  EXPECT_GT(bytes.size(), 6u << 20);
  EXPECT_LT(bytes.size(), 8u << 20);
  EXPECT_EQ(ErrorOf(bytes), "");
}

TEST(ExchangeRecordTest, ADamagedRecordIsAnErrorThatSaysWhere) {
  EXPECT_NE(ErrorOf("\xff").find("lead.exchange [3] at offset 7 is damaged"), std::string::npos);
  EXPECT_NE(ErrorOf("").find("its tenant is no tenant"), std::string::npos);
  Wire wire = Valid();
  ASSERT_EQ(ErrorOf(BytesOf(wire)), "");
  wire.clear_to_mailbox();
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("its content is unknown"), std::string::npos);
  wire.mutable_to_user()->set_answer(3);
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("its answer is unknown"), std::string::npos);
  wire.mutable_to_user()->set_answer(1);
  wire.mutable_to_user()->set_entries("\x05");
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("number of entries"), std::string::npos);
  wire.mutable_command()->set_command("not a command");
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("its command: "), std::string::npos);
}

TEST(ExchangeRecordTest, AReceiverAndACauseAreNeeded) {
  Wire wire = Valid();
  wire.set_tenant_id(std::string("a\0b", 3));
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("its tenant is no tenant"), std::string::npos);
  wire = Valid();
  wire.clear_from_lead_id();
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("receiver and sender"), std::string::npos);
  wire = Valid();
  wire.clear_cause();
  EXPECT_NE(ErrorOf(BytesOf(wire)).find("its cause is unknown"), std::string::npos);
}

TEST(ExchangeRecordTest, WhatWasReceivedIsNotPassedOn) {
  testing::OwnedEntry entry = testing::Entry(EventType::kOpen, 1, "open-1");
  entry.received = true;
  entry.address = 1;
  const std::vector<state::EntryFields> entries{entry};
  ToUser content;
  content.entries = std::make_shared<const state::Journal>(entries, state::FoldedEntries());
  EXPECT_NE(ErrorOf(EncodeMessage(MessageWith(content))).find("what was received"), std::string::npos);
}

}  // namespace leadpulse::pipeline::exchange_record_test
