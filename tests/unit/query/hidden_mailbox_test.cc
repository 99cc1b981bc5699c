// Rows of mailboxes that are no leads of their own: readers of leads pass over them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/definitions_loader.h"
#include "processor/files/lead_scan.h"
#include "processor/query/diff/lead_difference.h"
#include "processor/query/preview/preview.h"
#include "processor/query/state_access.h"
#include "state/store/memory_lead_store.h"
#include "tests/support/lead_examples.h"
#include "tests/support/lead_rows.h"

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

}  // namespace leadpulse::query::hidden_mailbox_test
