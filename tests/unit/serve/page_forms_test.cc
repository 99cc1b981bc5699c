// Forms of the pages: the rule of the filter panel, and fields as bodies of the API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "processor/serve/api/request/session_cookie.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/filter_rule.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/lead_fields.h"
#include "processor/serve/pages/page_request.h"

namespace leadpulse::serve::page_forms_test {

using http::FormField;
using ::testing::ElementsAre;

PageRequest Sent(std::vector<FormField> form) {
  PageRequest request;
  request.form = std::move(form);
  return request;
}

std::string BodyFor(std::string_view action, std::vector<FormField> form) {
  return BodyOf(*RouteOfAction(action), Sent(std::move(form)));
}

std::string RuleOfText(std::string field, std::string test, std::vector<std::string> values,
                       FilterType type = FilterType::kText) {
  return RuleOf({std::move(field), std::move(test), std::move(values)}, type);
}

TEST(FilterRule, OneOfSeveralValuesIsEnough) {
  EXPECT_EQ(RuleOfText("stage", "is", {"new"}), R"(stage IS "new")");
  EXPECT_EQ(RuleOfText("stage", "is_not", {"new", "lost"}), R"(stage NOT IN ("new", "lost"))");
  EXPECT_EQ(RuleOfText("city", "contains", {"a", "b"}), R"((city CONTAINS "a" OR city CONTAINS "b"))");
  EXPECT_EQ(RuleOfText("tag", "is", {"a", "b"}, FilterType::kMember), R"((HAS TAG "a" OR HAS TAG "b"))");
  EXPECT_EQ(RuleOfText("segment", "is_not", {"a"}, FilterType::kMember), R"(NOT IN SEGMENT "a")");
  EXPECT_EQ(RuleOfText("agent", "unset", {"x"}, FilterType::kChoice), "agent IS NOT SET");
  EXPECT_EQ(RuleOfText("city", "is", {}), "");
  EXPECT_EQ(JoinParts({"a IS 1", "", "(b IS 1 OR c IS 1)"}), "a IS 1 AND (b IS 1 OR c IS 1)");
}

TEST(FilterRule, ATextCannotBecomeAnotherRule) {
  EXPECT_EQ(RuleOfText("tag", "is", {R"(x" OR score >= 0 OR HAS TAG "\)"}, FilterType::kMember),
            R"(HAS TAG "x\" OR score >= 0 OR HAS TAG \"\\")");
  EXPECT_EQ(RuleOfText("score", "at_least", {"0 OR score < 1"}, FilterType::kNumber), R"(score >= "0 OR score < 1")");
  EXPECT_EQ(RuleOfText("a` IS SET OR `b", "IS SET OR", {"x"}), R"(`a IS SET OR b` IS "x")");
  EXPECT_EQ(RuleOfText("sendable", "is", {"true OR score >= 0"}, FilterType::kTruth),
            R"(sendable IS "true OR score >= 0")");
  EXPECT_EQ(RuleOfText("created", "last", {"1 day ago OR x"}, FilterType::kTime), R"(created < "1 day ago OR x")");
}

TEST(FilterRule, WritesValuesByType) {
  EXPECT_EQ(RuleOfText("employees", "at_least", {"12.5"}, FilterType::kNumber), "employees >= 12.5");
  EXPECT_EQ(RuleOfText("employees", "more", {"100"}, FilterType::kNumber), "employees > 100");
  EXPECT_EQ(RuleOfText("employees", "is", {"12"}), R"(employees IS "12")");
  EXPECT_EQ(RuleOfText("vip", "is", {"true"}, FilterType::kTruth), "vip IS true");
  EXPECT_EQ(RuleOfText("since", "before", {"2026-01-05"}, FilterType::kTime), R"(since BEFORE "2026-01-05")");
  EXPECT_EQ(RuleOfText("created", "last", {"30"}, FilterType::kTime), "created < 30 days ago");
  EXPECT_EQ(RuleOfText("not a word", "is", {"x"}), R"(`not a word` IS "x")");
}

TEST(FilterRule, WritesWhatLiesBetween) {
  EXPECT_EQ(RuleOfText("score", "between", {"5 and 10"}, FilterType::kNumber), "score BETWEEN 5 AND 10");
  EXPECT_EQ(RuleOfText("renewal", "between", {"2026-01-05 and 2026-02-05"}, FilterType::kTime),
            R"(renewal BETWEEN "2026-01-05" AND "2026-02-05")");
  EXPECT_EQ(RuleOfText("score", "between", {"5 AND 10 OR score > 0"}, FilterType::kNumber),
            R"(score BETWEEN "5 AND 10 OR score > 0")");
  EXPECT_EQ(RuleOfText("score", "between", {"5 and 10 OR score > 0"}, FilterType::kNumber),
            R"(score BETWEEN 5 AND "10 OR score > 0")");
}

TEST(FilterRule, WritesTimesAheadAndPeriods) {
  EXPECT_EQ(RuleOfText("renewal", "next", {"30"}, FilterType::kTime), "renewal < 30 days from now");
  EXPECT_EQ(RuleOfText("renewal", "today", {}, FilterType::kTime), "renewal ON TODAY");
  EXPECT_EQ(RuleOfText("renewal", "this_week", {}, FilterType::kTime), "renewal IN THIS WEEK");
  EXPECT_EQ(RuleOfText("renewal", "this_month", {}, FilterType::kTime), "renewal IN THIS MONTH");
}

TEST(FilterRule, WritesConsentsAndTopics) {
  EXPECT_EQ(RuleOfText("has consent", "is", {"news"}, FilterType::kMember), R"(HAS CONSENT "news")");
  EXPECT_EQ(RuleOfText("sendable for", "is_not", {"news"}, FilterType::kMember), R"(NOT SENDABLE FOR "news")");
  EXPECT_EQ(RuleOfText("city", "not_contains", {"a"}), R"(NOT city CONTAINS "a")");
  EXPECT_EQ(RuleOfText("city", "not_contains", {"a", "b"}), R"(NOT (city CONTAINS "a" OR city CONTAINS "b"))");
}

TEST(FilterRule, WritesAnniversaries) {
  EXPECT_EQ(RuleOfText("birthday", "anniversary", {"7"}, FilterType::kTime), "birthday ANNIVERSARY IN NEXT 7 DAYS");
  EXPECT_EQ(RuleOfText("birthday", "anniversary", {"1"}, FilterType::kTime), "birthday ANNIVERSARY IN NEXT 1 DAY");
  EXPECT_EQ(RuleOfText("birthday", "anniversary", {"1 DAY OR x"}, FilterType::kTime),
            R"(birthday ANNIVERSARY IN NEXT "1 DAY OR x" DAYS)");
  EXPECT_EQ(RuleOfText("birthday", "anniversary", {}, FilterType::kTime), "");
  EXPECT_EQ(RuleOfText("birthday", "anniversary_today", {}, FilterType::kTime), "birthday ANNIVERSARY TODAY");
}

TEST(FilterRule, WritesDurations) {
  EXPECT_EQ(RuleOfText("created", "older", {"14"}, FilterType::kTime), "created > 14 days ago");
  EXPECT_EQ(RuleOfText("created", "last", {"36 hours"}, FilterType::kTime), "created < 36 hours ago");
  EXPECT_EQ(RuleOfText("created", "last", {"soon"}, FilterType::kTime), R"(created < "soon")");
  EXPECT_EQ(RuleOfText("created", "last", {"3 days OR score > 0"}, FilterType::kTime),
            R"(created < "3 days OR score > 0")");
}

// Returns the rule of a condition as somebody typed it, or why it is refused.
std::string RuleTyped(std::string field, std::string test, std::string value, FilterType type) {
  FilterCondition condition{std::move(field), std::move(test), {std::move(value)}};
  const Status read = ReadTypedValues(type, &condition);
  return read.ok() ? RuleOf(condition, type) : read.message();
}

TEST(FilterRule, ReadsWhatPeopleType) {
  EXPECT_EQ(RuleTyped("score", "at_least", "1,000", FilterType::kNumber), "score >= 1000");
  EXPECT_EQ(RuleTyped("score", "is", "1 000.50", FilterType::kNumber), "score IS 1000.5");
  EXPECT_EQ(RuleTyped("created", "last", "2 weeks", FilterType::kTime), "created < 14 days ago");
  EXPECT_EQ(RuleTyped("created", "older", "1.5", FilterType::kTime), "created > 36 hours ago");
  EXPECT_EQ(RuleTyped("renewal", "next", "2 weeks", FilterType::kTime), "renewal < 14 days from now");
  EXPECT_EQ(RuleTyped("score", "between", "1,000 and 2 000", FilterType::kNumber), "score BETWEEN 1000 AND 2000");
  EXPECT_EQ(RuleTyped("score", "between", "5", FilterType::kNumber), "“5” is one value. Type two, such as 5 and 10.");
  EXPECT_EQ(RuleTyped("created", "between", "2026-03-01", FilterType::kTime),
            "“2026-03-01” is one value. Type two, such as 2026-03-01 and 2026-03-31.");
  EXPECT_EQ(RuleTyped("created", "on", "2026-03-01", FilterType::kTime), R"(created ON "2026-03-01")");
  EXPECT_EQ(RuleTyped("born", "anniversary", "7 days", FilterType::kTime), "born ANNIVERSARY IN NEXT 7 DAYS");
  EXPECT_EQ(RuleTyped("did click", "times", "1,000 Times", FilterType::kActivity), "DID click >= 1000 TIMES");
  EXPECT_EQ(RuleTyped("did click", "not_last", "1w", FilterType::kActivity), "NOT DID click IN LAST 7 days");
  EXPECT_EQ(RuleTyped("did click", "text", "1.000", FilterType::kActivity), R"(DID click CONTAINS "1.000")");
  EXPECT_EQ(RuleTyped("city", "is", "1.000", FilterType::kText), R"(city IS "1.000")");
  EXPECT_EQ(RuleTyped("score", "at_least", "1.000", FilterType::kNumber),
            "“1.000” may mean two numbers. Type 1000 or 1.");
  EXPECT_EQ(RuleTyped("did click", "last", "2 months", FilterType::kActivity),
            "“2 months” has no certain length. Type days: 60 days.");
}

TEST(PartsOf, ReadsBackWhatTheFilterWrites) {
  for (const FilterType type : {FilterType::kText, FilterType::kNumber, FilterType::kTime, FilterType::kActivity}) {
    for (const FilterTest& test : TestsOf(type)) {
      const bool is_days = test.label.find("…") != std::string_view::npos || type == FilterType::kNumber;
      std::string value = is_days ? "7" : "2026-01-05";
      if (test.name == "between") value = type == FilterType::kTime ? "2026-01-05 and 2026-02-05" : "-5 and 10.5";
      const FilterCondition condition{type == FilterType::kActivity ? "did open" : "field", std::string(test.name),
                                      test.takes_value ? std::vector{value} : std::vector<std::string>()};
      const auto parts = PartsOf(RuleOf(condition, type));
      ASSERT_TRUE(parts && parts->size() == 1) << RuleOf(condition, type);
      EXPECT_EQ(parts->front().condition, condition) << RuleOf(condition, type);
    }
  }
  const auto parts = PartsOf(R"(stage IN ("new", "lost") AND (HAS TAG "a" OR HAS TAG "b") AND sendable IS false)");
  ASSERT_TRUE(parts && parts->size() == 3);
  EXPECT_EQ((*parts)[0].condition, (FilterCondition{"stage", "is", {"new", "lost"}}));
  EXPECT_EQ((*parts)[1].condition, (FilterCondition{"tag", "is", {"a", "b"}}));
  EXPECT_EQ((*parts)[2].condition, (FilterCondition{"sendable", "is", {"false"}}));
  const auto others =
      PartsOf(R"(HAS CONSENT "a" AND NOT SENDABLE FOR "b" AND NOT (city CONTAINS "a" OR city CONTAINS "b"))");
  ASSERT_TRUE(others && others->size() == 3);
  EXPECT_EQ((*others)[0].condition, (FilterCondition{"has consent", "is", {"a"}}));
  EXPECT_EQ((*others)[1].condition, (FilterCondition{"sendable for", "is_not", {"b"}}));
  EXPECT_EQ((*others)[2].condition, (FilterCondition{"city", "not_contains", {"a", "b"}}));
}

TEST(PartsOf, AlternativesAreOnePart) {
  const auto parts = PartsOf(R"((stage IS "new" OR score >= 5 OR HAS TAG "a") AND city IS "Bern")");
  ASSERT_EQ(parts->size(), 2U);
  const std::vector<FilterPart>& either = parts->front().either;
  ASSERT_EQ(either.size(), 3U);
  EXPECT_EQ(either[1].condition, (FilterCondition{"score", "at_least", {"5"}}));
  EXPECT_EQ(JoinEither({either[0].rule, either[2].rule}), R"((stage IS "new" OR HAS TAG "a"))");
  EXPECT_EQ(JoinEither({either[0].rule, ""}), R"(stage IS "new")");
  EXPECT_TRUE(parts->back().either.empty());
  EXPECT_EQ(PartsOf(R"(DID open OR HAS TAG "a")")->front().either.size(), 2U);
  // Several values of one field stay one condition.
  EXPECT_TRUE(PartsOf(R"(HAS TAG "a" OR HAS TAG "b")")->front().either.empty());
}

TEST(FilterRule, WritesWhatALeadDid) {
  const auto rule = [](std::string test, std::vector<std::string> values) {
    return RuleOfText("did click", std::move(test), std::move(values), FilterType::kActivity);
  };
  EXPECT_EQ(rule("last", {"1"}), "DID click IN LAST 1 day");
  EXPECT_EQ(rule("not_last", {"30", "2"}), "NOT (DID click IN LAST 30 days OR DID click IN LAST 2 days)");
  EXPECT_EQ(rule("times", {"3"}), "DID click >= 3 TIMES");
  EXPECT_EQ(rule("times", {"3 TIMES OR score > 0"}), R"(DID click >= "3 TIMES OR score > 0" TIMES)");
  EXPECT_EQ(rule("text", {R"(a" OR DID open)"}), R"(DID click CONTAINS "a\" OR DID open")");
  EXPECT_EQ(rule("never", {}), "NOT DID click");
  EXPECT_EQ(rule("last", {}), "");
}

TEST(PartsOf, KeepsOtherConditionsAsTheyAre) {
  const auto parts =
      PartsOf(R"((stage IS "new" OR score > 5) AND DID custom "x" AND NOT (city IS "a" AND zip IS "b"))");
  ASSERT_TRUE(parts && parts->size() == 3);
  for (const FilterPart& part : *parts) EXPECT_EQ(part.condition, std::nullopt) << part.rule;
  EXPECT_EQ(parts->front().rule, R"((stage IS "new" OR score > 5))");
  EXPECT_EQ(PartsOf("score >"), std::nullopt);
  EXPECT_TRUE(PartsOf("")->empty());
}

TEST(BodyOf, HasTheMembersOfTheRouteInTheirTypes) {
  EXPECT_EQ(BodyFor("stage", {{"stage", "new"}, {"other", "x"}}), R"({"stage":"new"})");
  EXPECT_EQ(BodyFor("agent", {{"agent_id", ""}}), R"({"agent_id":""})");
  EXPECT_EQ(BodyFor("tags", {{"add", " vip, key account ,,"}, {"add", "x"}, {"remove", ""}}),
            R"({"add":["vip","key account","x"]})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "80"}}), R"({"score":80})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "8e1"}}), R"({"score":"8e1"})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "080"}}), R"({"score":80})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "1,000"}}), R"({"score":1000})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "1.000"}}), R"({"score":"1.000"})");
  EXPECT_EQ(BodyFor("do-not-contact", {{"value", "true"}, {"reason", ""}}), R"({"value":true})");
  EXPECT_EQ(BodyFor("notes", {{"text", R"(a "note")"}}), R"({"text":"a \"note\""})");
  EXPECT_EQ(RouteOfAction("nothing"), nullptr);
  EXPECT_EQ(RouteOfAction(""), nullptr);
}

