#include "processor/rules/index/shared_subexpressions.h"

#include "processor/rules/language/printer.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {

PartId SharedSubexpressions::Add(const Node& part) {
  const auto [known, is_new] = ids_.try_emplace(PrintNode(part), static_cast<PartId>(added_.size()));
  if (!is_new) return known->second;
  bool asks_for_segment = false;
  ForEachNode(&part, [&](const Node* node) {
    asks_for_segment = asks_for_segment || std::holds_alternative<InSegment>(node->kind);
  });
  added_.push_back({&part, asks_for_segment});
  return known->second;
}

}  // namespace leadpulse::rules
