// Invalid searches and their messages: the position, the error there, and a correction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "config/definitions_loader.h"
#include "processor/query/search/search_rule.h"
#include "processor/query/search/search_terms.h"

namespace leadpulse::query::search_rule_error_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kDefinitions[] = R"(
tenants:
  acme:
    strict_fields: true
    fields: {industry: text, company_size: number, vip: boolean, renewal: date, a_b: text, a-b: text, name: text,
             first_name: text}
    tiers: [{name: all}]
    segments: [{id: openers, name: Openers, rule: 'opens > 0'}]
)";

Status ErrorOf(std::string_view search) {
  static const config::LoadedDefinitions loaded = config::LoadDefinitions(kDefinitions);
  return RuleOfSearch(search, loaded.definitions->For("acme")).status();
}

// Expects an error of a search. With `syntax` it is invalid for every tenant.
void ExpectError(std::string_view search, int column, const std::string& message, bool syntax) {
  const Status status = ErrorOf(search);
  ASSERT_FALSE(status.ok()) << search;
  EXPECT_EQ(status.kind(), ErrorKind::kRejected);
  EXPECT_THAT(status.message(), StartsWith("line 1, column " + std::to_string(column) + ": " + message)) << search;
  EXPECT_EQ(!CheckSearchSyntax(search).ok(), syntax) << search;
}
void ExpectSyntaxError(std::string_view search, int column, const std::string& message) {
  ExpectError(search, column, message, true);
}
void ExpectTenantError(std::string_view search, int column, const std::string& message) {
  ExpectError(search, column, message, false);
}

TEST(SearchRuleErrorTest, ShowsTheSearchWithACaret) {
  EXPECT_EQ(
      ErrorOf("größe industry:\"x").message(),
      "line 1, column 16: the quote that begins here is never closed (put a \" at its end; write \\\" for a quote "
      "itself)\ngröße industry:\"x\n               ^");
}

TEST(SearchRuleErrorTest, Quotes) {
  ExpectSyntaxError("a\" or 1=1", 2, "the quote that begins here is never closed");
  ExpectSyntaxError("industry:\"a\\\"", 10, "the quote that begins here is never closed");
  ExpectSyntaxError("`industry:x", 1, "the name that begins here is never closed");
  ExpectSyntaxError("` `:x", 1, "a name between backquotes is empty");
  ExpectSyntaxError("`industry` x", 11, "a comparison is missing after the name");
  ExpectSyntaxError("ind`ustry:x", 1, "the name of a field cannot have a backquote in it");
  ExpectSyntaxError("“Jane Doe”", 1, "a typographic quote stands here");
  ExpectSyntaxError("industry:„x“", 10, "a typographic quote stands here");
}

TEST(SearchRuleErrorTest, Comparisons) {
  ExpectSyntaxError(":x", 1, "the field's name is missing here");
  ExpectSyntaxError("x >5", 3, "the field's name is missing here");
  ExpectSyntaxError("\"\":x", 3, "the field's name is missing here");
  ExpectSyntaxError("score==5", 6, "two comparisons side by side");
  ExpectSyntaxError("score=>5", 6, "two comparisons side by side");
  ExpectSyntaxError("score<>5", 6, "two comparisons side by side");
  ExpectSyntaxError("a,b:c", 4, "a comparison after several words");
  ExpectTenantError("score>", 7, "a value is missing after >");
  ExpectTenantError("score>5*", 7, "a value is missing after >");
  ExpectTenantError("score>5,6", 9, "> compares with one value");
}

TEST(SearchRuleErrorTest, CommasStarsAndMinuses) {
  ExpectSyntaxError("industry:a, b", 11, "a value is missing beside the comma");
  ExpectSyntaxError("industry:,a", 10, "a value is missing beside the comma");
  ExpectSyntaxError("industry:a,,b", 12, "a value is missing beside the comma");
  ExpectSyntaxError(",", 1, "a comma stands alone");
  ExpectSyntaxError("a - b", 3, "a minus stands alone");
  ExpectSyntaxError("--a", 1, "two minus signs side by side");
  ExpectSyntaxError("industry:a*b", 11, "a * stands inside a value");
  ExpectSyntaxError("x *", 3, "there is nothing to search for here");
  ExpectSyntaxError("\"\"", 1, "there is nothing to search for here");
}

