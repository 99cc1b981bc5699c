#include "processor/rules/index/rule_parts.h"

#include "processor/rules/evaluation/evaluator.h"
#include "processor/rules/index/profile_key.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {
namespace {

bool IsOnProfile(const Field& field) {
  const auto* built_in = std::get_if<BuiltIn>(&field.name);
  return built_in == nullptr || InfoOf(*built_in).kind == BuiltInKind::kProfile;
}

bool IsOnProfile(const Node& node) {
  bool all = true;
  ForEachNode(&node, [&](const Node* part) {
    if (!IsCondition(*part)) return;
    const Field* field = IsTimeTest(*part) ? nullptr : FieldOf(*part);
    all = all && (field != nullptr ? IsOnProfile(*field) : MembershipKey(*part).has_value());
  });
  return all;
}

void Add(const Node& node, RuleParts* parts) {
  if (const auto* both = std::get_if<And>(&node.kind)) {
    for (const NodePtr& child : both->children) Add(*child, parts);
  } else {
    (IsOnProfile(node) ? parts->profile : parts->rest).push_back(&node);
  }
}

void CheapFirst(std::vector<const Node*>* parts) {
  std::stable_partition(parts->begin(), parts->end(), [](const Node* node) { return !IsCostly(*node); });
}

}  // namespace

RuleParts PartsOf(const Node& root) {
  RuleParts parts;
  Add(root, &parts);
  CheapFirst(&parts.rest);
  return parts;
}

std::vector<const Node*> AllOf(const RuleParts& parts) {
  std::vector<const Node*> all = parts.profile;
  all.insert(all.end(), parts.rest.begin(), parts.rest.end());
  CheapFirst(&all);
  return all;
}

std::optional<uint32_t> SegmentAskedFor(const RuleParts& parts) {
  for (const Node* part : parts.rest) {
    if (const auto* in = std::get_if<InSegment>(&part->kind)) return in->index;
  }
  return std::nullopt;
}

}  // namespace leadpulse::rules
