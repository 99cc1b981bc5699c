// Decodes records and makes every check that needs neither lead state nor definitions.
//
// A rejection has the first reason that applies, in the order of codec::Reason. Input is never trusted: any bytes give
// a record or a rejection, without a crash, in memory bounded by the size of the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

struct DecodeLimits {
  // The latest acceptable occurred_at / issued_at: the wall clock plus the allowed skew (10 minutes by default).
  Instant latest = Instant::Never();
  // A larger record is `too_large`. An accepted record may be larger when it is written in another format.
  size_t max_bytes = kMaxRecordBytes;
};

// The message type of a record. Files have input records, each topic has bare messages. Checks, reasons and limits are
// the same for all; the nesting limit also counts an InputRecord around a bare message.
enum class RecordShape : uint8_t { kInputRecord, kEvent, kCommand };

// A decoder of records. Not thread-safe: it reuses buffers between calls.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;
  // Decodes one record's bytes: a JSON line without its line end, or one message.
  Decoded Decode(std::string_view bytes, const DecodeLimits& limits) {
    Decoded record;
    DecodeInto(bytes, limits, &record);
    return record;
  }
  // Decodes into another record and reuses the memory of its event.
  virtual void DecodeInto(std::string_view bytes, const DecodeLimits& limits, Decoded* record) = 0;
};

// Makes a decoder of the proto3 JSON mapping: lowerCamelCase and proto field names, enum names and numbers, null for
// unset, unknown fields ignored. A decoder of bare events also accepts the line of a file, `{"event":{…}}` without
// other members; it differs from every valid bare event, which needs a tenantId. The same holds for commands.
std::unique_ptr<RecordDecoder> MakeJsonRecordDecoder(RecordShape shape = RecordShape::kInputRecord);
// Makes a decoder of the Protobuf encoding.
std::unique_ptr<RecordDecoder> MakeProtobufRecordDecoder(RecordShape shape = RecordShape::kInputRecord);
// Makes a decoder of Protobuf after the header of Confluent's wire format (confluent_framing.h); `malformed` if the
// header is wrong.
std::unique_ptr<RecordDecoder> MakeConfluentRecordDecoder(RecordShape shape);

}  // namespace leadpulse::codec
