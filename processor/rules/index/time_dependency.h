// A subject that rules compare with now: an instant of the lead, or the entries that match a step.
//
// Most of its conditions bound the age of the latest, or the n-th latest, instant. They are sorted by that age and
// found by search: those that change with another instant, and the next one to change by time. The other conditions are
// evaluated one by one. Immutable after Keep; thread-safe.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/packed_lists.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

using ConditionId = uint32_t;

// The instants of a subject, latest first, as many as its conditions need.
using LatestTimes = absl::InlinedVector<Instant, 4>;

using PlaceId = uint32_t;

// The time boundaries that the rules of a lead depend on. Each condition of a time dependency has one or several places
// in a bitmap, in the order of time, so that boundaries that no rule depends on are skipped 64 at a time. Views.
class ActiveBoundaries {
 public:
  // Creates the union of two bitmaps, which outlive it and have room for all places.
  ActiveBoundaries(std::span<const uint64_t> some, std::span<const uint64_t> others) : some_(some), others_(others) {}

  // Returns an empty bitmap for `places` places.
  static std::vector<uint64_t> None(PlaceId places) { return std::vector<uint64_t>(WordOf(places) + 1, 0); }
  // Sets a place. Returns whether it is the first place set in its word. Unset clears the whole word.
  static bool Set(PlaceId place, std::span<uint64_t> places) {
    uint64_t& word = places[WordOf(place)];
    const bool first = word == 0;
    word |= BitOf(place);
    return first;
  }
  static void Unset(PlaceId place, std::span<uint64_t> places) { places[WordOf(place)] = 0; }

  bool Contains(PlaceId place) const { return (Word(WordOf(place)) & BitOf(place)) != 0; }

  // Returns the first place in [begin, end), or end.
  PlaceId Next(PlaceId begin, PlaceId end) const {
    if (begin >= end) return end;
    uint64_t left = Word(WordOf(begin)) & (~uint64_t{0} << begin % kBits);
    for (size_t word = WordOf(begin);; left = Word(++word)) {
      // In an empty word this is the first place of the next word.
      const size_t first = word * kBits + static_cast<size_t>(std::countr_zero(left));
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

struct TimeDependency {
  // A condition that changes when the nth latest instant (from 1) reaches `age`, appears or disappears. An age of
  // Millis::max() is never reached.
  struct Boundary {
    uint32_t nth = 1;
    Millis age{0};
    ConditionId condition = 0;
  };

  // For an instant: its field, which belongs to a rule; for a built-in field also `built_in`, which is faster to read.
  const Field* field = nullptr;
  std::optional<BuiltIn> built_in;
  // For entries: their step, which also belongs to a rule. With `follower` it is the first step of a sequence.
  const Step* step = nullptr;
  const Step* follower = nullptr;

  std::span<const Boundary> boundaries;  // ascending by (nth, age)
  std::span<const ConditionId> others;
  // The place of the first boundary. The other boundaries follow, then `others`.
  PlaceId first_place = 0;

  bool is_instant() const { return step == nullptr; }
  // Copies the conditions, in any order, to memory that outlives this. Called once.
  void Keep(std::vector<Boundary> all_boundaries, const std::vector<ConditionId>& all_others, IndexMemory* memory);

  LatestTimes TimesOf(const Facts& facts) const;
  // Returns the value of an instant, even if no boundary needs it.
  std::optional<Instant> InstantIn(const Facts& facts) const;

  // Appends at least the conditions among `boundaries` whose answers differ between the two at `now`.
  void Changed(const LatestTimes& before, const LatestTimes& after, Instant now, std::vector<ConditionId>* out) const;
  // Appends at least those of `boundaries` whose answers change exactly at t.
  void ChangedAt(const LatestTimes& times, Instant t, std::vector<ConditionId>* out) const;
  // Returns the first instant after t at which one of `boundaries` that is in `asked` may change.
  Instant NextBoundary(const LatestTimes& times, Instant t, const ActiveBoundaries& asked) const;
  PlaceId PlaceOfOther(size_t i) const { return first_place + static_cast<PlaceId>(boundaries.size() + i); }

 private:
  PlaceId PlaceOf(const Boundary* boundary) const {
    return first_place + static_cast<PlaceId>(boundary - boundaries.data());
  }
  void All(std::vector<ConditionId>* out) const;
  // Calls visit(first, end, nth) with the boundaries of each nth that is asked for.
  template <typename Visit>
  void ForEachNth(Visit visit) const;

  std::span<const uint32_t> ends_;  // the end of each nth in `boundaries`
};

// Returns the age at which an age test of a past instant changes; nullopt for other tests.
std::optional<Millis> BoundaryOf(const TimeTest& test);

}  // namespace leadpulse::rules
