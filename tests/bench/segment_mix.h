// Definitions with any number of segments a tenant, made from a seed, like those of marketers with many segments.
// Nearly all test a value that few leads have (an account, a city, an owner, a tag) and an event. One in a hundred
// holds for every lead that opened or reached a score. METHOD.md has the shares.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leadpulse::bench {

enum class SegmentMix : uint8_t {
  // Equality, score thresholds, tags, campaigns, and windows of six lengths.
  kUsual,
  // Another shape: windows of any length, counts (`>= 3 TIMES`), parts of texts, bands of numbers, OR.
  kOther,
};

// Parses `usual` or `other`. Ends the program on anything else.
SegmentMix SegmentMixOf(std::string_view name);

// Returns YAML of the built-in definitions with `segments` other segments for each of `tenants` tenants. One tenant is
// written as "*". A larger number of segments begins with the segments of a smaller one.
std::string SegmentDefinitions(uint64_t tenants, uint64_t segments, SegmentMix mix);

}  // namespace leadpulse::bench
