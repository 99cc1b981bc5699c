// Random numbers that depend on the seed alone, the same with every compiler, library and machine. Uses only integers:
// the distributions of <random> and the functions of <cmath> may give other results elsewhere.
#pragma once

#include <cstdint>

#include "processor/base/instant.h"

namespace leadpulse::simulate {

// Mixes a number as the finalizer of splitmix64 does: a bijection, so different numbers stay different.
constexpr uint64_t Mix(uint64_t number) {
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9u;
  number = (number ^ (number >> 27)) * 0x94d049bb133111ebu;
  return number ^ (number >> 31);
}

// Returns a hash of these numbers, to derive the properties of a thing from its numbers.
constexpr uint64_t HashOf(uint64_t a, uint64_t b, uint64_t c = 0) {
  constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;
  return Mix(Mix(Mix(a + kGolden) + b * kGolden) + (c + 1) * kGolden);
}

// Scales `drawn` to 0 … bound - 1.
constexpr uint64_t Scale(uint64_t drawn, uint64_t bound) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(drawn) * bound) >> 64);
}

// Probabilities are in parts per million.
inline constexpr uint64_t kMillion = 1'000'000;
constexpr bool Happens(uint64_t drawn, uint64_t per_million) { return Scale(drawn, kMillion) < per_million; }

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() { return Mix(state_ += 0x9e3779b97f4a7c15u); }
  // Returns a number from 0 to `bound` - 1; `bound` is not 0.
  uint64_t Below(uint64_t bound) { return Scale(Next(), bound); }
  bool Chance(uint64_t per_million) { return Happens(Next(), per_million); }
  // Returns `millionths` / 1,000,000 on average: the whole part, and one more with the probability of the remainder.
  uint64_t Count(uint64_t millionths) { return millionths / kMillion + (Chance(millionths % kMillion) ? 1 : 0); }

 private:
  uint64_t state_;
};

// ---- delays of people and machines: log-normal, like those of opens, replies and retries ----

// The standard deviation of the logarithm: half of all delays lie within a factor of 1.4, 2.0 or 3.1 of the median.
enum class Spread : uint8_t { kNarrow, kUsual, kWide };

// Draws a delay, at most about 5, 24 or 214 times the median, by the spread.
Millis DrawDelay(Millis median, Spread spread, Random* random);

}  // namespace leadpulse::simulate
