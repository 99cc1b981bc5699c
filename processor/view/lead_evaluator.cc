#include "processor/view/lead_evaluator.h"

#include <utility>

namespace leadpulse::view {

void LeadEvaluator::Begin(const config::TenantDefinitions& definitions, Instant now, ViewBefore before,
                          state::Lead* lead) {
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

void LeadEvaluator::ExpectEntry(const state::EntryFields& entry) {
  if (is_indexed()) update_.ExpectEntry(entry);
}

void LeadEvaluator::ExpectProfile() {
  if (is_indexed()) update_.ExpectProfile();
}

Evaluated LeadEvaluator::Evaluate() {
  if (!is_indexed()) return {EvaluateView(*lead_, *definitions_, now_), std::nullopt};
  View view = update_.Evaluate();
  if (!update_.is_from_nothing()) return {std::move(view), update_.diff()};
  view.published.segments = update_.Segments();
  return {std::move(view), std::nullopt};
}

}  // namespace leadpulse::view
