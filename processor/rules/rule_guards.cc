#include "processor/rules/rule_guards.h"

#include <optional>

#include "processor/base/text.h"
#include "processor/rules/value_evaluator.h"

namespace leadpulse::rules {
namespace {

// Null where the node is not the equality of an attribute with a text.
const Text* TextOfEquality(const Node& node) {
  const auto* predicate = std::get_if<ValuePredicate>(&node.kind);
  if (predicate == nullptr || !std::holds_alternative<std::string>(predicate->field.name)) return nullptr;
  const auto* compare = std::get_if<CompareTest>(&predicate->test);
  if (compare == nullptr || compare->op != Compare::kEqual) return nullptr;
  return std::get_if<Text>(&compare->literal.value);
}

}  // namespace

GuardId RuleGuards::Add(const Node& root) {
  const auto* both = std::get_if<And>(&root.kind);
  if (both == nullptr) return AddOne(root);
  for (const NodePtr& child : both->children) {
    if (const GuardId guard = AddOne(*child); guard != kNoGuard) return guard;
  }
  return kNoGuard;
}

GuardId RuleGuards::AddOne(const Node& node) {
  if (const Text* text = TextOfEquality(node)) {
    const Field& field = std::get<ValuePredicate>(node.kind).field;
    const std::string& name = std::get<std::string>(field.name);
    const GuardId guard = Intern(ProfileKey(Kind::kAttribute, name, text->folded), node);
    AttributeGuards& guards = attributes_[name];
    guards.field = &field;
    if (guards.all.empty() || guards.all.back() < guard) guards.all.push_back(guard);
    return guard;
  }
  const std::optional<std::string> key = MembershipKey(node);
  return key ? Intern(*key, node) : kNoGuard;
}

GuardId RuleGuards::Intern(const std::string& key, const Node& node) {
  const auto [found, is_new] = ids_.try_emplace(key, static_cast<GuardId>(nodes_.size()));
  if (is_new) nodes_.push_back(&node);
  return found->second;
}

std::vector<GuardId> RuleGuards::HoldingFor(const Facts& facts) const {
  std::vector<GuardId> holding = {kNoGuard};
  if (ids_.empty()) return holding;
  const state::Profile& profile = facts.lead->profile;
  for (const auto& [name, guards] : attributes_) FindOfAttribute(guards, facts, &holding);
  for (const auto& [folded, name] : profile.tags.names()) Find(Kind::kTag, "", folded, &holding);
  for (const auto& [folded, name] : profile.lists.names()) Find(Kind::kList, "", folded, &holding);
  for (const auto& [folded, name] : profile.campaigns.names()) Find(Kind::kCampaign, "", folded, &holding);
  for (const auto& [folded, consent] : profile.consents) {
    if (consent.granted) Find(Kind::kConsent, "", folded, &holding);
  }
  return holding;
}

void RuleGuards::Find(Kind kind, std::string_view attribute, std::string_view folded, std::vector<GuardId>* out) const {
  const auto found = ids_.find(ProfileKey(kind, attribute, folded));
  if (found != ids_.end()) out->push_back(found->second);
}

// A text is looked up; of a list or a date, which few are, every guard is asked.
void RuleGuards::FindOfAttribute(const AttributeGuards& guards, const Facts& facts, std::vector<GuardId>* out) const {
  const Operand operand = FieldOperand(*guards.field, facts);
  if (!operand.is_set()) return;
  if (const auto* text = std::get_if<std::string_view>(&operand.value)) {
    return Find(Kind::kAttribute, std::get<std::string>(guards.field->name), FoldCase(*text), out);
  }
  for (const GuardId guard : guards.all) {
    if (Evaluate(*nodes_[guard], facts).holds) out->push_back(guard);
  }
}

}  // namespace leadpulse::rules
