// The value of a JSON text in a record. Thread-safe.
#pragma once

#include "processor/base/json.h"
#include "processor/base/value.h"

namespace leadpulse {

// Returns the value as a record holds it. A number that a double cannot hold exactly becomes a string; a list with
// null, a list or an object inside becomes a StructValue with its JSON, which no attribute takes.
Value ValueOf(const Json& json);

}  // namespace leadpulse
