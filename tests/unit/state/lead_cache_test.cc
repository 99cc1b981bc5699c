#include "state/cache/lead_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leadpulse::state::lead_cache_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const LeadKey kAnn = {"acme", "ann"};
const LeadKey kBob = {"acme", "bob"};
const LeadKey kCid = {"acme", "cid"};

TEST(LeadCacheTest, KeysWithTheSameHashAreToldApart) {
  constexpr size_t kHash = 7;
  LeadCache slots;
  CachedLead* ann = slots.Insert(SlotKey(kAnn, kHash));
  EXPECT_EQ(slots.Find(SlotKey(kBob, kHash)), nullptr);
  EXPECT_EQ(slots.Guess(SlotKey(kBob, kHash)), ann);  // the caller must compare the key
  CachedLead* bob = slots.Insert(SlotKey(kBob, kHash));
  EXPECT_NE(bob, ann);
  EXPECT_EQ(slots.Find(SlotKey(kAnn, kHash)), ann);
  EXPECT_EQ(slots.Find(SlotKey(kBob, kHash)), bob);
  slots.Remove(ann);
  EXPECT_EQ(slots.Find(SlotKey(kAnn, kHash)), nullptr);
  EXPECT_EQ(slots.Find(SlotKey(kBob, kHash)), bob);
}

TEST(LeadCacheTest, AnEncodedKeyFindsWhatTheKeyDoes) {
  LeadCache slots;
  CachedLead* ann = slots.Insert(SlotKey(kAnn));
  EXPECT_EQ(slots.Find(SlotKey(std::string_view(EncodeLeadKey(kAnn)))), ann);
  EXPECT_EQ(slots.Find(SlotKey(std::string_view(EncodeLeadKey(kBob)))), nullptr);
}

// A damaged key has no NUL. It must not read as a lead with its tenant's name, which may be cached.
TEST(LeadCacheTest, ADamagedKeyFindsNothing) {
  LeadCache slots;
  slots.Insert(SlotKey(LeadKey{"acme", "acme"}));
  EXPECT_EQ(slots.Find(SlotKey(std::string_view("acme"))), nullptr);
  EXPECT_EQ(slots.Find(SlotKey(std::string_view(""))), nullptr);
}

class ExpectedLeadsTest : public ::testing::Test {
 protected:
  CachedLead* Insert(const LeadKey& key) { return cache_.Insert(SlotKey(key)); }
  std::vector<size_t> Expect(const std::vector<const LeadKey*>& keys) { return expected_.Expect(keys); }

  LeadCache cache_;
  ExpectedLeads expected_{&cache_};
};

TEST_F(ExpectedLeadsTest, LeadsAreTakenInTheExpectedOrder) {
  CachedLead* ann = Insert(kAnn);
  CachedLead* bob = Insert(kBob);
  EXPECT_THAT(Expect({&kBob, &kAnn, &kBob}), IsEmpty());
  EXPECT_EQ(expected_.Take(kAnn), nullptr) << "bob is next";
  EXPECT_EQ(expected_.Take(kBob), bob);
  EXPECT_EQ(expected_.Take(kBob), nullptr) << "ann is next";
  EXPECT_EQ(expected_.Take(kAnn), ann);
  EXPECT_EQ(expected_.Take(kBob), bob);
  EXPECT_EQ(expected_.Take(kBob), nullptr) << "no more are expected";
}

TEST_F(ExpectedLeadsTest, LeadsThatWerePeekedAtAreStillTaken) {
  CachedLead* ann = Insert(kAnn);
  CachedLead* bob = Insert(kBob);
  Expect({&kBob, &kAnn});
  EXPECT_EQ(expected_.Peek(kAnn), nullptr) << "bob is next";
  EXPECT_EQ(expected_.Peek(kBob), bob);
  EXPECT_EQ(expected_.Peek(kAnn), ann);
  EXPECT_EQ(expected_.Peek(kAnn), nullptr) << "all were peeked at";
  EXPECT_EQ(expected_.Take(kBob), bob);
  Expect({&kAnn});
  EXPECT_EQ(expected_.Peek(kAnn), ann) << "peeking begins again";
}

TEST_F(ExpectedLeadsTest, ALeadOfAnotherTenantIsAnother) {
  Insert(kAnn);
  Expect({&kAnn});
  EXPECT_EQ(expected_.Take(LeadKey{"other", "ann"}), nullptr);
}

TEST_F(ExpectedLeadsTest, LeadsThatAreNotCachedAreFoundOnceLoaded) {
  Insert(kAnn);
  const std::vector<size_t> unknown = Expect({&kAnn, &kBob, &kAnn, &kCid, &kBob});
  EXPECT_THAT(unknown, ElementsAre(1, 3, 4));
  EXPECT_TRUE(expected_.key(3).Names(kCid));
  CachedLead* bob = Insert(kBob);
  EXPECT_EQ(expected_.FindLoaded(unknown), 3) << "cid was not loaded";
  EXPECT_NE(expected_.Take(kAnn), nullptr);
  EXPECT_EQ(expected_.Take(kBob), bob);
  EXPECT_NE(expected_.Take(kAnn), nullptr);
  EXPECT_EQ(expected_.Take(kCid), nullptr);
  Insert(kCid);
  EXPECT_EQ(expected_.FindLoaded(unknown), 5) << "all were loaded";
  EXPECT_NE(expected_.Take(kCid), nullptr);
}

TEST_F(ExpectedLeadsTest, NothingIsExpectedAfterClear) {
  Insert(kAnn);
  Expect({&kAnn});
  expected_.Clear();
  EXPECT_EQ(expected_.Take(kAnn), nullptr);
}

}  // namespace leadpulse::state::lead_cache_test
