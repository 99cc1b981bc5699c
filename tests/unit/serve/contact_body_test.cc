// Bodies of the API as commands.
#include "processor/serve/api/request/contact_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "processor/base/text.h"
#include "schemas/codec/input_writer.h"

namespace leadpulse::serve::contact_body_test {

using ::testing::HasSubstr;

// Returns `id|address|attributes`, or the status and the field of the problem.
std::string Read(const std::string& body) {
  const auto read = ReadContact(body);
  if (const auto* problem = std::get_if<http::Response>(&read)) return std::to_string(problem->code);
  const auto& contact = std::get<ContactBody>(read);
  return contact.id + "|" + contact.address + "|" + contact.attributes;
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
    const auto read = ReadPatch(body, "ann", R"({"leadId":"ann"})");
    const auto* problem = std::get_if<http::Response>(&read);
    return problem != nullptr ? std::to_string(problem->code) : std::get<std::string>(read);
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
    const auto made = MakeCommand(head, "setQualification", std::get<std::string>(read));
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
  const auto made = MakeCommand(head, "addNote", R"({"text":"called"})");
  std::string line;
  codec::AppendInputJson(std::get<codec::Command>(made), &line);
  EXPECT_EQ(line, R"({"command":{"tenantId":"acme","leadId":"ann","commandId":"k1","issuedAt":"2026-03-01T00:00:00Z",)"
                  R"("actor":"token:1","expectedVersion":"0123456789abcdef","addNote":{"text":"called"}}})"
                  "\n");
  const auto refused = MakeCommand(head, "setQualification", R"({"score":101})");
  EXPECT_EQ(std::get<http::Response>(refused).code, 422u);
  EXPECT_THAT(std::get<http::Response>(refused).body, HasSubstr("invalid_value"));
  EXPECT_EQ(std::get<http::Response>(MakeCommand(head, "addNote", R"({"text":5})")).code, 400u);
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
