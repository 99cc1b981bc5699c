// google.protobuf.Struct as named values.
#pragma once

#include <google/protobuf/struct.pb.h>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// See RawEvent for what becomes of lists and numbers that no attribute can hold.
NamedValues NamedValuesOf(const google::protobuf::Struct& source);

// Whether lists and structs nest deeper than `limit`, the struct itself being the first.
bool NestsDeeperThan(const google::protobuf::Struct& source, int limit);

}  // namespace leadpulse::codec
