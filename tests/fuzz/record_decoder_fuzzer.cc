// Any bytes give a record or a rejection with a reason and a sentence, in all formats and shapes, and the same bytes
// give the same result. A record of the wire format is the same record in the Protobuf library's JSON; a bare message
// is the same as within an input record; and the fast path agrees with the library. A rejection's dead letter is one
// line of JSON with the bytes.
#include <google/protobuf/unknown_field_set.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "leadpulse/v1/input.pb.h"
#include "processor/base/assert.h"
#include "schemas/codec/confluent_framing.h"
#include "schemas/codec/output_writer.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::codec {
namespace {

// 2026-03-10T12:00:00Z, so that `future_timestamp` occurs.
constexpr DecodeLimits kLimits{Instant{1'773'144'000'000}};

void CheckDeadLetter(const Rejection& rejection, std::string_view bytes) {
  LP_ASSERT(!rejection.detail.empty());
  std::string line;
  AppendDeadLetterJson({{"a.jsonl", 0, 7, 1}, rejection.reason, rejection.detail, std::string(bytes), std::nullopt},
                       &line);
  LP_ASSERT(line.find('\n') == line.size() - 1);
  google::protobuf::Struct letter;
  LP_ASSERT(google::protobuf::util::JsonStringToMessage(line, &letter).ok());
  std::string payload;
  LP_ASSERT(absl::Base64Unescape(letter.fields().at("payload").string_value(), &payload) && payload == bytes);
}

Decoded DecodeTwice(RecordDecoder* decoder, std::string_view bytes) {
  Decoded first = decoder->Decode(bytes, kLimits);
  // Reused, so that it still has the previous record.
  static Decoded kept;
  decoder->DecodeInto(bytes, kLimits, &kept);
  LP_ASSERT(first == kept);
  if (const auto* rejection = std::get_if<Rejection>(&first)) CheckDeadLetter(*rejection, bytes);
  return first;
}

// Whether JSON can express the fields: no non-finite numbers, and no values without a kind (the library leaves the
// field out).
bool FitsJson(const google::protobuf::Struct& fields);
bool FitsJson(const google::protobuf::Value& value) {
  if (value.has_number_value()) return std::isfinite(value.number_value());
  if (value.has_struct_value()) return FitsJson(value.struct_value());
  const auto& elements = value.list_value().values();
  return value.kind_case() != google::protobuf::Value::KIND_NOT_SET &&
         std::all_of(elements.begin(), elements.end(), [](const auto& element) { return FitsJson(element); });
}
bool FitsJson(const google::protobuf::Struct& fields) {
  return std::all_of(fields.fields().begin(), fields.fields().end(),
                     [](const auto& field) { return FitsJson(field.second); });
}
bool FitsJson(const v1::EngagementEvent& event) { return FitsJson(event.properties()); }
bool FitsJson(const v1::LeadCommand& command) { return FitsJson(command.update_profile().set()); }
bool FitsJson(const v1::InputRecord& record) { return FitsJson(record.event()) && FitsJson(record.command()); }

// Checks that both decode to the same, but for the details of rejections: JSON's have the names that were sent.
void CheckSame(const Decoded& a, const Decoded& b) {
  if (const auto* rejection = std::get_if<Rejection>(&a)) {
    LP_ASSERT(std::holds_alternative<Rejection>(b) && std::get<Rejection>(b).reason == rejection->reason);
  } else {
    LP_ASSERT(a == b);
  }
}

// The decoders of one shape.
struct Decoders {
  explicit Decoders(RecordShape shape)
      : json(MakeJsonRecordDecoder(shape)),
        protobuf(MakeProtobufRecordDecoder(shape)),
        confluent(MakeConfluentRecordDecoder(shape)) {}
  std::unique_ptr<RecordDecoder> json, protobuf, confluent;
};

struct AllDecoders {
  Decoders input_record{RecordShape::kInputRecord};
  Decoders event{RecordShape::kEvent};
  Decoders command{RecordShape::kCommand};
};

template <typename Message>
void CheckJsonOfWire(std::string_view bytes, const Decoders& decoders) {
  Message record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !FitsJson(record)) return;
  record.DiscardUnknownFields();  // in an empty list, an unknown field makes the library leave the list out
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(record, &text).ok()) return;  // a time that JSON cannot express
  // Serialised again, which removes members of a oneof that a later one hides: JSON does not show them.
  CheckSame(DecodeTwice(decoders.json.get(), text), DecodeTwice(decoders.protobuf.get(), record.SerializeAsString()));
}

