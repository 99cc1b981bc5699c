// Any bytes give a record or a rejection with a reason and a sentence, in both formats, and the same bytes the same. A
// record of the wire is the same record in the JSON of the Protobuf library. A rejection's dead letter is one line of
// JSON that holds the bytes.
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
#include "schemas/codec/record_decoder.h"
#include "schemas/codec/record_writer.h"

namespace leadpulse::codec {
namespace {

// So that `future_timestamp` comes up: 2026-03-10T12:00:00Z.
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
  LP_ASSERT(first == decoder->Decode(bytes, kLimits));
  if (const auto* rejection = std::get_if<Rejection>(&first)) CheckDeadLetter(*rejection, bytes);
  return first;
}

// JSON has no number that is not finite and no value without a kind (the library leaves its field out).
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
bool FitsJson(const v1::InputRecord& record) {
  return FitsJson(record.event().properties()) && FitsJson(record.command().update_profile().set());
}

// The details may differ: JSON knows the names that were sent.
void CheckSame(const Decoded& a, const Decoded& b) {
  if (const auto* rejection = std::get_if<Rejection>(&a)) {
    LP_ASSERT(std::holds_alternative<Rejection>(b) && std::get<Rejection>(b).reason == rejection->reason);
  } else {
    LP_ASSERT(a == b);
  }
}

void CheckJsonOfWire(std::string_view bytes, RecordDecoder* protobuf, RecordDecoder* json) {
  v1::InputRecord record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !FitsJson(record)) return;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(record, &text).ok()) return;  // a time that JSON cannot spell
  // Written anew, so that members of a oneof that a later one hides are gone: JSON does not show them.
  CheckSame(DecodeTwice(json, text), DecodeTwice(protobuf, record.SerializeAsString()));
}

}  // namespace
}  // namespace leadpulse::codec

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto json = leadpulse::codec::MakeJsonRecordDecoder();
  static const auto protobuf = leadpulse::codec::MakeProtobufRecordDecoder();
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  leadpulse::codec::DecodeTwice(json.get(), bytes);
  leadpulse::codec::DecodeTwice(protobuf.get(), bytes);
  leadpulse::codec::CheckJsonOfWire(bytes, protobuf.get(), json.get());
  return 0;
}
