// Notices of the bell: each is told once, the latest 200 stay, and an erased lead is in none.
#include "processor/serve/access/notice_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::notice_store_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

const ChangeStamp kByKim{"kim", kNow};

class NoticeStoreTest : public ::testing::Test {
 protected:
  NoticeStoreTest() {
    for (const char* name : {"ben", "ann"}) {
      EXPECT_TRUE(files_.store->AddUser({"acme", name, Role::kAgent, name}, kPassword, kByKim).ok());
    }
  }
  static NewNotice Of(const std::string& user, const std::string& lead, const std::string& mark, int64_t at) {
    return {"acme", user, {0, NoticeKind::kReplied, lead, mark, Instant{at}}};
  }
  std::vector<std::string> LeadsOf(const Principal& user) {
    std::vector<std::string> leads;
    const auto notices = notices_.Notices(user);
    for (const Notice& notice : *notices) leads.push_back(notice.lead);
    return leads;
  }

  AccessDirectory files_;
  NoticeStore notices_{files_.database.get()};
  const Principal ben_{.who = "ben", .tenant = "acme"};
  const Principal ann_{.who = "ann", .tenant = "acme"};
};

TEST_F(NoticeStoreTest, ANoticeIsToldOnceToEachUserWhoExists) {
  const std::vector<NewNotice> made = {Of("ben", "a", "1", 5), Of("ben", "b", "1", 9), Of("ben", "a", "1", 7),
                                       Of("ann", "a", "1", 5), Of("nobody", "a", "1", 5)};
  ASSERT_TRUE(notices_.Add(made).ok());
  ASSERT_TRUE(notices_.Add(made).ok());
  EXPECT_THAT(LeadsOf(ben_), ElementsAre("b", "a"));
  EXPECT_THAT(LeadsOf(ann_), ElementsAre("a"));
  EXPECT_EQ(*notices_.CountUnread(ben_), 2);
  ASSERT_TRUE(notices_.MarkOneRead(ben_, notices_.Notices(ben_)->front().id).ok());
  EXPECT_EQ(*notices_.CountUnread(ben_), 1);
  ASSERT_TRUE(notices_.MarkRead(ben_, 1'000).ok());
  EXPECT_EQ(*notices_.CountUnread(ben_), 0);
  EXPECT_EQ(*notices_.CountUnread(ann_), 1);
}

TEST_F(NoticeStoreTest, TheLatestStay) {
  std::vector<NewNotice> made;
  for (int64_t i = 0; i < kMostNotices + 30; ++i) made.push_back(Of("ben", "lead" + std::to_string(i), "", i));
  ASSERT_TRUE(notices_.Add(made).ok());
  const auto kept = *notices_.Notices(ben_);
  EXPECT_EQ(kept.size(), static_cast<size_t>(kMostNotices));
  EXPECT_EQ(kept.back().lead, "lead30");
  // An old one that is found again is not told again.
  ASSERT_TRUE(notices_.Add({made.front()}).ok());
  EXPECT_EQ(notices_.Notices(ben_)->back().lead, "lead30");
}

TEST_F(NoticeStoreTest, AnErasedLeadAndARemovedUserAreForgotten) {
  ASSERT_TRUE(notices_.Add({Of("ben", "a", "1", 5), Of("ben", "b", "1", 9), Of("ann", "a", "1", 5)}).ok());
  EXPECT_THAT(*notices_.Leads("acme"), UnorderedElementsAre("a", "b"));
  files_.Change([](const Transaction& transaction) { return NoticeStore::ForgetLead("acme", "a", transaction); });
  EXPECT_THAT(LeadsOf(ben_), ElementsAre("b"));
  EXPECT_THAT(LeadsOf(ann_), IsEmpty());
  ASSERT_TRUE(files_.store->RemoveUser("acme", "ben", kByKim).ok());
  EXPECT_THAT(*notices_.Leads("acme"), IsEmpty());
}

}  // namespace leadpulse::access::notice_store_test