// Checks that a bare message decodes to the same within an input record, and after a header.
void CheckWire(std::string_view bytes, RecordShape shape, const Decoders& bare, const Decoders& wrapping) {
  const Decoded decoded = DecodeTwice(bare.protobuf.get(), bytes);
  google::protobuf::UnknownFieldSet wrapped;
  wrapped.AddLengthDelimited(
      shape == RecordShape::kEvent ? v1::InputRecord::kEventFieldNumber : v1::InputRecord::kCommandFieldNumber,
      std::string(bytes));
  std::string record;
  LP_ASSERT(wrapped.SerializeToString(&record));
  if (record.size() <= kMaxRecordBytes) CheckSame(decoded, wrapping.protobuf->Decode(record, kLimits));
  // An unknown field in front keeps the record off the fast path.
  const std::string unusual = std::string("\x98\x06\x05").append(bytes);
  if (unusual.size() <= kMaxRecordBytes) LP_ASSERT(decoded == bare.protobuf->Decode(unusual, kLimits));
  std::string framed;
  AppendConfluentHead(7, &framed);
  LP_ASSERT(decoded == bare.confluent->Decode(framed.append(bytes), kLimits));
}

// Checks that a bare JSON text decodes to the same within an input record, unless it is a line of a file.
void CheckText(std::string_view text, RecordShape shape, const Decoders& bare, const Decoders& wrapping) {
  const Decoded decoded = DecodeTwice(bare.json.get(), text);
  const auto* rejection = std::get_if<Rejection>(&decoded);
  // Such as text that would close the wrapping.
  if (rejection != nullptr && rejection->reason == Reason::kMalformed) return;
  const std::string member = shape == RecordShape::kEvent ? "event" : "command";
  const std::string wrapped = "{\"" + member + "\":" + std::string(text) + "}";
  if (wrapped.size() > kMaxRecordBytes) return;
  LP_ASSERT(decoded == wrapping.json->Decode(wrapped, kLimits) || decoded == wrapping.json->Decode(text, kLimits));
}

template <typename Message>
void CheckBare(std::string_view bytes, RecordShape shape, const Decoders& bare, const Decoders& wrapping) {
  CheckWire(bytes, shape, bare, wrapping);
  CheckText(bytes, shape, bare, wrapping);
  CheckJsonOfWire<Message>(bytes, bare);
  DecodeTwice(bare.confluent.get(), bytes);
}

// Checks any bytes, and the bare message within a record.
void CheckShapes(std::string_view bytes, const AllDecoders& all) {
  DecodeTwice(all.input_record.json.get(), bytes);
  DecodeTwice(all.input_record.protobuf.get(), bytes);
  CheckJsonOfWire<v1::InputRecord>(bytes, all.input_record);
  CheckBare<v1::EngagementEvent>(bytes, RecordShape::kEvent, all.event, all.input_record);
  CheckBare<v1::LeadCommand>(bytes, RecordShape::kCommand, all.command, all.input_record);
  v1::InputRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  CheckWire(record.event().SerializeAsString(), RecordShape::kEvent, all.event, all.input_record);
  CheckWire(record.command().SerializeAsString(), RecordShape::kCommand, all.command, all.input_record);
}

}  // namespace
}  // namespace leadpulse::codec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const leadpulse::codec::AllDecoders decoders;
  leadpulse::codec::CheckShapes({reinterpret_cast<const char*>(data), size}, decoders);
  return 0;
}
