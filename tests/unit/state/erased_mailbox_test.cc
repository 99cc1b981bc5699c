// The rows of mailboxes in a PartitionLeads: what remains after an erasure, and reads in turn with those of leads.
#include "tests/support/lead_examples.h"
#include "tests/unit/state/partition_leads_fixture.h"

namespace leadpulse::state::erased_mailbox_test {

const LeadKey kMailbox{"acme", "ann@example.com"};

class ErasedMailboxTest : public PartitionLeadsTest {};

Erasure ExampleErasure() {
  Erasure erasure{{60}, {8}};
  erasure.address_facts.push_back({1, {}});
  erasure.address_facts.back().facts.everything.out = Instant{50};
  erasure.facts = erasure.address_facts.back().facts;
  erasure.identity.Get().addresses = {"hash of an address"};
  return erasure;
}

TEST_F(ErasedMailboxTest, ItsRowStaysWithoutALead) {
  Lead* mailbox = MustCreate(kMailbox);
  mailbox->next_change_at = {70};
  mailbox->last_seq = {7};
  for (int64_t i = 0; i < 100; ++i) mailbox->journal.Add(testing::Entry(EventType::kOpen, i, std::to_string(i)), 1000);
  Commit();
  ASSERT_NE(MustFind(kMailbox), nullptr);
  leads_->Erase(kMailbox, ExampleErasure());
  Lead* again = leads_->Create(kMailbox);
  EXPECT_EQ(again->journal, Journal());
  again->identity.Get().is_no_lead = true;
  again->identity->leads["ann"].uses = true;
  again->erased_at = {60};
  leads_->MarkProfileChanged(again);
  const Lead kept = *again;
  EXPECT_EQ(*leads_->FindErasure(kMailbox), ExampleErasure());

  const EpochWrite write = Commit();
  ASSERT_EQ(write.leads.size(), 1u);
  EXPECT_TRUE(write.leads[0].value.has_value());
  EXPECT_FALSE(write.leads[0].appended);
  EXPECT_EQ(write.leads[0].old_timer, Instant{70});
  EXPECT_EQ(write.leads[0].new_timer, Instant::Never());
  ASSERT_EQ(write.erasures.size(), 1u);
  Reopen(kRoomy);
  ASSERT_NE(MustFind(kMailbox), nullptr);
  EXPECT_EQ(*MustFind(kMailbox), kept);
  EXPECT_EQ(*leads_->FindErasure(kMailbox), ExampleErasure());
}

TEST_F(ErasedMailboxTest, ItsBytesCountUntilTheEpochEnds) {
  MustCreate(kMailbox);
  Commit();
  MustFind(kMailbox);
  Erasure erasure = ExampleErasure();
  erasure.identity->addresses.emplace_back(100'000, 'x');
  leads_->Erase(kMailbox, erasure);
  EXPECT_GT(leads_->dirty_bytes(), 100'000u);
  Commit();
  EXPECT_EQ(leads_->dirty_bytes(), 0u);
}

TEST_F(ErasedMailboxTest, PeekReadsNothingAndKeepsTheOrder) {
  EXPECT_EQ(leads_->Peek(kAnn), nullptr);
  EXPECT_EQ(leads_->Peek(MustCreate(kAnn)->key)->key, kAnn);
  MustCreate(kMailbox);
  Commit();
  Reopen(kRoomy);
  EXPECT_EQ(leads_->Peek(kAnn), nullptr) << "not in the cache";
  const std::vector<const LeadKey*> keys = {&kAnn, &kMailbox};
  ASSERT_TRUE(leads_->Prefetch(keys, LeadStore::kAllRows).ok());
  EXPECT_EQ(leads_->Peek(kMailbox)->key, kMailbox);
  EXPECT_EQ(MustFind(kAnn)->key, kAnn);
  leads_->Erase(kAnn, ExampleErasure());
  EXPECT_EQ(leads_->Peek(kAnn), nullptr);
  EXPECT_EQ(MustFind(kMailbox)->key, kMailbox);
}

TEST_F(ErasedMailboxTest, PeekAtExpectedLeadsFindsThemAsTheyAreNow) {
  MustCreate(kAnn);
  MustCreate(kMailbox);
  Commit();
  const std::vector<const LeadKey*> keys = {&kAnn, &kMailbox, &kAnn};
  ASSERT_TRUE(leads_->Prefetch(keys, LeadStore::kAllRows).ok());
  MustFind(kAnn);
  leads_->Erase(kAnn, ExampleErasure());
  EXPECT_EQ(leads_->Peek(kAnn), nullptr) << "erased";
  const Lead* again = MustCreate(kAnn);
  EXPECT_EQ(leads_->Peek(kMailbox)->key, kMailbox);
  EXPECT_EQ(leads_->Peek(kAnn), again);
  Commit();
  EXPECT_EQ(leads_->Peek(kAnn), again);
  EXPECT_EQ(leads_->Peek(kMailbox)->key, kMailbox);
}

TEST_F(ErasedMailboxTest, HashesAreThoseOfTheStore) {
  EXPECT_EQ(leads_->ErasureHash(kAnn), store_.ErasureHash(EncodeLeadKey(kAnn)));
}

}  // namespace leadpulse::state::erased_mailbox_test
