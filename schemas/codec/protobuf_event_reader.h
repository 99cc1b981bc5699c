// Reads an event in place on the wire: the fast path of the Protobuf decoder.
//
// Accepts the usual events of producers: known fields of the right wire type, tags and lengths in their shortest form,
// scalar properties. Everything else, including damaged bytes, is left to the Protobuf library, which also finds the
// reason. An accepted event must equal the event that the library would read.
#pragma once

#include <optional>
#include <string_view>

#include "schemas/codec/record_checks.h"

namespace leadpulse::codec {

// Returns the bytes of the EngagementEvent in an InputRecord with nothing else; nullopt if it may have something else.
std::optional<std::string_view> OnlyEventIn(std::string_view record);

// Reads an event. Returns false if the library is needed; `event` is then undefined. The views point into `message`.
bool ReadUsualEvent(std::string_view message, RawEvent* event);

}  // namespace leadpulse::codec
