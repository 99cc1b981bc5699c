// Users and tokens: as whom a token lets in, and what is refused.
#include "processor/serve/access/access_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "processor/serve/access/access_schema.h"
#include "processor/serve/access/secrets.h"
#include "tests/support/file_content.h"
#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::access_store_test {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Millis kDay{kMillisPerDay};
const ChangeStamp kByKim{"kim", kNow};

class AccessStoreTest : public ::testing::Test {
 protected:
  AccessStore& store() { return *files_.store; }
  NewToken Token(Role role = Role::kManager) {
    return {"crm", "acme", role, role == Role::kAgent ? "a1" : "", Read(), {}};
  }
  static Scopes Read() { return *Scopes::Parse("read"); }
  std::string Make(const NewToken& token) {
    const auto created = store().CreateToken(token, kByKim);
    EXPECT_TRUE(created.ok());
    return created->text;
  }
  bool GetsIn(const std::string& text, Instant now = kNow) {
    const auto found = store().Authenticate(text, now);
    EXPECT_TRUE(found.ok());
    return found->has_value();
  }
  bool LogsIn(const std::string& name, const std::string& password) {
    const auto found = store().AuthenticateUser("acme", name, password);
    EXPECT_TRUE(found.ok());
    return found->has_value();
  }
  AccessDirectory files_;
};

TEST_F(AccessStoreTest, ATokenIsItsPrincipal) {
  NewToken token = Token(Role::kAgent);
  token.scopes = *Scopes::Parse("write,read");
  const auto found = store().Authenticate(Make(token), kNow);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ(**found, (Principal{"token:1", "acme", Role::kAgent, "a1", token.scopes}));
  EXPECT_TRUE((**found).scopes.Has(Scope::kWrite));
  EXPECT_FALSE((**found).scopes.Has(Scope::kScan));
}

TEST_F(AccessStoreTest, UnknownRevokedAndExpiredLookTheSame) {
  NewToken token = Token();
  token.expires = kNow + kDay;
  const std::string expiring = Make(token);
  EXPECT_TRUE(GetsIn(expiring, kNow + kDay - Millis{1}));
  EXPECT_FALSE(GetsIn(expiring, kNow + kDay));
  const std::string revoked = Make(Token());
  EXPECT_TRUE(GetsIn(revoked));
  EXPECT_TRUE(*store().RevokeToken(2, "acme", kByKim));
  EXPECT_FALSE(*store().RevokeToken(2, "acme", kByKim));
  EXPECT_FALSE(GetsIn(revoked));
  EXPECT_FALSE(GetsIn("lp_unknown"));
  AccessDirectory other;
  EXPECT_FALSE(GetsIn(other.store->CreateToken(Token(), kByKim)->text));
}

TEST_F(AccessStoreTest, OnlyItsTenantRevokesAToken) {
  Make(Token());
  EXPECT_FALSE(store().RevokeToken(1, "other", kByKim).ok());
  EXPECT_FALSE(store().RevokeToken(9, std::nullopt, kByKim).ok());
  EXPECT_TRUE(store().RevokeToken(1, std::nullopt, kByKim).ok());
}

TEST_F(AccessStoreTest, TheDayOfTheLastUseIsStored) {
  const std::string text = Make(Token());
  const int64_t today = kNow.millis / kMillisPerDay;
  EXPECT_FALSE(store().Tokens("acme")->front().last_used_day);
  EXPECT_TRUE(GetsIn(text, kNow));
  EXPECT_EQ(store().Tokens("acme")->front().last_used_day, today);
  EXPECT_TRUE(GetsIn(text, kNow + kDay));
  EXPECT_TRUE(GetsIn(text, kNow));
  EXPECT_EQ(store().Tokens(std::nullopt)->front().last_used_day, today + 1);
  EXPECT_TRUE(store().Tokens("other")->empty());
}

TEST_F(AccessStoreTest, WrongTokensAreRefused) {
  const auto refuses = [&](const std::function<void(NewToken*)>& change, const std::string& why) {
    NewToken token = Token();
    change(&token);
    const auto created = store().CreateToken(token, kByKim);
    ASSERT_FALSE(created.ok());
    EXPECT_THAT(created.status().message(), HasSubstr(why));
  };
  refuses([](NewToken* token) { token->label = ""; }, "a label is");
  refuses([](NewToken* token) { token->label = "a\nb"; }, "a label is");
  refuses([](NewToken* token) { token->tenant = "none"; }, "there is no tenant none");
  refuses([](NewToken* token) { token->tenant = "a b"; }, "a tenant is");
  refuses([](NewToken* token) { token->role = Role::kAgent; }, "an agent needs its agent id");
  refuses([](NewToken* token) { token->scopes = {}; }, "some of the scopes");
  refuses([](NewToken* token) { token->scopes.Add(Scope::kAdmin); }, "some of the scopes read,write,scan,import");
  refuses([](NewToken* token) { token->expires = kNow; }, "later than now");
}

