// Bodies of the API as commands.
#include "processor/serve/api/request/contact_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/routes.h"
#include "processor/serve/api/writes/contact_edit.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::serve::contact_body_test {

using ::testing::HasSubstr;

// Returns `id|address|attributes`, or the status and the field of the problem.
std::string Read(const std::string& body) {
  const auto object = ReadObject(body);
  if (const auto* problem = std::get_if<http::Response>(&object)) return std::to_string(problem->code);
  const Json& json = std::get<Json>(object);
  const auto keys = ReadContactKeys(json);
  if (const auto* problem = std::get_if<http::Response>(&keys)) return std::to_string(problem->code);
  const auto& [id, address] = std::get<ContactKeys>(keys);
  const auto read = ReadContact(json, {id, address}, nullptr, access::Role::kAgent);
  if (const auto* problem = std::get_if<http::Response>(&read)) return std::to_string(problem->code);
  return id + "|" + address + "|" + std::get<ContactEdit>(read).attributes;
}

TEST(ContactBody, MembersOutsideOfAttributesAreAttributesToo) {
  EXPECT_EQ(Read(R"({"email":"lead@example.com","first_name":"Jane","attributes":{"industry":"SaaS"}})"),
            R"(|lead@example.com|{"first_name":"Jane","industry":"SaaS"})");
  EXPECT_EQ(Read(R"({"email":"a@b.c","n":12345678901234567890,"none":null,"list":["a",1]})"),
            R"(|a@b.c|{"n":12345678901234567890,"none":null,"list":["a",1]})");
  EXPECT_EQ(Read(R"({"email":"a@b.c","first_name":1,"attributes":{"First Name":2}})"), "422");
}

TEST(ContactBody, TheAddressIsAnAttributeOnlyBesideAnotherId) {
  EXPECT_EQ(Read(R"({"id":"crm-1","email":"A@B.c"})"), R"(crm-1|a@b.c|{"email":"a@b.c"})");
  EXPECT_EQ(Read(R"({"id":"a@b.c","email":"a@b.c"})"), "a@b.c|a@b.c|{}");
  EXPECT_EQ(Read(R"({"id":"crm-1"})"), "crm-1||{}");
  // The id has the normal form of the address, and the attribute the form that people read.
  EXPECT_EQ(Read(R"({"email":"J\u00f6rg@B\u00fccher.example"})"),
            "|j\u00f6rg@xn--bcher-kva.example|{\"email\":\"j\u00f6rg@b\u00fccher.example\"}");
}

// What a GET shows of a contact with an id of its own.
TEST(ContactBody, TheAddressMayBeThereAsAGetShowsIt) {
  EXPECT_EQ(Read(R"({"id":"crm-1","email":"a@b.c","attributes":{"email":{"sent":"a@b.c"},"city":{"sent":"Bern"}}})"),
            R"(crm-1|a@b.c|{"city":"Bern","email":"a@b.c"})");
  EXPECT_EQ(Read(R"({"id":"crm-1","email":"a@b.c","attributes":{"email":"d@e.f"}})"), "422");
  const Json shown = *Json::Parse(R"({"id":"a@b.c","email":"a@b.c","attributes":{}})");
  const auto patched = [&](const std::string& body) {
    const auto read = ReadPatch(body, shown, access::Role::kAgent);
    return std::holds_alternative<ContactEdit>(read) ? std::get<ContactEdit>(read).attributes : "refused";
  };
  EXPECT_EQ(patched(R"({"email":"a@b.c"})"), "{}");
  EXPECT_EQ(patched(R"({"id":"a@b.c","email":"a@b.c","attributes":{},"city":"Bern"})"), R"({"city":"Bern"})");
  EXPECT_EQ(patched(R"({"email":"d@e.f"})"), R"({"email":"d@e.f"})");
}

TEST(ContactBody, AnAddressMayComeWithAName) {
  EXPECT_EQ(Read(R"({"email":"Jane Doe <Jane@x.org>"})"), R"(|jane@x.org|{"name":"Jane Doe"})");
  EXPECT_EQ(Read(R"({"email":"\"Doe, Jane\" <jane@x.org>"})"), R"(|jane@x.org|{"name":"Doe, Jane"})");
  EXPECT_EQ(Read(R"({"email":"Jane <jane@x.org>","last_name":"Doe"})"), R"(|jane@x.org|{"last_name":"Doe"})");
  EXPECT_EQ(Read(R"({"email":"<jane@x.org>"})"), "|jane@x.org|{}");
  EXPECT_EQ(Read(R"({"email":"\u200bjane@x.org\u00a0"})"), "|jane@x.org|{}");
}

