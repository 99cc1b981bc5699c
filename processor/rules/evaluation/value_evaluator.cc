#include "processor/rules/evaluation/value_evaluator.h"

#include <algorithm>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/text.h"
#include "processor/rules/language/field_names.h"

namespace leadpulse::rules {
namespace {

// A conversion of the alternatives of Value and Scalar to an operand's.
struct ToOperandValue {
  using OperandValue = decltype(Operand::value);
  template <typename T>
  OperandValue operator()(const T& plain) const {
    return plain;
  }
  OperandValue operator()(const std::string& text) const { return std::string_view(text); }
  OperandValue operator()(const Number& number) const { return &number; }
  OperandValue operator()(const ScalarList& list) const { return &list; }
  OperandValue operator()(const StructValue& value) const { return &value; }
  OperandValue operator()(const CalendarDay& value) const { return value.start; }
};

template <typename Variant>
decltype(Operand::value) OperandValueOf(const Variant& value) {
  return std::visit(ToOperandValue{}, value);
}

Operand Count(int64_t count) { return {.value = static_cast<double>(count)}; }

Operand TimeUnless(Instant unset, Instant t) {
  if (t == unset) return {};
  return {.value = t};
}

Operand Names(const state::NameSet& names) {
  if (names.size() == 0) return {};
  return {.value = &names};
}

// Returns the attribute `email`; null if it is not set.
const state::Attribute* EmailAttribute(const state::Lead& lead) {
  const auto found = lead.profile.attributes.find(state::kEmailAttribute);
  return found == lead.profile.attributes.end() || IsUnset(found->second.converted) ? nullptr : &found->second;
}

bool IdIsEmail(const state::Lead& lead) { return lead.key.lead.find('@') != std::string::npos; }

// Returns a field of searches (field_names.h).
Operand SearchOperand(std::string_view name, const state::Lead& lead) {
  if (name == kLeadIdField) return {.value = std::string_view(lead.key.lead), .attribute = kLeadIdField};
  return TimeUnless(Instant::Never(), lead.profile.newest_command_at.value_or(Instant::Never()));
}

Operand AttributeOperand(std::string_view name, const Facts& facts) {
  const auto& attributes = facts.lead->profile.attributes;
  if (const auto found = attributes.find(name); found != attributes.end() && !IsUnset(found->second.converted)) {
    return {.value = OperandValueOf(found->second.converted), .facts = &facts, .attribute = name};
  }
  if (IsOfSearches(name)) return SearchOperand(name, *facts.lead);
  if (name != state::kEmailAttribute || !IdIsEmail(*facts.lead)) return {};
  const std::string& id = facts.lead->key.lead;
  if (IsMailboxId(id)) return {.value = std::string_view(id), .facts = &facts, .attribute = name};
  // Of the lead that the thread evaluates. Not assigned anew for the same lead, because operands may still view it.
  static thread_local std::string normal;
  if (std::string address = NormalizeAddress(id); address != normal) normal = std::move(address);
  return {.value = std::string_view(normal), .facts = &facts, .attribute = name};
}

bool ReadsAsOtherTypes(const Operand& operand) {
  return operand.facts != nullptr && !operand.facts->fields->contains(operand.attribute);
}

// Whether it is an event's property, of which ordered tests ask each element of a list, too.
bool IsProperty(const Operand& operand) { return operand.facts == nullptr; }

// Whether `holds` is true for any element of a list, or for a value that is not a list.
template <typename Predicate>
bool HoldsForAny(const Operand& operand, Predicate holds) {
  if (const auto* list = std::get_if<const ScalarList*>(&operand.value)) {
    return std::any_of((*list)->begin(), (*list)->end(),
                       [&](const Scalar& element) { return holds(ElementOperand(element, operand)); });
  }
  if (const auto* names = std::get_if<const state::NameSet*>(&operand.value)) {
    return std::any_of((*names)->names().begin(), (*names)->names().end(),
                       [&](const auto& name) { return holds(Operand{.value = std::string_view(name.second)}); });
  }
  return holds(operand);
}

// Whether a value that is not a list equals the literal.
bool EqualsLiteral(const Operand& operand, const Literal& literal) {
  if (const auto* number = std::get_if<Number>(&literal.value)) return NumberOf(operand) == *number;
  if (const auto* boolean = std::get_if<bool>(&literal.value)) {
    const auto* held = std::get_if<bool>(&operand.value);
    return held != nullptr && *held == *boolean;
  }
  if (const auto* text = std::get_if<std::string_view>(&operand.value)) {
    const auto& wanted = std::get<Text>(literal.value);
    // Two ids may differ in case alone.
    return operand.attribute == kLeadIdField ? *text == wanted.text : EqualsFolded(*text, wanted.folded);
  }
  const auto* instant = std::get_if<Instant>(&operand.value);
  return instant != nullptr && literal.date && *instant == literal.date->at;
}

bool HoldsOrdered(Compare op, const Operand& operand, const Literal& literal) {
  if (const auto* bound = std::get_if<Number>(&literal.value)) {
    const std::optional<Number> number = NumberOf(operand);
    return number && Compares(op, *number, *bound);
  }
  if (!literal.date) return false;
  const std::optional<Instant> instant = InstantOf(operand);
  return instant && Compares(op, *instant, literal.date->at);
}

struct Passes {
  const Operand& operand;

