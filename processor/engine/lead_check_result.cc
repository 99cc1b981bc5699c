#include "processor/engine/lead_check_result.h"

#include <algorithm>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/view/view.h"

namespace leadpulse::engine {
namespace {

using state::Lead;
using state::PublishedView;

// Returns the lead's definitions; null if the state does not have them.
const config::Definitions* DefinitionsOf(const DefinitionsInForce& definitions, const Lead& lead) {
  if (definitions.AreCurrent(lead.definitions_number, lead.key.tenant)) return definitions.current.get();
  return lead.definitions_number < definitions.number ? definitions.previous.get() : nullptr;
}

// Whether the definitions have all indexes of the view. Views are compared by index, and a run finds names by them.
bool IsKnown(const PublishedView& view, const config::TenantDefinitions& definitions) {
  return view.tier < definitions.tiers.size() && (view.topics_out >> definitions.topics.size()).none() &&
         std::ranges::all_of(view.segments, [&](uint32_t index) { return index < definitions.segments.size(); });
}

std::string Spell(Instant t) { return t == Instant::Never() ? "never" : FormatRfc3339(t); }

std::string SpellSegments(const state::SegmentIndexes& segments, const config::TenantDefinitions& definitions) {
  std::string text;
  for (uint32_t index : segments) AppendParts({text.empty() ? "" : ", ", definitions.segments[index].id}, &text);
  return text.empty() ? "none" : text;
}

std::string SpellTopicsOut(const PublishedView& view, const config::TenantDefinitions& definitions) {
  const std::vector<std::string_view> topics = view::TopicsOut(view, definitions);
  return topics.empty() ? "none" : Join(topics, ", ");
}

void AppendDifference(std::string_view what, std::string_view stored, std::string_view evaluated, std::string* out) {
  if (stored == evaluated) return;
  AppendParts({out->empty() ? "" : "; ", what, " is ", stored, " and ought to be ", evaluated}, out);
}

std::string Differences(const PublishedView& stored, const PublishedView& evaluated,
                        const config::TenantDefinitions& definitions) {
  std::string text;
  AppendDifference("score", std::to_string(stored.score), std::to_string(evaluated.score), &text);
  AppendDifference("tier", definitions.tiers[stored.tier].name, definitions.tiers[evaluated.tier].name, &text);
  AppendDifference("email status", EmailStatusName(stored.email_status), EmailStatusName(evaluated.email_status),
                   &text);
  AppendDifference("sendable", stored.sendable ? "true" : "false", evaluated.sendable ? "true" : "false", &text);
  AppendDifference("stage", StageName(stored.stage), StageName(evaluated.stage), &text);
  AppendDifference("segments", SpellSegments(stored.segments, definitions),
                   SpellSegments(evaluated.segments, definitions), &text);
  AppendDifference("topics opted out", SpellTopicsOut(stored, definitions), SpellTopicsOut(evaluated, definitions),
                   &text);
  return text;
}

// Whether the view changes before the lead's timer. A timer that is too early only costs an evaluation. At
// next_change_at of EvaluateView the view may stay the same; then the next one is tried.
bool MissesTimer(const Lead& lead, const config::TenantDefinitions& definitions, view::View view) {
  constexpr int kMaxTimers = 10'000;  // few timers change nothing
  for (int timers = 0; view.next_change_at < lead.next_change_at && timers < kMaxTimers; ++timers) {
    view = view::EvaluateView(lead, definitions, view.next_change_at);
    if (!(view.published == lead.view)) return true;
  }
  return false;
}

}  // namespace

LeadCheckResult JudgeLead(const DefinitionsInForce& definitions, Instant clock, Lead* lead) {
  const config::Definitions* whole = DefinitionsOf(definitions, *lead);
  if (whole == nullptr) {
    return {LeadFault::kUnknownDefinitions, "was evaluated under definitions number " +
                                                std::to_string(lead->definitions_number.value) +
                                                ", which the state does not have"};
  }
  const config::TenantDefinitions& own = whole->For(lead->key.tenant);
  if (!IsKnown(lead->view, own)) {
    return {LeadFault::kWrongView, "has a tier or a segment that its definitions do not have"};
  }
  LeadCheckResult verdict;
  verdict.due = lead->next_change_at <= clock;
  if (verdict.due) return verdict;
  view::ConvertProfile(own, &lead->profile);
  const view::View view = view::EvaluateView(*lead, own, clock);
  verdict.next_change_at = view.next_change_at;
  if (!(view.published == lead->view)) {
    verdict.fault = LeadFault::kWrongView;
    verdict.what = "is not what its history gives: " + Differences(lead->view, view.published, own);
  } else if (MissesTimer(*lead, own, view)) {
    verdict.fault = LeadFault::kWrongNextChange;
    verdict.what =
        "has its timer at " + Spell(lead->next_change_at) + " and ought to have it at " + Spell(view.next_change_at);
  }
  return verdict;
}

void MakeDue(const DefinitionsInForce& definitions, Instant clock, Lead* lead) {
  const config::Definitions* whole = DefinitionsOf(definitions, *lead);
  if (whole == nullptr) {
    whole = definitions.current.get();
    lead->definitions_number = definitions.number;
  }
  const config::TenantDefinitions& own = whole->For(lead->key.tenant);
  if (lead->view.tier >= own.tiers.size()) lead->view.tier = view::EmptyView(own).tier;
  state::SegmentIndexes& segments = lead->view.segments;
  const auto unknown = [&](uint32_t index) { return index >= own.segments.size(); };
  segments.erase(std::remove_if(segments.begin(), segments.end(), unknown), segments.end());
  lead->next_change_at = clock;
  lead->view_in_doubt = true;
}

}  // namespace leadpulse::engine
