#include "processor/query/addresses/erasure_reach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/lead_rows.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::query::erasure_reach_test {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

class ErasureReachTest : public ::testing::Test {
 protected:
  void PutMailbox(const std::string& address, const std::vector<std::string>& users, bool is_lead) {
    state::Lead mailbox;
    mailbox.key = {"acme", address};
    mailbox.identity.Get().is_no_lead = !is_lead;
    for (const std::string& user : users) mailbox.identity->leads[user].uses = true;
    mailbox.identity->leads["former"].uses = false;
    testing::PutLead(mailbox, store_.get());
  }
  void PutUser(const std::string& id, const std::string& address, bool is_lead = true) {
    state::Lead lead;
    lead.key = {"acme", id};
    lead.identity.Get().mailbox = address;
    lead.identity->registration = state::Registration::kRegistered;
    lead.identity->addresses = {address};
    lead.identity->is_no_lead = !is_lead;
    testing::PutLead(lead, store_.get());
  }
  ErasureReach Reach(const std::string& id, bool by_address) {
    codec::Command erase;
    erase.key = {"acme", id};
    erase.by_address = by_address;
    Result<ErasureReach> reach = ReachOfErasure(erase, *store_);
    EXPECT_TRUE(reach.ok()) << reach.status().message();
    return *std::move(reach);
  }
  // Returns "id", or "id!" if its erasure is published.
  static std::vector<std::string> Leads(const ErasureReach& reach) {
    std::vector<std::string> leads;
    for (const ErasedLead& lead : reach.leads) leads.push_back(lead.id + (lead.is_published ? "!" : ""));
    return leads;
  }

  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(3);
};

TEST_F(ErasureReachTest, ByAddressItIsTheMailboxAndItsUsers) {
  PutMailbox("a@x.example", {"7", "8"}, /*is_lead=*/false);
  PutUser("7", "a@x.example");
  PutUser("8", "a@x.example", /*is_lead=*/false);
  const ErasureReach reach = Reach("a@x.example", /*by_address=*/true);
  EXPECT_THAT(Leads(reach), ElementsAre("a@x.example", "7!", "8"));
  EXPECT_THAT(reach.users, ElementsAre("7", "8"));
  EXPECT_THAT(reach.emptied, IsEmpty());
  PutMailbox("a@x.example", {"7"}, /*is_lead=*/true);
  EXPECT_THAT(Leads(Reach("a@x.example", /*by_address=*/true)), ElementsAre("a@x.example!", "7!"));
}

TEST_F(ErasureReachTest, AnUnknownAddressIsErasedAndPublished) {
  const ErasureReach reach = Reach("a@x.example", /*by_address=*/true);
  EXPECT_THAT(Leads(reach), ElementsAre("a@x.example!"));
  EXPECT_FALSE(reach.leads[0].is_lead);
}

TEST_F(ErasureReachTest, MoreThanTenUsersAreRefused) {
  std::vector<std::string> users;
  for (char id = 'a'; id < 'a' + 10; ++id) users.emplace_back(1, id);
  PutMailbox("a@x.example", users, /*is_lead=*/false);
  EXPECT_EQ(Reach("a@x.example", /*by_address=*/true).leads.size(), 11u);
  users.emplace_back("k");
  PutMailbox("a@x.example", users, /*is_lead=*/false);
  const ErasureReach reach = Reach("a@x.example", /*by_address=*/true);
  EXPECT_TRUE(reach.is_refused);
  EXPECT_THAT(reach.users, ElementsAreArray(users));
  EXPECT_THAT(Leads(reach), IsEmpty());
}

TEST_F(ErasureReachTest, ByIdTheMailboxOfTheLastUserGoesWithIt) {
  PutMailbox("a@x.example", {"7"}, /*is_lead=*/false);
  PutUser("7", "a@x.example");
  const ErasureReach last = Reach("7", /*by_address=*/false);
  EXPECT_THAT(Leads(last), ElementsAre("7!"));
  EXPECT_THAT(last.emptied, ElementsAre("a@x.example"));
  PutMailbox("a@x.example", {"7"}, /*is_lead=*/true);
  EXPECT_THAT(Reach("7", /*by_address=*/false).emptied, IsEmpty());
  PutMailbox("a@x.example", {"7", "8"}, /*is_lead=*/false);
  EXPECT_THAT(Reach("7", /*by_address=*/false).emptied, IsEmpty());
}

TEST_F(ErasureReachTest, ByIdTheUsersOfAMailboxStay) {
  PutMailbox("a@x.example", {"7", "8"}, /*is_lead=*/true);
  const ErasureReach reach = Reach("a@x.example", /*by_address=*/false);
  EXPECT_THAT(Leads(reach), ElementsAre("a@x.example!"));
  EXPECT_THAT(reach.staying, ElementsAre("7", "8"));
  EXPECT_THAT(Leads(Reach("nobody", /*by_address=*/false)), ElementsAre("nobody!"));
}

}  // namespace leadpulse::query::erasure_reach_test
