// The leads that wait for topics, against plain lists; and what a restore needs for them.
#include "processor/kafka/unwritten_leads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/workload/random.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::seconds;
using enum UnwrittenLeads::Queue;

class UnwrittenLeadsTest : public ::testing::Test {
 protected:
  using Numbers = std::vector<int64_t>;
  // Returns from which offsets a restore needs lead.journal: for rows, for profiles that are wanted soon, for all.
  Numbers Offsets(int64_t end = 99) const {
    engine::PartitionPosition position;
    leads_.SetOffsets(end, &position);
    return {*position.rows_from, *position.profiles_soon_from, *position.deltas_from};
  }
  std::vector<std::string> Oldest(UnwrittenLeads::Queue queue, UnwrittenLeads::Time until, size_t most) const {
    std::vector<std::string> keys;
    for (const UnwrittenLeads::Waiting* waiting : leads_.Oldest(queue, until, most)) keys.push_back(waiting->key);
    return keys;
  }
  // Removes a key that waits, if it does.
  void Remove(const std::string& key, std::initializer_list<UnwrittenLeads::Queue> queues) {
    if (UnwrittenLeads::Waiting* const waiting = leads_.Find(key)) leads_.Remove(waiting, queues);
  }
  size_t bytes() const {
    return leads_.bytes(kRows) + leads_.bytes(kSoon) + leads_.bytes(kLater) + leads_.bytes(kDayCounts);
  }

  UnwrittenLeads leads_;
};

// The same as a list for each queue, in the order of the first changes.
class UnwrittenModelTest : public UnwrittenLeadsTest {
 protected:
  struct Listed {
    std::string key;
    int64_t offset;
    UnwrittenLeads::Time at;
  };
  using List = std::vector<Listed>;

  bool Waits(UnwrittenLeads::Queue queue, const std::string& key) const {
    return std::ranges::find(lists_[queue], key, &Listed::key) != lists_[queue].end();
  }
  void List_(UnwrittenLeads::Queue queue, const std::string& key) {
    if (!Waits(queue, key)) lists_[queue].push_back({key, offset_, now_});
  }
  void Note(const std::string& key, ProfileWanted profile, bool row) {
    if (row) {
      leads_.Note(key, offset_, now_, profile);
      List_(kRows, key);
    } else {
      leads_.NoteProfile(key, offset_, now_, profile);
    }
    if (profile == ProfileWanted::kSoon) List_(kSoon, key);
    if (profile == ProfileWanted::kLater && !Waits(kSoon, key)) List_(kLater, key);
  }
  void Unlist(const std::string& key, std::initializer_list<UnwrittenLeads::Queue> queues) {
    for (const auto queue : queues) std::erase_if(lists_[queue], [&](const Listed& one) { return one.key == key; });
  }

  void Compare(seconds ago) {
    const UnwrittenLeads::Time until = now_ - ago;
    int64_t first = offset_ + 1;
    for (const auto queue : {kRows, kSoon, kLater, kDayCounts}) {
      SCOPED_TRACE(queue);
      std::vector<std::string> oldest;
      for (const Listed& one : lists_[queue]) {
        EXPECT_NE(leads_.Find(one.key), nullptr);
        if (one.at <= until && oldest.size() < 5) oldest.push_back(one.key);
      }
      EXPECT_EQ(Oldest(queue, until, 5), oldest);
      EXPECT_EQ(leads_.AnySince(queue, until), !oldest.empty());
      EXPECT_EQ(leads_.size(queue), lists_[queue].size());
      EXPECT_EQ(leads_.bytes(queue) == 0, lists_[queue].empty());
      if (!lists_[queue].empty()) first = std::min(first, lists_[queue].front().offset);
    }
    const auto from = [this](UnwrittenLeads::Queue queue) {
      return lists_[queue].empty() ? offset_ + 1 : lists_[queue].front().offset;
    };
    EXPECT_EQ(Offsets(offset_ + 1), (Numbers{from(kRows), from(kSoon), first}));
  }

  std::array<List, UnwrittenLeads::kQueues> lists_;
  int64_t offset_ = 0;
  UnwrittenLeads::Time now_{};
};

