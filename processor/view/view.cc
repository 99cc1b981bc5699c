#include "processor/view/view.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "processor/base/assert.h"
#include "processor/view/email_status.h"
#include "processor/view/lead_memo.h"
#include "processor/view/quality.h"
#include "processor/view/score.h"
#include "processor/view/stage.h"

namespace leadpulse::view {
namespace {

// Evaluates the segments in the order of their references and leaves the indexes of those that hold, ascending.
void EvaluateSegments(const config::TenantDefinitions& definitions, rules::Facts* facts, View* view) {
  absl::InlinedVector<uint8_t, 64> memory(definitions.segments.size(), 0);
  const std::span<uint8_t> holds(memory.data(), memory.size());
  facts->segments = holds;
  size_t members = 0;
  for (uint32_t index : definitions.segment_order) {
    const rules::Answer answer = rules::Evaluate(*definitions.segments[index].rule.root, *facts);
    holds[index] = answer.holds;
    members += answer.holds;
    view->next_change_at = std::min(view->next_change_at, answer.next_change_at);
  }
  if (members > view->published.segments.capacity()) view->published.segments.reserve(members);
  for (uint32_t index = 0; index < holds.size(); ++index) {
    if (holds[index]) view->published.segments.push_back(index);
  }
  facts->segments = {};
}

}  // namespace

rules::Facts JournalFacts(const state::Lead& lead, const state::EngagementTotals& totals,
                          const config::TenantDefinitions& definitions, Instant now) {
  rules::Facts facts;
  facts.lead = &lead;
  facts.totals = &totals;
  facts.fields = &definitions.fields;
  facts.calendar = &definitions.calendar;
  facts.now = now;
  if (JournalMemo* memo = UpdatedJournalMemo(lead)) facts.results = memo->results();
  return facts;
}

rules::Facts FactsOf(const state::Lead& lead, const state::EngagementTotals& totals,
                     const config::TenantDefinitions& definitions, Instant now) {
  rules::Facts facts = JournalFacts(lead, totals, definitions, now);
  const MailStatus mail = EvaluateMailStatus(lead, totals, definitions);
  facts.email_status = mail.email_status;
  facts.topics_out = mail.topics_out;
  const bool is_refused = lead.profile.do_not_contact || mail.is_withheld || mail.is_domain_suppressed;
  facts.sendable = facts.email_status == EmailStatus::kActive && !is_refused;
  return facts;
}

View EvaluateView(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant now) {
  const state::EngagementTotals totals = lead.journal.Totals();
  rules::Facts facts = FactsOf(lead, totals, definitions, now);
  View view = EvaluateWithoutSegments(definitions, ProfileQuality(lead, definitions.quality), &facts);
  EvaluateSegments(definitions, &facts, &view);
  LP_ASSERT(view.next_change_at > now);
  return view;
}

View StoredView(const state::Lead& lead, const config::TenantDefinitions& definitions) {
  View view;
  view.published = lead.view;
  view.quality = QualityOf(ProfileQuality(lead, definitions.quality), lead.view.score, definitions.quality);
  view.qualification = QualificationOf(lead.profile, view.quality);
  view.status = StatusOf(lead.view.email_status, lead.view.stage);
  view.next_change_at = lead.next_change_at;
  return view;
}

View EvaluateWithoutSegments(const config::TenantDefinitions& definitions, int64_t profile_quality,
                             rules::Facts* given) {
  rules::Facts& facts = *given;
  const state::Lead& lead = *facts.lead;
  const state::EngagementTotals& totals = *facts.totals;
  const ScoreResult score = EvaluateScore(facts, definitions);

  View view;
  view.next_change_at = score.next_change_at;
  view.quality = QualityOf(profile_quality, score.score, definitions.quality);
  view.qualification = QualificationOf(lead.profile, view.quality);
  state::PublishedView& published = view.published;
  published.score = score.score;
  published.tier = TierOf(definitions, score.score);
  published.email_status = facts.email_status;
  published.sendable = facts.sendable;
  published.topics_out = facts.topics_out;
  published.stage = EvaluateStage(lead, totals, view.qualification, definitions.lifecycle);
  view.status = StatusOf(published.email_status, published.stage);

  CompleteFacts(view, definitions, &facts);
  return view;
}

void CompleteFacts(const View& view, const config::TenantDefinitions& definitions, rules::Facts* facts) {
  facts->score = view.published.score;
  facts->tier = definitions.tiers[view.published.tier].name;
  facts->stage = view.published.stage;
  facts->status = view.status;
  facts->quality = view.quality;
  facts->qualification = view.qualification;
}

state::PublishedView EmptyView(const config::TenantDefinitions& definitions) {
  state::PublishedView view;
  view.tier = TierOf(definitions, 0);
  return view;
}

std::vector<std::string_view> TopicsOut(const state::PublishedView& view,
                                        const config::TenantDefinitions& definitions) {
  std::vector<std::string_view> ids;
  if (view.topics_out.none()) return ids;
  for (size_t topic = 0; topic < definitions.topics.size(); ++topic) {
    if (view.topics_out[topic]) ids.emplace_back(definitions.topics[topic].id);
  }
  return ids;
}

std::optional<std::string_view> ShownAddress(const state::Lead& lead) { return rules::EmailTextOf(lead); }

size_t ConvertProfile(const config::TenantDefinitions& definitions, state::Profile* profile) {
  size_t unset = 0;
  for (auto& [name, attribute] : profile->attributes) {
    const auto declared = definitions.fields.find(name);
    if (declared == definitions.fields.end()) {
      attribute.converted = attribute.sent;
      continue;
    }
    std::optional<Value> converted = ConvertValue(attribute.sent, declared->second, definitions.calendar);
    if (!converted) ++unset;
    attribute.converted = converted ? std::move(*converted) : Value();
  }
  const auto email = profile->attributes.find(state::kEmailAttribute);
  if (email != profile->attributes.end()) state::NormalizeEmail(&email->second.converted);
  return unset;
}

uint32_t TierOf(const config::TenantDefinitions& definitions, int64_t score) {
  for (uint32_t i = 0; i < definitions.tiers.size(); ++i) {
    const std::optional<int64_t>& at_least = definitions.tiers[i].at_least;
    if (!at_least || *at_least <= score) return i;
  }
  LP_ASSERT(false);  // the loader ensures that the last tier has no bound
  return 0;
}

}  // namespace leadpulse::view
