#include "processor/rules/index/rule_guards.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "processor/base/text.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::rules {
namespace {

// Sorts what `all` has from `from` on and keeps each once.
template <typename T>
void SortOnce(std::vector<T>* all, ptrdiff_t from = 0) {
  std::sort(all->begin() + from, all->end());
  all->erase(std::unique(all->begin() + from, all->end()), all->end());
}

}  // namespace

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
  const auto [known, is_new] = ids_.try_emplace(text, static_cast<GuardId>(topics_of_.size()));
  if (!is_new) return known->second;
  for (const KeyId key : keys) by_key_.Add(key, known->second);
  // Of equally good ones the first is looked up: the last is most often what the lead does not meet.
  for (size_t i = on_profile.size(); i-- > 0;) conditions_.Add(known->second, on_profile[i]);
  Topics topics = 0;
  for (const Node* node : on_profile) topics |= topics_.Of(*node);
  for (const Guard& guard : guards) topics |= topics_.Of(guard);
  for (const Guard& guard : guards) NoteTopics(guard, topics);
  topics_of_.push_back(topics);
  return known->second;
}

GuardId RuleGuards::AddUnfound() {
  topics_of_.push_back(0);
  return static_cast<GuardId>(topics_of_.size() - 1);
}

void RuleGuards::NoteTopics(const Guard& guard, Topics topics) {
  Topics& of_found = guard.field == nullptr ? named_ : attributes_[std::get<std::string>(guard.field->name)].topics;
  of_found |= topics;
}

RuleGuards::KeyId RuleGuards::Intern(const Guard& guard) {
  const auto [found, is_new] = keys_.try_emplace(guard.key, static_cast<KeyId>(keys_.size()));
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
  if (guard.at) guards.instants.emplace_back(*guard.at, id);
  if (guard.kind == Kind::kRange) guards.ranges.push_back({guard.low, guard.high, guard.high, id});
}

void RuleGuards::Pack(IndexMemory* memory) {
  for (auto& [name, guards] : attributes_) {
    std::ranges::sort(guards.instants);
    std::ranges::sort(guards.ranges, {}, &Range::low);
    for (size_t i = 1; i < guards.ranges.size(); ++i) {
      guards.ranges[i].highest = std::max(guards.ranges[i].highest, guards.ranges[i - 1].highest);
    }
  }
  by_key_.Pack(keys_.size(), memory);
  conditions_.Pack(topics_of_.size(), memory);
  ids_ = {};
}

std::vector<GuardId> RuleGuards::HoldingFor(const Facts& facts) const {
  std::vector<GuardId> holding;
  AppendHolding(kAllTopics, facts, &holding);
  SortOnce(&holding);
  return holding;
}

void RuleGuards::Update(const state::Profile& before, const Facts& after, std::vector<GuardId>* holding) const {
  const Topics changed = topics_.Changed(before, after.lead->profile);
  if (changed == 0) return;
  std::erase_if(*holding, [&](GuardId guard) { return (topics_of_[guard] & changed) != 0; });
  AppendHolding(changed, after, holding);
  SortOnce(holding);
}

void RuleGuards::AppendHolding(Topics topics, const Facts& facts, std::vector<GuardId>* out) const {
  for (const KeyId key : KeysOf(topics, facts)) {
    for (const GuardId guard : by_key_[key]) {
      if ((topics_of_[guard] & topics) == 0) continue;
      const auto holds = [&](const Node* condition) { return Holds(*condition, facts); };
      if (std::ranges::all_of(conditions_[guard], holds)) out->push_back(guard);
    }
  }
}

// The keys that the lead has, but for those by which no guard is found that asks for any of `topics`.
std::vector<RuleGuards::KeyId> RuleGuards::KeysOf(Topics topics, const Facts& facts) const {
  std::vector<KeyId> holding;
  const state::Profile& profile = facts.lead->profile;
  for (const auto& [name, guards] : attributes_) {
    if ((guards.topics & topics) != 0) FindOfAttribute(guards, facts, &holding);
  }
  if ((named_ & topics) == 0) return holding;
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

void RuleGuards::FindOfAttribute(const OfAttribute& guards, const Facts& facts, std::vector<KeyId>* out) const {
  const Operand operand = FieldOperand(*guards.field, facts);
  const auto* list = std::get_if<const ScalarList*>(&operand.value);
  if (list == nullptr) return FindOfScalar(guards, operand, out);
  const auto found_before = std::ssize(*out);
  for (const Scalar& element : **list) FindOfScalar(guards, ElementOperand(element, operand), out);
  SortOnce(out, found_before);
}

// No guard asks for a boolean or a struct.
void RuleGuards::FindOfScalar(const OfAttribute& guards, const Operand& operand, std::vector<KeyId>* out) const {
  if (const auto* at = std::get_if<Instant>(&operand.value)) return FindOfInstant(guards, *at, out);
  if (const auto* text = std::get_if<std::string_view>(&operand.value)) FindOfText(guards, *text, out);
  const std::optional<double> number = guards.ranges.empty() ? std::nullopt : NumberOf(operand);
  if (number) FindOfNumber(guards, *number, out);
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

void RuleGuards::FindOfInstant(const OfAttribute& guards, Instant at, std::vector<KeyId>* out) {
  auto found = std::ranges::lower_bound(guards.instants, at, {}, &std::pair<Instant, KeyId>::first);
  for (; found != guards.instants.end() && found->first == at; ++found) out->push_back(found->second);
}

}  // namespace leadpulse::rules
