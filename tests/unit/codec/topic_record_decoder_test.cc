// A bare event or command of a topic is the same record as within an input record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/support/record_samples.h"

namespace leadpulse::codec::topic_record_decoder_test {

using ::testing::HasSubstr;

constexpr Format kFormats[] = {Format::kJson, Format::kProtobuf};

Decoded DecodeAs(RecordShape shape, Format format, std::string_view bytes) {
  return MakeDecoder(format, shape)->Decode(bytes, {kLatest});
}

// The decoders of all shapes, each used repeatedly.
struct Decoders {
  explicit Decoders(Format format)
      : input_record(MakeDecoder(format)),
        event(MakeDecoder(format, RecordShape::kEvent)),
        command(MakeDecoder(format, RecordShape::kCommand)) {}

  RecordDecoder& Bare(const v1::InputRecord& record) { return record.has_event() ? *event : *command; }

  std::unique_ptr<RecordDecoder> input_record, event, command;
};

TEST(TopicRecordDecoderTest, ABareRecordIsTheSameRecord) {
  for (const Format format : kFormats) {
    RandomRecords records(29);
    Decoders decoders(format);
    int accepted = 0;
    for (int i = 0; i < 20'000; ++i) {
      const v1::InputRecord record = records.Next();
      google::protobuf::util::JsonPrintOptions options;
      options.preserve_proto_field_names = records.OneIn(2);
      options.always_print_enums_as_ints = records.OneIn(2);
      const Decoded wrapped = decoders.input_record->Decode(Encode(record, format, options), {kLatest});
      const Decoded bare = decoders.Bare(record).Decode(EncodeBare(record, format, options), {kLatest});
      ASSERT_EQ(bare, wrapped) << record.DebugString() << DetailOf(bare) << "\n" << DetailOf(wrapped);
      accepted += !std::holds_alternative<Rejection>(bare);
    }
    EXPECT_GT(accepted, 5'000) << "too few valid records to tell";
  }
}

// Wraps the bytes in a field of messages, as the topic's records are wrapped in files.
std::string Wrapped(RecordShape shape, std::string_view bytes) {
  std::string wrapped(1, shape == RecordShape::kEvent ? '\x0A' : '\x12');
  size_t length = bytes.size();
  for (; length >= 0x80; length >>= 7) wrapped += static_cast<char>(length | 0x80);
  wrapped += static_cast<char>(length);
  return wrapped.append(bytes);
}

TEST(TopicRecordDecoderTest, AnyBytesAreWhatTheyAreWithinAnInputRecord) {
  RandomRecords records(31);
  Decoders decoders(Format::kProtobuf);
  std::map<std::string, int> reasons;
  for (int i = 0; i < 30'000; ++i) {
    const v1::InputRecord record = records.Next();
    std::string bytes = EncodeBare(record, Format::kProtobuf);
    records.Spoil(&bytes);
    const Decoded bare = decoders.Bare(record).Decode(bytes, {kLatest});
    const Decoded wrapped = decoders.input_record->Decode(Wrapped(BareShape(record), bytes), {kLatest});
    ASSERT_EQ(ReasonOf(bare), ReasonOf(wrapped)) << DetailOf(bare) << "\n" << DetailOf(wrapped);
    ASSERT_TRUE(bare == wrapped || ReasonOf(bare) == "malformed")
        << "details are equal, except for the name of the message";
    ++reasons[ReasonOf(bare)];
  }
  EXPECT_GT(reasons["malformed"], 1'000);
  EXPECT_GT(reasons["accepted"], 1'000);
}

TEST(TopicRecordDecoderTest, AnyTextGivesARecordOrARejection) {
  RandomRecords records(37);
  Decoders decoders(Format::kJson);
  for (int i = 0; i < 30'000; ++i) {
    const v1::InputRecord record = records.Next();
    std::string text = EncodeBare(record, Format::kJson);
    records.Spoil(&text);
    const Decoded bare = decoders.Bare(record).Decode(text, {kLatest});
    if (ReasonOf(bare) == "malformed") continue;
    const std::string member = record.has_event() ? "event" : "command";
    ASSERT_EQ(bare, decoders.input_record->Decode("{\"" + member + "\":" + text + "}", {kLatest})) << text;
  }
}

TEST(TopicRecordDecoderTest, AnEmptyMessageLacksItsTenant) {
  for (const RecordShape shape : {RecordShape::kEvent, RecordShape::kCommand}) {
    EXPECT_EQ(ReasonOf(DecodeAs(shape, Format::kProtobuf, "")), "missing_tenant");
    EXPECT_EQ(ReasonOf(DecodeAs(shape, Format::kJson, "{}")), "missing_tenant");
    for (const char* none : {"", "null", "[]", "\"event\"", "7"}) {
      EXPECT_EQ(ReasonOf(DecodeAs(shape, Format::kJson, none)), "malformed") << none;
    }
  }
}

TEST(TopicRecordDecoderTest, DetailsNameFieldAndMessage) {
  EXPECT_THAT(DetailOf(DecodeAs(RecordShape::kEvent, Format::kJson, R"({"machine":1})")), HasSubstr("event.machine "));
  EXPECT_THAT(DetailOf(DecodeAs(RecordShape::kCommand, Format::kJson, R"({"editTags":{"add":1}})")),
              HasSubstr("command.editTags.add "));
  EXPECT_THAT(DetailOf(DecodeAs(RecordShape::kCommand, Format::kJson, "[]")),
              HasSubstr("the record must be an object"));
  EXPECT_THAT(DetailOf(DecodeAs(RecordShape::kEvent, Format::kProtobuf, "\x0F")),
              HasSubstr("no EngagementEvent of schemas/leadpulse/v1/event.proto"));
  EXPECT_THAT(DetailOf(DecodeAs(RecordShape::kCommand, Format::kProtobuf, "\x0F")),
              HasSubstr("no LeadCommand of schemas/leadpulse/v1/command.proto"));
}

TEST(TopicRecordDecoderTest, AnActionBesideEraseIsMalformed) {
  v1::InputRecord other = ValidCommand();
  other.mutable_command()->mutable_erase();
  const std::string both = EncodeBare(ValidCommand(), Format::kProtobuf) + EncodeBare(other, Format::kProtobuf);
  EXPECT_EQ(ReasonOf(DecodeAs(RecordShape::kCommand, Format::kProtobuf, both)), "malformed");
  const std::string json = R"({"tenantId":"a","editTags":{"add":["x"]},"erase":{}})";
  EXPECT_EQ(ReasonOf(DecodeAs(RecordShape::kCommand, Format::kJson, json)), "malformed");
}

// A line of a file that is sent to the topic, `kcat < events.jsonl`, is accepted if it is unambiguous.
TEST(TopicRecordDecoderTest, ALineOfAFileIsTaken) {
  for (const v1::InputRecord& record : {ValidEvent(), ValidCommand()}) {
    const std::string line = Encode(record, Format::kJson);
    EXPECT_EQ(DecodeAs(BareShape(record), Format::kJson, line), MakeJsonRecordDecoder()->Decode(line, {kLatest}));
    const RecordShape other = record.has_event() ? RecordShape::kCommand : RecordShape::kEvent;
    EXPECT_EQ(ReasonOf(DecodeAs(other, Format::kJson, line)), "missing_tenant") << "on the other topic";
    EXPECT_EQ(ReasonOf(DecodeAs(BareShape(record), Format::kJson, "{\"x\":1," + line.substr(1))), "missing_tenant");
  }
  for (const char* other : {R"({"event":null})", R"({"event":[]})", R"({"event":"x"})"}) {
    EXPECT_EQ(ReasonOf(DecodeAs(RecordShape::kEvent, Format::kJson, other)), "missing_tenant") << other;
  }
  std::string unknown = EncodeBare(ValidEvent(), Format::kJson);
  unknown.insert(1, R"("event":{"tenantId":"other"},)");
  EXPECT_EQ(DecodeAs(RecordShape::kEvent, Format::kJson, unknown),
            DecodeAs(RecordShape::kEvent, Format::kJson, EncodeBare(ValidEvent(), Format::kJson)));
}

TEST(TopicRecordDecoderTest, TheSizeIsThatOfThePayload) {
  for (const Format format : kFormats) {
    for (const size_t size : {kMaxRecordBytes, kMaxRecordBytes + 1}) {
      std::string bytes = EncodeBare(ValidEvent(), format);
      format == Format::kJson ? bytes.resize(size, ' ') : FillUp(size, &bytes);
      const Decoded decoded = DecodeAs(RecordShape::kEvent, format, bytes);
      EXPECT_EQ(ReasonOf(decoded), size > kMaxRecordBytes ? "too_large" : "accepted") << DetailOf(decoded);
    }
  }
}

TEST(TopicRecordDecoderTest, NestsAsDeepAsWithinAnInputRecord) {
  for (int levels = 90; levels < 110; ++levels) {
    for (v1::InputRecord record : {ValidEvent(), ValidCommand()}) {
      google::protobuf::Struct* inner = record.has_event()
                                            ? record.mutable_event()->mutable_properties()
                                            : record.mutable_command()->mutable_update_profile()->mutable_set();
      for (int i = 0; i < levels; ++i) inner = (*inner->mutable_fields())["s"].mutable_struct_value();
      const std::string expected = ReasonOf(MakeProtobufRecordDecoder()->Decode(record.SerializeAsString(), {kLatest}));
      EXPECT_EQ(ReasonOf(DecodeAs(BareShape(record), Format::kProtobuf, EncodeBare(record, Format::kProtobuf))),
                expected);
      std::string json;
      const auto& bare =
          record.has_event() ? static_cast<const google::protobuf::Message&>(record.event()) : record.command();
      if (!google::protobuf::util::MessageToJsonString(bare, &json).ok()) continue;  // too deep for the library
      EXPECT_EQ(ReasonOf(DecodeAs(BareShape(record), Format::kJson, json)), expected) << levels;
    }
  }
  for (const int brackets : {98, 99}) {  // the two objects around them are the record's and the event's
    const std::string deep = std::string(brackets, '[') + std::string(brackets, ']');
    EXPECT_EQ(ReasonOf(DecodeAs(RecordShape::kEvent, Format::kJson, "{\"new\":" + deep + "}")),
              brackets > 98 ? "malformed" : "missing_tenant");
  }
}

}  // namespace leadpulse::codec::topic_record_decoder_test
