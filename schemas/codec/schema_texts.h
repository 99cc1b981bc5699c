// The public schemas as the texts of their files, built into the program to be registered with a schema registry.
#pragma once

#include <cstdint>
#include <string_view>

namespace leadpulse::codec {

// The records of the topics for other programs. Each is the first message of its file, which imports only Protobuf's.
enum class TopicSchema : uint8_t { kEvent, kCommand, kChange, kDeadLetter, kLeadProfile };

// Returns the text of the .proto file, with its comments.
std::string_view SchemaText(TopicSchema schema);

}  // namespace leadpulse::codec
