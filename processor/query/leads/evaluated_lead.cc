#include "processor/query/leads/evaluated_lead.h"

#include <utility>

namespace leadpulse::query {

EvaluatedLead::EvaluatedLead(state::Lead lead, const config::TenantDefinitions& definitions, Instant now, ViewFrom from)
    : lead_(std::move(lead)), definitions_(definitions), totals_(lead_.journal.Totals()) {
  view::ConvertProfile(definitions, &lead_.profile);
  view_ = from == ViewFrom::kState ? view::StoredView(lead_, definitions) : view::EvaluateView(lead_, definitions, now);
  segments_.assign(definitions.segments.size(), 0);
  for (uint32_t index : view_.published.segments) segments_[index] = 1;
  facts_ = view::FactsOf(lead_, totals_, definitions, now);
  view::CompleteFacts(view_, definitions, &facts_);
  facts_.segments = segments_;
}

}  // namespace leadpulse::query
