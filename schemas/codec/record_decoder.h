// Bytes to records, with every check that needs no lead state and no definitions.
//
// The first reason that applies is given, in the order of codec::Reason. Input is never trusted: any bytes give a
// record or a rejection, without a crash, in memory bounded by the input's size.
#pragma once

#include <memory>
#include <string_view>

#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

struct DecodeLimits {
  // The latest acceptable occurred_at / issued_at: the wall clock plus the allowed skew (10 minutes by default).
  Instant latest = Instant::Never();
};

// A decoder keeps buffers between calls: one a thread.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;
  // One record's bytes: a JSON line without its line end, or one InputRecord message.
  virtual Decoded Decode(std::string_view bytes, const DecodeLimits& limits) = 0;
};

// The proto3 JSON mapping of InputRecord: lowerCamelCase and proto field names, enum names and numbers, null for
// unset, unknown fields ignored.
std::unique_ptr<RecordDecoder> MakeJsonRecordDecoder();
// The Protobuf encoding of InputRecord.
std::unique_ptr<RecordDecoder> MakeProtobufRecordDecoder();

}  // namespace leadpulse::codec
