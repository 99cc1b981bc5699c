// JSON objects as named values.
#pragma once

#include <simdjson.h>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// The last of equal keys counts. See RawEvent for lists and numbers that no attribute can hold.
NamedValues NamedValuesOf(simdjson::dom::object object);

}  // namespace leadpulse::codec
