#include "processor/rules/evaluation/strict_evaluator.h"

#include "processor/base/assert.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {
namespace {

// Returns the field of a predicate that may be unset; null if the node is no such predicate, or only tests whether it
// is set.
const Field* DecidingField(const Node& node) {
  const auto* value = std::get_if<ValuePredicate>(&node.kind);
  if (value != nullptr && std::holds_alternative<SetTest>(value->test)) return nullptr;
  return FieldOf(node);
}

bool CanBeUnset(const Field& field) {
  const auto* built_in = std::get_if<BuiltIn>(&field.name);
  if (built_in == nullptr) return true;
  const BuiltInKind kind = InfoOf(*built_in).kind;
  return kind == BuiltInKind::kInstant || (kind == BuiltInKind::kProfile && *built_in != BuiltIn::kDoNotContact);
}

// A visitor that tells whether a predicate is `!=`, `IS NOT` or a NOT form.
struct IsNegatedForm {
  bool operator()(const CompareTest& test) const { return test.op == Compare::kNotEqual; }
  bool operator()(const ValuePredicate& node) const { return std::visit(*this, node.test); }
  template <typename Kind>
  bool operator()(const Kind& kind) const {
    if constexpr (requires { kind.negated; }) return kind.negated;
    return false;
  }
};

class StrictReader {
 public:
  StrictReader(const Facts& facts, std::span<const uint8_t> segments, std::vector<UnsetGround>* grounds)
      : facts_(facts), segments_(segments), grounds_(grounds) {}

  StrictAnswer Read(const Node& node) {
    if (const auto* all = std::get_if<And>(&node.kind)) return Combine(all->children, false);
    if (const auto* any = std::get_if<Or>(&node.kind)) return Combine(any->children, true);
    if (const auto* negation = std::get_if<Not>(&node.kind)) {
      StrictAnswer answer = Read(*negation->child);
      answer.holds = !answer.holds;
      return answer;
    }
    StrictAnswer answer{Evaluate(node, facts_).holds, false};
    if (const auto* segment = std::get_if<InSegment>(&node.kind)) {
      LP_ASSERT(segment->index < segments_.size());
      answer.rests_on_unset = segments_[segment->index] != 0;
      if (answer.rests_on_unset) grounds_->emplace_back(segment->index);
    } else if (AsksForUnset(node, facts_)) {
      answer.rests_on_unset = true;
      grounds_->emplace_back(FieldOf(node));
    }
    return answer;
  }

 private:
  // Reads AND, which one false child decides, or OR, which one true child decides. A deciding child without anything
  // unset settles the answer. If there is none, the answer depends on all children that agree with it.
  StrictAnswer Combine(const std::vector<NodePtr>& children, bool deciding) {
    const size_t begin = grounds_->size();
    bool decided = false;
    bool settled = false;
    for (const NodePtr& child : children) {
      const size_t child_begin = grounds_->size();
      const StrictAnswer answer = Read(*child);
      if (answer.holds != deciding) {
        if (decided) grounds_->resize(child_begin);
        continue;
      }
      if (!decided) ForgetFrom(begin, child_begin);
      decided = true;
      settled = settled || !answer.rests_on_unset;
    }
    if (settled) grounds_->resize(begin);
    return {decided == deciding, grounds_->size() > begin};
  }

  void ForgetFrom(size_t begin, size_t end) {
    const auto first = grounds_->begin();
    grounds_->erase(first + static_cast<ptrdiff_t>(begin), first + static_cast<ptrdiff_t>(end));
  }

  const Facts& facts_;
  const std::span<const uint8_t> segments_;
  std::vector<UnsetGround>* const grounds_;
};

UnsetReach ReachOfAny(const std::vector<NodePtr>& children, std::span<const UnsetReach> segments) {
  UnsetReach reach;
  for (const NodePtr& child : children) {
    const UnsetReach of_child = ReachOfUnset(*child, segments);
    reach.when_true = reach.when_true || of_child.when_true;
    reach.when_false = reach.when_false || of_child.when_false;
  }
  return reach;
}

bool Collect(const Node& node, const Facts& facts, std::vector<Reason>* reasons);

// Collects the reasons of the children that agree with the answer.
bool CollectOf(const std::vector<NodePtr>& children, bool deciding, const Facts& facts, std::vector<Reason>* reasons) {
  std::vector<Reason> for_deciding, for_other;
  for (const NodePtr& child : children) {
    std::vector<Reason> of_child;
    const bool holds = Collect(*child, facts, &of_child);
    std::vector<Reason>& side = holds == deciding ? for_deciding : for_other;
    side.insert(side.end(), of_child.begin(), of_child.end());
  }
  const std::vector<Reason>& agreeing = for_deciding.empty() ? for_other : for_deciding;
  reasons->insert(reasons->end(), agreeing.begin(), agreeing.end());
  return for_deciding.empty() ? !deciding : deciding;
}

bool Collect(const Node& node, const Facts& facts, std::vector<Reason>* reasons) {
  if (const auto* all = std::get_if<And>(&node.kind)) return CollectOf(all->children, false, facts, reasons);
  if (const auto* any = std::get_if<Or>(&node.kind)) return CollectOf(any->children, true, facts, reasons);
  if (const auto* negation = std::get_if<Not>(&node.kind)) return !Collect(*negation->child, facts, reasons);
  reasons->push_back({&node, Evaluate(node, facts).holds, AsksForUnset(node, facts)});
  return reasons->back().holds;
}

}  // namespace

StrictAnswer EvaluateStrictly(const Node& node, const Facts& facts, std::span<const uint8_t> segments,
                              std::vector<UnsetGround>* grounds) {
  return StrictReader(facts, segments, grounds).Read(node);
}

bool AsksForUnset(const Node& node, const Facts& facts) {
  const Field* field = DecidingField(node);
  return field != nullptr && !FieldOperand(*field, facts).is_set();
}

UnsetReach ReachOfUnset(const Node& node, std::span<const UnsetReach> segments) {
  if (const auto* all = std::get_if<And>(&node.kind)) return ReachOfAny(all->children, segments);
  if (const auto* any = std::get_if<Or>(&node.kind)) return ReachOfAny(any->children, segments);
  if (const auto* negation = std::get_if<Not>(&node.kind)) {
    const UnsetReach reach = ReachOfUnset(*negation->child, segments);
    return {reach.when_false, reach.when_true};
  }
  if (const auto* segment = std::get_if<InSegment>(&node.kind)) {
    LP_ASSERT(segment->index < segments.size());
    return segments[segment->index];
  }
  const Field* field = DecidingField(node);
  if (field == nullptr || !CanBeUnset(*field)) return {};
  const bool negated = std::visit(IsNegatedForm{}, node.kind);
  return {negated, !negated};
}

std::vector<Reason> ReasonsOf(const Node& node, const Facts& facts) {
  std::vector<Reason> reasons;
  Collect(node, facts, &reasons);
  return reasons;
}

}  // namespace leadpulse::rules
