// Writes events and commands in the formats that the record decoders read. Thread-safe.
//
// Decoding gives an equal record: a record that names its lead by address is written with `email`, any other with
// `leadId` and, if it has an address, `email`. `source` and `userAgent` are not in Event, so they are not written.
// Records need not pass the checks of a decoder; strings must be UTF-8.
#pragma once

#include <string>
#include <variant>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Appends one line of proto3 JSON (defaults left out) with its line end.
void AppendInputJson(const Event& event, std::string* out);
void AppendInputJson(const Command& command, std::string* out);
inline void AppendInputJson(const Record& record, std::string* out) {
  std::visit([out](const auto& one) { AppendInputJson(one, out); }, record);
}

// Appends one InputRecord message after its length as a varint, as in `.pb` files.
void AppendInputProtobuf(const Event& event, std::string* out);
void AppendInputProtobuf(const Command& command, std::string* out);
inline void AppendInputProtobuf(const Record& record, std::string* out) {
  std::visit([out](const auto& one) { AppendInputProtobuf(one, out); }, record);
}

// Appends a bare record, as in its topic: the JSON without a line end, the message without its length.
void AppendTopicJson(const Event& event, std::string* out);
void AppendTopicJson(const Command& command, std::string* out);
void AppendTopicProtobuf(const Event& event, std::string* out);
void AppendTopicProtobuf(const Command& command, std::string* out);

}  // namespace leadpulse::codec
