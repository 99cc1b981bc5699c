// Evaluates leads that change: the caller announces a change, makes it, and calls Evaluate. If the tenant's rules are
// indexed, only the rules that the change can affect are evaluated (incremental/). The view is that of EvaluateView,
// except that next_change_at may differ (segment_update.h).
//
// One object serves one thread and any number of leads, one after the other. Nothing here fails.
#pragma once

#include <optional>
#include <utility>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/incremental/segment_diff.h"
#include "processor/view/incremental/segment_update.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// Whether a lead's view before the change is known.
enum class ViewBefore {
  kUnknown,  // not under these definitions, such as for a new lead
  kKnown,    // the lead's view is right until just before the change; a timer may be due
};

struct Evaluated {
  View view;
  // The lead's changed segments; valid until the next Begin. nullopt: view.published.segments has all segments.
  std::optional<SegmentDiff> diff;
};

class LeadEvaluator {
 public:
  // Begins before the lead changes. Definitions and lead outlive the evaluation.
  void Begin(const config::TenantDefinitions& definitions, Instant now, ViewBefore before, state::Lead* lead) {
    definitions_ = &definitions;
    lead_ = lead;
    now_ = now;
    if (!is_indexed()) return;
    if (before == ViewBefore::kKnown) {
      update_.Begin(definitions, now, lead);
    } else {
      update_.BeginFromNothing(definitions, now, lead);
    }
  }
  // Returns those that the lead is evaluated under, since Begin.
  const config::TenantDefinitions& definitions() const { return *definitions_; }
  // Announces an entry, before it is added to the lead's journal.
  void ExpectEntry(const state::EntryFields& entry) {
    if (is_indexed()) update_.ExpectEntry(entry);
  }
  // Announces a change of the lead's profile, before it.
  void ExpectProfile() {
    if (is_indexed()) update_.ExpectProfile();
  }
  // Evaluates after the change, if any.
  Evaluated Evaluate() {
    if (!is_indexed()) return {EvaluateView(*lead_, *definitions_, now_), std::nullopt};
    View view = update_.Evaluate();
    if (!update_.is_from_nothing()) return {std::move(view), update_.diff()};
    view.published.segments = update_.Segments();
    return {std::move(view), std::nullopt};
  }

 private:
  bool is_indexed() const { return definitions_->segment_index != nullptr; }

  const config::TenantDefinitions* definitions_ = nullptr;
  const state::Lead* lead_ = nullptr;
  Instant now_;
  SegmentUpdate update_;  // used if the rules are indexed
};

}  // namespace leadpulse::view