TEST_F(AccessStoreTest, UsersLogIn) {
  ASSERT_TRUE(store().AddUser({"acme", "lee@acme.example", Role::kAgent, "a7"}, kPassword, kByKim).ok());
  const auto found = store().AuthenticateUser("acme", "lee@acme.example", kPassword);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ(**found, (Principal{"lee@acme.example", "acme", Role::kAgent, "a7", Scopes::Of(Role::kAgent)}));
  EXPECT_FALSE(LogsIn("kim", "another password"));
  EXPECT_FALSE(LogsIn("nobody", kPassword));
  EXPECT_FALSE(store().AuthenticateUser("other", "kim", kPassword)->has_value());
  ASSERT_TRUE(store().SetPassword("acme", "kim", "the next password", kByKim).ok());
  EXPECT_FALSE(LogsIn("kim", kPassword));
  EXPECT_TRUE(LogsIn("kim", "the next password"));
}

TEST_F(AccessStoreTest, TheLastAdminStays) {
  const Status last = store().RemoveUser("acme", "kim", kByKim);
  ASSERT_FALSE(last.ok());
  EXPECT_THAT(last.message(), HasSubstr("kim is the last admin of tenant acme: add another one first"));
  ASSERT_TRUE(store().AddUser({"other", "ann", Role::kAdmin, ""}, kPassword, kByKim).ok());
  ASSERT_TRUE(store().AddUser({"acme", "ops", Role::kOperator, ""}, kPassword, kByKim).ok());
  EXPECT_FALSE(store().RemoveUser("acme", "kim", kByKim).ok());
  ASSERT_TRUE(store().AddUser({"acme", "lee", Role::kAdmin, ""}, kPassword, kByKim).ok());
  EXPECT_TRUE(store().RemoveUser("acme", "kim", kByKim).ok());
  EXPECT_FALSE(store().RemoveUser("acme", "lee", kByKim).ok());
  EXPECT_FALSE(store().RemoveUser("acme", "nobody", kByKim).ok());
  EXPECT_EQ(store().Users("acme")->size(), 2U);
}

TEST_F(AccessStoreTest, TheLastAdminIsNeitherDemotedNorDisabled) {
  EXPECT_FALSE(store().ChangeUser("acme", "kim", {.disabled = true}, kByKim).ok());
  EXPECT_FALSE(store().ChangeUser("acme", "kim", {.role = Role::kManager}, kByKim).ok());
  ASSERT_TRUE(store().AddUser({"acme", "lee", Role::kAdmin, ""}, kPassword, kByKim).ok());
  std::vector<Role> asked;
  const auto only_below = [&asked](Role least) {
    return [&asked, least](const User& user) {
      asked.push_back(user.role);
      return user.role < least ? Status::Ok() : Status::Rejected("not by you");
    };
  };
  EXPECT_EQ(
      store().ChangeUser("acme", "lee", {.role = Role::kManager}, kByKim, only_below(Role::kAdmin)).status().message(),
      "not by you");
  EXPECT_EQ(store().SetPassword("acme", "lee", "a long password", kByKim, only_below(Role::kAdmin)).message(),
            "not by you");
  EXPECT_EQ(store().RemoveUser("acme", "lee", kByKim, only_below(Role::kAdmin)).message(), "not by you");
  EXPECT_EQ(asked, std::vector<Role>(3, Role::kAdmin));
  EXPECT_EQ(store()
                .ChangeUser("acme", "lee", {.role = Role::kOperator}, kByKim, only_below(Role::kOperator))
                .status()
                .message(),
            "not by you");
  EXPECT_EQ(asked.back(), Role::kOperator);
  const auto changed = store().ChangeUser("acme", "lee", {.disabled = true}, kByKim);
  ASSERT_TRUE(changed.ok());
  EXPECT_TRUE(changed->disabled);
  EXPECT_FALSE(store().RemoveUser("acme", "kim", kByKim).ok());  // lee cannot log in
  ASSERT_TRUE(store().ChangeUser("acme", "lee", {.disabled = false}, kByKim).ok());
  EXPECT_TRUE(store().ChangeUser("acme", "kim", {.role = Role::kAgent, .agent_id = "k"}, kByKim).ok());
  EXPECT_FALSE(store().ChangeUser("acme", "kim", {.agent_id = ""}, kByKim).ok());
}

TEST_F(AccessStoreTest, ADisabledUserDoesNotGetIn) {
  ASSERT_TRUE(store().AddUser({"acme", "ann", Role::kManager, ""}, kPassword, kByKim).ok());
  for (const bool disabled : {false, true, false}) {
    ASSERT_TRUE(store().ChangeUser("acme", "ann", {.disabled = disabled}, kByKim).ok());
    EXPECT_NE(LogsIn("ann", kPassword), disabled);
  }
}

