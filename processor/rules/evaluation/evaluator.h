// The one evaluator of rules: does a rule hold for a lead at `now`, and when could that change by time alone.
//
// Pure: the answer depends on the arguments only. Two values: a predicate on something unset is false.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/checker.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::rules {

class ResultCache;

// What a rule may ask. The first part is given; what depends on the score is filled in by the view as it goes, and
// the checker sees to it that no rule asks for it before.
struct Facts {
  const state::Lead* lead = nullptr;
  const state::EngagementTotals* totals = nullptr;  // of lead->journal
  const DeclaredTypes* fields = nullptr;
  const Calendar* calendar = nullptr;
  Instant now;
  ResultCache* results = nullptr;  // of lead->journal; null: nothing is cached
  EmailStatus email_status = EmailStatus::kActive;
  bool sendable = true;

  int64_t score = 0;
  std::string_view tier;
  Stage stage = Stage::kNew;
  std::string_view status;  // the stage's name or `unsubscribed`
  int64_t quality = 0;
  int64_t qualification = 0;
  // By segment index: whether it holds. Only of segments evaluated before this rule.
  std::span<const uint8_t> segments;
};

struct Answer {
  bool holds = false;
  // No change of `holds` by time alone before this instant, which is later than now; Never() if none can come.
  Instant next_change_at = Instant::Never();
};

// `node` belongs to a rule that was checked without errors for the lead's tenant.
Answer Evaluate(const Node& node, const Facts& facts);

// The same answer without the next timer, for which it need not look at everything.
bool Holds(const Node& node, const Facts& facts);

// Whether it costs a search of the journal or of the calendar, or may hold such parts.
bool IsCostly(const Node& node);

// Whether an entry is what the step asks for: scope, type, name, campaign, bounce kind and properties. Retracted
// entries and RETRACTs never match.
bool StepOfTypeMatches(const Step& step, const state::JournalEntry& entry);  // where the types are the same
inline bool StepMatches(const Step& step, const state::JournalEntry& entry) {
  return entry.type == step.type && StepOfTypeMatches(step, entry);
}

// The email of a lead: the attribute, else the lead's id where that contains an `@`; monostate where neither.
Value EmailOf(const state::Lead& lead);

bool HasEmail(const state::Lead& lead);

// The earliest effective entry or command; Never() where there is neither.
Instant CreatedAt(const state::Lead& lead, const state::EngagementTotals& totals);

// The latest open, click, reply or page visit; DistantPast() where there is none.
Instant LastEngagedAt(const state::EngagementTotals& totals);

}  // namespace leadpulse::rules
