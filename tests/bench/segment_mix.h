// Definitions with any number of segments a tenant, made from a seed, as marketers with many segments have them. Nearly
// all test a value that few leads have (an account, a city, an owner, a tag) and something that happened. One in a
// hundred holds for every lead that opened or reached a score. METHOD.md has the shares.
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

// `usual` or `other`. Ends the program for another.
SegmentMix SegmentMixOf(std::string_view name);

// The built-in definitions with `segments` segments instead of theirs, for `tenants` tenants, each with its own
// segments; for one of them as "*". The first segments of a tenant are those of a smaller number. YAML.
std::string SegmentDefinitions(uint64_t tenants, uint64_t segments, SegmentMix mix);

}  // namespace leadpulse::bench
