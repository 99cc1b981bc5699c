// The time boundaries that the rules of a lead depend on.
//
// Each condition of a time dependency has one or several places in a bitmap, in the order of time, so that boundaries
// that no rule depends on are skipped 64 at a time. Views; thread-safe.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace leadpulse::rules {

using PlaceId = uint32_t;

class ActiveBoundaries {
 public:
  // The union of two bitmaps, which outlive it and have room for all places.
  ActiveBoundaries(std::span<const uint64_t> some, std::span<const uint64_t> others) : some_(some), others_(others) {}

  // An empty bitmap for `places` places.
  static std::vector<uint64_t> None(PlaceId places) { return std::vector<uint64_t>(WordOf(places) + 1, 0); }
  // Returns whether it is the first place set in its word. Unset clears the whole word.
  static bool Set(PlaceId place, std::span<uint64_t> places) {
    uint64_t& word = places[WordOf(place)];
    const bool first = word == 0;
    word |= BitOf(place);
    return first;
  }
  static void Unset(PlaceId place, std::span<uint64_t> places) { places[WordOf(place)] = 0; }

  bool Contains(PlaceId place) const { return (Word(WordOf(place)) & BitOf(place)) != 0; }

  // The first in [begin, end), or end.
  PlaceId Next(PlaceId begin, PlaceId end) const {
    if (begin >= end) return end;
    uint64_t left = Word(WordOf(begin)) & (~uint64_t{0} << begin % kBits);
    for (size_t word = WordOf(begin);; left = Word(++word)) {
      const size_t first = word * kBits + static_cast<size_t>(std::countr_zero(left));  // or the next word's
      if (left != 0 || first >= end) return static_cast<PlaceId>(std::min<size_t>(first, end));
    }
  }

 private:
  static constexpr size_t kBits = 64;
  static size_t WordOf(PlaceId place) { return place / kBits; }
  static uint64_t BitOf(PlaceId place) { return uint64_t{1} << place % kBits; }
  uint64_t Word(size_t word) const { return some_[word] | others_[word]; }

  std::span<const uint64_t> some_;
  std::span<const uint64_t> others_;
};

}  // namespace leadpulse::rules
