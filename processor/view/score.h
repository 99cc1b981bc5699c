// The score: the sum of the points of all scoring rules for effective entries later than the reset.
#pragma once

#include <cstdint>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "state/lead/journal.h"

namespace leadpulse::view {

struct ScoreResult {
  int64_t score = 0;  // after exclude and bounds
  bool excluded = false;
  Instant next_change_at = Instant::Never();
};

// Evaluates the score. `facts` are those of FactsOf.
ScoreResult EvaluateScore(const rules::Facts& facts, const config::TenantDefinitions& definitions);

// Returns the time of the latest effective entry of a type in reset_on; DistantPast() if none.
Instant ResetAt(const state::Journal& journal, const config::TenantDefinitions& definitions);

// The result of one entry under one scoring rule.
enum class ContributionKind : uint8_t {
  kCounted,
  kCutByLimit,   // later than the first n of its group
  kExpired,      // its age reached expires_after
  kBeforeReset,  // at or before the reset
  kRetracted,    // taken back
};

struct Contribution {
  size_t rule = 0;                             // index into definitions.scoring
  const state::JournalEntry* entry = nullptr;  // null: the rule is a `when` that holds
  ContributionKind kind = ContributionKind::kCounted;
  int64_t points = 0;                     // now; 0 unless counted
  Instant changes_at = Instant::Never();  // when time next changes the points; later than now
};

struct ScoreExplanation {
  // Each entry that a rule matches and each `when` that holds, by rule, then by time. The points add up to `sum`.
  std::vector<Contribution> contributions;
  int64_t sum = 0;  // before exclude and bounds
  bool excluded = false;
  int64_t score = 0;
  Instant reset_at = Instant::DistantPast();
};

// Computes the same as EvaluateScore, with its parts. Entries are those of facts.lead.
ScoreExplanation ExplainScore(const rules::Facts& facts, const config::TenantDefinitions& definitions);

}  // namespace leadpulse::view
