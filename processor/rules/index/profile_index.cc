#include "processor/rules/index/profile_index.h"

#include <optional>
#include <utility>

#include "processor/base/text.h"
#include "processor/rules/evaluation/value_evaluator.h"
#include "processor/rules/language/rule_walk.h"

namespace leadpulse::rules {
namespace {

// Returns the texts that an attribute is compared with; empty for other tests, or if some literals are not texts.
std::vector<const Text*> TextsOf(const ValueTest& test) {
  std::vector<const Text*> texts;
  const auto add = [&](const Literal& literal) {
    if (const auto* text = std::get_if<Text>(&literal.value)) texts.push_back(text);
  };
  if (const auto* compare = std::get_if<CompareTest>(&test)) {
    if (compare->op == Compare::kEqual || compare->op == Compare::kNotEqual) add(compare->literal);
  } else if (const auto* in = std::get_if<InTest>(&test)) {
    for (const Literal& literal : in->literals) add(literal);
    if (texts.size() < in->literals.size()) texts.clear();
  }
  return texts;
}

// Calls visit(key) for each key that only one of the maps has, or whose values differ.
template <typename Map, typename Differs, typename Visit>
void ForEachDifference(const Map& a, const Map& b, const Differs& differs, const Visit& visit) {
  for (const auto& [key, value] : a) {
    const auto other = b.find(key);
    if (other == b.end() || differs(value, other->second)) visit(key);
  }
  for (const auto& [key, value] : b) {
    if (a.find(key) == a.end()) visit(key);
  }
}

bool IsText(const Operand& operand) { return std::holds_alternative<std::string_view>(operand.value); }

bool SameOperand(const Operand& a, const Operand& b) {
  if (a.value.index() != b.value.index()) return false;
  const auto* list = std::get_if<const ScalarList*>(&a.value);
  if (list != nullptr) return **list == **std::get_if<const ScalarList*>(&b.value);
  if (std::holds_alternative<const StructValue*>(a.value)) return true;  // rules only ask whether a struct is set
  return a.value == b.value;
}

}  // namespace

bool ProfileIndex::Add(const Node& node, ConditionId id) {
  if (std::optional<std::string> key = MembershipKey(node)) {
    by_key_[*std::move(key)].push_back(id);
    return true;
  }
  if (IsWordTest(node)) {
    words_.push_back(id);
    return true;
  }
  const Field* field = FieldOf(node);
  if (field == nullptr) return false;
  const auto* built_in = std::get_if<BuiltIn>(&field->name);
  if (built_in == nullptr) return AddOnAttribute(node, id);
  built_in_[static_cast<size_t>(*built_in)].push_back(id);
  return true;
}

bool ProfileIndex::AddOnAttribute(const Node& node, ConditionId id) {
  const Field& field = *FieldOf(node);
  const std::string& name = std::get<std::string>(field.name);
  OfAttribute& conditions = attributes_[name];
  conditions.field = &field;
  std::vector<const Text*> texts;
  if (const auto* value = std::get_if<ValuePredicate>(&node.kind)) texts = TextsOf(value->test);
  for (const Text* text : texts) by_key_[ProfileKey(ProfileKeyKind::kAttribute, name, text->folded)].push_back(id);
  (texts.empty() ? conditions.others : conditions.equalities).push_back(id);
  return true;
}

void ProfileIndex::FindChanged(const Facts& before, const Facts& after, std::vector<ConditionId>* out) const {
  const state::Profile& a = before.lead->profile;
  const state::Profile& b = after.lead->profile;
  for (const auto& [name, conditions] : attributes_) FindAttribute(conditions, before, after, out);
  FindNames(ProfileKeyKind::kTag, BuiltIn::kTags, a.extras->tags, b.extras->tags, out);
  FindNames(ProfileKeyKind::kList, BuiltIn::kLists, a.extras->lists, b.extras->lists, out);
  FindNames(ProfileKeyKind::kCampaign, BuiltIn::kCampaigns, a.extras->campaigns, b.extras->campaigns, out);
  FindConsents(a, b, out);
  const auto append = [out](const std::vector<ConditionId>& all) { out->insert(out->end(), all.begin(), all.end()); };
  // The id may be the address. A lead that begins from nothing had none.
  const bool is_same_id = before.lead->key.lead == after.lead->key.lead;
  if (!words_.empty() && (!is_same_id || a.attributes != b.attributes)) append(words_);
  if (a.extras->agent_id != b.extras->agent_id) append(On(BuiltIn::kAgent));
  if (a.do_not_contact != b.do_not_contact) append(On(BuiltIn::kDoNotContact));
}

// Finds conditions on a changed attribute. If both values are texts or unset, looks them up; else takes all conditions.
void ProfileIndex::FindAttribute(const OfAttribute& conditions, const Facts& before, const Facts& after,
                                 std::vector<ConditionId>* out) const {
  const Operand was = FieldOperand(*conditions.field, before);
  const Operand is = FieldOperand(*conditions.field, after);
  if (SameOperand(was, is)) return;
  out->insert(out->end(), conditions.others.begin(), conditions.others.end());
  if ((was.is_set() && !IsText(was)) || (is.is_set() && !IsText(is))) {
    out->insert(out->end(), conditions.equalities.begin(), conditions.equalities.end());
    return;
  }
  const std::string& name = std::get<std::string>(conditions.field->name);
  for (const Operand* operand : {&was, &is}) {
    if (!operand->is_set()) continue;
    FindKey(ProfileKeyKind::kAttribute, name, FoldCase(std::get<std::string_view>(operand->value)), out);
  }
}

void ProfileIndex::FindNames(ProfileKeyKind kind, BuiltIn field, const state::NameSet& before,
                             const state::NameSet& after, std::vector<ConditionId>* out) const {
  bool changed = false;
  // Rules compare without case, so spellings do not matter.
  const auto never = [](const std::string&, const std::string&) { return false; };
  ForEachDifference(before.names(), after.names(), never, [&](std::string_view folded) {
    changed = true;
    FindKey(kind, "", folded, out);
  });
  if (changed) out->insert(out->end(), On(field).begin(), On(field).end());
}

void ProfileIndex::FindConsents(const state::Profile& before, const state::Profile& after,
                                std::vector<ConditionId>* out) const {
  const auto differs = [](const state::Consent& a, const state::Consent& b) { return a.granted != b.granted; };
  ForEachDifference(before.extras->consents, after.extras->consents, differs,
                    [&](std::string_view folded) { FindKey(ProfileKeyKind::kConsent, "", folded, out); });
}

void ProfileIndex::FindKey(ProfileKeyKind kind, std::string_view attribute, std::string_view folded,
                           std::vector<ConditionId>* out) const {
  const auto found = by_key_.find(ProfileKey(kind, attribute, folded));
  if (found != by_key_.end()) out->insert(out->end(), found->second.begin(), found->second.end());
}

}  // namespace leadpulse::rules
