// Reads input records that others wrote to a topic, without the product's decoder.
#pragma once

#include <string>

#include "tests/support/model/record.h"

namespace leadpulse::testing {

// Reads one JSON object `{"event": …}` or `{"command": …}` with proto3's camelCase names. Anything else, or a member of
// a wrong type, is Broken: malformed.
model::Record ReadRecord(const std::string& json);

}  // namespace leadpulse::testing
