#include "processor/serve/pages/filter_rule.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/filter_activity.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

using rules::Compare;

constexpr FilterTest kIs{"is", "is"}, kIsNot{"is_not", "is not"}, kSet{"set", "is set", false},
    kUnset{"unset", "is not set", false};
constexpr auto kTextTests = std::to_array<FilterTest>(
    {kIs, kIsNot, {"contains", "contains"}, {"starts", "starts with"}, {"words", "has the words"}, kSet, kUnset});
constexpr auto kChoiceTests = std::to_array<FilterTest>({kIs, kIsNot, kSet, kUnset});
constexpr auto kMemberTests = std::to_array<FilterTest>({kIs, kIsNot});
constexpr auto kNumberTests = std::to_array<FilterTest>({{"at_least", "is at least"},
                                                         {"at_most", "is at most"},
                                                         {"more", "is more than"},
                                                         {"less", "is less than"},
                                                         kIs,
                                                         kIsNot,
                                                         kSet,
                                                         kUnset});
constexpr auto kTruthTests = std::to_array<FilterTest>({kIs, kSet, kUnset});
constexpr auto kTimeTests = std::to_array<FilterTest>({{"last", "in the last … days"},
                                                       {"older", "more than … days ago"},
                                                       {"on", "is on"},
                                                       {"before", "is before"},
                                                       {"after", "is after"},
                                                       {"anniversary", "has its anniversary in the next … days"},
                                                       {"anniversary_today", "has its anniversary today", false},
                                                       kSet,
                                                       kUnset});

struct Membership {
  std::string_view field;
  std::string_view predicate;
};
constexpr auto kMemberships = std::to_array<Membership>(
    {{"tag", "HAS TAG "}, {"list", "IN LIST "}, {"campaign", "IN CAMPAIGN "}, {"segment", "IN SEGMENT "}});

std::string_view PredicateOf(std::string_view field) {
  const auto* found = std::ranges::find(kMemberships, field, &Membership::field);
  return found == kMemberships.end() ? std::string_view() : found->predicate;
}

bool IsNumberText(std::string_view text) { return Number::Parse(text).has_value(); }
bool IsTruthText(std::string_view text) { return text == "true" || text == "false"; }

// Returns a field's name as rules take it; between backquotes, which it cannot end, if it needs them.
std::string FieldName(std::string_view name) {
  if (rules::IsWord(name) && !rules::IsReservedWord(name)) return std::string(name);
  std::string quoted = "`";
  std::ranges::copy_if(name, std::back_inserter(quoted), [](char c) { return c != '`'; });
  return quoted + "`";
}

std::string LiteralOf(std::string_view value, FilterType type) {
  const bool is_plain =
      (type == FilterType::kNumber && IsNumberText(value)) || (type == FilterType::kTruth && IsTruthText(value));
  return is_plain ? std::string(value) : rules::QuoteString(value);
}

// Returns what stands between the field and the value; empty for tests that have no such form.
std::string_view OperatorOf(std::string_view test) {
  constexpr std::pair<std::string_view, std::string_view> kOperators[] = {{"contains", " CONTAINS "},
                                                                          {"starts", " STARTS WITH "},
                                                                          {"words", " HAS WORDS "},
                                                                          {"at_least", " >= "},
                                                                          {"at_most", " <= "},
                                                                          {"more", " > "},
                                                                          {"less", " < "},
                                                                          {"on", " ON "},
                                                                          {"before", " BEFORE "},
                                                                          {"after", " AFTER "}};
  for (const auto& [name, spelling] : kOperators) {
    if (name == test) return spelling;
  }
  return {};
}

// Returns the rule of one value.
std::string RuleOfValue(const FilterCondition& condition, std::string_view value, FilterType type) {
  if (type == FilterType::kMember) return Concat({PredicateOf(condition.field), rules::QuoteString(value)});
  const std::string field = FieldName(condition.field);
  if (condition.test == "last" || condition.test == "older") {
    const std::string duration = DurationOfValue(value);
    return Concat({field, condition.test == "last" ? " < " : " > ", duration, duration[0] == '"' ? "" : " ago"});
  }
  if (condition.test == "anniversary") {
    const bool is_count = ParseInteger<uint32_t>(value).has_value();
    return Concat({field, " ANNIVERSARY IN NEXT ", is_count ? std::string(value) : rules::QuoteString(value),
                   value == "1" ? " DAY" : " DAYS"});
  }
  const std::string_view spelling = OperatorOf(condition.test);
  return Concat({field, spelling.empty() ? " IS " : spelling, LiteralOf(value, type)});
}

