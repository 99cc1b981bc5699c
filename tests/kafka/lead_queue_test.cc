// The leads that wait for a topic, against a plain list; and what becomes of them at lead.state and lead.profiles.
#include "processor/kafka/lead_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/kafka/unwritten_leads.h"
#include "tests/support/workload/random.h"

namespace leadpulse::kafka {
namespace {

using std::chrono::seconds;

// The same as a list in the order of the first changes.
struct Listed {
  std::string key;
  int64_t offset;
  LeadQueue::Time at;
};

class LeadQueueTest : public ::testing::Test {
 protected:
  void Add(const std::string& key) {
    queue_.Add(key, offset_, now_);
    if (Find(key) == list_.end()) list_.push_back({key, offset_, now_});
  }
  void Remove(const std::string& key) {
    const auto found = Find(key);
    EXPECT_EQ(queue_.Remove(key), found != list_.end());
    if (found != list_.end()) list_.erase(found);
  }

  void Compare(seconds ago) {
    const LeadQueue::Time until = now_ - ago;
    std::vector<std::string> oldest;
    for (const Listed& lead : list_) {
      EXPECT_TRUE(queue_.Contains(lead.key));
      if (lead.at <= until && oldest.size() < 5) oldest.push_back(lead.key);
    }
    EXPECT_EQ(queue_.Oldest(until, 5), oldest);
    EXPECT_EQ(queue_.AnySince(until), !oldest.empty());
    EXPECT_EQ(queue_.size(), list_.size());
    EXPECT_EQ(queue_.LacksFrom(offset_ + 1), list_.empty() ? offset_ + 1 : list_.front().offset);
    EXPECT_EQ(queue_.bytes() == 0, list_.empty());
  }

  LeadQueue queue_;
  std::vector<Listed> list_;
  int64_t offset_ = 0;
  LeadQueue::Time now_{};

 private:
  std::vector<Listed>::iterator Find(const std::string& key) { return std::ranges::find(list_, key, &Listed::key); }
};

TEST_F(LeadQueueTest, WhatIsDueAndFromWhere) {
  const uint64_t seed = 20261128;
  for (uint64_t round = 0; round < 200; ++round) {
    SCOPED_TRACE("seed " + std::to_string(seed + round));
    workload::Random random(seed + round);
    queue_ = {};
    list_.clear();
    for (int step = 0; step < 100; ++step) {
      const std::string key = "acme" + std::string(1, '\0') + std::to_string(random.Between(0, 9));
      switch (random.Between(0, 5)) {
        case 0:
        case 1:
          Add(key);
          break;
        case 2:
        case 3:
          Remove(key);
          break;
        case 4:
          offset_ += random.Between(1, 9);
          now_ += seconds(random.Between(0, 3));
          break;
        default: {
          // As when a partition goes from one owner to the next.
          LeadQueue moved = std::move(queue_);
          queue_ = std::move(moved);
        }
      }
      Compare(seconds(random.Between(0, 5)));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// Leads that are created and erased again and again, behind one that waits.
TEST_F(LeadQueueTest, LeadsThatAreRemovedTakeNoMemory) {
  queue_.Add("first", 1, {});
  for (int i = 0; i < 100'000; ++i) {
    const std::string key = std::string(300, 'x') + std::to_string(i % 3);
    queue_.Add(key, 2 + i, {});
    queue_.Remove(key);
    ASSERT_LT(queue_.bytes(), 1u << 20) << i;
  }
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_EQ(queue_.LacksFrom(200'000), 1);
  EXPECT_EQ(queue_.Oldest({}, 5), std::vector<std::string>{"first"});
}

TEST_F(LeadQueueTest, ARestoredPartitionBeginsToWait) {
  queue_.Add("a", 7, {});
  now_ = LeadQueue::Time(seconds(100));
  queue_.BeginAt(now_);
  EXPECT_FALSE(queue_.AnySince(now_ - seconds(1)));
  EXPECT_TRUE(queue_.AnySince(now_));
  EXPECT_EQ(queue_.LacksFrom(9), 7);
}

class UnwrittenLeadsTest : public ::testing::Test {
 protected:
  // Returns from which offsets a restore needs lead.journal: for rows, for profiles that are wanted soon, for all.
  std::vector<int64_t> Offsets() const {
    engine::PartitionPosition position;
    leads_.SetOffsets(99, &position);
    return {*position.rows_from, *position.profiles_soon_from, *position.deltas_from};
  }
  using Numbers = std::vector<int64_t>;
  UnwrittenLeads leads_;
};

TEST_F(UnwrittenLeadsTest, EachTopicHasItsOwnOffset) {
  EXPECT_EQ(Offsets(), (Numbers{99, 99, 99}));
  leads_.Note("a", 1, {}, ProfileWanted::kLater);
  leads_.Note("b", 2, {}, ProfileWanted::kSoon);
  leads_.Note("c", 3, {}, ProfileWanted::kNo);
  EXPECT_EQ(Offsets(), (Numbers{1, 2, 1}));
  leads_.rows.Remove("a");
  EXPECT_EQ(Offsets(), (Numbers{2, 2, 1}));
  EXPECT_TRUE(leads_.TakeProfile("a"));
  EXPECT_FALSE(leads_.TakeProfile("a"));
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
  leads_.rows.Remove("a");
  EXPECT_EQ(Offsets(), (Numbers{99, 5, 1}));
  EXPECT_TRUE(leads_.TakeProfile("a"));
  EXPECT_EQ(Offsets(), (Numbers{99, 99, 99}));
  EXPECT_EQ(leads_.bytes(), 0u);
}

}  // namespace
}  // namespace leadpulse::kafka
