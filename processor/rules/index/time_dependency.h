// What moves conditions of a rule by time: an instant of the lead, or the entries that a step asks for.
//
// Most such conditions say how old the latest, or the n-th latest, may be. Sorted by that age they are found by search:
// those that change with another instant, and the next one to change by time. The others are asked one by one.
// Immutable once its conditions are kept; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/active_boundaries.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/index_memory.h"
#include "processor/rules/language/ast.h"

namespace leadpulse::rules {

using ConditionId = uint32_t;

// The instants a subject is about, latest first, as many as its conditions ask for.
using LatestTimes = absl::InlinedVector<Instant, 4>;

struct TimeDependency {
  // A condition that changes when the nth latest instant (from 1) gets as old as `age`, or comes to be or goes. An age
  // of Millis::max() is never reached.
  struct Boundary {
    uint32_t nth = 1;
    Millis age{0};
    ConditionId condition = 0;
  };

  // An instant's field, which belongs to the rules; of a built-in one that alone, for it is nearer.
  const Field* field = nullptr;
  std::optional<BuiltIn> built_in;
  // Or of entries the step, which does, too. With `follower` it is the first of a sequence.
  const Step* step = nullptr;
  const Step* follower = nullptr;

  std::span<const Boundary> boundaries;  // ascending by (nth, age)
  std::span<const ConditionId> others;
  // Of the first boundary. The others follow in their order, then `others`.
  PlaceId first_place = 0;

  bool is_instant() const { return step == nullptr; }
  // Once: its conditions, in any order, go into memory that outlives this.
  void Keep(std::vector<Boundary> all_boundaries, const std::vector<ConditionId>& all_others, IndexMemory* memory);

  LatestTimes TimesOf(const Facts& facts) const;
  // Of an instant, whatever its conditions ask for.
  std::optional<Instant> InstantIn(const Facts& facts) const;

  // Appends at least the conditions among `boundaries` whose answers differ between the two at `now`.
  void Changed(const LatestTimes& before, const LatestTimes& after, Instant now, std::vector<ConditionId>* out) const;
  // Appends at least those of `boundaries` whose answers change exactly at t.
  void ChangedAt(const LatestTimes& times, Instant t, std::vector<ConditionId>* out) const;
  // The first instant after t at which one of `boundaries` that is asked for may change.
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

  std::span<const uint32_t> ends_;  // of each nth in `boundaries`
};

// The age at which an age test of an instant in the past changes; nothing of one that is not about the past.
std::optional<Millis> BoundaryOf(const TimeTest& test);

}  // namespace leadpulse::rules