std::string TextOf(const rules::Literal& literal) {
  if (const auto* truth = std::get_if<bool>(&literal.value)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<Number>(&literal.value)) return number->Plain();
  return std::get<rules::Text>(literal.value).text;
}

FilterType TypeOf(const rules::Literal& literal) {
  if (std::holds_alternative<bool>(literal.value)) return FilterType::kTruth;
  return std::holds_alternative<Number>(literal.value) ? FilterType::kNumber : FilterType::kText;
}

std::string FieldNameOf(const rules::Field& field) {
  const auto* built_in = std::get_if<rules::BuiltIn>(&field.name);
  return built_in != nullptr ? std::string(rules::BuiltInName(*built_in)) : std::get<std::string>(field.name);
}

// A condition that may have made a rule, with its type. Whoever reads it compares its rule.
struct Reading {
  FilterCondition condition;
  FilterType type = FilterType::kText;
};

struct TestReader {
  std::optional<Reading> operator()(const rules::CompareTest& test) const {
    constexpr std::pair<Compare, std::string_view> kNames[] = {{Compare::kEqual, "is"},
                                                               {Compare::kNotEqual, "is_not"},
                                                               {Compare::kGreaterOrEqual, "at_least"},
                                                               {Compare::kLessOrEqual, "at_most"},
                                                               {Compare::kGreater, "more"},
                                                               {Compare::kLess, "less"}};
    for (const auto& [op, name] : kNames) {
      if (op == test.op) return Reading{{"", std::string(name), {TextOf(test.literal)}}, TypeOf(test.literal)};
    }
    return std::nullopt;
  }
  std::optional<Reading> operator()(const rules::SetTest& test) const {
    return Reading{{"", test.negated ? "unset" : "set"}};
  }
  std::optional<Reading> operator()(const rules::TextTest& test) const {
    return Reading{{"", test.op == rules::TextOperator::kContains ? "contains" : "starts", {test.text.text}}};
  }
  std::optional<Reading> operator()(const rules::InTest& test) const {
    Reading reading{{"", test.negated ? "is_not" : "is"}, TypeOf(test.literals.front())};
    for (const rules::Literal& literal : test.literals) reading.condition.values.push_back(TextOf(literal));
    return reading;
  }
};

// Returns the text of a bound that a form can have: a day.
std::optional<std::string> DayTextOf(const rules::InstantExpression& bound) {
  const auto* date = std::get_if<rules::DateLiteral>(&bound);
  return date != nullptr && date->day ? std::optional(date->text) : std::nullopt;
}

struct TimeReader {
  std::optional<Reading> operator()(const rules::Age& age) const {
    return Reading{{"", age.op == Compare::kLess ? "last" : "older", {ValueOfDuration(age.duration)}},
                   FilterType::kTime};
  }
  std::optional<Reading> operator()(const rules::Before& test) const { return Day("before", DayTextOf(test.bound)); }
  std::optional<Reading> operator()(const rules::After& test) const { return Day("after", DayTextOf(test.bound)); }
  std::optional<Reading> operator()(const rules::OnDay& test) const {
    const auto* date = std::get_if<rules::DateLiteral>(&test.day);
    return date == nullptr ? std::nullopt : Day("on", date->text);
  }
  template <typename Other>
  std::optional<Reading> operator()(const Other&) const {
    return std::nullopt;
  }

  static std::optional<Reading> Day(std::string_view test, const std::optional<std::string>& day) {
    if (!day) return std::nullopt;
    return Reading{{"", std::string(test), {*day}}, FilterType::kTime};
  }
};

// Returns the reading with the name of its field, and the type that the field has for the filter.
std::optional<Reading> Of(const rules::Field& field, std::optional<Reading> reading) {
  if (!reading) return std::nullopt;
  reading->condition.field = FieldNameOf(field);
  const FilterType known = BuiltInFilterType(reading->condition.field);
  if (known != FilterType::kText) reading->type = known;
  return reading;
}

std::optional<Reading> Read(const rules::Node& node);

