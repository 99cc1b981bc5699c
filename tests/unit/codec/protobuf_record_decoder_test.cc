// The wire format, and that both formats decode to the same records.
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/record_samples.h"

namespace leadpulse::codec::protobuf_record_decoder_test {

using google::protobuf::UnknownFieldSet;

Decoded DecodeWire(std::string_view bytes) { return MakeProtobufRecordDecoder()->Decode(bytes, {kLatest}); }

std::string BytesOf(const UnknownFieldSet& fields) {
  std::string bytes;
  fields.SerializeToString(&bytes);
  return bytes;
}

// Returns one field of a message on the wire.
std::string Field(int number, const std::string& content) {
  UnknownFieldSet fields;
  fields.AddLengthDelimited(number, content);
  return BytesOf(fields);
}

TEST(ProtobufRecordDecoderTest, ReadsAnEvent) {
  const Decoded decoded = DecodeWire(ValidEvent().SerializeAsString());
  ASSERT_TRUE(std::holds_alternative<Event>(decoded));
  const Event& event = std::get<Event>(decoded);
  EXPECT_EQ(event.key, (LeadKey{"acme", "ann@example.com"}));
  EXPECT_EQ(event.type, EventType::kClick);
  EXPECT_EQ(FormatRfc3339(event.occurred_at), "2026-03-10T09:30:00.250Z");
}

TEST(ProtobufRecordDecoderTest, WhatIsNoMessageIsMalformed) {
  const std::string valid = ValidEvent().SerializeAsString();
  EXPECT_EQ(ReasonOf(DecodeWire("")), "malformed") << "neither an event nor a command";
  EXPECT_EQ(ReasonOf(DecodeWire(valid.substr(0, valid.size() - 1))), "malformed");
  EXPECT_EQ(ReasonOf(DecodeWire(valid + "\x0A")), "malformed");
  EXPECT_EQ(ReasonOf(DecodeWire(valid + "\x0C")), "malformed") << "the end of a group that did not start";
  EXPECT_EQ(ReasonOf(DecodeWire("{\"event\":{}}")), "malformed");
  std::string latin = valid;
  latin[latin.find("spring")] = '\xFF';
  EXPECT_EQ(ReasonOf(DecodeWire(latin)), "malformed") << "not UTF-8";
}

TEST(ProtobufRecordDecoderTest, EventAndCommandTogetherAreMalformed) {
  const std::string event = ValidEvent().SerializeAsString(), command = ValidCommand().SerializeAsString();
  EXPECT_EQ(ReasonOf(DecodeWire(event + command)), "malformed");
  EXPECT_EQ(ReasonOf(DecodeWire(command + event)), "malformed");
}

TEST(ProtobufRecordDecoderTest, AnActionBesideEraseIsMalformed) {
  const std::string body = ValidCommand().command().SerializeAsString();
  const int erase = v1::LeadCommand::kEraseFieldNumber, tags = v1::LeadCommand::kEditTagsFieldNumber;
  EXPECT_EQ(ReasonOf(DecodeWire(Field(2, body + Field(erase, "")))), "malformed");
  EXPECT_EQ(ReasonOf(DecodeWire(Field(2, Field(erase, "") + body))), "malformed");
  EXPECT_EQ(ReasonOf(DecodeWire(Field(2, body) + Field(2, Field(erase, "")))), "malformed") << "in two parts";
  v1::EditTags more;
  more.add_add("second");
  const Decoded merged = DecodeWire(Field(2, body + Field(tags, more.SerializeAsString())));
  ASSERT_EQ(ReasonOf(merged), "accepted") << "the same action twice is one, merged";
  EXPECT_EQ(std::get<Command>(merged).actions.Find<EditTags>()->add, (std::vector<std::string>{"vip", "second"}));
}

TEST(ProtobufRecordDecoderTest, UnknownFieldsAreIgnored) {
  UnknownFieldSet unknown;
  unknown.AddVarint(99, 5);
  unknown.AddLengthDelimited(60, "an action of the future");
  unknown.AddGroup(98)->AddFixed32(1, 7);
  unknown.AddVarint(30, 1);  // `erase`, but with another wire type
  const std::string more = BytesOf(unknown);
  EXPECT_EQ(ReasonOf(DecodeWire(Field(2, ValidCommand().command().SerializeAsString() + more) + more)), "accepted");
  v1::InputRecord none = ValidCommand();
  none.mutable_command()->clear_edit_tags();
  EXPECT_EQ(ReasonOf(DecodeWire(Field(2, none.command().SerializeAsString() + more))), "unsupported");
}

TEST(ProtobufRecordDecoderTest, TimesOutOfRangeAreBad) {
  const auto with = [](int64_t seconds, int32_t nanos) {
    v1::InputRecord record = ValidEvent();
    record.mutable_event()->mutable_occurred_at()->set_seconds(seconds);
    record.mutable_event()->mutable_occurred_at()->set_nanos(nanos);
    return DecodeWire(record.SerializeAsString());
  };
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  for (int64_t seconds : {int64_t{0}, int64_t{253'402'300'800}, int64_t{-62'135'596'801}, kLargest, -kLargest - 1}) {
    EXPECT_EQ(ReasonOf(with(seconds, 0)), "bad_timestamp") << seconds;
  }
  EXPECT_EQ(ReasonOf(with(1'700'000'000, -1)), "bad_timestamp");
  EXPECT_EQ(ReasonOf(with(1'700'000'000, 1'000'000'000)), "bad_timestamp");
  EXPECT_EQ(ReasonOf(with(253'402'300'799, 0)), "future_timestamp");
  EXPECT_EQ(std::get<Event>(with(1'700'000'000, 999'999'999)).occurred_at.millis, 1'700'000'000'999);
}

TEST(ProtobufRecordDecoderTest, NumbersThatAreNotFinite) {
  for (double number : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    v1::InputRecord command = ValidCommand(), event = ValidEvent();
    auto& set = *command.mutable_command()->mutable_update_profile()->mutable_set()->mutable_fields();
    set["x"].set_number_value(number);
    EXPECT_EQ(ReasonOf(DecodeWire(command.SerializeAsString())), "invalid_value");
    set["x"].mutable_list_value()->add_values()->set_number_value(number);
    EXPECT_EQ(ReasonOf(DecodeWire(command.SerializeAsString())), "invalid_value");
    (*event.mutable_event()->mutable_properties()->mutable_fields())["x"].set_number_value(number);
    const Decoded decoded = DecodeWire(event.SerializeAsString());
    ASSERT_EQ(ReasonOf(decoded), "accepted");
    const Value& value = std::get<Event>(decoded).properties.at(0).second;
    EXPECT_EQ(ConvertValue(value, FieldType::kNumber, Calendar()), std::nullopt);
  }
}

// Makes a struct nested `levels` deep, counting itself.
google::protobuf::Struct NestedStruct(int levels) {
  google::protobuf::Struct result;
  google::protobuf::Struct* inner = &result;
  for (; levels > 1; --levels) inner = (*inner->mutable_fields())["s"].mutable_struct_value();
  return result;
}

TEST(ProtobufRecordDecoderTest, NestsAsDeepAsJson) {
  for (int levels : {96, 97, 98, 99, 100, 101}) {
    v1::InputRecord event = ValidEvent(), command = ValidCommand();
    *event.mutable_event()->mutable_properties() = NestedStruct(levels);
    *command.mutable_command()->mutable_update_profile()->mutable_set() = NestedStruct(levels);
    EXPECT_EQ(ReasonOf(DecodeWire(event.SerializeAsString())), levels > 98 ? "malformed" : "accepted") << levels;
    EXPECT_EQ(ReasonOf(DecodeWire(command.SerializeAsString())), levels > 97 ? "malformed" : "accepted") << levels;
    for (const v1::InputRecord& record : {event, command}) {
      std::string json;
      if (!google::protobuf::util::MessageToJsonString(record, &json).ok()) continue;
      EXPECT_EQ(ReasonOf(MakeJsonRecordDecoder()->Decode(json, {kLatest})),
                ReasonOf(DecodeWire(record.SerializeAsString())))
          << levels;
    }
  }
}

// Expects both results to be the same, but for the details of rejections: JSON's have the names that were sent.
void ExpectSame(const Decoded& json, const Decoded& wire, const v1::InputRecord& record) {
  ASSERT_EQ(ReasonOf(json), ReasonOf(wire)) << record.DebugString();
  ASSERT_TRUE(std::holds_alternative<Rejection>(json) || json == wire) << record.DebugString();
}

TEST(RecordDecodersTest, BothFormatsSayTheSame) {
  RandomRecords records(7);
  const auto json = MakeJsonRecordDecoder(), wire = MakeProtobufRecordDecoder();
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    const v1::InputRecord record = records.Next();
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = records.OneIn(2);
    options.always_print_enums_as_ints = records.OneIn(2);
    options.always_print_primitive_fields = records.OneIn(2);
    const Decoded from_json = json->Decode(Encode(record, Format::kJson, options), {kLatest});
    const Decoded from_wire = wire->Decode(Encode(record, Format::kProtobuf), {kLatest});
    ExpectSame(from_json, from_wire, record);
    accepted += !std::holds_alternative<Rejection>(from_wire);
  }
  EXPECT_GT(accepted, 5'000) << "too few valid records to tell";
}

// Any change of any bytes gives a record or a rejection.
TEST(RecordDecodersTest, AnyBytesGiveARecordOrARejection) {
  RandomRecords records(11);
  for (Format format : {Format::kJson, Format::kProtobuf}) {
    const auto decoder = MakeDecoder(format);
    for (int i = 0; i < 30'000; ++i) {
      std::string bytes = Encode(records.Next(), format);
      records.Spoil(&bytes);
      const Decoded decoded = decoder->Decode(bytes, {kLatest});
      const auto* rejection = std::get_if<Rejection>(&decoded);
      const auto* event = std::get_if<Event>(&decoded);
      ASSERT_TRUE(rejection == nullptr || !rejection->detail.empty());
      ASSERT_TRUE(event == nullptr || !event->key.lead.empty());
    }
  }
}

}  // namespace leadpulse::codec::protobuf_record_decoder_test
