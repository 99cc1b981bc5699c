#include "processor/serve/pages/filter_rule.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/rules/language/ast.h"
#include "processor/rules/language/field_names.h"
#include "processor/rules/language/vocabulary.h"
#include "processor/serve/pages/filter_activity.h"
#include "processor/serve/pages/typed_value.h"

namespace leadpulse::serve {
namespace {

constexpr FilterTest kIs{"is", "is"}, kIsNot{"is_not", "is not"}, kSet{"set", "is set", false},
    kUnset{"unset", "is not set", false}, kBetween{"between", "is between … and …"};
constexpr auto kTextTests = std::to_array<FilterTest>({kIs,
                                                       kIsNot,
                                                       {"contains", "contains"},
                                                       {"not_contains", "does not contain"},
                                                       {"starts", "starts with"},
                                                       {"ends", "ends with"},
                                                       {"words", "has the words"},
                                                       kSet,
                                                       kUnset});
constexpr auto kChoiceTests = std::to_array<FilterTest>({kIs, kIsNot, kSet, kUnset});
constexpr auto kMemberTests = std::to_array<FilterTest>({kIs, kIsNot});
constexpr auto kNumberTests = std::to_array<FilterTest>({{"at_least", "is at least"},
                                                         {"at_most", "is at most"},
                                                         {"more", "is more than"},
                                                         {"less", "is less than"},
                                                         kBetween,
                                                         kIs,
                                                         kIsNot,
                                                         kSet,
                                                         kUnset});
constexpr auto kTruthTests = std::to_array<FilterTest>({kIs, kSet, kUnset});
constexpr auto kTimeTests = std::to_array<FilterTest>({{"last", "in the last … days"},
                                                       {"older", "more than … days ago"},
                                                       {"next", "in the next … days"},
                                                       {"on", "is on"},
                                                       {"today", "is today", false},
                                                       {"this_week", "is this week", false},
                                                       {"this_month", "is this month", false},
                                                       {"before", "is before"},
                                                       {"after", "is after"},
                                                       kBetween,
                                                       {"anniversary", "has its anniversary in the next … days"},
                                                       {"anniversary_today", "has its anniversary today", false},
                                                       kSet,
                                                       kUnset});

struct Membership {
  std::string_view field;
  std::string_view predicate;
};
constexpr auto kMemberships = std::to_array<Membership>({{"tag", "HAS TAG "},
                                                         {"list", "IN LIST "},
                                                         {"campaign", "IN CAMPAIGN "},
                                                         {"segment", "IN SEGMENT "},
                                                         {"has consent", "HAS CONSENT "},
                                                         {"sendable for", "SENDABLE FOR "}});

// What stands behind the field, for tests without a value.
constexpr auto kEndings =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"set", " IS SET"},
                                                                  {"unset", " IS NOT SET"},
                                                                  {"anniversary_today", " ANNIVERSARY TODAY"},
                                                                  {"today", " ON TODAY"},
                                                                  {"this_week", " IN THIS WEEK"},
                                                                  {"this_month", " IN THIS MONTH"}});