TEST_F(AccessStoreTest, ATenantIsAddedOnce) {
  ASSERT_TRUE(store().AddTenant("blue", kByKim).ok());
  EXPECT_FALSE(store().AddTenant("blue", kByKim).ok());
  EXPECT_FALSE(store().AddTenant("a b", kByKim).ok());
  const auto lines = files_.audit->Lines({.tenant = "blue", .who = "kim", .action = "tenant.add"}, 100, 100);
  EXPECT_EQ(lines->size(), 1U);
  EXPECT_EQ(files_.audit->Lines({.tenant = "blue", .lead = "tenant:blue"}, 100, 100)->size(), 1U);
  EXPECT_TRUE(files_.audit->Lines({.tenant = "blue", .who = "ann"}, 100, 100)->empty());
  EXPECT_TRUE(files_.audit->Lines({.tenant = "acme", .lead = "tenant:blue"}, 100, 100)->empty());
}

TEST_F(AccessStoreTest, AnOperatorEntersEveryTenant) {
  Principal principal{"ops", "acme", Role::kOperator, "", {}};
  EXPECT_TRUE(principal.MayEnter("other"));
  principal.role = Role::kAdmin;
  EXPECT_FALSE(principal.MayEnter("other"));
  EXPECT_TRUE(principal.MayEnter("acme"));
}

TEST_F(AccessStoreTest, WrongUsersAreRefused) {
  EXPECT_FALSE(store().AddUser({"acme", "kim", Role::kManager, ""}, kPassword, kByKim).ok());
  EXPECT_FALSE(store().AddUser({"acme", "a:b", Role::kManager, ""}, kPassword, kByKim).ok());
  EXPECT_FALSE(store().AddUser({"acme", "", Role::kManager, ""}, kPassword, kByKim).ok());
  EXPECT_FALSE(store().AddUser({"acme", "lee", Role::kAgent, ""}, kPassword, kByKim).ok());
  EXPECT_FALSE(store().AddUser({"acme", "lee", Role::kManager, ""}, "short", kByKim).ok());
  EXPECT_FALSE(store().SetPassword("acme", "lee", kPassword, kByKim).ok());
  EXPECT_EQ(*files_.store->Tenants(), std::vector<std::string>{"acme"});
}

TEST_F(AccessStoreTest, EveryChangeIsInTheAuditLog) {
  Make(Token());
  ASSERT_TRUE(store().RevokeToken(1, std::nullopt, kByKim).ok());
  ASSERT_TRUE(store().AddUser({"acme", "lee", Role::kManager, ""}, kPassword, kByKim).ok());
  ASSERT_TRUE(store().SetPassword("acme", "lee", kPassword, kByKim).ok());
  ASSERT_TRUE(store().RemoveUser("acme", "lee", kByKim).ok());
  EXPECT_FALSE(store().RemoveUser("acme", "lee", kByKim).ok());
  std::vector<std::string> lines;
  const auto logged = files_.audit->Lines({.tenant = "acme"}, 100, 100);
  for (const AuditLine& line : *logged) {
    lines.push_back(line.entry.action + " " + line.entry.subject);
  }
  EXPECT_EQ(lines, (std::vector<std::string>{"user.remove user:lee", "user.password user:lee", "user.add user:lee",
                                             "token.revoke token:1", "token.create token:1", "user.add user:kim"}));
}

TEST_F(AccessStoreTest, AnInvitationSetsOnePasswordWithinThreeDays) {
  const Instant at = kByKim.at;
  ASSERT_TRUE(store().AddUser({"acme", "lee", Role::kManager, ""}, kPassword, kByKim).ok());
  const auto first = store().Invite("acme", "lee", kByKim), second = store().Invite("acme", "lee", kByKim);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_FALSE(store().Invited(*first, at)->has_value());
  EXPECT_EQ((*store().Invited(*second, at + kInvitationLife - Millis{1}))->who, "lee");
  EXPECT_FALSE(store().Invited(*second, at + kInvitationLife)->has_value());
  EXPECT_FALSE(store().Invited("", at)->has_value());
  EXPECT_EQ(store().AcceptInvitation(*second, "short", at).status().kind(), ErrorKind::kRejected);
  EXPECT_TRUE(LogsIn("lee", kPassword));  // until it is accepted
  EXPECT_EQ((*store().AcceptInvitation(*second, "a password of lee", at))->who, "lee");
  EXPECT_TRUE(LogsIn("lee", "a password of lee"));
  EXPECT_FALSE(LogsIn("lee", kPassword));
  EXPECT_FALSE(store().AcceptInvitation(*second, "a password of a thief", at)->has_value());
  EXPECT_FALSE(store().Invite("acme", "nobody", kByKim).ok());
}

