// Bytes to records, with every check that needs no lead state and no definitions.
//
// The first reason that applies is given, in the order of codec::Reason. Input is never trusted: any bytes give a
// record or a rejection, without a crash, in memory bounded by the input's size.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

struct DecodeLimits {
  // The latest acceptable occurred_at / issued_at: the wall clock plus the allowed skew (10 minutes by default).
  Instant latest = Instant::Never();
};

// Which message a record is. Files hold input records, each topic bare messages of its own. Checks, reasons and limits
// are the same for all; that of nesting counts the InputRecord around a bare message too.
enum class RecordShape : uint8_t { kInputRecord, kEvent, kCommand };

// A decoder keeps buffers between calls: one a thread.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;
  // One record's bytes: a JSON line without its line end, or one message.
  Decoded Decode(std::string_view bytes, const DecodeLimits& limits) {
    Decoded record;
    DecodeInto(bytes, limits, &record);
    return record;
  }
  // The same in the place of another record: the memory of a usual event is used again for the next one.
  virtual void DecodeInto(std::string_view bytes, const DecodeLimits& limits, Decoded* record) = 0;
};

// The proto3 JSON mapping: lowerCamelCase and proto field names, enum names and numbers, null for unset, unknown fields
// ignored. In place of a bare event a decoder takes the line of a file too, `{"event":{…}}` without other members (no
// bare event looks like it: it needs a tenantId), and so for commands.
std::unique_ptr<RecordDecoder> MakeJsonRecordDecoder(RecordShape shape = RecordShape::kInputRecord);
// The Protobuf encoding.
std::unique_ptr<RecordDecoder> MakeProtobufRecordDecoder(RecordShape shape = RecordShape::kInputRecord);
// The same behind the head of Confluent's wire format (confluent_framing.h): `malformed` where that is wrong.
std::unique_ptr<RecordDecoder> MakeConfluentRecordDecoder(RecordShape shape);

}  // namespace leadpulse::codec