TEST(SearchRuleErrorTest, ValuesThatAFieldDoesNotTake) {
  ExpectTenantError("score:abc", 7, "\"score\" is a number, and \"abc\" is not");
  ExpectTenantError("company_size>30d", 14, "\"company_size\" is a number, and \"30d\" is not");
  ExpectTenantError("company_size:1*", 14, "\"company_size\" is no text, so that * cannot stand for a part of it");
  ExpectTenantError("vip:maybe", 5, "\"vip\" is true or false, not \"maybe\"");
  ExpectTenantError("vip>true", 5, "\"vip\" is true or false, which has no order");
  ExpectTenantError("industry>5", 10, "\"industry\" is a text, which has no order");
  ExpectTenantError("tags>5", 6, "\"tags\" is a text, which has no order");
  ExpectTenantError("created:soon", 9, "\"created\" is a time, and \"soon\" is not");
  ExpectTenantError("created>5", 9, "\"created\" is a time, and \"5\" is not");
  ExpectTenantError("created:2026-02-30", 9, "\"created\" is a time");
  ExpectTenantError("created<99999d", 9, "\"created\" is a time");
  ExpectTenantError("opened:30d", 8, "an age takes < or > (opened<30d is within that time, opened>30d longer ago)");
  ExpectTenantError("tag:\"\"", 5, "nothing stands between the quotes");
  ExpectTenantError("x:a,b", 1, "the field \"x\" is not declared under fields");
}

TEST(SearchRuleErrorTest, SegmentsAndConsents) {
  ExpectTenantError("segment:oppeners", 9, "there is no segment \"oppeners\" (did you mean \"openers\"?)");
  ExpectTenantError("segment:", 9, "the whole id of a segment is missing here");
  ExpectTenantError("segment:open*", 9, "the whole id of a segment is missing here");
  ExpectTenantError("consent:*", 9, "the whole purpose of a consent is missing here");
  ExpectTenantError("segment>openers", 9, "\"segment\" has no order");
}

TEST(SearchRuleErrorTest, NamesThatStrictFieldsRefuse) {
  ExpectTenantError("acme industri:x", 6,
                    "the field \"industri\" is not declared under fields (did you mean \"industry\"?)");
  // Two names are spelled alike: the search means neither.
  ExpectTenantError("ab:x", 1, "the field \"ab\" is not declared under fields");
}

TEST(SearchRuleErrorTest, WhatIsShownAndNoRuleKnows) {
  ExpectTenantError("topics_out:news", 1, "\"topics_out\" is shown, and cannot be searched");
  EXPECT_THAT(ErrorOf("-topics_out:news").message(), HasSubstr("SENDABLE FOR \"news\""));
  for (const std::string name : {"version", "seq", "stage_since", "tenant_id", "notes", "counts", "complaints"}) {
    ExpectTenantError(name + ":5", 1, "\"" + name + "\" is shown, and cannot be searched");
    EXPECT_THAT(ErrorOf(name + ":5").message(), HasSubstr("profile." + name));
  }
}

TEST(SearchRuleErrorTest, TextThatIsNone) {
  ExpectSyntaxError(std::string_view("a\0b", 3), 2, "a NUL character stands here");
  ExpectSyntaxError("ä\xff", 2, "the text is not UTF-8 here");
  ExpectSyntaxError("a\xed\xa0\x80", 2, "the text is not UTF-8 here");
}

TEST(SearchRuleErrorTest, Bounds) {
  ExpectSyntaxError(std::string(kMaxSearchBytes + 1, 'x'), kMaxSearchBytes + 1, "the search is longer than 4096 bytes");
  std::string terms;
  for (size_t i = 0; i < kMaxSearchTerms; ++i) terms += "vip: ";
  ExpectSyntaxError(terms + "x", static_cast<int>(terms.size() + 1), "the search has more than 64 terms");
  std::string words;
  for (size_t i = 0; i < kMaxSearchTerms; ++i) words += "w,";
  ExpectSyntaxError(words + "x", static_cast<int>(words.size() + 1), "the search has more than 64 terms");
  std::string escaped = "*";  // looked for in several fields, and half as long again in the rule
  for (int i = 0; i < 2000; ++i) escaped += "\\a";
  ExpectTenantError(escaped, 1, "as a rule the search is longer than 16384 bytes");
}

}  // namespace leadpulse::query::search_rule_error_test
