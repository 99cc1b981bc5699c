#include "processor/rules/evaluation/evaluator.h"

#include <algorithm>

#include "processor/base/assert.h"
#include "processor/rules/evaluation/did_evaluator.h"
#include "processor/rules/evaluation/searched_texts.h"
#include "processor/rules/evaluation/time_test.h"
#include "processor/rules/evaluation/value_evaluator.h"

namespace leadpulse::rules {
namespace {

// Returns an answer that time does not change.
Answer Untimed(bool holds) { return {holds, Instant::Never()}; }

// Evaluates AND, which one false child decides, or OR, which one true child decides. A decided answer stays at least
// until the last deciding child changes, an undecided one until the first child changes.
Answer Combine(const std::vector<NodePtr>& children, bool deciding, const Facts& facts) {
  bool decided = false;
  Instant last_deciding = Instant::DistantPast();
  Instant first_other = Instant::Never();
  for (const NodePtr& child : children) {
    const Answer answer = Evaluate(*child, facts);
    if (answer.holds != deciding) {
      first_other = std::min(first_other, answer.next_change_at);
      continue;
    }
    if (answer.next_change_at == Instant::Never()) return Untimed(deciding);
    decided = true;
    last_deciding = std::max(last_deciding, answer.next_change_at);
  }
  return decided ? Answer{deciding, last_deciding} : Answer{!deciding, first_other};
}

// Whether the answer of any child is `deciding`; evaluates the cheap ones first.
bool AnyDecides(const std::vector<NodePtr>& children, bool deciding, const Facts& facts) {
  for (const bool costly : {false, true}) {
    for (const NodePtr& child : children) {
      if (IsCostly(*child) == costly && Holds(*child, facts) == deciding) return true;
    }
  }
  return false;
}

struct NodeEvaluator {
  const Facts& facts;

  Answer operator()(const And& node) const { return Combine(node.children, false, facts); }
  Answer operator()(const Or& node) const { return Combine(node.children, true, facts); }
  Answer operator()(const Not& node) const {
    Answer answer = Evaluate(*node.child, facts);
    answer.holds = !answer.holds;
    return answer;
  }
  Answer operator()(const ValuePredicate& node) const {
    return Untimed(PassesTest(node.test, FieldOperand(node.field, facts)));
  }
  Answer operator()(const NumberBetween& node) const {
    const std::optional<Number> number = NumberOf(FieldOperand(node.field, facts));
    return Untimed((number && node.low <= *number && *number <= node.high) != node.negated);
  }
  Answer operator()(const TimePredicate& node) const {
    const std::optional<Instant> t = InstantOf(FieldOperand(node.field, facts));
    const TimeRange range = t ? HoldsDuring(node.test, *t, *facts.calendar) : TimeRange::Empty();
    return {range.Contains(facts.now) != node.negated, range.NextChange(facts.now)};
  }
  Answer operator()(const Anniversary& node) const {
    const std::optional<Instant> t = InstantOf(FieldOperand(node.field, facts));
    return t ? EvaluateAnniversary(node, *t, facts.now, *facts.calendar) : Untimed(false);
  }
  Answer operator()(const DidCount& node) const { return EvaluateDidCount(node, facts); }
  Answer operator()(const DidThen& node) const { return EvaluateDidThen(node, facts); }
  Answer operator()(const HasTag& node) const {
    return Untimed(facts.lead->profile.extras->tags.ContainsFolded(node.tag.folded));
  }
  Answer operator()(const HasConsent& node) const {
    const auto& consents = facts.lead->profile.extras->consents;
    const auto found = consents.find(node.purpose.folded);
    return Untimed(found != consents.end() && found->second.granted);
  }
  Answer operator()(const HasWords& node) const { return Untimed(FindsWords(node.search, *facts.lead)); }
  Answer operator()(const WordPredicate& node) const {
    const std::string& attribute = std::get<std::string>(node.field.name);
    return Untimed(FindsWords(node.search, *facts.lead, attribute) != node.negated);
  }
  Answer operator()(const SendableFor& node) const {
    LP_ASSERT(node.index < facts.topics_out.size());
    return Untimed(facts.sendable && !facts.topics_out[node.index]);
  }
  Answer operator()(const InList& node) const {
    return Untimed(facts.lead->profile.extras->lists.ContainsFolded(node.list.folded));
  }
  Answer operator()(const InCampaign& node) const {
    return Untimed(facts.lead->profile.extras->campaigns.ContainsFolded(node.campaign.folded));
  }
  Answer operator()(const InSegment& node) const {
    LP_ASSERT(node.index < facts.segments.size());
    return Untimed(facts.segments[node.index] != 0);
  }
};

}  // namespace

Answer Evaluate(const Node& node, const Facts& facts) { return std::visit(NodeEvaluator{facts}, node.kind); }

bool IsCostly(const Node& node) {
  return !std::holds_alternative<ValuePredicate>(node.kind) && !std::holds_alternative<NumberBetween>(node.kind) &&
         !std::holds_alternative<HasTag>(node.kind) && !std::holds_alternative<InSegment>(node.kind);
}

bool Holds(const Node& node, const Facts& facts) {
  if (const auto* both = std::get_if<And>(&node.kind)) return !AnyDecides(both->children, false, facts);
  if (const auto* either = std::get_if<Or>(&node.kind)) return AnyDecides(either->children, true, facts);
  if (const auto* no = std::get_if<Not>(&node.kind)) return !Holds(*no->child, facts);
  return Evaluate(node, facts).holds;
}

}  // namespace leadpulse::rules
