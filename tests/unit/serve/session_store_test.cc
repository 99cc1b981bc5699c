// Sessions and saved views: who is logged in and until when, and the owner of a view.
#include "processor/serve/access/session_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "processor/serve/access/view_store.h"
#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::session_store_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const ChangeStamp kBySetUp{"setup", kNow};

class SessionStoreTest : public ::testing::Test {
 protected:
  Principal LogIn(const std::string& name = "kim", const std::string& password = kPassword) {
    const auto found = files_.store->AuthenticateUser("acme", name, password);
    EXPECT_TRUE(found.ok() && *found);
    return **found;
  }
  std::string Begin(Instant at = kNow) { return *sessions_.Begin(LogIn(), at); }
  bool IsOpen(const std::string& secret, Instant now = kNow) {
    const auto found = sessions_.Find(secret, now);
    EXPECT_TRUE(found.ok());
    return found->has_value();
  }
  AccessDirectory files_;
  SessionStore sessions_{files_.database.get(), files_.audit.get()};
  ViewStore views_{files_.database.get()};
};

TEST_F(SessionStoreTest, ASessionIsItsUserForTwelveHours) {
  const std::string secret = Begin();
  const auto found = sessions_.Find(secret, kNow);
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ(**found, LogIn());
  EXPECT_TRUE(IsOpen(secret, kNow + kSessionLife - Millis{1}));
  EXPECT_FALSE(IsOpen(secret, kNow + kSessionLife));
  EXPECT_FALSE(IsOpen(""));
  EXPECT_FALSE(IsOpen(secret + "x"));
  EXPECT_NE(Begin(), secret);
  ASSERT_TRUE(sessions_.End(secret).ok());
  EXPECT_FALSE(IsOpen(secret));
}

TEST_F(SessionStoreTest, ANewPasswordEndsTheSessionsOfItsUserAlone) {
  ASSERT_TRUE(files_.store->AddUser({"acme", "ben", Role::kManager, ""}, kPassword, kBySetUp).ok());
  const std::string of_kim = Begin(), of_ben = *sessions_.Begin(LogIn("ben"), kNow);
  ASSERT_TRUE(files_.store->SetPassword("acme", "kim", "another long password", kBySetUp).ok());
  EXPECT_FALSE(IsOpen(of_kim));
  EXPECT_TRUE(IsOpen(of_ben));
}

TEST_F(SessionStoreTest, ASessionHasTheRightsOfNow) {
  ASSERT_TRUE(files_.store->AddUser({"acme", "ben", Role::kManager, ""}, kPassword, kBySetUp).ok());
  const std::string secret = *sessions_.Begin(LogIn("ben"), kNow);
  ASSERT_TRUE(files_.store->ChangeUser("acme", "ben", {Role::kAgent, "b1", {}}, kBySetUp).ok());
  EXPECT_EQ((*sessions_.Find(secret, kNow))->role, Role::kAgent);
  EXPECT_FALSE((*sessions_.Find(secret, kNow))->scopes.Has(Scope::kScan));
  ASSERT_TRUE(files_.store->ChangeUser("acme", "ben", {{}, {}, true}, kBySetUp).ok());
  EXPECT_FALSE(IsOpen(secret));
  ASSERT_TRUE(files_.store->RemoveUser("acme", "ben", kBySetUp).ok());
  ASSERT_TRUE(files_.store->AddUser({"acme", "ben", Role::kAdmin, ""}, kPassword, kBySetUp).ok());
  EXPECT_FALSE(IsOpen(secret)) << "the session of a removed user belongs to a new user with the same name";
}

TEST_F(SessionStoreTest, OneMoreThanTheMostEndsTheOldest) {
  std::vector<std::string> secrets;
  for (int64_t i = 0; i <= kMostSessions; ++i) secrets.push_back(Begin(kNow + Millis{i}));
  EXPECT_FALSE(IsOpen(secrets[0]));
  EXPECT_TRUE(IsOpen(secrets[1]));
  EXPECT_TRUE(IsOpen(secrets.back()));
}

TEST_F(SessionStoreTest, TheSecretIsNotStoredAndTheFormTokenIsAnother) {
  const std::string secret = Begin();
  EXPECT_NE(sessions_.FormToken(secret), sessions_.FormToken(Begin()));
  EXPECT_EQ(sessions_.FormToken(secret), sessions_.FormToken(secret));
  const DatabaseLock lock = files_.database->Read();
  const auto named = lock.sql().Int("SELECT count(*) FROM sessions WHERE CAST(hash AS TEXT) = ?", {secret});
  EXPECT_EQ(*named, 0);
}