struct NodeReader {
  std::optional<Reading> operator()(const rules::HasTag& has) const { return Member("tag", has.tag.text); }
  std::optional<Reading> operator()(const rules::InList& in) const { return Member("list", in.list.text); }
  std::optional<Reading> operator()(const rules::InCampaign& in) const { return Member("campaign", in.campaign.text); }
  std::optional<Reading> operator()(const rules::InSegment& in) const { return Member("segment", in.segment); }
  std::optional<Reading> operator()(const rules::ValuePredicate& predicate) const {
    return Of(predicate.field, std::visit(TestReader{}, predicate.test));
  }
  std::optional<Reading> operator()(const rules::TimePredicate& predicate) const {
    return Of(predicate.field, std::visit(TimeReader{}, predicate.test));
  }
  std::optional<Reading> operator()(const rules::Anniversary& anniversary) const {
    Reading reading{{"", "anniversary_today"}, FilterType::kTime};
    if (anniversary.in_next_days) reading.condition = {"", "anniversary", {std::to_string(*anniversary.in_next_days)}};
    return Of(anniversary.field, reading);
  }
  std::optional<Reading> operator()(const rules::WordPredicate& predicate) const {
    return Of(predicate.field, Reading{{"", "words", {predicate.text}}});
  }
  std::optional<Reading> operator()(const rules::DidCount& did) const { return Activity(did, false); }
  std::optional<Reading> operator()(const rules::Not& negation) const {
    const auto* did = std::get_if<rules::DidCount>(&negation.child->kind);
    if (did != nullptr) return Activity(*did, true);
    auto reading = Read(*negation.child);
    if (reading) reading->condition.test = "is_not";
    return reading;
  }
  std::optional<Reading> operator()(const rules::Or& either) const {
    std::optional<Reading> all;
    for (const rules::NodePtr& child : either.children) {
      auto reading = Read(*child);
      if (!reading || reading->condition.values.empty()) return std::nullopt;
      if (!all) {
        all = std::move(reading);
        continue;
      }
      std::ranges::move(reading->condition.values, std::back_inserter(all->condition.values));
    }
    return all;
  }
  template <typename Other>
  std::optional<Reading> operator()(const Other&) const {
    return std::nullopt;
  }

  static std::optional<Reading> Activity(const rules::DidCount& did, bool negated) {
    auto condition = ConditionOfActivity(did, negated);
    if (!condition) return std::nullopt;
    return Reading{*std::move(condition), FilterType::kActivity};
  }
  static std::optional<Reading> Member(std::string_view field, const std::string& value) {
    return Reading{{std::string(field), "is", {value}}, FilterType::kMember};
  }
};

std::optional<Reading> Read(const rules::Node& node) { return std::visit(NodeReader{}, node.kind); }

// Sets the condition of the part, if the filter can write its rule as one.
void AddCondition(const rules::Node& node, FilterPart* part) {
  const auto reading = Read(node);
  if (!reading) return;
  // Only a condition that would write this very rule is shown as one.
  const auto again = rules::ParseRule(RuleOf(reading->condition, reading->type));
  const auto* same = std::get_if<rules::Rule>(&again);
  if (same == nullptr || rules::PrintNode(*same->root) != rules::PrintNode(node)) return;
  part->condition = reading->condition;
  part->type = reading->type;
}

FilterPart PartOf(const rules::Node& node) {
  const auto* const either = std::get_if<rules::Or>(&node.kind);
  const std::string rule = rules::PrintNode(node);
  FilterPart part{either != nullptr ? Concat({"(", rule, ")"}) : rule, std::nullopt};
  AddCondition(node, &part);
  if (part.condition || either == nullptr) return part;
  for (const rules::NodePtr& child : either->children) part.either.push_back(PartOf(*child));
  return part;
}

std::vector<std::string> WithoutEmpty(const std::vector<std::string>& rules) {
  std::vector<std::string> said;
  std::ranges::copy_if(rules, std::back_inserter(said), [](const std::string& rule) { return !rule.empty(); });
  return said;
}

}  // namespace

std::span<const FilterTest> TestsOf(FilterType type) {
  switch (type) {
    case FilterType::kText:
      return kTextTests;
    case FilterType::kChoice:
      return kChoiceTests;
    case FilterType::kMember:
      return kMemberTests;
    case FilterType::kNumber:
      return kNumberTests;
    case FilterType::kTruth:
      return kTruthTests;
    case FilterType::kTime:
      return kTimeTests;
    case FilterType::kActivity:
      return ActivityTests();
  }
  return {};
}