  bool operator()(const CompareTest& test) const {
    if (test.op != Compare::kEqual && test.op != Compare::kNotEqual) {
      if (!IsProperty(operand)) return HoldsOrdered(test.op, operand, test.literal);
      return HoldsForAny(operand, [&](const Operand& one) { return HoldsOrdered(test.op, one, test.literal); });
    }
    const bool equal = HoldsForAny(operand, [&](const Operand& one) { return EqualsLiteral(one, test.literal); });
    return equal == (test.op == Compare::kEqual);
  }
  bool operator()(const SetTest& test) const { return operand.is_set() != test.negated; }
  bool operator()(const InTest& test) const {
    const bool found = HoldsForAny(operand, [&](const Operand& one) {
      return std::any_of(test.literals.begin(), test.literals.end(),
                         [&](const Literal& literal) { return EqualsLiteral(one, literal); });
    });
    return found != test.negated;
  }
  bool operator()(const TextTest& test) const {
    const bool found = HoldsForAny(operand, [&](const Operand& one) {
      const auto* text = std::get_if<std::string_view>(&one.value);
      return text != nullptr && MatchesText(test, *text);
    });
    return found != test.negated;
  }
};

}  // namespace

Operand FieldOperand(BuiltIn field, const Facts& facts) {
  const BuiltInField& info = InfoOf(field);
  if (info.type != EventType::kUnspecified) {
    const state::TypeTotals& totals = (*facts.totals)[info.type];
    if (info.kind == BuiltInKind::kNumber) return Count(static_cast<int64_t>(totals.count));
    return TimeUnless(Instant::DistantPast(), totals.last);
  }
  switch (field) {
    case BuiltIn::kScore:
      return Count(facts.score);
    case BuiltIn::kTier:
      return {.value = facts.tier};
    case BuiltIn::kEmailStatus:
      return {.value = EmailStatusName(facts.email_status)};
    case BuiltIn::kStage:
      return {.value = StageName(facts.stage)};
    case BuiltIn::kStatus:
      return {.value = facts.status};
    case BuiltIn::kQuality:
      return Count(facts.quality);
    case BuiltIn::kQualification:
      return Count(facts.qualification);
    case BuiltIn::kAgent:
      if (facts.lead->profile.extras->agent_id.empty()) return {};
      return {.value = std::string_view(facts.lead->profile.extras->agent_id)};
    case BuiltIn::kDoNotContact:
      return {.value = facts.lead->profile.do_not_contact};
    case BuiltIn::kSendable:
      return {.value = facts.sendable};
    case BuiltIn::kCreated:
      return TimeUnless(Instant::Never(), CreatedAt(*facts.lead, *facts.totals));
    case BuiltIn::kLastEngaged:
      return TimeUnless(Instant::DistantPast(), LastEngagedAt(*facts.totals));
    case BuiltIn::kTags:
      return Names(facts.lead->profile.extras->tags);
    case BuiltIn::kLists:
      return Names(facts.lead->profile.extras->lists);
    case BuiltIn::kCampaigns:
      return Names(facts.lead->profile.extras->campaigns);
    default:
      break;
  }
  LP_ASSERT(false && "a built-in field without an operand");
  return {};
}

Operand FieldOperand(const Field& field, const Facts& facts) {
  if (const auto* built_in = std::get_if<BuiltIn>(&field.name)) return FieldOperand(*built_in, facts);
  return AttributeOperand(std::get<std::string>(field.name), facts);
}

Operand ElementOperand(const Scalar& element, const Operand& list) {
  return {OperandValueOf(element), list.facts, list.attribute};
}

Operand PropertyOperand(const Value* property) {
  if (property == nullptr || IsUnset(*property)) return {};
  return {.value = OperandValueOf(*property)};
}

bool PassesTest(const ValueTest& test, const Operand& operand) { return std::visit(Passes{operand}, test); }

std::optional<Number> NumberOf(const Operand& operand) {
  if (const auto* count = std::get_if<double>(&operand.value)) return Number(*count);
  if (const auto* number = std::get_if<const Number*>(&operand.value)) return **number;
  const auto* text = std::get_if<std::string_view>(&operand.value);
  if (text == nullptr || operand.facts == nullptr) return std::nullopt;
  const std::optional<Number> number = Number::Parse(*text);
  return number && ReadsAsOtherTypes(operand) ? number : std::nullopt;
}

std::optional<Instant> InstantOf(const Operand& operand) {
  if (const auto* instant = std::get_if<Instant>(&operand.value)) return *instant;
  const auto* text = std::get_if<std::string_view>(&operand.value);
  if (text == nullptr || !ReadsAsOtherTypes(operand)) return std::nullopt;
  return ParseDateLiteral(*text, *operand.facts->calendar);
}

bool MatchesText(const TextTest& test, std::string_view text) {
  switch (test.op) {
    case TextOperator::kContains:
      return ContainsFolded(text, test.text.folded);
    case TextOperator::kStartsWith:
      return StartsWithFolded(text, test.text.folded);
    case TextOperator::kEndsWith:
      return EndsWithFolded(text, test.text.folded);
  }
  return false;
}

Value EmailOf(const state::Lead& lead) {
  if (const state::Attribute* email = EmailAttribute(lead)) return state::ShownValue(state::kEmailAttribute, *email);
  if (IdIsEmail(lead)) return lead.key.lead;
  return {};
}

std::optional<std::string_view> EmailTextOf(const state::Lead& lead) {
  const state::Attribute* const email = EmailAttribute(lead);
  const std::string* text = IdIsEmail(lead) ? &lead.key.lead : nullptr;
  if (email != nullptr) text = std::get_if<std::string>(&state::ShownValue(state::kEmailAttribute, *email));
  return text == nullptr ? std::nullopt : std::optional<std::string_view>(*text);
}

bool HasEmail(const state::Lead& lead) { return EmailAttribute(lead) != nullptr || IdIsEmail(lead); }

Instant CreatedAt(const state::Lead& lead, const state::EngagementTotals& totals) {
  return std::min(totals.first_own, lead.profile.first_command_at.value_or(Instant::Never()));
}

Instant LastEngagedAt(const state::EngagementTotals& totals) {
  return std::max({totals[EventType::kOpen].last, totals[EventType::kClick].last, totals[EventType::kReply].last,
                   totals[EventType::kPageVisit].last});
}

}  // namespace leadpulse::rules
