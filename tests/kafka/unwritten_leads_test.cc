// Which leads lead.state and lead.profiles lack, against a plain list.
#include "processor/kafka/unwritten_leads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/workload/random.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::seconds;

// The same as a list in the order of the first changes.
struct Listed {
  std::string key;
  int64_t offset;
  UnwrittenLeads::Time at;
  ProfileWanted profile = ProfileWanted::kNo;
  UnwrittenLeads::Time soon_at{};
};

class UnwrittenLeadsTest : public ::testing::Test {
 protected:
  void Note(const std::string& key, ProfileWanted profile) {
    leads_.Note(key, offset_, now_, profile);
    if (Find(key) == list_.end()) list_.push_back({key, offset_, now_});
    Listed& lead = *Find(key);
    if (profile == ProfileWanted::kSoon && lead.profile != profile) lead.soon_at = now_;
    lead.profile = std::max(lead.profile, profile);
  }
  void TakeProfile(const std::string& key) {
    const auto found = Find(key);
    const bool lacks = found != list_.end() && found->profile != ProfileWanted::kNo;
    EXPECT_EQ(leads_.TakeProfile(key), lacks);
    if (lacks) found->profile = ProfileWanted::kNo;
  }
  void Forget(const std::string& key) {
    leads_.Forget(key);
    if (const auto found = Find(key); found != list_.end()) list_.erase(found);
  }
  void TakeOldest(size_t count) {
    leads_.TakeOldest(count);
    list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(count));
  }

  void Compare(seconds ago) {
    const UnwrittenLeads::Time until = now_ - ago;
    std::vector<std::string> oldest;
    for (const Listed& lead : list_) {
      if (lead.at <= until && oldest.size() < 5) oldest.push_back(lead.key);
    }
    EXPECT_EQ(leads_.Oldest(until, 5), oldest);
    EXPECT_EQ(leads_.AnySince(until), !oldest.empty());
    EXPECT_EQ(leads_.size(), list_.size());
    EXPECT_EQ(leads_.DeltasFrom(offset_), list_.empty() ? offset_ : list_.front().offset);
    CompareProfiles(until);
    EXPECT_EQ(leads_.bytes() == 0, list_.empty());
  }

  void CompareProfiles(UnwrittenLeads::Time until) {
    std::vector<Listed> wanted;
    std::ranges::copy_if(list_, std::back_inserter(wanted), [&](const Listed& lead) {
      return lead.profile == ProfileWanted::kSoon && lead.soon_at <= until;
    });
    std::set<std::string> expected, got;
    for (const Listed& lead : wanted) expected.insert(lead.key);
    EXPECT_EQ(leads_.AnyProfileSince(until), !wanted.empty());
    for (const std::string& key : leads_.OldestProfiles(until, 1000)) got.insert(key);
    EXPECT_EQ(got, expected);
    for (const std::string& key : leads_.OldestProfiles(until, 1)) {
      const auto oldest = std::ranges::min_element(wanted, {}, &Listed::soon_at);
      EXPECT_EQ(Find(key)->soon_at, oldest->soon_at);
    }
  }

  UnwrittenLeads leads_;
  std::vector<Listed> list_;
  int64_t offset_ = 0;
  UnwrittenLeads::Time now_{};

 private:
  std::vector<Listed>::iterator Find(const std::string& key) { return std::ranges::find(list_, key, &Listed::key); }
};

TEST_F(UnwrittenLeadsTest, WhatIsDueAndFromWhere) {
  const uint64_t seed = 20261128;
  for (uint64_t round = 0; round < 200; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed + round));
    workload::Random random(seed + round);
    leads_ = {};
    list_.clear();
    for (int step = 0; step < 100; ++step) {
      const std::string key = "acme" + std::string(1, '\0') + std::to_string(random.Between(0, 9));
      switch (random.Between(0, 6)) {
        case 0:
        case 1:
          Note(key, static_cast<ProfileWanted>(random.Between(0, 2)));
          break;
        case 2:
          Forget(key);
          break;
        case 3:
          TakeOldest(std::min<size_t>(list_.size(), static_cast<size_t>(random.Between(0, 3))));
          break;
        case 4:
          offset_ += random.Between(1, 9);
          now_ += seconds(random.Between(0, 3));
          break;
        case 5:
          TakeProfile(key);
          break;
        default: {
          // As when a partition goes from one owner to the next.
          UnwrittenLeads moved = std::move(leads_);
          leads_ = std::move(moved);
        }
      }
      Compare(seconds(random.Between(0, 5)));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// Leads that are created and erased again and again, behind one that waits.
TEST_F(UnwrittenLeadsTest, LeadsThatAreForgottenTakeNoMemory) {
  leads_.Note("first", 1, {}, ProfileWanted::kNo);
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = std::string(300, 'x') + std::to_string(i % 3);
    leads_.Note(key, 2 + i, {}, ProfileWanted::kSoon);
    leads_.Forget(key);
    ASSERT_LT(leads_.bytes(), 1u << 20) << i;
  }
  EXPECT_EQ(leads_.size(), 1u);
  EXPECT_EQ(leads_.DeltasFrom(200'000), 1);
  EXPECT_EQ(leads_.Oldest({}, 5), std::vector<std::string>{"first"});
}

TEST_F(UnwrittenLeadsTest, ARestoredPartitionBeginsToWait) {
  leads_.Note("a", 7, {}, ProfileWanted::kSoon);
  now_ = UnwrittenLeads::Time(seconds(100));
  leads_.BeginAt(now_);
  EXPECT_FALSE(leads_.AnySince(now_ - seconds(1)));
  EXPECT_TRUE(leads_.AnySince(now_));
  EXPECT_FALSE(leads_.AnyProfileSince(now_ - seconds(1)));
  EXPECT_TRUE(leads_.AnyProfileSince(now_));
  EXPECT_EQ(leads_.DeltasFrom(9), 7);
}

}  // namespace
}  // namespace leadpulse::kafka
