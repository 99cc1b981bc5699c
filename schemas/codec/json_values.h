// JSON objects as named values.
#pragma once

#include <simdjson.h>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Of equal keys the last stands. See RawEvent for what becomes of lists and numbers that no attribute can hold.
NamedValues NamedValuesOf(simdjson::dom::object object);

}  // namespace leadpulse::codec
