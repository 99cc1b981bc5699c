// The score, computed from scratch at each instant, and its parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/support/model/facts.h"

namespace leadpulse::model {

struct Standing;

// The fate of an entry under a scoring rule: the last of these that applies.
enum class Fate { kCounted, kCutByLimit, kExpired, kBeforeReset, kRetracted };

// The result of one scoring rule for one entry, or of a `when` that holds.
struct ScorePart {
  size_t rule = 0;               // index into the scoring rules
  const Entry* entry = nullptr;  // in the lead's journal; null: the rule is a `when`
  Fate fate = Fate::kCounted;
  int64_t points = 0;  // 0 unless counted

  bool operator==(const ScorePart&) const = default;
};

// Returns a part for every entry that a rule matches and every `when` that holds, by rule, then by instant and id.
// `standing` holds the facts that do not depend on the score.
std::vector<ScorePart> ScoreParts(const Facts& facts, const Standing& standing, Millis now);

// Returns the score at an instant: the sum of the parts, after `exclude` and the bounds.
int64_t ScoreOf(const Facts& facts, const Standing& standing, Millis now);

// Returns the instant of the latest effective entry of a type in `reset_on`.
std::optional<Millis> ResetOf(const Facts& facts);

}  // namespace leadpulse::model
