// The only evaluator of rules: whether a rule holds for a lead at `now`, and when time alone could change that.
//
// Pure: the answer depends on the arguments only. Two-valued: a predicate on something unset is false.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "processor/base/calendar.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/checker.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::rules {

class ResultCache;

// The inputs of a rule. The first part is known before the score; the view fills in the rest after it, and the checker
// ensures that rules of the score do not ask for it.
struct Facts {
  const state::Lead* lead = nullptr;
  const state::EngagementTotals* totals = nullptr;  // the totals of lead->journal
  const DeclaredTypes* fields = nullptr;
  const Calendar* calendar = nullptr;
  Instant now;
  ResultCache* results = nullptr;  // caches answers about lead->journal; null: nothing is cached
  EmailStatus email_status = EmailStatus::kActive;
  bool sendable = true;
  state::TopicSet topics_out;

  int64_t score = 0;
  std::string_view tier;
  Stage stage = Stage::kNew;
  std::string_view status;  // the stage's name or `unsubscribed`
  int64_t quality = 0;
  int64_t qualification = 0;
  // By segment index: whether the lead is in it. Valid only for segments evaluated before this rule.
  std::span<const uint8_t> segments;
};

struct Answer {
  bool holds = false;
  // Time alone does not change `holds` before this instant, which is later than now; Never() if it never does.
  Instant next_change_at = Instant::Never();
};

// Evaluates a node of a rule that was checked without errors for the lead's tenant.
Answer Evaluate(const Node& node, const Facts& facts);

// Whether the rule holds; cheaper than Evaluate.
bool Holds(const Node& node, const Facts& facts);

// Whether the node's evaluation searches the journal, the calendar or all texts, or may contain such parts.
bool IsCostly(const Node& node);

// Whether an entry matches a step: scope, type, name, campaign, bounce kind and properties. Retracted entries and
// RETRACTs never match.
bool StepOfTypeMatches(const Step& step, const state::JournalEntry& entry);  // assumes the same type
inline bool StepMatches(const Step& step, const state::JournalEntry& entry) {
  return entry.type == step.type && StepOfTypeMatches(step, entry);
}

// Returns the email of a lead as it is shown: the attribute, else the lead's id if that contains an `@`, else
// monostate.
Value EmailOf(const state::Lead& lead);
// Returns it as a view of the lead; nullopt if it is not a text.
std::optional<std::string_view> EmailTextOf(const state::Lead& lead);

bool HasEmail(const state::Lead& lead);

// Returns the time of the earliest effective entry or command; Never() if there is neither.
Instant CreatedAt(const state::Lead& lead, const state::EngagementTotals& totals);

// Returns the time of the latest open, click, reply or page visit; DistantPast() if none.
Instant LastEngagedAt(const state::EngagementTotals& totals);

}  // namespace leadpulse::rules
