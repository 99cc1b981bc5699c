// Reads rules as conditions of the filter.
#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "processor/serve/pages/filter_activity.h"
#include "processor/serve/pages/filter_rule.h"

namespace leadpulse::serve {
namespace {

using rules::Compare;

std::string TextOf(const rules::Literal& literal) {
  if (const auto* truth = std::get_if<bool>(&literal.value)) return *truth ? "true" : "false";
  if (const auto* number = std::get_if<Number>(&literal.value)) return number->Plain();
  return std::get<rules::Text>(literal.value).text;
}

FilterType TypeOf(const rules::Literal& literal) {
  if (std::holds_alternative<bool>(literal.value)) return FilterType::kTruth;
  return std::holds_alternative<Number>(literal.value) ? FilterType::kNumber : FilterType::kText;
}

// A condition, and its type, that a rule was probably made from. AddCondition checks that it makes that rule.
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
    constexpr std::string_view kNames[] = {"contains", "starts", "ends"};  // by TextOperator
    const std::string_view name = test.negated ? "not_contains" : kNames[static_cast<size_t>(test.op)];
    return Reading{{"", std::string(name), {test.text.text}}};
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
    const std::string_view less = age.from_now ? "next" : "last";
    return Reading{{"", std::string(age.op == Compare::kLess ? less : "older"), {ValueOfDuration(age.duration)}},
                   FilterType::kTime};
  }
  std::optional<Reading> operator()(const rules::Before& test) const { return Day("before", DayTextOf(test.bound)); }
  std::optional<Reading> operator()(const rules::After& test) const { return Day("after", DayTextOf(test.bound)); }
  std::optional<Reading> operator()(const rules::Between& test) const {
    const auto low = DayTextOf(test.low), high = DayTextOf(test.high);
    return low && high ? Day("between", Concat({*low, " and ", *high})) : std::nullopt;
  }
  std::optional<Reading> operator()(const rules::OnDay& test) const {
    const auto* date = std::get_if<rules::DateLiteral>(&test.day);
    return date == nullptr ? Reading{{"", "today"}, FilterType::kTime} : Day("on", date->text);
  }
  std::optional<Reading> operator()(const rules::InPeriod& period) const {
    return Reading{{"", period.unit == PeriodUnit::kWeek ? "this_week" : "this_month"}, FilterType::kTime};
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
  reading->condition.field = NameOf(field);
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
  std::optional<Reading> operator()(const rules::HasConsent& has) const {
    return Member("has consent", has.purpose.text);
  }
  std::optional<Reading> operator()(const rules::SendableFor& sendable) const {
    return Member("sendable for", sendable.topic.text);
  }
  std::optional<Reading> operator()(const rules::ValuePredicate& predicate) const {
    return Of(predicate.field, std::visit(TestReader{}, predicate.test));
  }
  std::optional<Reading> operator()(const rules::NumberBetween& between) const {
    return Of(between.field, Reading{{"", "between", {Concat({between.low.Plain(), " and ", between.high.Plain()})}},
                                     FilterType::kNumber});
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
    if (reading) reading->condition.test = reading->condition.test == "contains" ? "not_contains" : "is_not";
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
    return Reading{ConditionOfActivity(did, negated), FilterType::kActivity};
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

}  // namespace

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

}  // namespace leadpulse::serve
