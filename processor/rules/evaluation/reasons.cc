#include "processor/rules/evaluation/reasons.h"

#include "processor/rules/evaluation/strict_evaluator.h"

namespace leadpulse::rules {
namespace {

bool Collect(const Node& node, const Facts& facts, std::vector<Reason>* reasons);

// Keeps the reasons of the children that agree with the answer.
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

std::vector<Reason> ReasonsOf(const Node& node, const Facts& facts) {
  std::vector<Reason> reasons;
  Collect(node, facts, &reasons);
  return reasons;
}

}  // namespace leadpulse::rules
