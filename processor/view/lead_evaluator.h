// The way into the view for those who change leads: it is told before a change what will change, and evaluates the lead
// after the change. Where the tenant's rules are indexed, it evaluates only what the change concerns (incremental/).
// The view is that of EvaluateView, but its next timer may be earlier.
//
// One object serves one thread and any number of leads, one after the other. Nothing here fails.
#pragma once

#include <optional>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/view/incremental/segment_diff.h"
#include "processor/view/incremental/segment_update.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// What is known of a lead's view before it changes.
enum class ViewBefore {
  kUnknown,  // nothing under these definitions, as of a new lead
  kKnown,    // the lead's view is right up to just before the change; a timer may be due
};

struct Evaluated {
  View view;
  // How the lead's segments change; good until the next Begin. Empty: view.published.segments are all of them.
  std::optional<SegmentDiff> diff;
};

class LeadEvaluator {
 public:
  // Before the lead changes. Definitions and lead outlive the evaluation.
  void Begin(const config::TenantDefinitions& definitions, Instant now, ViewBefore before, state::Lead* lead);
  // Before the entry is added to the lead's journal, if one is.
  void ExpectEntry(const state::EntryFields& entry);
  // Before the lead's profile changes, if it does.
  void ExpectProfile();
  // After the change, which may be none: time has passed.
  Evaluated Evaluate();

 private:
  bool is_indexed() const { return definitions_->segment_index != nullptr; }

  const config::TenantDefinitions* definitions_ = nullptr;
  const state::Lead* lead_ = nullptr;
  Instant now_;
  SegmentUpdate update_;  // used where the rules are indexed
};

}  // namespace leadpulse::view
