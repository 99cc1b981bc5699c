// A subject that rules compare with now: an instant of the lead, or the entries that match a step.
//
// Most conditions on it bound the age of the latest, or the n-th latest, instant. They are sorted by that age and found
// by search: those that change with another instant, and the next one to change by time. The other conditions are
// evaluated one by one. Immutable after Keep; thread-safe.
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

// The instants of a subject, latest first, as many as its conditions need.
using LatestTimes = absl::InlinedVector<Instant, 4>;

struct TimeDependency {
  // A condition that changes when the nth latest instant (from 1) reaches `age`, appears or disappears. An age of
  // Millis::max() is never reached.
  struct Boundary {
    uint32_t nth = 1;
    Millis age{0};
    ConditionId condition = 0;
  };

  // For an instant its field, which belongs to a rule; for a built-in field also `built_in`, which is faster to read.
  const Field* field = nullptr;
  std::optional<BuiltIn> built_in;
  // For entries their step, which belongs to a rule, too. With `follower` it is the first step of a sequence.
  const Step* step = nullptr;
  const Step* follower = nullptr;

  std::span<const Boundary> boundaries;  // ascending by (nth, age)
  std::span<const ConditionId> others;
  // The place of the first boundary. The other boundaries follow, then `others`.
  PlaceId first_place = 0;

  bool is_instant() const { return step == nullptr; }
  // Called once: copies the conditions, in any order, to memory that outlives this.
  void Keep(std::vector<Boundary> all_boundaries, const std::vector<ConditionId>& all_others, IndexMemory* memory);

  LatestTimes TimesOf(const Facts& facts) const;
  // The value of an instant, also if no boundary needs it.
  std::optional<Instant> InstantIn(const Facts& facts) const;

  // Appends at least the conditions among `boundaries` whose answers differ between the two at `now`.
  void Changed(const LatestTimes& before, const LatestTimes& after, Instant now, std::vector<ConditionId>* out) const;
  // Appends at least those of `boundaries` whose answers change exactly at t.
  void ChangedAt(const LatestTimes& times, Instant t, std::vector<ConditionId>* out) const;
  // The first instant after t at which one of `boundaries` that is in `asked` may change.
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

// The age at which an age test of a past instant changes; nullopt for other tests.
std::optional<Millis> BoundaryOf(const TimeTest& test);

}  // namespace leadpulse::rules
