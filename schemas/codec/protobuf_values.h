// google.protobuf.Struct as named values.
#pragma once

#include <google/protobuf/struct.pb.h>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// See RawEvent for lists and numbers that no attribute can hold.
NamedValues NamedValuesOf(const google::protobuf::Struct& source);

// Whether lists and structs nest deeper than `limit`, counting the struct itself.
bool NestsDeeperThan(const google::protobuf::Struct& source, int limit);

}  // namespace leadpulse::codec
