// The checks that both formats share, in the order of codec::Reason.
#pragma once

#include <string>
#include <string_view>

#include "schemas/codec/raw_record.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::codec {

// Levels of objects and lists in JSON, the record's own being the first.
inline constexpr int kMaxNesting = 100;

// `size` is that of the record's bytes. Moves values out of the raw record; its views must still be valid. Overwrites
// `decoded` and reuses an event's memory.
void CheckRecord(RawRecord&& raw, size_t size, const DecodeLimits& limits, Decoded* decoded);

Rejection Malformed(std::string detail);

// The text in quotes, cut to 48 bytes at the end of a character: details never repeat more of the input.
std::string Quoted(std::string_view text);

}  // namespace leadpulse::codec
