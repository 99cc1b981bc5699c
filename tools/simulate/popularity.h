// Decides how active each lead is, and which lead is active next.
//
// Zipf: ten levels, equally likely each time; the last has half of the leads, the one before it a quarter, and so on,
// so that the first 2 of 1,024 leads do a tenth of everything. Thread-safe.
#pragma once

#include <cstdint>

#include "tools/simulate/random.h"

namespace leadpulse::simulate {

enum class Distribution : uint8_t { kZipf, kUniform };

class Popularity {
 public:
  static constexpr int kLevels = 10;

  // Creates the ranks. `leads` is not 0.
  Popularity(Distribution distribution, uint64_t leads, uint64_t seed);

  uint32_t Pick(Random* random) const;
  // Returns a lead's level from 0, the most active, to kLevels - 1. Uniform: all are on one level.
  int LevelOf(uint32_t lead) const;

 private:
  // Returns the first rank of a level; ranks are numbers of leads, shuffled.
  uint64_t Edge(int level) const { return level == 0 ? 0 : leads_ >> (kLevels - level); }

  const Distribution distribution_;
  const uint64_t leads_;
  // lead = (rank * step + shift) mod leads, and back.
  uint64_t step_ = 1, step_back_ = 1, shift_ = 0;
};

}  // namespace leadpulse::simulate
