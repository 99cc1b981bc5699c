// The number of random histories of shared addresses that the product's tests use, and the first seed.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/property/shared_addresses.h"

namespace leadpulse::workload {

inline uint64_t Histories() { return std::stoull(Setting("LEADPULSE_ADDRESS_HISTORIES", "10")); }

// Tests a property with many seeds. `holds` takes a seed and returns whether the property held.
template <typename Property>
void ForEachHistory(const Property& holds, uint64_t count = Histories()) {
  const uint64_t first = std::stoull(Setting("LEADPULSE_ADDRESS_FIRST_SEED", "1"));
  int failures = 0;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    if (!holds(seed) && ++failures >= MostFailures()) return;
  }
  std::printf("%llu histories from seed %llu\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(first));
}

}  // namespace leadpulse::workload
