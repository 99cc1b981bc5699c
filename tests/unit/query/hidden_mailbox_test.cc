// Rows of mailboxes that are not leads themselves: readers of leads skip them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/engine/erasure_remains.h"
#include "processor/files/lead_scan.h"
#include "processor/query/diff/lead_difference.h"
#include "processor/query/diff/state_diff.h"
#include "processor/query/preview/preview.h"
#include "processor/query/state_access.h"
#include "state/store/store_keys.h"
#include "tests/support/lead_examples.h"
#include "tests/support/lead_rows.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::query::hidden_mailbox_test {

using testing::AtMinute;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::PutLead;

const LeadKey kMailbox{"acme", "ann@example.com"};

state::Lead HiddenMailbox(int users) {
  state::Lead mailbox;
  mailbox.key = kMailbox;
  mailbox.journal.Add(testing::Entry(EventType::kOpen, 1, "open"), 1000);
  mailbox.identity.Get().is_no_lead = true;
  for (int user = 1; user <= users; ++user) mailbox.identity->leads["crm-" + std::to_string(user)].uses = true;
  mailbox.identity->leads["former"].uses = false;
  return mailbox;
}

state::Lead LeadOf(const std::string& id) {
  state::Lead lead;
  lead.key = {"acme", id};
  lead.journal.Add(testing::Entry(EventType::kOpen, 1, "open"), 1000);
  return lead;
}

class HiddenMailboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PutLead(HiddenMailbox(2), store_.get());
    for (const char* id : {"crm-1", "crm-2"}) PutLead(LeadOf(id), store_.get());
  }

  std::vector<std::string> Scan(bool mailboxes) {
    std::vector<std::string> ids;
    files::LeadScan<std::string> scan;
    scan.mailboxes = mailboxes;
    scan.make = [](PartitionId, const state::Lead& lead) { return Result(std::optional(lead.key.lead)); };
    scan.take = [&](std::string id) {
      ids.push_back(std::move(id));
      return Result<bool>(true);
    };
    WorkerPool pool(2);
    EXPECT_TRUE(files::PassOverLeads(*store_, scan, &pool).ok());
    return ids;
  }

  std::unique_ptr<state::LeadStore> store_ = state::MakeMemoryLeadStore(3);
};

TEST_F(HiddenMailboxTest, AScanGivesLeadsUnlessAskedForMailboxesToo) {
  EXPECT_THAT(Scan(false), ElementsAre("crm-1", "crm-2"));
  EXPECT_THAT(Scan(true), ElementsAre("ann@example.com", "crm-1", "crm-2"));
}

TEST_F(HiddenMailboxTest, IsFoundAsARowOnly) {
  EXPECT_FALSE(FindLead(*store_, kMailbox)->has_value());
  EXPECT_TRUE(FindRow(*store_, kMailbox)->has_value());
  EXPECT_TRUE(FindLead(*store_, {"acme", "crm-1"})->has_value());
  const Result<state::Lead> read = ReadLead(*store_, kMailbox);
  ASSERT_FALSE(read.ok());
  EXPECT_THAT(read.status().message(),
              HasSubstr("ann@example.com of tenant acme is a mailbox without a lead of its own, used by 2 leads: "
                        "crm-1, crm-2"));
}

TEST_F(HiddenMailboxTest, AtMostEightUsersAreNamed) {
  EXPECT_EQ(SpellUsers({}), "used by no lead");
  EXPECT_EQ(SpellUsers({"7"}), "used by 1 lead: 7");
  EXPECT_EQ(SpellUsers(UsersOf(HiddenMailbox(9))),
            "used by 9 leads: crm-1, crm-2, crm-3, crm-4, crm-5, crm-6, crm-7, crm-8 and others");
}

TEST_F(HiddenMailboxTest, APreviewDoesNotCountIt) {
  const auto definitions =
      config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: all}], scoring: {rules: [{event: open, points: 1}]}}}");
  ASSERT_TRUE(definitions.errors.empty());
  const Result<Preview> preview = MakePreview(*store_, *definitions.definitions, definitions.definitions, AtMinute(5));
  ASSERT_TRUE(preview.ok());
  EXPECT_EQ(preview->tenants.at("acme").leads, 2u);
}

TEST_F(HiddenMailboxTest, IdentitiesAreComparedWithoutTheOrderOfArrival) {
  state::Lead left = LeadOf("crm-1");
  state::Lead right = left;
  left.identity.Get().addresses = {"a@x.example", "b@x.example"};
  right.identity.Get().addresses = {"b@x.example", "a@x.example"};
  EXPECT_FALSE(CompareHistories(left, right).any());
  right.identity->standing.complaint = AtMinute(1);
  right.identity->leads["crm-2"].uses = true;
  EXPECT_THAT(CompareHistories(left, right).profile, ElementsAre("mailbox used", "users of the mailbox"));
}

