// The view: all results about a lead, as a pure function of profile, journal, definitions and now.
//
// This is the only evaluator (promise P6): live, replay, preview, explain and re-evaluation call EvaluateView, or, when
// they change leads, LeadEvaluator (lead_evaluator.h), which gives the same view.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

struct View {
  state::PublishedView published;  // score, tier, email status, sendable, stage, segments, topics
  int64_t quality = 0;
  int64_t qualification = 0;
  std::string_view status;  // the stage's name, or `unsubscribed`
  // Before this instant, which is later than now, time alone changes nothing in the view; Never() if nothing can.
  Instant next_change_at = Instant::Never();
};

// Evaluates the view. Attribute::converted of the lead must be filled in for these definitions (ConvertProfile). Does
// not change the lead.
View EvaluateView(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant now);

// Returns the view that the lead has stored, with everything that follows from it. Costs the same for any number of
// segments. The lead must have been evaluated under these definitions. From that evaluation until before
// lead.next_change_at, which becomes View::next_change_at, it is the view that EvaluateView gives.
View StoredView(const state::Lead& lead, const config::TenantDefinitions& definitions);

// Returns the facts that rules may ask for before the score is known. `totals` are those of the lead's journal; lead,
// totals and definitions outlive the facts.
rules::Facts FactsOf(const state::Lead& lead, const state::EngagementTotals& totals,
                     const config::TenantDefinitions& definitions, Instant now);

// Returns the same facts, but without those that come from the mail status.
rules::Facts JournalFacts(const state::Lead& lead, const state::EngagementTotals& totals,
                          const config::TenantDefinitions& definitions, Instant now);

// Evaluates the view without segments from the facts of FactsOf, and completes these. `profile_quality`: the lead's
// ProfileQuality (quality.h).
View EvaluateWithoutSegments(const config::TenantDefinitions& definitions, int64_t profile_quality,
                             rules::Facts* facts);

// Adds the facts that depend on the score, for all rules. Does not set the segments, which the caller owns. `view` and
// `definitions` outlive the facts.
void CompleteFacts(const View& view, const config::TenantDefinitions& definitions, rules::Facts* facts);

// Returns the published view of an empty lead: active, sendable, new, score 0 and its tier, no segments, in every
// topic.
state::PublishedView EmptyView(const config::TenantDefinitions& definitions);

// Returns the ids of the declared topics that the lead is opted out of, ascending.
std::vector<std::string_view> TopicsOut(const state::PublishedView& view, const config::TenantDefinitions& definitions);

// Returns the address by which the lead is reached, as outputs show it: that of the attribute `email`, else the id if
// it is an address; nullopt if neither. A view of the lead.
std::optional<std::string_view> ShownAddress(const state::Lead& lead);

// Fills in Attribute::converted of every attribute. Returns how many could not be converted and are unset.
size_t ConvertProfile(const config::TenantDefinitions& definitions, state::Profile* profile);

// Returns the index of the first tier whose at_least is not above the score.
uint32_t TierOf(const config::TenantDefinitions& definitions, int64_t score);

}  // namespace leadpulse::view
