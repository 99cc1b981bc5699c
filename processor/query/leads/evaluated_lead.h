// A lead with everything that a rule or a column may need.
#pragma once

#include <cstdint>
#include <vector>

#include "config/definitions.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/view.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

enum class ViewFrom {
  kHistory,  // evaluated
  kState,    // as it is stored: view::StoredView
};

// Its parts refer to each other, so it is not movable. The definitions outlive it.
class EvaluatedLead {
 public:
  // Attribute::converted need not be set. kState: the stored view must be that at `now` (stored_views.h).
  EvaluatedLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant now,
                ViewFrom from = ViewFrom::kHistory);
  EvaluatedLead(const EvaluatedLead&) = delete;
  EvaluatedLead& operator=(const EvaluatedLead&) = delete;

  const state::Lead& lead() const { return lead_; }
  const state::EngagementTotals& totals() const { return totals_; }
  const view::View& view() const { return view_; }
  const config::TenantDefinitions& definitions() const { return definitions_; }
  // Complete, with segments: every rule can be evaluated.
  const rules::Facts& facts() const { return facts_; }

 private:
  state::Lead lead_;
  const config::TenantDefinitions& definitions_;
  state::EngagementTotals totals_;
  view::View view_;
  std::vector<uint8_t> segments_;  // by index: whether it holds
  rules::Facts facts_;
};

}  // namespace leadpulse::query