// Returns the body for a number that was 1000 and is typed anew, or why it is refused.
std::string PatchFor(const std::string& typed, const std::string& type = "number") {
  std::vector<AttributeEdit> edits = {{"size", "1000", typed, type}};
  const auto refused = ReadTypedNumbers(&edits);
  return refused ? refused->name + ": " + refused->value : PatchOf(edits);
}

TEST(Attributes, NumbersAreReadAsPeopleTypeThem) {
  EXPECT_EQ(PatchFor("1,000"), R"({"attributes":{}})") << "it was 1000 before";
  EXPECT_EQ(PatchFor("2 500"), R"({"attributes":{"size":2500}})");
  EXPECT_EQ(PatchFor("2.50"), R"({"attributes":{"size":2.50}})");
  EXPECT_EQ(PatchFor(""), R"({"attributes":{"size":null}})");
  EXPECT_EQ(PatchFor("2.500"), "size: “2.500” may mean two numbers. Type 2500 or 2.5.");
  EXPECT_EQ(PatchFor("12 people"), R"({"attributes":{"size":"12 people"}})") << "the API says whether it may be a text";
  EXPECT_EQ(PatchFor("2.500", "text"), R"({"attributes":{"size":"2.500"}})");
}

TEST(Attributes, OnlyWhatDiffersIsSent) {
  const auto edits = EditsOf(Sent({{"value:a", "1"},
                                   {"was:a", "1"},
                                   {"value:b", " "},
                                   {"was:b", "x"},
                                   {"value:n", "2.50"},
                                   {"was:n", "2"},
                                   {"type:n", "number"},
                                   {"value:t", "false"},
                                   {"was:t", "true"},
                                   {"type:t", "boolean"},
                                   {"value:s", "2"},
                                   {"type:s", "text"},
                                   {"new_name", "c"},
                                   {"new_value", "d"}}));
  EXPECT_EQ(PatchOf(edits), R"({"attributes":{"b":null,"n":2.50,"t":false,"s":"2","c":"d"}})");
  EXPECT_EQ(PatchOf(EditsOf(Sent({{"value:n", "many"}, {"was:n", "2"}, {"type:n", "number"}}))),
            R"({"attributes":{"n":"many"}})");
}