FilterType BuiltInFilterType(std::string_view field) {
  if (!PredicateOf(field).empty()) return FilterType::kMember;
  if (ActivityNamed(field) != nullptr) return FilterType::kActivity;
  const auto built_in = rules::BuiltInFromName(std::string(field));
  if (!built_in) return FilterType::kText;
  if (*built_in == rules::BuiltIn::kSendable || *built_in == rules::BuiltIn::kDoNotContact) return FilterType::kTruth;
  switch (rules::InfoOf(*built_in).kind) {
    case rules::BuiltInKind::kNumber:
      return FilterType::kNumber;
    case rules::BuiltInKind::kInstant:
      return FilterType::kTime;
    default:
      return FilterType::kChoice;
  }
}

Status ReadTypedValues(FilterType type, FilterCondition* condition) {
  const std::string_view test = condition->test;
  for (std::string& value : condition->values) {
    if (type == FilterType::kNumber) {
      LP_ASSIGN_OR_RETURN(const Number number, ReadTypedNumber(value));
      value = number.Plain();
    } else if (test == "times") {
      LP_ASSIGN_OR_RETURN(const int64_t times, ReadTypedInteger(value, {"time", "times"}));
      value = std::to_string(times);
    } else if (test == "anniversary") {
      LP_ASSIGN_OR_RETURN(const int64_t days, ReadTypedInteger(value, {"day", "days"}));
      value = std::to_string(days);
    } else if (test == "last" || test == "not_last" || test == "older") {
      LP_ASSIGN_OR_RETURN(const Millis duration, ReadTypedDuration(value, DurationUse::kRule));
      value = ValueOfDuration(duration);
    }
  }
  return Status::Ok();
}

std::string RuleOf(const FilterCondition& condition, FilterType type) {
  if (type == FilterType::kActivity) return RuleOfActivity(condition);
  const std::string field = FieldName(condition.field);
  if (condition.test == "set" || condition.test == "unset") {
    return Concat({field, condition.test == "set" ? " IS SET" : " IS NOT SET"});
  }
  if (condition.test == "anniversary_today") return field + " ANNIVERSARY TODAY";
  const bool is_negated = condition.test == "is_not";
  const std::vector<std::string>& values = condition.values;
  if (values.empty()) return {};
  const bool is_equality = type != FilterType::kMember && (is_negated || condition.test == "is");
  if (is_equality && values.size() > 1) {
    std::vector<std::string> literals;
    for (const std::string& value : values) literals.push_back(LiteralOf(value, type));
    return Concat({field, is_negated ? " NOT IN (" : " IN (", Join(literals, ", "), ")"});
  }
  if (is_equality) return Concat({field, is_negated ? " IS NOT " : " IS ", LiteralOf(values.front(), type)});
  std::vector<std::string> terms;
  for (const std::string& value : values) terms.push_back(RuleOfValue(condition, value, type));
  std::string rule = Join(terms, " OR ");
  if (terms.size() > 1) rule = Concat({"(", rule, ")"});
  return is_negated ? "NOT " + rule : rule;
}

std::optional<std::vector<FilterPart>> PartsOf(const std::string& rule) {
  std::vector<FilterPart> parts;
  if (TrimAsciiSpace(rule).empty()) return parts;
  const auto parsed = rules::ParseRule(rule);
  const auto* understood = std::get_if<rules::Rule>(&parsed);
  if (understood == nullptr) return std::nullopt;
  const auto* together = std::get_if<rules::And>(&understood->root->kind);
  if (together == nullptr) return std::vector<FilterPart>{PartOf(*understood->root)};
  for (const rules::NodePtr& child : together->children) parts.push_back(PartOf(*child));
  return parts;
}

std::string JoinParts(const std::vector<std::string>& rules) { return Join(WithoutEmpty(rules), " AND "); }

std::string JoinEither(const std::vector<std::string>& rules) {
  const std::vector<std::string> said = WithoutEmpty(rules);
  return said.size() < 2 ? Join(said, "") : Concat({"(", Join(said, " OR "), ")"});
}

}  // namespace leadpulse::serve