TEST(ContactBody, WhatIsNoContactIsRefused) {
  for (const char* body : {"", "{", "[]", "1"}) EXPECT_EQ(Read(body), "400") << body;
  for (const char* body :
       {"{}", R"({"email":""})", R"({"email":"jane"})", R"({"email":["a@b.c"]})", R"({"email":"a b@c.d"})",
        R"({"id":7})", R"({"id":"a\u0000"})", R"({"id":"email:a@b.c"})", R"({"id":"search"})", R"({"id":".."})",
        R"({"id":"duplicates"})", R"({"email":"a@b.c","attributes":[]})"}) {
    EXPECT_EQ(Read(body), "422") << body;
  }
}

TEST(ContactBody, AnotherAddressOfAContactIsOne) {
  const auto patched = [](const std::string& body) {
    const auto read = ReadPatch(body, *Json::Parse(R"({"id":"ann","leadId":"ann"})"), access::Role::kAgent);
    const auto* problem = std::get_if<http::Response>(&read);
    return problem != nullptr ? std::to_string(problem->code) : std::get<ContactEdit>(read).attributes;
  };
  EXPECT_EQ(patched(R"({"E-Mail":" A@b.c "})"), R"({"E-Mail":" A@b.c "})");
  EXPECT_EQ(patched(R"({"email":"jane@x.org\u00a0"})"), "{\"email\":\"jane@x.org\u00a0\"}");
  for (const char* none : {R"({"email":null})", R"({"email":""})", R"({"email":" "})", R"({"name":"jane"})"}) {
    EXPECT_EQ(patched(none), none);
  }
  for (const char* body : {R"({"email":"jane"})", R"({"attributes":{"Email":"jane"}})", R"({"email":"<jane@x.org>"})",
                           R"({"email":"jane@x.org\u200c"})"}) {
    EXPECT_EQ(patched(body), "422") << body;
  }
}

// Returns what a body changes of a new contact or of `present`: actions, then further ones,
// then opt-outs.
std::string Changes(std::string_view body, std::string_view present = {}, access::Role role = access::Role::kManager) {
  const Json contact = present.empty() ? Json() : *Json::Parse(WithSnakeNames(present));
  const auto read =
      present.empty() ? ReadContact(*Json::Parse(body), {"ann", ""}, nullptr, role) : ReadPatch(body, contact, role);
  if (const auto* problem = std::get_if<http::Response>(&read)) {
    const Json json = *Json::Parse(problem->body);
    return Concat({std::to_string(problem->code), " ", json["field"].text(), ": ", json["detail"].text()});
  }
  const auto& [attributes, members] = std::get<ContactEdit>(read);
  std::string changes = attributes == "{}" ? "" : attributes;
  for (const CommandAction& action : members.actions) changes += " " + action.member + action.json;
  for (const CommandAction& action : members.more) changes += " + " + action.member + action.json;
  for (const TopicChange& out : members.opt_outs) changes += " out of [" + out.topic + "]";
  return changes;
}

constexpr char kAnn[] =
    R"({"id":"ann","leadId":"ann","emailStatus":"active","sendable":true,"doNotContact":false,"stage":"engaged",)"
    R"("status":"hot","score":12,"agent":"ben","qualification":0,"tags":["vip","b"],"lists":[],"campaigns":["spring"],)"
    R"("topicsOut":["news"],"consents":{"ads":{"granted":true,"source":"form","at":"2026-03-01T00:00:00Z"}},)"
    R"("notes":[],"profile":{"city":"Bern"},"attributes":{"city":{"sent":"Bern"}},"at":"2026-04-01T00:00:00Z"})";

