// Confluent's header in front of a message: reading and writing.
#include "schemas/codec/confluent_framing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/record_samples.h"

namespace leadpulse::codec::confluent_framing_test {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

std::string Problem(const std::string& bytes) {
  const Result<ConfluentFrame> frame = ReadConfluentFrame(bytes);
  return frame.ok() ? "none" : frame.status().message();
}

TEST(ConfluentFramingTest, WritesTheHeadOfTheFirstMessage) {
  std::string bytes = "before";
  AppendConfluentHead(0x0102037F, &bytes);
  EXPECT_EQ(bytes, "before\0\1\2\3\x7F\0"s);
}

TEST(ConfluentFramingTest, WhatIsWrittenIsRead) {
  for (const uint32_t id : {0u, 1u, 255u, 256u, 100'001u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    for (const std::string& message : {""s, "message"s, "\0\0"s}) {
      std::string bytes;
      AppendConfluentHead(id, &bytes);
      bytes += message;
      const Result<ConfluentFrame> frame = ReadConfluentFrame(bytes);
      ASSERT_TRUE(frame.ok());
      EXPECT_EQ(frame->schema_id, id);
      EXPECT_EQ(frame->message, message);
    }
  }
}

TEST(ConfluentFramingTest, TheFirstMessageInFull) {
  const std::string bytes = "\0\0\0\0\x07\x02\0message"s;  // one index, 0
  const Result<ConfluentFrame> frame = ReadConfluentFrame(bytes);
  ASSERT_TRUE(frame.ok());
  EXPECT_EQ(frame->message, "message");
}

TEST(ConfluentFramingTest, WhatIsNotInTheFormat) {
  for (const std::string& bytes : {""s, "\0"s, "\0\0\0\0"s, "\1\0\0\0\7\0"s, "{\"tenantId\":\"acme\"}"s}) {
    EXPECT_THAT(Problem(bytes), HasSubstr("does not begin with a byte 0 and a schema id"));
  }
}

TEST(ConfluentFramingTest, AnotherMessage) {
  const std::string head = "\0\0\0\0\7"s;
  for (const std::string& indexes : {"\x02\x02"s, "\x04\0\0"s, "\x04\x02\x04"s, "\x02\x80\x01"s}) {
    EXPECT_THAT(Problem(head + indexes), HasSubstr("name another message than the first"));
  }
}

TEST(ConfluentFramingTest, BrokenIndexes) {
  const std::string head = "\0\0\0\0\7"s;
  const std::string endless(11, '\xFF');
  for (const std::string& indexes : {""s, "\x80"s, "\x02"s, "\x02\x80"s, "\x01"s, "\x01\0"s, "\x02\x01"s, endless}) {
    EXPECT_THAT(Problem(head + indexes), HasSubstr("message indexes of Confluent's wire format are broken"));
  }
}

struct FramedDecoder {
  explicit FramedDecoder(RecordShape shape)
      : framed(MakeConfluentRecordDecoder(shape)), bare(MakeProtobufRecordDecoder(shape)) {}
  std::unique_ptr<RecordDecoder> framed, bare;
};

TEST(ConfluentRecordDecoderTest, DecodesWhatStandsBehindTheHead) {
  RandomRecords records(53);
  FramedDecoder events(RecordShape::kEvent), commands(RecordShape::kCommand);
  for (int i = 0; i < 5'000; ++i) {
    const v1::InputRecord record = records.Next();
    FramedDecoder& decoders = record.has_event() ? events : commands;
    std::string bytes;
    AppendConfluentHead(static_cast<uint32_t>(records.Below(1'000)), &bytes);
    const std::string message = EncodeBare(record, Format::kProtobuf);
    ASSERT_EQ(decoders.framed->Decode(bytes + message, {kLatest}), decoders.bare->Decode(message, {kLatest}));
  }
}

TEST(ConfluentRecordDecoderTest, TheHeadDoesNotCountAsTheRecordsSize) {
  for (const size_t size : {kMaxRecordBytes, kMaxRecordBytes + 1}) {
    std::string message = EncodeBare(ValidEvent(), Format::kProtobuf);
    FillUp(size, &message);
    std::string bytes;
    AppendConfluentHead(7, &bytes);
    const Decoded decoded = MakeConfluentRecordDecoder(RecordShape::kEvent)->Decode(bytes + message, {kLatest});
    EXPECT_EQ(std::holds_alternative<Event>(decoded), size == kMaxRecordBytes);
    const auto* rejection = std::get_if<Rejection>(&decoded);
    EXPECT_TRUE(rejection == nullptr || rejection->reason == Reason::kTooLarge);
  }
}

TEST(ConfluentRecordDecoderTest, AnyBytesGiveARecordOrARejection) {
  RandomRecords records(59);
  FramedDecoder events(RecordShape::kEvent), commands(RecordShape::kCommand);
  std::map<bool, int> malformed;
  for (int i = 0; i < 20'000; ++i) {
    const v1::InputRecord record = records.Next();
    std::string bytes;
    AppendConfluentHead(1, &bytes);
    records.Spoil(&bytes);
    bytes += EncodeBare(record, Format::kProtobuf).substr(0, records.Below(200));
    const Decoded decoded = (record.has_event() ? events : commands).framed->Decode(bytes, {kLatest});
    const auto* rejection = std::get_if<Rejection>(&decoded);
    ASSERT_TRUE(rejection == nullptr || !rejection->detail.empty());
    ++malformed[rejection != nullptr && rejection->reason == Reason::kMalformed];
  }
  EXPECT_GT(malformed[true], 1'000);
  EXPECT_GT(malformed[false], 1'000);
}

}  // namespace leadpulse::codec::confluent_framing_test
