#include "processor/view/explanation.h"

#include <algorithm>
#include <variant>

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::view {
namespace {

// The most future instants that one explanation evaluates: a lead with many decaying entries changes at each step of
// decay.
constexpr int kMaxFutureEvaluations = 2'000;
// Anniversaries and periods change forever: the search ends here.
constexpr Millis kHorizon = std::chrono::hours(24) * 3'653;

// Returns Never() for an instant after the year 9999, which cannot be expressed.
Instant IfTellable(Instant t) { return t > kLastInstant ? Instant::Never() : t; }

std::vector<uint8_t> Membership(const View& view, const config::TenantDefinitions& definitions) {
  std::vector<uint8_t> holds(definitions.segments.size(), 0);
  for (uint32_t index : view.published.segments) holds[index] = 1;
  return holds;
}

std::string_view WordOf(const rules::Node& node) {
  if (std::holds_alternative<rules::And>(node.kind)) return "AND";
  return std::holds_alternative<rules::Or>(node.kind) ? "OR" : "NOT";
}

void TraceRule(const rules::Node& node, const rules::Facts& facts, int depth, std::vector<RuleLine>* lines) {
  const rules::Answer answer = rules::Evaluate(node, facts);
  lines->push_back({depth, rules::IsCondition(node) ? rules::PrintNode(node) : std::string(WordOf(node)), answer.holds,
                    IfTellable(answer.next_change_at)});
  for (const rules::NodePtr& child : rules::ChildrenOf(node)) TraceRule(*child, facts, depth + 1, lines);
}

std::vector<SegmentExplanation> ExplainSegments(const config::TenantDefinitions& definitions,
                                                const std::vector<uint8_t>& holds, const rules::Facts& facts) {
  std::vector<SegmentExplanation> segments;
  for (uint32_t index = 0; index < definitions.segments.size(); ++index) {
    SegmentExplanation& segment = segments.emplace_back();
    segment.segment = index;
    segment.holds = holds[index] != 0;
    TraceRule(*definitions.segments[index].rule.root, facts, 0, &segment.lines);
  }
  return segments;
}

// Evaluates the view at each future change and records when each answer first differs from today's.
void FindChanges(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant now,
                 Explanation* explanation) {
  const state::PublishedView& today = explanation->view.published;
  size_t open = explanation->segments.size() + 3;  // segments, score, tier, quality
  const auto note = [&open](Instant at, Instant* changes_at) {
    if (*changes_at != Instant::Never()) return false;
    *changes_at = at;
    --open;
    return true;
  };
  const auto note_value = [&note](Instant at, auto present, auto next, Instant* changes_at, auto* changes_to) {
    if (next != present && note(at, changes_at)) *changes_to = next;
  };
  const Instant horizon = std::min(now + kHorizon, kLastInstant);
  Instant at = IfTellable(explanation->view.next_change_at);
  for (int i = 0; i < kMaxFutureEvaluations && at <= horizon && open > 0; ++i) {
    const View later = EvaluateView(lead, definitions, at);
    note_value(at, today.score, later.published.score, &explanation->score_changes_at, &explanation->score_changes_to);
    note_value(at, today.tier, later.published.tier, &explanation->tier_changes_at, &explanation->tier_changes_to);
    note_value(at, explanation->view.quality, later.quality, &explanation->quality_changes_at,
               &explanation->quality_changes_to);
    const std::vector<uint8_t> holds = Membership(later, definitions);
    for (SegmentExplanation& segment : explanation->segments) {
      if ((holds[segment.segment] != 0) != segment.holds) note(at, &segment.changes_at);
    }
    at = IfTellable(later.next_change_at);
  }
  explanation->searched_until = at == Instant::Never() ? at : std::min(at, horizon);
}

}  // namespace

Explanation Explain(const state::Lead& lead, const config::TenantDefinitions& definitions, Instant now) {
  const state::EngagementTotals totals = lead.journal.Totals();
  Explanation explanation;
  explanation.view = EvaluateView(lead, definitions, now);
  rules::Facts facts = FactsOf(lead, totals, definitions, now);
  explanation.score = ExplainScore(facts, definitions);
  for (Contribution& contribution : explanation.score.contributions) {
    contribution.changes_at = IfTellable(contribution.changes_at);
  }
  CompleteFacts(explanation.view, definitions, &facts);
  const std::vector<uint8_t> holds = Membership(explanation.view, definitions);
  facts.segments = holds;
  explanation.segments = ExplainSegments(definitions, holds, facts);
  explanation.email_status = DecideEmailStatus(lead, totals, definitions);
  explanation.withheld = WhyWithheld(lead, definitions);
  explanation.topics = ExplainTopics(lead, totals, definitions);
  explanation.stage = DecideStage(lead, totals, explanation.view, definitions.lifecycle);
  explanation.quality = QualityParts(lead, explanation.view.published.score, definitions.quality);
  FindChanges(lead, definitions, now, &explanation);
  return explanation;
}

}  // namespace leadpulse::view