// Splits `5 and 10`; nullopt: these are not two values.
std::optional<std::pair<std::string_view, std::string_view>> BothOf(std::string_view value) {
  constexpr std::string_view kAnd = " and ";
  const size_t at = value.find(kAnd);
  if (at == std::string_view::npos) return std::nullopt;
  return std::pair{TrimAsciiSpace(value.substr(0, at)), TrimAsciiSpace(value.substr(at + kAnd.size()))};
}

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
                                                                          {"not_contains", " CONTAINS "},
                                                                          {"starts", " STARTS WITH "},
                                                                          {"ends", " ENDS WITH "},
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
  if (condition.test == "last" || condition.test == "older" || condition.test == "next") {
    const std::string duration = DurationOfValue(value);
    const std::string_view tail = condition.test == "next" ? " from now" : " ago";
    return Concat({field, condition.test == "older" ? " > " : " < ", duration, duration[0] == '"' ? "" : tail});
  }
  if (condition.test == "between") {
    const auto both = BothOf(value);
    if (!both) return Concat({field, " BETWEEN ", rules::QuoteString(value)});
    return Concat({field, " BETWEEN ", LiteralOf(both->first, type), " AND ", LiteralOf(both->second, type)});
  }
  if (condition.test == "anniversary") {
    const bool is_count = ParseInteger<uint32_t>(value).has_value();
    return Concat({field, " ANNIVERSARY IN NEXT ", is_count ? std::string(value) : rules::QuoteString(value),
                   value == "1" ? " DAY" : " DAYS"});
  }
  const std::string_view spelling = OperatorOf(condition.test);
  return Concat({field, spelling.empty() ? " IS " : spelling, LiteralOf(value, type)});
}

// Reads `5 and 10`, or two days.
Result<std::string> BothTyped(std::string_view typed, FilterType type) {
  const auto both = BothOf(typed);
  const bool is_number = type == FilterType::kNumber;
  if (!both) {
    return Status::Rejected(Concat(
        {"“", typed, "” is one value. Type two, such as ", is_number ? "5 and 10." : "2026-03-01 and 2026-03-31."}));
  }
  if (!is_number) return Concat({both->first, " and ", both->second});
  LP_ASSIGN_OR_RETURN(const Number low, ReadTypedNumber(both->first));
  LP_ASSIGN_OR_RETURN(const Number high, ReadTypedNumber(both->second));
  return Concat({low.Plain(), " and ", high.Plain()});
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

std::string NameOf(const rules::Field& field) {
  const auto* built_in = std::get_if<rules::BuiltIn>(&field.name);
  return built_in != nullptr ? std::string(rules::BuiltInName(*built_in))
                             : rules::NameOfAttribute(std::get<std::string>(field.name));
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
    if (test == "between") {
      LP_ASSIGN_OR_RETURN(value, BothTyped(value, type));
    } else if (type == FilterType::kNumber) {
      LP_ASSIGN_OR_RETURN(const Number number, ReadTypedNumber(value));
      value = number.Plain();
    } else if (test == "times") {
      LP_ASSIGN_OR_RETURN(const int64_t times, ReadTypedInteger(value, {"time", "times"}));
      value = std::to_string(times);
    } else if (test == "anniversary") {
      LP_ASSIGN_OR_RETURN(const int64_t days, ReadTypedInteger(value, {"day", "days"}));
      value = std::to_string(days);
    } else if (test == "last" || test == "not_last" || test == "older" || test == "next") {
      LP_ASSIGN_OR_RETURN(const Millis duration, ReadTypedDuration(value, DurationUse::kRule));
      value = ValueOfDuration(duration);
    }
  }
  return Status::Ok();
}

std::string RuleOf(const FilterCondition& condition, FilterType type) {
  if (type == FilterType::kActivity) return RuleOfActivity(condition);
  const std::string field = FieldName(condition.field);
  const auto* ending =
      std::ranges::find(kEndings, condition.test, &std::pair<std::string_view, std::string_view>::first);
  if (ending != kEndings.end()) return Concat({field, ending->second});
  const bool is_negated = condition.test == "is_not" || condition.test == "not_contains";
  const std::vector<std::string>& values = condition.values;
  if (values.empty()) return {};
  const bool is_equality = type != FilterType::kMember && (condition.test == "is_not" || condition.test == "is");
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

std::string JoinParts(const std::vector<std::string>& rules) { return Join(WithoutEmpty(rules), " AND "); }

std::string JoinEither(const std::vector<std::string>& rules) {
  const std::vector<std::string> said = WithoutEmpty(rules);
  return said.size() < 2 ? Join(said, "") : Concat({"(", Join(said, " OR "), ")"});
}

}  // namespace leadpulse::serve
