// An event on the wire, read in place: the fast path of the Protobuf decoder.
//
// Reads what producers send as a rule: known fields of the right wire type, tags and lengths spelled as short as they
// can be, properties that are scalars. Anything else, also what is broken, is left to the Protobuf library, which
// decides what it is. So nothing here has to tell why; but what is taken here must be what the library would make of
// it.
#pragma once

#include <optional>
#include <string_view>

#include "schemas/codec/raw_record.h"

namespace leadpulse::codec {

// The bytes of the EngagementEvent in an InputRecord that holds nothing else. Nothing: it may hold something else.
std::optional<std::string_view> OnlyEventIn(std::string_view record);

// False: it takes the library, and `event` holds anything. Views are of `message`.
bool ReadUsualEvent(std::string_view message, RawEvent* event);

}  // namespace leadpulse::codec
