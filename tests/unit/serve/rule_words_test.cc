// Rules in words.
#include "processor/serve/pages/rule_words.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cctype>
#include <memory>
#include <regex>
#include <string>
#include <utility>
#include <variant>

#include "processor/rules/language/parser.h"
#include "processor/rules/language/printer.h"
#include "tests/property/rule_generators.h"

namespace leadpulse::serve::rule_words_test {

RuleNames Names() {
  auto tenant = std::make_shared<ShownTenant>();
  tenant->campaigns.Add({"spring", "Spring 2026"});
  tenant->lists.Add({"key", "Key accounts"});
  tenant->segments.push_back({"lapsing", "Lapsing customers"});
  return {{{"agent", "Owner", FilterType::kChoice},
           {"sendable", "Can be mailed", FilterType::kTruth},
           {"profile.score", "Score of the fair", FilterType::kNumber}},
          std::move(tenant),
          ShownNumbers("de")};
}

struct Row {
  std::string rule;
  std::string words;
};
void ExpectWords(std::initializer_list<Row> rows) {
  for (const auto& [rule, words] : rows) EXPECT_EQ(WordsOfRule(rule, Names()), words) << rule;
}

TEST(RuleWords, OfValues) {
  ExpectWords({
      {R"(stage IN ("new", "contacted") AND agent != "ben")", "Stage is New or Contacted; Owner is not ben"},
      {"score >= 5 OR NOT score < 2", "Score is at least 5, or Score is not less than 2"},
      {R"(renewal < "2026-03-01" AND renewal >= "2026-01-01T08:30:00Z")",
       "Renewal is earlier than 2026-03-01; Renewal is at the earliest 2026-01-01 08:30:00 UTC"},
      {"sendable = false AND city IS NOT SET", "Can be mailed is no; City is not set"},
      {R"(city NOT CONTAINS "a" AND NOT city ENDS WITH "b ")", "City does not contain a; City does not end with “b ”"},
      {"quality NOT BETWEEN 60 AND 100", "Quality is not between 60 and 100"},
      {"score BETWEEN 1000 AND 2000.5 AND score IN (-1000, 1)",
       "Score is between 1.000 and 2.000,5; Score is −1.000 or 1"},
      {R"(profile.score = 1 AND name HAS WORDS "ann" AND NOT HAS WORDS "bo")",
       "Score of the fair is 1; Name has the words ann; Does not have the words “bo”"},
      {R"(city CONTAINS "a" OR city CONTAINS "b")", "City contains a or b"},
      {R"(city NOT CONTAINS "a" OR city NOT CONTAINS "b")", "City does not contain a, or City does not contain b"},
      {R"(agent != "x" OR agent != "y")", "Owner is not x, or Owner is not y"},
      {R"(quality NOT BETWEEN 1 AND 2 OR quality NOT BETWEEN 5 AND 6)",
       "Quality is not between 1 and 2, or Quality is not between 5 and 6"},
  });
}

TEST(RuleWords, OfTimes) {
  ExpectWords({
      {"renewal < 30 DAYS FROM NOW", "Renewal in the next 30 days"},
      {"renewal > 2 WEEKS FROM NOW", "Renewal more than 14 days from now"},
      {"NOT last_opened < 1 hour ago", "Last opened not in the last 1 hour"},
      {"last_opened <= 1 hour ago", "Last opened at most 1 hour ago"},
      {R"(renewal BETWEEN "2026-01-01" AND 3 DAYS FROM NOW)", "Renewal is between 2026-01-01 and 3 days from now"},
      {"renewal IN THIS MONTH", "Renewal is this month"},
      {R"(renewal NOT ON TODAY AND renewal ON "2026-01-01")", "Renewal is not today; Renewal is on 2026-01-01"},
      {"renewal ON 5 DAYS FROM NOW OR renewal ON 1 DAY FROM NOW", "Renewal is 5 days from now or tomorrow"},
      {"born ANNIVERSARY TODAY", "Born has its anniversary today"},
      {"NOT born ANNIVERSARY IN NEXT 7 DAYS", "Born has no anniversary in the next 7 days"},
      {"follow_up_on BEFORE TOMORROW", "Follow-up is due"},
  });
}

TEST(RuleWords, OfMemberships) {
  ExpectWords({
      {R"(HAS TAG "vip" OR HAS TAG "new")", "Tag is vip or new"},
      {R"(NOT (HAS TAG "vip" OR HAS TAG "new"))", "Tag is not vip or new"},
      {R"(NOT HAS TAG "vip" OR NOT HAS TAG "new")", "Tag is not vip, or Tag is not new"},
      {R"(NOT (NOT HAS TAG "vip" OR NOT HAS TAG "new"))", "Not true: (Tag is not vip, or Tag is not new)"},
      {R"(HAS CONSENT "news" AND NOT HAS CONSENT "calls")", "Has consented to news; Has not consented to calls"},
      {R"(SENDABLE FOR "news" AND NOT SENDABLE FOR "tips")", "Can be mailed about news; Cannot be mailed about tips"},
      {R"(IN LIST "key" AND IN CAMPAIGN "SPRING" AND NOT IN SEGMENT "lapsing")",
       "List is Key accounts; Campaign is Spring 2026; Segment is not Lapsing customers"},
      {R"(IN LIST "x" OR IN CAMPAIGN "y" AND IN SEGMENT "z")", "List is x, or (Campaign is y and Segment is z)"},
      {R"(NOT (IN LIST "x" AND stage = "new"))", "Not true: (List is x and Stage is New)"},
  });
}

TEST(RuleWords, OfWhatALeadDid) {
  ExpectWords({
      {"DID open IN LAST 2 weeks", "Opened in the last 14 days"},
      {"DID send IN THIS MONTH", "Mailed this month"},
      {R"(DID click "Pricing" >= 3 TIMES)", "Clicked “Pricing” at least 3 times"},
      {R"(DID visit STARTS WITH "/docs" = 1 TIME)", "Visited beginning with “/docs” exactly once"},
      {R"(DID open CAMPAIGN "SPRING" < 2 TIMES)", "Opened in the campaign Spring 2026 fewer than 2 times"},
      {"NOT DID open", "Never opened"},
      {"DID open = 0 TIMES", "Never opened"},
      {"NOT DID open = 0 TIMES", "Opened"},
      {"DID visit = 0 TIMES BEFORE 7 days ago", "Not visited before 7 days ago"},
      {"NOT DID open > 2 TIMES", "Not opened more than 2 times"},
      {"NOT DID ANY open IN LAST 7 days", "Not opened (programs, too) in the last 7 days"},
      {"DID MACHINE click >= 10 TIMES", "Clicked (programs only) at least 10 times"},
      {R"(DID custom "order" WHERE (total >= 50 AND ship_to = "CH") AFTER "2026-01-01")",
       "Had “order” where total is at least 50 and ship to is CH after 2026-01-01"},
      {"DID open BETWEEN 90 days ago AND YESTERDAY", "Opened between 90 days ago and yesterday"},
      {"DID open ON TODAY", "Opened today"},
      {"DID open OR DID click", "Opened, or Clicked"},
      {"DID send NOT THEN open WITHIN 2 days SAME MESSAGE",
       "Mailed, then not opened within 2 days, in the same message"},
      {"NOT DID send THEN open WITHIN 2 days", "Not true: mailed, then opened within 2 days"},
  });
}

TEST(RuleWords, ARuleWithErrorsIsItself) { ExpectWords({{"score >", "score >"}, {"", ""}}); }

// Returns a random rule whose texts and names look like nothing of the language.
std::string DrawRule() {
  std::string rule = rules::PrintNode(*rules::DrawNode(3));
  rule = std::regex_replace(rule, std::regex(R"("(?!\d{4}-\d\d-\d\d)([^"\\]|\\[^])*")"), R"("x")");
  return std::regex_replace(rule, std::regex("`[^`]*`"), "`some thing`");
}

std::string WordsOf(const rules::Node& node) { return WordsOfNode(node, Names()); }

RC_GTEST_PROP(RuleWordsProperty, NoFormIsShownAsWritten, ()) {
  const std::string rule = DrawRule();
  RC_LOG() << rule << "\n";
  const auto parsed = rules::ParseRule(rule);
  RC_PRE(std::holds_alternative<rules::Rule>(parsed));
  const std::string words = WordsOf(*std::get<rules::Rule>(parsed).root);
  RC_LOG() << words << "\n";
  RC_ASSERT(!std::regex_search(words, std::regex("[A-Z][A-Z]")) || std::regex_search(words, std::regex("\\bUTC\\b")));
  RC_ASSERT(words.find_first_of("<>=\"`_") == std::string::npos);
}

RC_GTEST_PROP(RuleWordsProperty, TheOppositeHasOtherWords, ()) {
  rules::NodePtr node = rules::DrawNode(2);
  const std::string words = WordsOf(*node);
  auto opposite = std::make_unique<rules::Node>();
  opposite->kind = rules::Not{std::move(node)};
  RC_LOG() << rules::PrintNode(*opposite) << "\n" << words << "\n";
  RC_ASSERT(WordsOf(*opposite) != words);
}

}  // namespace leadpulse::serve::rule_words_test