TEST_F(HiddenMailboxTest, EventsOfOneIdAreDifferentIfTheyCameThroughDifferentAddresses) {
  const auto received = [](const std::string& address, int minute) {
    state::Lead lead = LeadOf("crm-1");
    lead.identity.Get().addresses = {"other@x.example", address};
    testing::OwnedEntry entry = testing::Entry(EventType::kClick, minute, "open");  // the id of the lead's own event
    entry.received = true;
    entry.address = 2;
    lead.journal.Add(entry, 1000);
    return lead;
  };
  EXPECT_FALSE(CompareHistories(received("ann@x.example", 2), received("ann@x.example", 2)).any());
  const HistoryDifference elsewhere = CompareHistories(received("ann@x.example", 2), received("bob@x.example", 2));
  EXPECT_EQ(elsewhere.events_left.count, 1u);
  EXPECT_EQ(elsewhere.events_right.count, 1u);
  EXPECT_EQ(elsewhere.events_other.count, 0u);
  EXPECT_EQ(CompareHistories(received("ann@x.example", 2), received("ann@x.example", 3)).events_other.count, 1u);
}

TEST_F(HiddenMailboxTest, EventsThatBelongToAnotherAddressAreADifference) {
  const auto bounced = [](state::AddressSlot address) {
    state::Lead lead = LeadOf("crm-1");
    lead.identity.Get().addresses = {"ann@x.example", "bob@x.example"};
    testing::OwnedEntry entry = testing::Entry(EventType::kBounce, 2, "bounce");
    entry.address = address;
    lead.journal.Add(entry, 1000);
    return lead;
  };
  EXPECT_FALSE(CompareHistories(bounced(1), bounced(1)).any());
  EXPECT_THAT(CompareHistories(bounced(1), bounced(2)).profile, ElementsAre("addresses of events"));
}

TEST_F(HiddenMailboxTest, HashesOfErasedLeadsAreComparedTogether) {
  state::Lead left = HiddenMailbox(1);
  state::Lead right = left;
  const auto hash = [](char byte) { return engine::PseudonymOf(std::string(state::kErasureHashBytes, byte)); };
  left.identity->leads[hash('a')].facts.complaint = AtMinute(1);
  right.identity->leads[hash('b')].facts.complaint = AtMinute(1);
  EXPECT_FALSE(CompareHistories(left, right).any());
  right.identity->leads[hash('b')].facts.complaint = AtMinute(2);
  EXPECT_THAT(CompareHistories(left, right).profile, ElementsAre("users of the mailbox"));
}

TEST_F(HiddenMailboxTest, ADiffComparesItAndCountsItApart) {
  const auto definitions = config::LoadDefinitions("tenants: {\"*\": {tiers: [{name: all}]}}").definitions;
  const std::unique_ptr<state::LeadStore> other = state::MakeMemoryLeadStore(2);
  for (const char* id : {"crm-1", "crm-2"}) PutLead(LeadOf(id), other.get());
  const auto diff = [&] {
    WorkerPool pool(2);
    Result<StateDiff> found = DiffStates({store_.get(), definitions, AtMinute(5)},
                                         {other.get(), definitions, AtMinute(5)}, DiffOptions(), &pool);
    EXPECT_TRUE(found.ok());
    return *found;
  };
  const StateDiff without = diff();  // the other state has no row of the mailbox
  EXPECT_FALSE(without.equal());
  EXPECT_EQ(without.mailboxes_different, 1u);
  EXPECT_EQ(without.different + without.only_left() + without.only_right(), 0u);
  PutLead(HiddenMailbox(2), other.get());
  EXPECT_TRUE(diff().equal());
  EXPECT_EQ(diff().leads_left, 2u);
  PutLead(HiddenMailbox(1), other.get());
  const StateDiff forgotten = diff();
  ASSERT_EQ(forgotten.samples.size(), 1u);
  EXPECT_TRUE(forgotten.samples[0].is_mailbox);
  EXPECT_THAT(forgotten.samples[0].history.profile, ElementsAre("users of the mailbox"));
  EXPECT_THAT(ReasonsOf(forgotten.samples[0]), ElementsAre(DiffReason::kAddress));
  state::Lead lead = HiddenMailbox(2);
  lead.identity->is_no_lead = false;
  PutLead(lead, other.get());
  EXPECT_EQ(diff().only_right(), 1u);
}

}  // namespace leadpulse::query::hidden_mailbox_test
