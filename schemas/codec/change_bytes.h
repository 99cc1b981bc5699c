// Writes changes in Protobuf's wire form (change.proto), with the bytes that the library writes. Thread-safe.
#pragma once

#include <cstddef>
#include <string>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Appends the whole change.
void AppendChangeBytes(const Change& change, std::string* out);

// Appends the change without tenant, lead and source, and with its first names in `updated`, as many as take at most
// `most_updated_bytes`.
void AppendChangeBytesOfLead(const Change& change, size_t most_updated_bytes, std::string* out);

}  // namespace leadpulse::codec
