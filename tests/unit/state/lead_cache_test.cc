#include "state/cache/lead_cache.h"

#include <gtest/gtest.h>

namespace leadpulse::state::lead_cache_test {

const LeadKey kAnn = {"acme", "ann"};
const LeadKey kBob = {"acme", "bob"};

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

}  // namespace leadpulse::state::lead_cache_test