TEST_F(AccessStoreTest, AnotherPasswordEndsAnInvitation) {
  ASSERT_TRUE(store().AddUser({"acme", "lee", Role::kManager, ""}, kPassword, kByKim).ok());
  const auto secret = store().Invite("acme", "lee", kByKim);
  ASSERT_TRUE(store().SetPassword("acme", "lee", kPassword, kByKim).ok());
  EXPECT_FALSE(store().Invited(*secret, kByKim.at)->has_value());
  const auto other = store().Invite("acme", "lee", kByKim);
  ASSERT_TRUE(store().ChangeUser("acme", "lee", {.disabled = true}, kByKim).ok());
  EXPECT_FALSE(store().Invited(*other, kByKim.at)->has_value());
}

TEST_F(AccessStoreTest, NoSecretIsInTheFiles) {
  const std::string text = Make(Token());
  const std::string invitation = *store().Invite("acme", "kim", kByKim);
  EXPECT_TRUE(GetsIn(text));
  EXPECT_TRUE(LogsIn("kim", kPassword));
  for (const auto& entry : std::filesystem::directory_iterator(files_.path())) {
    struct stat info {};
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U) << entry.path();
    const std::string bytes = testing::ReadWholeFile(entry.path());
    EXPECT_THAT(bytes, Not(HasSubstr(text.substr(3)))) << entry.path();
    EXPECT_THAT(bytes, Not(HasSubstr(*SecretOfToken(text)))) << entry.path();
    EXPECT_THAT(bytes, Not(HasSubstr(invitation))) << entry.path();
    EXPECT_THAT(bytes, Not(HasSubstr(kPassword))) << entry.path();
  }
}

TEST_F(AccessStoreTest, WrongFilesAreRefusedWithAdvice) {
  const auto refuses = [&](const std::string& why) {
    const auto opened = AccessDatabase::Open(files_.path());
    ASSERT_FALSE(opened.ok()) << why;
    EXPECT_THAT(opened.status().message(), HasSubstr(why));
  };
  const std::string known = std::to_string(kSchemaVersion), later = std::to_string(kSchemaVersion + 1);
  files_.Tamper("PRAGMA user_version=" + later);
  refuses("written by a later version of Leadpulse (schema " + later + ", this one knows " + known +
          "): install that version");
  files_.Tamper("PRAGMA user_version=" + known + "; PRAGMA application_id=1");
  refuses("is the database of another program");
  files_.Tamper("PRAGMA application_id=1280340854");
  chmod((files_.path() + "/serve.key").c_str(), 0640);
  refuses("chmod 600");
  chmod((files_.path() + "/serve.key").c_str(), 0600);
  EXPECT_TRUE(AccessDatabase::Open(files_.path()).ok());
  AccessDirectory other;
  std::filesystem::copy_file(other.path() + "/serve.key", files_.path() + "/serve.key",
                             std::filesystem::copy_options::overwrite_existing);
  refuses("is not the key of");
  std::ofstream(files_.path() + "/serve.key") << "short\n";
  refuses("holds no key");
}

// The first version had no command log.
TEST_F(AccessStoreTest, AnOlderSchemaIsMigrated) {
  const auto token = store().CreateToken(Token(), kByKim);
  ASSERT_TRUE(token.ok());
  files_.Tamper(
      "DROP TABLE webhook_deliveries; DROP TABLE webhook_changes; DROP TABLE webhook_places; DROP TABLE webhooks; "
      "DROP TABLE invitations; DROP TABLE import_changes; DROP TABLE notices; DROP TABLE views; DROP TABLE sessions; "
      "DROP TABLE jobs; DROP TABLE commands; ALTER TABLE users DROP COLUMN disabled; PRAGMA user_version=1");
  files_.Open();
  EXPECT_NE(*store().Authenticate(token->text, kNow), std::nullopt);
  for (const std::string table :
       {"webhooks", "invitations", "import_changes", "notices", "views", "sessions", "jobs", "commands"}) {
    EXPECT_TRUE(files_.database->Read().sql().Int("SELECT count(*) FROM " + table).ok()) << table;
  }
}

TEST_F(AccessStoreTest, AnotherWriterIsWaitedFor) {
  auto other = AccessDatabase::Open(files_.path());
  ASSERT_TRUE(other.ok());
  AuditLog other_audit(other->get());
  AccessStore other_store(other->get(), &other_audit);
  std::thread beside([&] {
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(other_store.CreateToken(Token(), kByKim).ok());
  });
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(store().CreateToken(Token(), kByKim).ok());
  beside.join();
  EXPECT_EQ(store().Tokens("acme")->size(), 100U);
  EXPECT_FALSE(files_.audit->CheckChain()->problem);
}

}  // namespace leadpulse::access::access_store_test
