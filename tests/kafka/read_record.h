// Input records as others wrote them to a topic, read without the product's decoder.
#pragma once

#include <string>

#include "tests/support/model/record.h"

namespace leadpulse::testing {

// One JSON object `{"event": …}` or `{"command": …}` with proto3's camelCase names. Whatever is no such object, or has
// a member of another type than it should be, is Broken: malformed.
model::Record ReadRecord(const std::string& json);

}  // namespace leadpulse::testing
