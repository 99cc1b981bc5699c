// Writes changes and dead letters as JSON.
#pragma once

#include <string>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Appends the change as one line of proto3 JSON (defaults left out) without its line end.
void AppendChangeJson(const Change& change, std::string* out);

// Appends {"source":{"file","line","offset"},"reason","detail","payload"} and, for too_large, "size", with the
// line end. The payload is padded base64 (RFC 4648 §4).
void AppendDeadLetterJson(const DeadLetter& letter, std::string* out);

// Appends the proto3 JSON of the DeadLetter message (defaults left out), without a line end, as a topic has it.
void AppendDeadLetterMessage(const DeadLetter& letter, std::string* out);

}  // namespace leadpulse::codec