v1::LeadRow ContactWith(const std::vector<std::pair<std::string, std::string>>& attributes) {
  v1::LeadRow contact;
  for (const auto& [name, text] : attributes) {
    v1::ProfileAttribute* const added = contact.mutable_lead()->add_attributes();
    added->set_name(name);
    added->mutable_value()->set_text(text);
  }
  return contact;
}

TEST(Attributes, WhatNobodyTouchedStays) {
  EXPECT_TRUE(EditsOf(Sent({{"value:a", "Street 1\r\nBern"}, {"was:a", "Street 1\r\nBern"}})).empty());
  EXPECT_TRUE(EditsOf(Sent({{"value:a", " x"}, {"was:a", " x"}, {"value:b", " "}, {"was:b", " "}})).empty());
  const auto edits = EditsOf(Sent({{"value:a", "Street 2\r\nBern"}, {"was:a", "Street 1\r\nBern"}}));
  EXPECT_EQ(PatchOf(edits), R"({"attributes":{"a":"Street 2\nBern"}})");
  EXPECT_TRUE(ConflictsOf(edits, ContactWith({{"a", "Street 1\nBern"}})).empty());
}

TEST(Attributes, ConflictWhereAnotherValueIsThereNow) {
  const auto edits = EditsOf(
      Sent({{"value:a", "mine"}, {"was:a", "old"}, {"value:b", "mine"}, {"was:b", "old"}, {"value:c", "mine"}}));
  const auto conflicts = [&edits](const std::vector<std::pair<std::string, std::string>>& attributes) {
    std::vector<std::string> names;
    for (const AttributeEdit& edit : ConflictsOf(edits, ContactWith(attributes))) names.push_back(edit.name);
    return names;
  };
  EXPECT_THAT(conflicts({{"a", "old"}, {"b", "old"}}), ElementsAre());
  EXPECT_THAT(conflicts({{"a", "theirs"}, {"b", "mine"}, {"c", "theirs"}}), ElementsAre("a", "c"));
  EXPECT_THAT(conflicts({{"b", "old"}}), ElementsAre("a"));
}

