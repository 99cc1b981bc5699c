#include "processor/rules/index/access_predicates.h"

#include <algorithm>
#include <iterator>

#include "processor/base/sort_once.h"
#include "processor/base/text.h"
#include "processor/rules/language/printer.h"

namespace leadpulse::rules {
std::optional<PredicateId> AccessPredicates::Add(const Node& root, std::span<const Node* const> on_profile) {
  const std::vector<AccessPredicate> predicates = PredicatesOf(root);
  if (predicates.empty()) return std::nullopt;
  std::vector<KeyId> keys;
  std::string text;
  for (const AccessPredicate& predicate : predicates) {
    keys.push_back(Intern(predicate));
    AppendParts({std::to_string(keys.back()), " "}, &text);
  }
  for (const Node* node : on_profile) AppendParts({PrintNode(*node), " AND "}, &text);
  const auto [known, is_new] = ids_.try_emplace(text, static_cast<PredicateId>(topics_of_.size()));
  if (!is_new) return known->second;
  for (const KeyId key : keys) by_key_.Add(key, known->second);
  // The first of equally good conditions is looked up; a lead most often fails the last one, so that is evaluated
  // first.
  for (size_t i = on_profile.size(); i-- > 0;) conditions_.Add(known->second, on_profile[i]);
  Topics topics = 0;
  for (const Node* node : on_profile) topics |= topics_.Of(*node);
  for (const AccessPredicate& predicate : predicates) topics |= topics_.Of(predicate.kind, predicate.field);
  for (const AccessPredicate& predicate : predicates) NoteTopics(predicate, topics);
  topics_of_.push_back(topics);
  return known->second;
}

PredicateId AccessPredicates::AddUnfound() {
  topics_of_.push_back(0);
  return static_cast<PredicateId>(topics_of_.size() - 1);
}

void AccessPredicates::NoteTopics(const AccessPredicate& predicate, Topics topics) {
  Topics& of_found =
      predicate.field == nullptr ? named_ : attributes_[std::get<std::string>(predicate.field->name)].topics;
  of_found |= topics;
}

AccessPredicates::KeyId AccessPredicates::Intern(const AccessPredicate& predicate) {
  const auto [found, is_new] = keys_.try_emplace(predicate.key, static_cast<KeyId>(keys_.size()));
  if (is_new && predicate.field != nullptr) AddToAttribute(predicate, found->second);
  return found->second;
}

void AccessPredicates::AddToAttribute(const AccessPredicate& predicate, KeyId id) {
  OfAttribute& predicates = attributes_[std::get<std::string>(predicate.field->name)];
  predicates.field = predicate.field;
  const auto add_length = [&](std::vector<size_t>* lengths) {
    if (std::ranges::find(*lengths, predicate.bytes) == lengths->end()) lengths->push_back(predicate.bytes);
  };
  if (predicate.kind == Kind::kAttribute) predicates.equalities = true;
  if (predicate.kind == Kind::kStart) add_length(&predicates.starts);
  if (predicate.kind == Kind::kEnd) add_length(&predicates.ends);
  if (predicate.at) predicates.instants.emplace_back(*predicate.at, id);
  if (predicate.kind == Kind::kRange) predicates.ranges.push_back({predicate.low, predicate.high, predicate.high, id});
}

void AccessPredicates::Pack(IndexMemory* memory) {
  for (auto& [name, predicates] : attributes_) {
    std::ranges::sort(predicates.instants);
    std::ranges::sort(predicates.ranges, {}, &Range::low);
    for (size_t i = 1; i < predicates.ranges.size(); ++i) {
      predicates.ranges[i].highest = std::max(predicates.ranges[i].highest, predicates.ranges[i - 1].highest);
    }
  }
  by_key_.Pack(keys_.size(), memory);
  conditions_.Pack(topics_of_.size(), memory);
  ids_ = {};
}

std::vector<PredicateId> AccessPredicates::HoldingFor(const Facts& facts) const {
  std::vector<PredicateId> holding;
  AppendHolding(kAllTopics, facts, &holding);
  SortOnce(&holding);
  return holding;
}

void AccessPredicates::Update(const state::Profile& before, const Facts& after,
                              std::vector<PredicateId>* holding) const {
  const Topics changed = topics_.Changed(before, after.lead->profile);
  if (changed == 0) return;
  std::erase_if(*holding, [&](PredicateId predicate) { return (topics_of_[predicate] & changed) != 0; });
  AppendHolding(changed, after, holding);
  SortOnce(holding);
}

void AccessPredicates::AppendHolding(Topics topics, const Facts& facts, std::vector<PredicateId>* out) const {
  for (const KeyId key : KeysOf(topics, facts)) {
    for (const PredicateId predicate : by_key_[key]) {
      if ((topics_of_[predicate] & topics) == 0) continue;
      const auto holds = [&](const Node* condition) { return Holds(*condition, facts); };
      if (std::ranges::all_of(conditions_[predicate], holds)) out->push_back(predicate);
    }
  }
}

// Returns the keys of the lead by which predicates that ask for any of `topics` are found.
std::vector<AccessPredicates::KeyId> AccessPredicates::KeysOf(Topics topics, const Facts& facts) const {
  std::vector<KeyId> holding;
  const state::Profile& profile = facts.lead->profile;
  for (const auto& [name, predicates] : attributes_) {
    if ((predicates.topics & topics) != 0) FindOfAttribute(predicates, facts, &holding);
  }
  if ((named_ & topics) == 0) return holding;
  for (const auto& [folded, name] : profile.extras->tags.names()) Find(Kind::kTag, "", folded, &holding);
  for (const auto& [folded, name] : profile.extras->lists.names()) Find(Kind::kList, "", folded, &holding);
  for (const auto& [folded, name] : profile.extras->campaigns.names()) Find(Kind::kCampaign, "", folded, &holding);
  for (const auto& [folded, consent] : profile.extras->consents) {
    if (consent.granted) Find(Kind::kConsent, "", folded, &holding);
  }
  return holding;
}

void AccessPredicates::Find(Kind kind, std::string_view attribute, std::string_view folded,
                            std::vector<KeyId>* out) const {
  const auto found = keys_.find(ProfileKey(kind, attribute, folded));
  if (found != keys_.end()) out->push_back(found->second);
}

void AccessPredicates::FindOfAttribute(const OfAttribute& predicates, const Facts& facts,
                                       std::vector<KeyId>* out) const {
  const Operand operand = FieldOperand(*predicates.field, facts);
  const auto* list = std::get_if<const ScalarList*>(&operand.value);
  if (list == nullptr) return FindOfScalar(predicates, operand, out);
  const auto found_before = std::ssize(*out);
  for (const Scalar& element : **list) FindOfScalar(predicates, ElementOperand(element, operand), out);
  SortOnce(out, found_before);
}

// Finds keys of one value. No predicate asks for a boolean or a struct.
void AccessPredicates::FindOfScalar(const OfAttribute& predicates, const Operand& operand,
                                    std::vector<KeyId>* out) const {
  if (const auto* at = std::get_if<Instant>(&operand.value)) return FindOfInstant(predicates, *at, out);
  if (const auto* text = std::get_if<std::string_view>(&operand.value)) FindOfText(predicates, *text, out);
  const std::optional<Number> number = predicates.ranges.empty() ? std::nullopt : NumberOf(operand);
  if (number) FindOfNumber(predicates, number->nearest(), out);
}

void AccessPredicates::FindOfText(const OfAttribute& predicates, std::string_view text, std::vector<KeyId>* out) const {
  const std::string& name = std::get<std::string>(predicates.field->name);
  const std::string folded = FoldCase(text);
  const std::string_view whole = folded;
  if (predicates.equalities) Find(Kind::kAttribute, name, whole, out);
  for (const size_t bytes : predicates.starts) {
    if (bytes <= whole.size()) Find(Kind::kStart, name, whole.substr(0, bytes), out);
  }
  for (const size_t bytes : predicates.ends) {
    if (bytes <= whole.size()) Find(Kind::kEnd, name, whole.substr(whole.size() - bytes), out);
  }
}

// Finds the ranges with the number: from the last that begins at or before it, backwards until no range can contain it.
void AccessPredicates::FindOfNumber(const OfAttribute& predicates, double number, std::vector<KeyId>* out) {
  auto range = std::ranges::upper_bound(predicates.ranges, number, {}, &Range::low);
  while (range != predicates.ranges.begin() && (--range)->highest >= number) {
    if (range->high >= number) out->push_back(range->key);
  }
}

void AccessPredicates::FindOfInstant(const OfAttribute& predicates, Instant at, std::vector<KeyId>* out) {
  auto found = std::ranges::lower_bound(predicates.instants, at, {}, &std::pair<Instant, KeyId>::first);
  for (; found != predicates.instants.end() && found->first == at; ++found) out->push_back(found->second);
}

}  // namespace leadpulse::rules
