// Confluent's wire format for Protobuf, as the clients of a schema registry read and write it: a byte 0, the schema's
// id in four bytes (big-endian), the message indexes, and the message. The indexes say which message of the schema it
// is: their count and each of them as zigzag varints, or a single 0 for the first message. Thread-safe.
//
// Source: https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
//
// Each of our topics has the first message of its schema: EngagementEvent of event.proto, LeadCommand of command.proto,
// Change of change.proto, DeadLetter of dead_letter.proto. Schemas are not looked up: they only grow, so any version of
// them can be read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "processor/base/status.h"

namespace leadpulse::codec {

struct ConfluentFrame {
  uint32_t schema_id = 0;
  std::string_view message;  // within the bytes
};

// Reads a frame. Rejected, with what is wrong, if the bytes are not in this format or hold another message than the
// first.
Result<ConfluentFrame> ReadConfluentFrame(std::string_view bytes);

// Appends what precedes the first message of a schema.
void AppendConfluentHead(uint32_t schema_id, std::string* out);

}  // namespace leadpulse::codec