TEST_F(SessionStoreTest, ADeviceIsKnownToItsUserAlone) {
  const Principal kim = LogIn();
  const std::string mark = sessions_.MakeDevice(kim);
  const auto device = sessions_.KnownDevice(mark, "acme", "kim");
  ASSERT_TRUE(device);
  EXPECT_EQ(sessions_.KnownDevice(mark, "", "kim"), device);
  EXPECT_NE(sessions_.KnownDevice(sessions_.MakeDevice(kim), "acme", "kim"), device);
  for (const auto& [tenant, name] : {std::pair("acme", "ben"), std::pair("other", "kim")}) {
    EXPECT_FALSE(sessions_.KnownDevice(mark, tenant, name)) << tenant << name;
  }
  for (const std::string& wrong :
       {std::string(), std::string("x"), "x" + mark, mark + "x", *device + "..", "." + mark}) {
    EXPECT_FALSE(sessions_.KnownDevice(wrong, "acme", "kim")) << wrong;
  }
  AccessDirectory other;
  EXPECT_FALSE(SessionStore(other.database.get(), other.audit.get()).KnownDevice(mark, "acme", "kim"));
}

TEST_F(SessionStoreTest, AViewIsItsUsersOwn) {
  const Principal kim = LogIn();
  ASSERT_TRUE(files_.store->AddUser({"acme", "ben", Role::kManager, ""}, kPassword, kBySetUp).ok());
  const Principal ben = LogIn("ben");
  ASSERT_TRUE(views_.Save(kim, {.title = "hot", .query = "where=a"}).ok());
  ASSERT_TRUE(views_.Save(kim, {.title = "hot", .query = "where=b"}).ok());
  const auto saved = *views_.Views(kim);
  ASSERT_EQ(saved.size(), 1U);
  EXPECT_EQ(saved[0].query, "where=b");
  EXPECT_THAT(*views_.Views(ben), IsEmpty());
  ASSERT_TRUE(views_.Remove(ben, saved[0].id).ok());
  EXPECT_EQ((*views_.Views(kim)).size(), 1U);
  ASSERT_TRUE(views_.Remove(kim, saved[0].id).ok());
  EXPECT_THAT(*views_.Views(kim), IsEmpty());
  EXPECT_THAT(views_.Save(kim, {.title = "", .query = "where=b"}).message(), HasSubstr("title"));
}

TEST_F(SessionStoreTest, AManagerSharesAView) {
  const Principal kim = LogIn();
  ASSERT_TRUE(files_.store->AddUser({"acme", "ben", Role::kAgent, "b1"}, kPassword, kBySetUp).ok());
  ASSERT_TRUE(files_.store->AddUser({"acme", "mia", Role::kManager, ""}, kPassword, kBySetUp).ok());
  const Principal ben = LogIn("ben"), mia = LogIn("mia");
  EXPECT_THAT(views_.Save(ben, {.title = "hot", .query = "where=a", .is_shared = true}).message(),
              HasSubstr("managers"));
  ASSERT_TRUE(views_.Save(kim, {.title = "hot", .query = "where=a", .is_shared = true}).ok());
  const auto seen = *views_.Views(ben);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].is_shared && !seen[0].may_be_removed);
  ASSERT_TRUE(views_.Remove(ben, seen[0].id).ok());
  EXPECT_EQ((*views_.Views(mia)).size(), 1U);
  EXPECT_TRUE((*views_.Views(mia))[0].may_be_removed);
  // Who saves it again says anew whether it is shared.
  ASSERT_TRUE(views_.Save(kim, {.title = "hot", .query = "where=b"}).ok());
  EXPECT_THAT(*views_.Views(ben), IsEmpty());
  ASSERT_TRUE(views_.Save(kim, {.title = "hot", .query = "where=b", .is_shared = true}).ok());
  ASSERT_TRUE(views_.Remove(mia, seen[0].id).ok());
  EXPECT_THAT(*views_.Views(kim), IsEmpty());
}

TEST_F(SessionStoreTest, ViewsOfAllUsersOfATenantAreRemoved) {
  const Principal kim = LogIn();
  ASSERT_TRUE(files_.store->AddUser({"acme", "ben", Role::kManager, ""}, kPassword, kBySetUp).ok());
  const Principal ben = LogIn("ben");
  for (const Principal& user : {kim, ben}) {
    for (const char* query : {"where=a", "where=b"})
      ASSERT_TRUE(views_.Save(user, {.title = query, .query = query}).ok());
  }
  const auto is_a = [](const SavedView& view) { return view.query == "where=a"; };
  ASSERT_TRUE(views_.RemoveWhere("blue", is_a).ok());
  EXPECT_EQ((*views_.Views(kim)).size(), 2U);
  ASSERT_TRUE(views_.RemoveWhere("acme", is_a).ok());
  for (const Principal& user : {kim, ben}) {
    const auto left = *views_.Views(user);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].query, "where=b");
  }
}

}  // namespace leadpulse::access::session_store_test