TEST(ContactMembers, WhatCanBeDoneIsDone) {
  EXPECT_EQ(Changes(R"({"id":"ann","stage":"qualified","agent":"ben","tags":["vip"],"do_not_contact":true,)"
                    R"("do_not_contact_reason":"asked","unsubscribed":true,"topics":{"news":false,"offers":true}})"),
            R"( setStage{"stage":"QUALIFIED"} assignAgent{"agent_id":"ben"} editTags{"add":["vip"]})"
            R"( setDoNotContact{"value":true,"reason":"asked"} out of [] out of [news])");
  EXPECT_EQ(Changes(R"({"tags":["VIP","c"],"campaigns":null,"agent":null,"qualification":7,"notes":"called",)"
                    R"("doNotContact":true,"city":"Thun"})",
                    kAnn),
            R"({"city":"Thun"} editTags{"add":["c"],"remove":["b"]} editCampaigns{"remove":["spring"]})"
            R"( assignAgent{"agent_id":""} setQualification{"score":7} addNote{"text":"called"})"
            R"( setDoNotContact{"value":true})");
  // A command records one consent.
  EXPECT_EQ(
      Changes(R"({"consents":{"ads":{"granted":true},"news":true,"sms":{"granted":false,"source":"phone"}}})", kAnn),
      R"( recordConsent{"purpose":"news","granted":true} + recordConsent{"purpose":"sms","granted":false,"source":"phone"})");
}

TEST(ContactMembers, WhatAContactHasChangesNothing) {
  EXPECT_EQ(Changes(kAnn, kAnn), "");
  EXPECT_EQ(
      Changes(R"({"email_status":"active","topics_out":["news"],"unsubscribed":false,"do_not_contact":false})", kAnn),
      "");
  EXPECT_EQ(Changes(R"({"id":"ann","unsubscribed":false,"tags":[],"do_not_contact":false,"agent":null})"), "");
}

TEST(ContactMembers, WhatFollowsFromOtherDataIsRefused) {
  for (const char* member :
       {"score", "tier", "emailStatus", "email_status", "sendable", "status", "quality", "segments", "counts", "lastAt",
        "created", "updated", "version", "seq", "tenantId", "lead_id"}) {
    const std::string body = Concat({R"({"id":"ann",")", member, R"(":"unsubscribed"})"});
    EXPECT_THAT(Changes(body), HasSubstr(Concat({"422 ", member, ": it follows from other data"}))) << member;
    EXPECT_THAT(Changes(body, kAnn), HasSubstr("422 ")) << member;
  }
  EXPECT_THAT(Changes(R"({"id":"ann","status":"unsubscribed"})"), HasSubstr("/opt-outs"));
  EXPECT_THAT(Changes(R"({"id":"ann","Status":"x"})"), HasSubstr("422 Status: "));
  EXPECT_EQ(Changes(R"({"id":"ann","Do not contact":true,"Tags":["a"]})"),
            R"( editTags{"add":["a"]} setDoNotContact{"value":true})");
  EXPECT_THAT(Changes(R"({"id":"bob"})", kAnn), HasSubstr("422 id: "));
  EXPECT_EQ(Changes(R"({"attributes":{"status":"x"},"address":"Main Street 1"})", kAnn),
            R"({"status":"x","address":"Main Street 1"})");
}

TEST(ContactMembers, NoBodyLiftsAnOptOut) {
  constexpr char kOut[] = R"({"id":"ann","emailStatus":"unsubscribed","topicsOut":["news"]})";
  for (const char* body : {R"({"unsubscribed":false})", R"({"topics":{"NEWS":true}})", R"({"topics_out":[]})"}) {
    EXPECT_THAT(Changes(body, kOut), HasSubstr("/opt-ins")) << body;
  }
  EXPECT_EQ(Changes(R"({"unsubscribed":true,"topics":{"News":false},"topics_out":["news","offers"]})", kOut),
            " out of [offers]");
}

TEST(ContactMembers, WrongValuesNameTheirMember) {
  for (const auto& [body, field] :
       std::vector<std::pair<std::string, std::string>>{{R"({"tags":"vip"})", "tags"},
                                                        {R"({"stage":"hot"})", "stage"},
                                                        {R"({"stage":null})", "stage"},
                                                        {R"({"unsubscribed":"yes"})", "unsubscribed"},
                                                        {R"({"topics":["news"]})", "topics"},
                                                        {R"({"topics":{"news":"no"}})", "topics.news"},
                                                        {R"({"consents":["ads"]})", "consents"},
                                                        {R"({"consents":{"ads":null}})", "consents.ads"},
                                                        {R"({"consents":{"ads":{"x":1}}})", "consents.ads"},
                                                        {R"({"qualification":"7"})", "qualification"},
                                                        {R"({"do_not_contact":1})", "do_not_contact"},
                                                        {R"({"do_not_contact_reason":"x"})", "do_not_contact_reason"},
                                                        {R"({"notes":[1]})", "notes"},
                                                        {R"({"agent":7})", "agent"},
                                                        {R"({"profile":"x"})", "profile"}}) {
    EXPECT_THAT(Changes(body, kAnn), ::testing::StartsWith("422 " + field + ": ")) << body;
  }
  EXPECT_THAT(Changes(R"({"agent":"cid"})", kAnn, access::Role::kAgent), ::testing::StartsWith("403 agent: "));
  EXPECT_EQ(Changes(R"({"agent":"ben"})", kAnn, access::Role::kAgent), "");
}

