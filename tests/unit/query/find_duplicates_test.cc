#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/query/duplicates/duplicates.h"
#include "tests/support/lead_examples.h"
#include "tests/support/lead_rows.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::query::find_duplicates_test {

using testing::AtMinute;
using ::testing::ElementsAre;

constexpr std::string_view kDefinitions =
    "tenants: {\"*\": {tiers: [{name: all}], suppress: {domains: [rival.example]}}}";

class DuplicatesTest : public ::testing::Test {
 protected:
  void PutMailbox(const std::string& address, const std::vector<std::string>& users, bool is_lead,
                  const std::string& own_address = "") {
    state::Lead mailbox;
    mailbox.identity.Get().mailbox = own_address;
    mailbox.key = {"acme", address};
    mailbox.identity.Get().is_no_lead = !is_lead;
    for (const std::string& user : users) mailbox.identity->leads[user].uses = true;
    testing::PutLead(mailbox, store_.get());
  }
  void PutUser(const std::string& id, const std::string& address, bool do_not_contact = false,
               bool is_refused = false) {
    state::Lead lead;
    if (is_refused) {
      lead.identity.Get().mailbox = address;
      lead.identity.Get().registration = state::Registration::kRefused;
    }
    lead.key = {"acme", id};
    lead.profile.attributes["email"].sent = address;
    lead.profile.do_not_contact = do_not_contact;
    testing::PutLead(lead, store_.get());
  }
  // Returns "address: leads, sendable", with " and more" if leads came after the first 1,000.
  std::vector<std::string> Find(const std::string& tenant = "") {
    const auto loaded = config::LoadDefinitions(kDefinitions);
    WorkerPool pool(2);
    Result<std::vector<SharedAddress>> shared =
        FindSharedAddresses(*store_, *loaded.definitions, tenant, AtMinute(5), &pool);
    EXPECT_TRUE(shared.ok());
    std::vector<std::string> lines;
    for (const SharedAddress& address : *shared) {
      lines.push_back(address.mailbox.lead + ": " + std::to_string(address.leads) + ", " +
                      std::to_string(address.sendable) + (address.has_more ? " and more" : ""));
      first_ = address.first;
    }
    return lines;
  }

  AddressCounts Count() {
    const auto loaded = config::LoadDefinitions(kDefinitions);
    WorkerPool pool(2);
    const Result<AddressCounts> counts = CountAddresses(*store_, *loaded.definitions, AtMinute(5), &pool);
    EXPECT_TRUE(counts.ok());
    return *counts;
  }

  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(3);
  std::vector<std::string> first_;  // the last address's
};

TEST_F(DuplicatesTest, CountUsersAndTheMailboxWhereItIsALead) {
  for (const char* id : {"1", "2", "3"}) PutUser(id, "b@x.example", /*do_not_contact=*/*id == '3');
  PutUser("4", "a@x.example");
  PutUser("5", "hidden@x.example");
  PutMailbox("b@x.example", {"1", "2", "3"}, /*is_lead=*/false);
  PutMailbox("a@x.example", {"4"}, /*is_lead=*/true);
  PutMailbox("hidden@x.example", {"5"}, /*is_lead=*/false);
  PutMailbox("own@x.example", {}, /*is_lead=*/true);
  EXPECT_THAT(Find(), ElementsAre("b@x.example: 3, 2", "a@x.example: 2, 2"));
  EXPECT_THAT(first_, ElementsAre("4", "a@x.example"));
  EXPECT_THAT(Find("other"), ElementsAre());
}

TEST_F(DuplicatesTest, AnAddressHasMoreLeadsOnlyIfOneHadNoRoom) {
  std::vector<std::string> users;
  for (size_t i = 0; i < state::kMaxMailboxLeads; ++i) users.push_back("crm-" + std::to_string(i));
  for (const char* address : {"full@x.example", "more@x.example"}) PutMailbox(address, users, /*is_lead=*/false);
  PutUser("last", "more@x.example", /*do_not_contact=*/false, /*is_refused=*/true);
  EXPECT_THAT(Find(), ElementsAre("full@x.example: 1000, 0", "more@x.example: 1000, 0 and more"));
}

TEST_F(DuplicatesTest, EqualNumbersAreSortedByAddressAndFewIdsAreNamed) {
  std::vector<std::string> users;
  for (char id = 'a'; id < 'a' + 9; ++id) users.emplace_back(1, id);
  for (const char* address : {"z@x.example", "m@x.example"}) PutMailbox(address, users, /*is_lead=*/false);
  EXPECT_THAT(Find(), ElementsAre("m@x.example: 9, 0", "z@x.example: 9, 0"));
  EXPECT_EQ(first_.size(), SharedAddress::kMostNamed);
}

TEST_F(DuplicatesTest, AMailboxWithAnotherAddressOfItsOwnIsNotCounted) {
  PutUser("4", "a@x.example");
  PutMailbox("a@x.example", {"4"}, /*is_lead=*/true, /*own_address=*/"moved@x.example");
  EXPECT_THAT(Find(), ElementsAre());
  EXPECT_EQ(Count(), AddressCounts());
}

TEST_F(DuplicatesTest, AddressesAreCountedByTheirUse) {
  for (const char* id : {"1", "2", "3"}) PutUser(id, "b@x.example", /*do_not_contact=*/*id == '3');
  PutUser("4", "a@x.example");
  PutUser("5", "hidden@x.example");
  PutUser("6", "b@x.example", /*do_not_contact=*/false, /*is_refused=*/true);
  PutMailbox("b@x.example", {"1", "2", "3"}, /*is_lead=*/false);
  PutMailbox("a@x.example", {"4", "elsewhere"}, /*is_lead=*/true);
  PutMailbox("hidden@x.example", {"5"}, /*is_lead=*/false);
  PutMailbox("left@x.example", {}, /*is_lead=*/false);
  EXPECT_EQ(
      Count(),
      (AddressCounts{.shared = 2, .sharing = 6, .sendable = 4, .absent = 1, .without_room = 1, .hidden_mailboxes = 2}));
}

TEST_F(DuplicatesTest, LeadsOfSuppressedDomainsAreCountedAndNotSendable) {
  for (const char* id : {"1", "2"}) PutUser(id, "b@rival.example");
  PutUser("3", "a@rival.example");
  PutMailbox("b@rival.example", {"1", "2"}, /*is_lead=*/false);
  EXPECT_EQ(Count(), (AddressCounts{.shared = 1, .sharing = 2, .suppressed = 3, .hidden_mailboxes = 1}));
}

TEST_F(DuplicatesTest, NobodySharesAnAddress) {
  PutUser("1", "own@x.example");
  EXPECT_EQ(Count(), AddressCounts());
}

}  // namespace leadpulse::query::find_duplicates_test