TEST(Queries, ComeBackAsTheyWere) {
  const std::vector<FormField> fields = {{"where", R"(city = "Zürich" & 1+1 %20)"}, {"empty", ""}, {"lead", "a/b?c#d"}};
  const std::string query = QueryOf(fields);
  const auto again = FieldsIn(query, kQueryType);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 2U);
  EXPECT_EQ((*again)[0].value, fields[0].value);
  EXPECT_EQ((*again)[1].value, fields[2].value);
  EXPECT_FALSE(FieldsIn("a=%ff", kQueryType));
}

TEST(SessionCookie, IsTheOnlyOneOfItsName) {
  EXPECT_EQ(SessionIn("a=b; leadpulse_session=secret;c=d"), "secret");
  EXPECT_EQ(SessionIn("leadpulse_session=one; leadpulse_session=two"), "");
  EXPECT_EQ(SessionIn("xleadpulse_session=one; leadpulse_sessionx=two"), "");
  EXPECT_EQ(SessionIn(""), "");
  EXPECT_EQ(SessionCookie("s", true), "leadpulse_session=s; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure");
  EXPECT_EQ(SessionCookie("", false), "leadpulse_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

TEST(PageNotice, KeepsTheSecretAndTheFirstRefusal) {
  PageNotice notice{.secret_of = "CRM", .secret = "lp_1"};
  NoteRefusal({http::kOk, {}}, &notice);
  EXPECT_EQ(notice.problem, "");
  NoteRefusal({http::kUnavailable, {}}, &notice);
  EXPECT_EQ(notice.problem, "It could not be done; try again.");
  NoteRefusal({http::kTooManyRequests, {}}, &notice);
  EXPECT_EQ(notice.problem, "It could not be done; try again.");
  EXPECT_EQ(notice.code, http::kUnavailable);
  EXPECT_EQ(notice.secret, "lp_1");
}

TEST(FieldLinks, OnlyNumbersAreDialled) {
  EXPECT_EQ(DialledNumber("+49 (0)151 234-56.78"), "+4901512345678");
  EXPECT_EQ(DialledNumber("112"), "112");
  for (const char* other : {"", "+", "12", "call 112", "javascript:112", "1<2>3"})
    EXPECT_EQ(DialledNumber(other), "") << other;
}

TEST(FieldLinks, AnAddressCannotAddHeaders) {
  EXPECT_EQ(MailtoOf("ada@x.org"), "ada@x.org");
  EXPECT_EQ(MailtoOf("a?subject=b&c@x.org"), "a%3Fsubject%3Db%26c@x.org");
  for (const char* other : {"", "@", "ada", "@x.org", "ada@"}) EXPECT_EQ(MailtoOf(other), "") << other;
}

}  // namespace leadpulse::serve::page_forms_test
