// Encodes changes and dead letters as topics hold them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

enum class OutputFormat : uint8_t {
  kProtobuf,
  kJson,       // the proto3 JSON mapping, defaults left out
  kConfluent,  // Protobuf behind a head with the schema's id (confluent_framing.h)
};

// An encoder of changes and dead letters. It keeps buffers between calls, so each thread needs its own. Strings must be
// UTF-8.
class OutputEncoder {
 public:
  virtual ~OutputEncoder() = default;
  // Appends one record's value: a Change, a DeadLetter.
  virtual void EncodeChange(const Change& change, std::string* out) = 0;
  virtual void EncodeDeadLetter(const DeadLetter& letter, std::string* out) = 0;
};

// Makes an encoder. `schema_id` is for kConfluent and belongs to the topic's message: each topic has its own encoder.
std::unique_ptr<OutputEncoder> MakeOutputEncoder(OutputFormat format, uint32_t schema_id = 0);

}  // namespace leadpulse::codec