TEST(ContactBody, OnlyAttributesBesideOthersAreNotComparedWithTheContact) {
  const auto compares = [](std::string_view body) { return ComparesWithContact(*Json::Parse(body)); };
  EXPECT_FALSE(compares(R"({"id":"ann","email":"a@x.org","city":"Bern","Job Title":null})"));
  for (const char* body : {R"({"attributes":{}})", R"({"city":"Bern","profile":{"city":"Bern"}})", R"({"tags":["a"]})",
                           R"({"Do not contact":true})", R"({"unsubscribed":true})", R"({"emailStatus":"active"})"}) {
    EXPECT_TRUE(compares(body)) << body;
  }
}

TEST(MemberNames, AreInSnakeCaseUnlessPeopleGaveThem) {
  EXPECT_EQ(WithSnakeNames(
                R"({"leadId":"aB","profile":{"jobTitle":{"inA":1}},"lastAt":{"open":"x"},"a":[{"isNew":1},"bC"]})"),
            R"({"lead_id":"aB","profile":{"jobTitle":{"inA":1}},"last_at":{"open":"x"},"a":[{"is_new":1},"bC"]})");
  EXPECT_EQ(WithSnakeNames(
                R"({"topics":{"myNews":{"changesAt":null}},"consents":{"aB":{"issuedAt":1}},"topics":[{"aB":1}]})"),
            R"({"topics":{"myNews":{"changes_at":null}},"consents":{"aB":{"issued_at":1}},"topics":[{"a_b":1}]})");
  const std::vector<std::string> kept = {"jobTitle"};
  EXPECT_EQ(WithSnakeNames(R"([{"jobTitle":{"inA":"}"},"leadId":"\"x\":{"}])", kept),
            R"([{"jobTitle":{"inA":"}"},"lead_id":"\"x\":{"}])");
  EXPECT_EQ(WithSnakeNames(R"([{"seq":"12","kind":"doNotContact"},{"seq":7,"kind":"TIER_CHANGED"}])"),
            R"([{"seq":12,"kind":"do_not_contact"},{"seq":7,"kind":"TIER_CHANGED"}])");
  for (const char* text : {"", "7", "\"aB\"", "{}", "[]", "null"}) EXPECT_EQ(WithSnakeNames(text), text);
}

