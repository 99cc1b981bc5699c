// The fast path of the Protobuf decoder decodes an event as the library does, and nothing of an earlier record remains
// in a reused slot.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "tests/support/record_samples.h"

namespace leadpulse::codec::record_decoder_property_test {

using google::protobuf::UnknownFieldSet;
using WireEvent = v1::EngagementEvent;

std::string BytesOf(const UnknownFieldSet& fields) {
  std::string bytes;
  if (!fields.SerializeToString(&bytes)) std::abort();
  return bytes;
}

std::string VarintField(int number, uint64_t value) {
  UnknownFieldSet fields;
  fields.AddVarint(number, value);
  return BytesOf(fields);
}

std::string BytesField(int number, const std::string& content) {
  UnknownFieldSet fields;
  fields.AddLengthDelimited(number, content);
  return BytesOf(fields);
}

rc::Gen<std::string> Text() {
  return rc::gen::weightedOneOf<std::string>({
      {40, rc::gen::element<std::string>("", "a", "acme", "Ann@Example.com ", "größe €", "\U0001F600", "x y")},
      {1, rc::gen::element<std::string>("\xFF", "\xC0\x80", "\xED\xA0\x80", "gr\xC3", std::string("n\0l", 3))},
      {1, rc::gen::map(rc::gen::inRange(0, 10'000), [](int size) { return std::string(size, 'x'); })},
  });
}

rc::Gen<uint64_t> Number() {
  return rc::gen::weightedOneOf<uint64_t>({
      {20, rc::gen::inRange<uint64_t>(0, 14)},
      {1, rc::gen::inRange<uint64_t>(1'700'000'000, 1'800'000'000)},
      {1,
       rc::gen::element<uint64_t>(0x7F, 0x80, 0xFFFF'FFFF, 0x1'0000'0001, uint64_t{1} << 62, uint64_t{1} << 63, ~0ull)},
  });
}

std::string Joined(const std::vector<std::string>& parts) {
  return std::accumulate(parts.begin(), parts.end(), std::string());
}

// Draws few parts, so that usual ones are often alone; each at full size, because small sizes give small numbers.
rc::Gen<std::string> Some(const rc::Gen<std::string>& part) {
  constexpr int kFew = 8;
  return rc::gen::map(
      rc::gen::resize(kFew, rc::gen::container<std::vector<std::string>>(rc::gen::resize(rc::kNominalSize, part))),
      Joined);
}

rc::Gen<std::string> TimeField() {
  const auto part = rc::gen::map(rc::gen::pair(rc::gen::inRange(1, 4), Number()),
                                 [](const auto& field) { return VarintField(field.first, field.second); });
  return rc::gen::map(Some(part),
                      [](const std::string& time) { return BytesField(WireEvent::kOccurredAtFieldNumber, time); });
}

google::protobuf::Value ValueOf(int kind /* below 100 */, const std::string& text, double number) {
  google::protobuf::Value value;
  if (kind < 20) value.set_null_value(google::protobuf::NULL_VALUE);
  if (kind >= 20 && kind < 40) value.set_bool_value(text.empty());
  if (kind >= 40 && kind < 60) value.set_number_value(number);
  if (kind >= 60 && kind < 97) value.set_string_value(text);
  if (kind == 97) value.mutable_list_value()->add_values()->set_string_value(text);
  if (kind == 98) value.mutable_struct_value();
  return value;  // otherwise without a kind
}

rc::Gen<std::string> PropertiesField() {
  const auto name =
      rc::gen::oneOf(Text(), rc::gen::map(rc::gen::inRange(0, 1000), [](int i) { return std::to_string(i); }));
  const auto number = rc::gen::element(0.0, -0.0, 12.5, -3.0, 1e300, std::nan(""), HUGE_VAL);
  const auto entry = rc::gen::map(rc::gen::tuple(name, rc::gen::inRange(0, 100), Text(), number), [](const auto& sent) {
    const auto& [key, kind, text, size] = sent;
    return BytesField(1, BytesField(1, key) + BytesField(2, ValueOf(kind, text, size).SerializeAsString()));
  });
  return rc::gen::map(
      Some(entry), [](const std::string& entries) { return BytesField(WireEvent::kPropertiesFieldNumber, entries); });
}

rc::Gen<std::string> Field() {
  const auto text = rc::gen::map(rc::gen::pair(rc::gen::element(1, 2, 3, 4, 7, 8, 9, 11, 12, 13, 17), Text()),
                                 [](const auto& field) { return BytesField(field.first, field.second); });
  const auto number = rc::gen::map(rc::gen::pair(rc::gen::element(5, 14, 15, 16), Number()),
                                   [](const auto& field) { return VarintField(field.first, field.second); });
  // A wrong wire type, unknown, or broken.
  const auto odd =
      rc::gen::oneOf(rc::gen::map(rc::gen::inRange(1, 30), [](int field) { return VarintField(field, 1); }),
                     rc::gen::map(rc::gen::inRange(1, 30), [](int field) { return BytesField(field, "x"); }),
                     rc::gen::container<std::string>(rc::gen::arbitrary<char>()),
                     rc::gen::element<std::string>("\x8A\x00\x01m", "\x28\x82\x00", "\x0A\x81\x00m",
                                                   "\x28\x82\x80\x80\x80\x80\x80\x80\x80\x80\x01"));
  return rc::gen::weightedOneOf<std::string>(
      {{16, text}, {8, number}, {3, TimeField()}, {4, PropertiesField()}, {1, odd}});
}

// Starts with a valid event most of the time; what follows may spoil it.
rc::Gen<std::string> EventBytes() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::element(ValidEvent().event().SerializeAsString(), std::string()), Some(Field())),
      [](const auto& parts) { return parts.first + parts.second; });
}

std::string InRecord(const std::string& event) { return BytesField(v1::InputRecord::kEventFieldNumber, event); }

// Puts an unknown field in front, which keeps a message off the fast path.
std::string Unusual(const std::string& message) { return VarintField(99, 5) + message; }

TEST(RecordDecoderProperty, AnEventIsWhatTheLibraryTakesItFor) {
  const auto record = MakeProtobufRecordDecoder(), bare = MakeProtobufRecordDecoder(RecordShape::kEvent);
  int tried = 0, accepted = 0;
  EXPECT_TRUE(rc::check("the fast path is the library's", [&] {
    const std::string event = *EventBytes();
    const Decoded decoded = bare->Decode(event, {kLatest});
    RC_ASSERT(decoded == bare->Decode(Unusual(event), {kLatest}));
    const std::string whole =
        InRecord(event) + *rc::gen::element<std::string>("", "", InRecord("\x1A\x01z"), "\x12\x00");
    RC_ASSERT(record->Decode(whole, {kLatest}) == record->Decode(Unusual(whole), {kLatest}));
    ++tried;
    accepted += std::holds_alternative<Event>(decoded);
  }));
  // About one in five is valid. With few cases, as RC_PARAMS may ask for, possibly none.
  constexpr int kEnoughToTell = 200;
  if (tried >= kEnoughToTell) {
    EXPECT_GT(accepted, tried / 10) << "too few valid events to tell";
  }
}

TEST(RecordDecoderProperty, WhatStoodThereBeforeDoesNotMatter) {
  EXPECT_TRUE(rc::check("decoding into a used record is decoding", [] {
    RandomRecords records(*rc::gen::arbitrary<uint64_t>());
    for (const Format format : {Format::kJson, Format::kProtobuf}) {
      const auto decoder = MakeDecoder(format);
      Decoded kept;
      for (int i = 0; i < 20; ++i) {
        std::string bytes = Encode(records.Next(), format);
        if (records.OneIn(4)) records.Spoil(&bytes);
        decoder->DecodeInto(bytes, {kLatest}, &kept);
        RC_ASSERT(kept == decoder->Decode(bytes, {kLatest}));
      }
    }
  }));
}

}  // namespace leadpulse::codec::record_decoder_property_test
