#include "processor/serve/pages/filter_rule.h"

#include <algorithm>
#include <string_view>

#include "processor/base/text.h"
#include "processor/rules/language/vocabulary.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kUnsetTest = "IS NOT SET", kSetTest = "IS SET", kNobody = "-";

bool IsNumberText(std::string_view text) { return ParseNumber(text).has_value(); }

// A field's name between backquotes, which it cannot end.
std::string Backquoted(std::string_view name) {
  std::string quoted = "`";
  std::ranges::copy_if(name, std::back_inserter(quoted), [](char c) { return c != '`'; });
  return quoted + "`";
}

std::string AttributeCondition(std::string_view name, std::string_view test, std::string_view value) {
  const auto& tests = FilterTests();
  if (std::ranges::find(tests, test) == tests.end()) test = tests.front();
  std::string condition = Backquoted(name) + " " + std::string(test);
  if (test == kSetTest || test == kUnsetTest) return condition;
  const bool compares = test == ">=" || test == "<=";
  return condition + " " + (compares && IsNumberText(value) ? std::string(value) : rules::QuoteString(value));
}

}  // namespace

const std::vector<std::string>& FilterTests() {
  static const std::vector<std::string> tests = {"IS",
                                                 "IS NOT",
                                                 "CONTAINS",
                                                 "STARTS WITH",
                                                 "ENDS WITH",
                                                 ">=",
                                                 "<=",
                                                 std::string(kSetTest),
                                                 std::string(kUnsetTest)};
  return tests;
}

std::string FilterRule(const std::vector<webhooks::FormField>& fields) {
  const auto value = [&fields](std::string_view name) { return TrimAsciiSpace(webhooks::LastOf(fields, name)); };
  std::vector<std::string> conditions;
  const auto add = [&](std::string_view name, std::string_view before) {
    if (!value(name).empty()) conditions.push_back(std::string(before) + rules::QuoteString(value(name)));
  };
  add("stage", "stage IS ");
  add("tier", "tier IS ");
  if (value("agent") == kNobody) {
    conditions.emplace_back("agent IS NOT SET");
  } else {
    add("agent", "agent IS ");
  }
  add("tag", "HAS TAG ");
  add("list", "IN LIST ");
  add("segment", "IN SEGMENT ");
  add("campaign", "IN CAMPAIGN ");
  const std::string_view score = value("score"), sendable = value("sendable");
  if (!score.empty())
    conditions.push_back("score >= " + (IsNumberText(score) ? std::string(score) : rules::QuoteString(score)));
  if (sendable == "true" || sendable == "false") conditions.push_back("sendable IS " + std::string(sendable));
  if (!value("attribute").empty()) {
    conditions.push_back(AttributeCondition(value("attribute"), value("test"), value("value")));
  }
  return Join(conditions, " AND ");
}

}  // namespace leadpulse::serve
