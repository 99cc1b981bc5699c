// Forms of the pages: the rule of the filter panel, and fields as bodies of the API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
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

TEST(FilterRule, JoinsWhatIsSaid) {
  EXPECT_EQ(FilterRule({}), "");
  EXPECT_EQ(FilterRule({{"stage", ""}, {"score", " "}}), "");
  EXPECT_EQ(FilterRule({{"stage", "new"}, {"tag", "vip"}, {"score", "5"}, {"sendable", "true"}}),
            R"(stage IS "new" AND HAS TAG "vip" AND score >= 5 AND sendable IS true)");
  EXPECT_EQ(FilterRule({{"agent", "-"}, {"segment", "s1"}, {"list", "l"}, {"campaign", "c"}}),
            R"(agent IS NOT SET AND IN LIST "l" AND IN SEGMENT "s1" AND IN CAMPAIGN "c")");
}

TEST(FilterRule, ATextCannotBecomeAnotherRule) {
  EXPECT_EQ(FilterRule({{"tag", R"(x" OR score >= 0 OR HAS TAG "\)"}}),
            R"(HAS TAG "x\" OR score >= 0 OR HAS TAG \"\\")");
  EXPECT_EQ(FilterRule({{"score", "0 OR score < 1"}}), R"(score >= "0 OR score < 1")");
  EXPECT_EQ(FilterRule({{"attribute", "a` IS SET OR `b"}, {"test", "IS SET OR"}, {"value", "x"}}),
            R"(`a IS SET OR b` IS "x")");
  EXPECT_EQ(FilterRule({{"sendable", "true OR score >= 0"}}), "");
}

TEST(FilterRule, ComparesNumbersAsNumbers) {
  const auto rule = [](const char* test, const char* value) {
    return FilterRule({{"attribute", "employees"}, {"test", test}, {"value", value}});
  };
  EXPECT_EQ(rule(">=", "12.5"), "`employees` >= 12.5");
  EXPECT_EQ(rule(">=", "many"), R"(`employees` >= "many")");
  EXPECT_EQ(rule("IS", "12"), R"(`employees` IS "12")");
  EXPECT_EQ(rule("IS NOT SET", "12"), "`employees` IS NOT SET");
  const auto typed = [](const char* value) {
    return FilterRule({{"attribute", "a"}, {"test", "IS"}, {"value", value}}, LiteralKind::kTyped);
  };
  EXPECT_EQ(typed("12"), "`a` IS 12");
  EXPECT_EQ(typed("true"), "`a` IS true");
  EXPECT_EQ(typed("12 OR score > 0"), R"(`a` IS "12 OR score > 0")");
}

