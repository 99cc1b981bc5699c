#include "tools/simulate/popularity.h"

#include <numeric>

namespace leadpulse::simulate {
namespace {

constexpr int kUniformLevel = Popularity::kLevels - 2;

uint64_t TimesModulo(uint64_t a, uint64_t b, uint64_t modulus) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b % modulus);
}

// Returns the number whose product with `number` is 1 modulo `modulus`; the two have no common divisor.
uint64_t Inverse(uint64_t number, uint64_t modulus) {
  int64_t old_rest = static_cast<int64_t>(number), rest = static_cast<int64_t>(modulus);
  int64_t old_factor = 1, factor = 0;
  while (rest != 0) {
    const int64_t quotient = old_rest / rest;
    const int64_t next_rest = old_rest - quotient * rest, next_factor = old_factor - quotient * factor;
    old_rest = rest;
    rest = next_rest;
    old_factor = factor;
    factor = next_factor;
  }
  const auto positive = static_cast<int64_t>(modulus);
  return static_cast<uint64_t>((old_factor % positive + positive) % positive);
}

}  // namespace

Popularity::Popularity(Distribution distribution, uint64_t leads, uint64_t seed)
    : distribution_(distribution), leads_(leads) {
  if (leads_ == 1) return;
  shift_ = HashOf(seed, leads_) % leads_;
  // Near the golden section, neighbours in rank are far apart in number.
  step_ = leads_ * 618 / 1000 + 1;
  while (std::gcd(step_, leads_) != 1) ++step_;
  step_back_ = Inverse(step_ % leads_, leads_);
}

uint32_t Popularity::Pick(Random* random) const {
  uint64_t rank = 0;
  if (distribution_ == Distribution::kUniform) {
    rank = random->Below(leads_);
  } else {
    uint64_t first = 0, end = 0;
    while (first == end) {  // with few leads, only the last level must have any
      const int level = static_cast<int>(random->Below(kLevels));
      first = Edge(level);
      end = Edge(level + 1);
    }
    rank = first + random->Below(end - first);
  }
  return static_cast<uint32_t>((TimesModulo(rank, step_, leads_) + shift_) % leads_);
}

int Popularity::LevelOf(uint32_t lead) const {
  if (distribution_ == Distribution::kUniform) return kUniformLevel;
  const uint64_t rank = TimesModulo((lead + leads_ - shift_) % leads_, step_back_, leads_);
  int level = kLevels - 1;
  while (rank < Edge(level)) --level;
  return level;
}

}  // namespace leadpulse::simulate
