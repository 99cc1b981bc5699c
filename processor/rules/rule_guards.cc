#include "processor/rules/rule_guards.h"

#include <algorithm>
#include <optional>

#include "processor/base/text.h"
#include "processor/rules/printer.h"
#include "processor/rules/value_evaluator.h"

namespace leadpulse::rules {

std::optional<GuardId> RuleGuards::Add(const Node& root, std::span<const Node* const> on_profile) {
  const std::vector<Guard> guards = GuardsOf(root);
  if (guards.empty()) return std::nullopt;
  std::vector<KeyId> keys;
  std::string text;
  for (const Guard& guard : guards) {
    keys.push_back(Intern(guard));
    AppendParts({std::to_string(keys.back()), " "}, &text);
  }
  for (const Node* node : on_profile) AppendParts({PrintNode(*node), " AND "}, &text);
  const auto [known, is_new] = ids_.try_emplace(text, static_cast<GuardId>(conditions_.size()));
  if (is_new) {
    for (const KeyId key : keys) by_key_[key].push_back(known->second);
    // Of equally good ones the first is looked up: the last is most often what the lead does not meet.
    conditions_.emplace_back(on_profile.rbegin(), on_profile.rend());
  }
  return known->second;
}

GuardId RuleGuards::AddUnfound() {
  conditions_.emplace_back();
  return static_cast<GuardId>(conditions_.size() - 1);
}

RuleGuards::KeyId RuleGuards::Intern(const Guard& guard) {
  const auto [found, is_new] = keys_.try_emplace(guard.key, static_cast<KeyId>(keys_.size()));
  if (is_new) by_key_.emplace_back();
  if (is_new && guard.field != nullptr) AddToAttribute(guard, found->second);
  return found->second;
}

void RuleGuards::AddToAttribute(const Guard& guard, KeyId id) {
  OfAttribute& guards = attributes_[std::get<std::string>(guard.field->name)];
  guards.field = guard.field;
  const auto add_length = [&](std::vector<size_t>* lengths) {
    if (std::ranges::find(*lengths, guard.bytes) == lengths->end()) lengths->push_back(guard.bytes);
  };
  if (guard.kind == Kind::kAttribute) guards.equalities = true;
  if (guard.kind == Kind::kStart) add_length(&guards.starts);
  if (guard.kind == Kind::kEnd) add_length(&guards.ends);
  if (guard.kind == Kind::kRange) guards.ranges.push_back({guard.low, guard.high, guard.high, id});
  if (guard.node != nullptr) guards.asked.emplace_back(id, guard.node);
}

void RuleGuards::Sort() {
  for (auto& [name, guards] : attributes_) {
    std::ranges::sort(guards.ranges, {}, &Range::low);
    for (size_t i = 1; i < guards.ranges.size(); ++i) {
      guards.ranges[i].highest = std::max(guards.ranges[i].highest, guards.ranges[i - 1].highest);
    }
  }
  ids_ = {};
}

std::vector<GuardId> RuleGuards::HoldingFor(const Facts& facts) const {
  std::vector<GuardId> holding;
  for (const KeyId key : KeysOf(facts)) {
    for (const GuardId guard : by_key_[key]) {
      const auto holds = [&](const Node* condition) { return Holds(*condition, facts); };
      if (std::ranges::all_of(conditions_[guard], holds)) holding.push_back(guard);
    }
  }
  std::ranges::sort(holding);
  holding.erase(std::unique(holding.begin(), holding.end()), holding.end());
  return holding;
}

std::vector<RuleGuards::KeyId> RuleGuards::KeysOf(const Facts& facts) const {
  std::vector<KeyId> holding;
  if (keys_.empty()) return holding;
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

void RuleGuards::Find(Kind kind, std::string_view attribute, std::string_view folded, std::vector<KeyId>* out) const {
  const auto found = keys_.find(ProfileKey(kind, attribute, folded));
  if (found != keys_.end()) out->push_back(found->second);
}

// Of a list, a date or a boolean, which few are, every guard is asked.
void RuleGuards::FindOfAttribute(const OfAttribute& guards, const Facts& facts, std::vector<KeyId>* out) const {
  const Operand operand = FieldOperand(*guards.field, facts);
  if (!operand.is_set()) return;
  const auto* text = std::get_if<std::string_view>(&operand.value);
  if (text != nullptr) FindOfText(guards, *text, out);
  if (text != nullptr || std::holds_alternative<double>(operand.value)) {
    const std::optional<double> number = guards.ranges.empty() ? std::nullopt : NumberOf(operand);
    if (number) FindOfNumber(guards, *number, out);
    return;
  }
  for (const auto& [key, node] : guards.asked) {
    if (Holds(*node, facts)) out->push_back(key);
  }
}

void RuleGuards::FindOfText(const OfAttribute& guards, std::string_view text, std::vector<KeyId>* out) const {
  const std::string& name = std::get<std::string>(guards.field->name);
  const std::string folded = FoldCase(text);
  const std::string_view whole = folded;
  if (guards.equalities) Find(Kind::kAttribute, name, whole, out);
  for (const size_t bytes : guards.starts) {
    if (bytes <= whole.size()) Find(Kind::kStart, name, whole.substr(0, bytes), out);
  }
  for (const size_t bytes : guards.ends) {
    if (bytes <= whole.size()) Find(Kind::kEnd, name, whole.substr(whole.size() - bytes), out);
  }
}

// From the last range that begins at or before the number back to where none reaches it any more.
void RuleGuards::FindOfNumber(const OfAttribute& guards, double number, std::vector<KeyId>* out) {
  auto range = std::ranges::upper_bound(guards.ranges, number, {}, &Range::low);
  while (range != guards.ranges.begin() && (--range)->highest >= number) {
    if (range->high >= number) out->push_back(range->key);
  }
}

}  // namespace leadpulse::rules