TEST_F(UnwrittenModelTest, WhatIsDueAndFromWhere) {
  const uint64_t seed = 20261128;
  for (uint64_t round = 0; round < 200; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed + round));
    workload::Random random(seed + round);
    leads_ = {};
    lists_ = {};
    for (int step = 0; step < 100; ++step) {
      const std::string key = "acme" + std::string(1, '\0') + std::to_string(random.Between(0, 9));
      switch (random.Between(0, 8)) {
        case 0:
        case 1:
        case 2:
          Note(key, static_cast<ProfileWanted>(random.Between(0, 2)), random.Between(0, 3) > 0);
          break;
        case 3:
          leads_.Add(kDayCounts, key, offset_, now_);
          List_(kDayCounts, key);
          break;
        case 4:
          Remove(key, {kRows});
          Unlist(key, {kRows});
          break;
        case 5:
          Remove(key, {kSoon, kLater});
          Unlist(key, {kSoon, kLater});
          break;
        case 6:
          leads_.Forget(key);
          Unlist(key, {kRows, kSoon, kLater});
          break;
        case 7:
          offset_ += random.Between(1, 9);
          now_ += seconds(random.Between(0, 3));
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
TEST_F(UnwrittenLeadsTest, LeadsThatAreRemovedTakeNoMemory) {
  leads_.Note("first", 1, {}, ProfileWanted::kSoon);
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = std::string(300, 'x') + std::to_string(i % 3);
    leads_.Note(key, 2 + i, {}, ProfileWanted::kSoon);
    leads_.Forget(key);
    ASSERT_LT(bytes(), 1u << 18) << i;
  }
  EXPECT_EQ(leads_.size(kRows), 1u);
  EXPECT_EQ(Offsets(200'000), (Numbers{1, 1, 1}));
  EXPECT_EQ(Oldest(kRows, {}, 5), std::vector<std::string>{"first"});
}

TEST_F(UnwrittenLeadsTest, ARestoredPartitionBeginsToWait) {
  leads_.Note("a", 7, {}, ProfileWanted::kSoon);
  const UnwrittenLeads::Time now(seconds(100));
  leads_.BeginAt(now);
  for (const auto queue : {kRows, kSoon}) {
    EXPECT_FALSE(leads_.AnySince(queue, now - seconds(1)));
    EXPECT_TRUE(leads_.AnySince(queue, now));
  }
  EXPECT_EQ(Offsets(9), (Numbers{7, 7, 7}));
}

TEST_F(UnwrittenLeadsTest, EachTopicHasItsOwnOffset) {
  EXPECT_EQ(Offsets(), (Numbers{99, 99, 99}));
  leads_.Note("a", 1, {}, ProfileWanted::kLater);
  leads_.Note("b", 2, {}, ProfileWanted::kSoon);
  leads_.Note("c", 3, {}, ProfileWanted::kNo);
  EXPECT_EQ(Offsets(), (Numbers{1, 2, 1}));
  Remove("a", {kRows});
  EXPECT_EQ(Offsets(), (Numbers{2, 2, 1}));
  Remove("a", {kSoon, kLater});
  EXPECT_EQ(leads_.Find("a"), nullptr);
  EXPECT_EQ(Offsets(), (Numbers{2, 2, 2}));
  leads_.Forget("b");
  EXPECT_EQ(Offsets(), (Numbers{3, 99, 3}));
}

// Its counts are written with the change. What it waited for before stays on record until then.
TEST_F(UnwrittenLeadsTest, AChangeThatIsPublishedHastensCounts) {
  leads_.Note("a", 1, {}, ProfileWanted::kLater);
  leads_.Note("a", 5, {}, ProfileWanted::kSoon);
  leads_.Note("a", 6, {}, ProfileWanted::kLater);
  EXPECT_EQ(Offsets(), (Numbers{1, 5, 1}));
  Remove("a", {kRows});
  EXPECT_EQ(Offsets(), (Numbers{99, 5, 1}));
  Remove("a", {kSoon, kLater});
  EXPECT_EQ(Offsets(), (Numbers{99, 99, 99}));
  EXPECT_EQ(bytes(), 0u);
}

}  // namespace
}  // namespace leadpulse::kafka