TEST(FilterFields, AreThoseThatMakeTheRule) {
  const std::vector<std::vector<FormField>> panels = {
      {},
      {{"stage", "new"}, {"tag", R"(v"ip\)"}, {"score", "5"}, {"sendable", "true"}},
      {{"agent", "-"}, {"segment", "s1"}, {"list", "l"}, {"campaign", "c"}, {"tier", "hot"}},
      {{"agent", "ben"}, {"sendable", "false"}, {"attribute", "select"}, {"test", "IS SET"}, {"value", ""}},
      {{"score", "0.5"}, {"attribute", "employees"}, {"test", ">="}, {"value", "12.5"}},
  };
  for (const auto& panel : panels) {
    const auto fields = FilterFields(FilterRule(panel));
    ASSERT_TRUE(fields.has_value()) << FilterRule(panel);
    EXPECT_EQ(FilterRule(*fields), FilterRule(panel));
    for (const FormField& field : panel) EXPECT_EQ(http::LastOf(*fields, field.name), field.value) << field.name;
  }
  for (const std::string_view test : kFilterTests) {
    const std::string rule = FilterRule({{"attribute", "since"}, {"test", std::string(test)}, {"value", "2026-01-05"}});
    ASSERT_TRUE(FilterFields(rule).has_value()) << rule;
    EXPECT_EQ(http::LastOf(*FilterFields(rule), "test"), test);
  }
  EXPECT_TRUE(FilterFields("employees = 5 AND sendable IS true").has_value());
  EXPECT_TRUE(FilterFields("customer IS true").has_value());
  EXPECT_TRUE(FilterFields(R"(score >= 5 AND lead_status IS SET AND stage IS "new")").has_value());
}

TEST(FilterFields, AreNoneWhereThePanelCannotWriteTheRule) {
  for (const std::string rule :
       {R"(stage IS "new" OR stage IS "lost")", R"(HAS TAG "a" AND HAS TAG "b")", "score > 5", "NOT sendable IS true",
        "DID open", "employees > 5", R"(city IS "Bern" AND zip IS "1")", R"(city NOT CONTAINS "x")", "score >",
        R"(score >= "many")"}) {
    EXPECT_FALSE(FilterFields(rule).has_value()) << rule;
  }
}

TEST(BodyOf, HasTheMembersOfTheRouteInTheirTypes) {
  EXPECT_EQ(BodyFor("stage", {{"stage", "new"}, {"other", "x"}}), R"({"stage":"new"})");
  EXPECT_EQ(BodyFor("agent", {{"agentId", ""}}), R"({"agentId":""})");
  EXPECT_EQ(BodyFor("tags", {{"add", " vip, key account ,,"}, {"add", "x"}, {"remove", ""}}),
            R"({"add":["vip","key account","x"]})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "80"}}), R"({"score":80})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "8e1"}}), R"({"score":"8e1"})");
  EXPECT_EQ(BodyFor("qualification", {{"score", "080"}}), R"({"score":"080"})");
  EXPECT_EQ(BodyFor("do-not-contact", {{"value", "true"}, {"reason", ""}}), R"({"value":true})");
  EXPECT_EQ(BodyFor("notes", {{"text", R"(a "note")"}}), R"({"text":"a \"note\""})");
  EXPECT_EQ(RouteOfAction("nothing"), nullptr);
  EXPECT_EQ(RouteOfAction(""), nullptr);
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

TEST(Attributes, WhatNobodyTouchedStays) {
  EXPECT_TRUE(EditsOf(Sent({{"value:a", "Street 1\r\nBern"}, {"was:a", "Street 1\r\nBern"}})).empty());
  EXPECT_TRUE(EditsOf(Sent({{"value:a", " x"}, {"was:a", " x"}, {"value:b", " "}, {"was:b", " "}})).empty());
  const auto edits = EditsOf(Sent({{"value:a", "Street 2\r\nBern"}, {"was:a", "Street 1\r\nBern"}}));
  EXPECT_EQ(PatchOf(edits), R"({"attributes":{"a":"Street 2\nBern"}})");
  EXPECT_TRUE(ConflictsOf(edits, *Json::Parse(R"({"profile":{"a":"Street 1\nBern"}})")).empty());
}

TEST(Attributes, ConflictWhereAnotherValueIsThereNow) {
  const auto edits = EditsOf(
      Sent({{"value:a", "mine"}, {"was:a", "old"}, {"value:b", "mine"}, {"was:b", "old"}, {"value:c", "mine"}}));
  const auto conflicts = [&edits](const char* contact) {
    std::vector<std::string> names;
    for (const AttributeEdit& edit : ConflictsOf(edits, *Json::Parse(contact))) names.push_back(edit.name);
    return names;
  };
  EXPECT_THAT(conflicts(R"({"profile":{"a":"old","b":"old"}})"), ElementsAre());
  EXPECT_THAT(conflicts(R"({"profile":{"a":"theirs","b":"mine","c":"theirs"}})"), ElementsAre("a", "c"));
  EXPECT_THAT(conflicts(R"({"profile":{"b":"old"}})"), ElementsAre("a"));
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