TEST(MemberNames, AStringEndsAtItsQuotationMark) {
  // At each place of it, so that no other number of bytes that are looked at together matters. `#` and `]` follow the
  // quotation mark and the backslash in ASCII.
  for (const std::string mark : {R"(\\)", R"(\")", R"(\\\")", "#", "]", "\xC3\xA9"}) {
    for (size_t before = 0; before < 20; ++before) {
      for (size_t after = 0; after < 10; ++after) {
        const std::string text = std::string(before, 'x') + mark + std::string(after, 'Y');
        EXPECT_EQ(WithSnakeNames(Concat({R"({"aB":")", text, R"(","cD":[")", text, R"("],"eF":1})"})),
                  Concat({R"({"a_b":")", text, R"(","c_d":[")", text, R"("],"e_f":1})"}));
      }
    }
  }
  EXPECT_EQ(EndOfJsonString(R"("no end)", 0), 7U);
  EXPECT_EQ(EndOfJsonString(R"("no end\)", 0), 8U);
}

std::variant<codec::Command, http::Response> Made(const CommandHead& head, std::string member, std::string action) {
  const CommandAction one{std::move(member), std::move(action), ""};
  return MakeCommand(head, {&one, 1});
}

const Route& RouteOf(std::string_view action) { return *std::ranges::find(Routes(), action, &Route::action); }

TEST(ContactBody, AnActionHasItsMembersAndNoOthers) {
  const auto status = [](std::string_view action, std::string_view body) {
    const auto read = ReadAction(RouteOf(action), body);
    const auto* problem = std::get_if<http::Response>(&read);
    return problem != nullptr ? std::to_string(problem->code) : std::get<std::string>(read);
  };
  EXPECT_EQ(status("contact.stage", R"({"stage":"follow_up"})"), R"({"stage":"FOLLOW_UP"})");
  EXPECT_EQ(status("contact.tags", R"({"add":["a"]})"), R"({"add":["a"]})");
  EXPECT_EQ(status("contact.stage", R"({"stag":"new"})"), "422");
  EXPECT_EQ(status("contact.stage", "{}"), "422");
  EXPECT_EQ(status("contact.tags", R"({"add":["a"],"x":1})"), "422");
}

// JSON has one type of numbers: the spelling does not matter.
TEST(ContactBody, AnIntegerMayBeSpelledWithAFraction) {
  const CommandHead head{"acme", "ann", "k1", "token:1", "", Instant{1'772'323'200'000}};
  for (const char* fifty : {"50", "50.0", "5e1", "5.0E+1"}) {
    const auto read = ReadAction(RouteOf("contact.qualification"), Concat({R"({"score":)", fifty, "}"}));
    ASSERT_TRUE(std::holds_alternative<std::string>(read)) << fifty;
    const auto made = Made(head, "setQualification", std::get<std::string>(read));
    std::string line;
    codec::AppendInputJson(std::get<codec::Command>(made), &line);
    EXPECT_THAT(line, HasSubstr(R"("setQualification":{"score":50})")) << fifty;
  }
  for (const char* other : {"50.5", "5e-1", "true", "\"50\""}) {
    const auto read = ReadAction(RouteOf("contact.qualification"), Concat({R"({"score":)", other, "}"}));
    ASSERT_TRUE(std::holds_alternative<http::Response>(read)) << other;
    EXPECT_EQ(std::get<http::Response>(read).code, 422u) << other;
  }
}

// The checks are those of a record in a file.
TEST(ContactBody, ACommandIsCheckedLikeARecord) {
  const CommandHead head{"acme", "ann", "k1", "token:1", "0123456789abcdef", Instant{1'772'323'200'000}};
  const auto made = Made(head, "addNote", R"({"text":"called"})");
  std::string line;
  codec::AppendInputJson(std::get<codec::Command>(made), &line);
  EXPECT_EQ(line, R"({"command":{"tenantId":"acme","leadId":"ann","commandId":"k1","issuedAt":"2026-03-01T00:00:00Z",)"
                  R"("actor":"token:1","expectedVersion":"0123456789abcdef","addNote":{"text":"called"}}})"
                  "\n");
  const auto refused = Made(head, "setQualification", R"({"score":101})");
  EXPECT_EQ(std::get<http::Response>(refused).code, 422u);
  EXPECT_THAT(std::get<http::Response>(refused).body, HasSubstr("invalid_value"));
  EXPECT_EQ(std::get<http::Response>(Made(head, "addNote", R"({"text":5})")).code, 400u);
}

TEST(Routes, AreFoundByMethodAndPath) {
  const auto find = [](std::string_view method, std::string_view path) {
    const RouteMatch match = FindRoute(method, path);
    return match.route == nullptr ? "-" + match.allowed : std::string(match.route->path) + "|" + match.id;
  };
  EXPECT_EQ(find("GET", "/api/v1/contacts/search"), "/contacts/search|");
  EXPECT_EQ(find("GET", "/api/v1/contacts/ann"), "/contacts/{id}|ann");
  EXPECT_EQ(find("GET", "/api/v1/contacts/a/b"), "/contacts/{id}|a/b");
  EXPECT_EQ(find("POST", "/api/v1/contacts/a/b/stage"), "/contacts/{id}/stage|a/b");
  EXPECT_EQ(find("POST", "/api/v1/contacts"), "/contacts|");
  EXPECT_EQ(find("GET", "/api/v1/contacts"), "/contacts|");
  // The path with the most text of its own is meant, and only its methods are allowed.
  EXPECT_EQ(find("PUT", "/api/v1/contacts"), "-GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(find("POST", "/api/v1/contacts/ann"), "-GET, HEAD, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(find("PATCH", "/api/v1/contacts/search"), "-GET, HEAD, OPTIONS");
  EXPECT_EQ(find("GET", "/api/v1/contacts/a/b/stage"), "-POST, OPTIONS");
  for (const char* path : {"/", "/api/v1", "/api/v1/", "/api/v2/contacts", "/api/v1/contacts/", "/contacts/ann"}) {
    EXPECT_EQ(find("GET", path), "-") << path;
  }
}

}  // namespace leadpulse::serve::contact_body_test
