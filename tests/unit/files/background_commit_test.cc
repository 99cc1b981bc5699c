// A commit beside the work: reads during it, and its errors.
#include "processor/files/background_commit.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/memory_lead_store.h"
#include "tests/support/row_examples.h"

namespace leadpulse::files::background_commit_test {

using state::EpochWrite;
using state::LeadStore;
using state::RowWrite;

constexpr PartitionId kFirst{0}, kSecond{1};

using Values = std::vector<std::optional<std::string>>;

EpochWrite WriteOf(std::vector<RowWrite> leads) {
  EpochWrite write;
  write.leads = std::move(leads);
  return write;
}

Status CommitTo(LeadStore* store, const EpochWrite& begun) { return store->Commit(begun); }

class BackgroundCommitTest : public ::testing::Test {
 protected:
  BackgroundCommitTest() {
    EXPECT_TRUE(
        store_->Commit(WriteOf({{kFirst, "a", "old a"}, {kFirst, "b", "old b"}, {kSecond, "b", "other b"}})).ok());
  }

  // Begins a commit that does not reach the store before Proceed.
  void BeginAndHold(EpochWrite write) {
    commit_.Begin(std::move(write), [go = gate_.get_future().share()](LeadStore* store, const EpochWrite& begun) {
      go.wait();
      return store->Commit(begun);
    });
  }
  void Proceed() { gate_.set_value(); }

  Values Read(const LeadStore& store, PartitionId partition, const std::vector<std::string>& keys) {
    auto values = store.MultiGet(partition, keys, LeadStore::kAllRows);
    EXPECT_TRUE(values.ok());
    for (size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(*store.Get(partition, keys[i]), (*values)[i]) << keys[i];
    for (size_t most = 0; most < 40; ++most) {
      const Values some = *store.MultiGet(partition, keys, most);
      EXPECT_GE(some.size(), 1u);
      EXPECT_EQ(some, Values(values->begin(), values->begin() + static_cast<ptrdiff_t>(some.size())));
    }
    return *values;
  }

  std::unique_ptr<LeadStore> store_ = state::MakeMemoryLeadStore(2);
  std::promise<void> gate_;
  BackgroundCommit commit_{store_.get()};
};

TEST_F(BackgroundCommitTest, ReadsSeeWhatIsUnderWay) {
  const std::vector<std::string> keys{"a", "b", "c", "d"};
  BeginAndHold(WriteOf({{kFirst, "a", "new a"}, {kFirst, "c", "new c"}, {kSecond, "b", std::nullopt}}));
  EXPECT_EQ(Read(commit_, kFirst, keys), (Values{"new a", "old b", "new c", std::nullopt}));
  EXPECT_EQ(Read(commit_, kSecond, keys), Values(4)) << "a deleted row is not read from the store";
  EXPECT_EQ(Read(*store_, kFirst, keys), (Values{"old a", "old b", std::nullopt, std::nullopt}));
  Proceed();
  ASSERT_TRUE(commit_.Settle().ok());
  EXPECT_EQ(Read(*store_, kFirst, keys), (Values{"new a", "old b", "new c", std::nullopt}));
  EXPECT_EQ(Read(commit_, kSecond, keys), Values(4));
}

// A second commit or ingestion comes after it.
TEST_F(BackgroundCommitTest, AnotherWriteWaitsForIt) {
  BeginAndHold(WriteOf({{kFirst, "a", "new a"}}));
  Proceed();
  ASSERT_TRUE(commit_.Commit(WriteOf({{kFirst, "a", "newest a"}})).ok());
  EXPECT_EQ(Read(*store_, kFirst, {"a"}), Values{"newest a"});
  commit_.Begin(WriteOf({{kFirst, "a", "a at last"}}), CommitTo);
  const state::IngestedLead lead{"c", "new c"};
  ASSERT_TRUE(commit_.Ingest(kFirst, std::span(&lead, 1), {}).ok());
  EXPECT_EQ(Read(*store_, kFirst, {"a", "c"}), (Values{"a at last", "new c"}));
}

TEST_F(BackgroundCommitTest, AfterOneThatFailedNothingIsWritten) {
  commit_.Begin(WriteOf({{kFirst, "a", "new a"}}),
                [](LeadStore*, const EpochWrite&) { return Status::Fatal("the disk is full"); });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(commit_.Settle().message(), "the disk is full");
  EXPECT_EQ(commit_.Commit(WriteOf({{kFirst, "a", "new a"}})).message(), "the disk is full");
  const state::IngestedLead lead{"c", "new c"};
  EXPECT_EQ(commit_.Ingest(kFirst, std::span(&lead, 1), {}).message(), "the disk is full");
  EXPECT_EQ(Read(*store_, kFirst, {"a", "c"}), (Values{"old a", std::nullopt}));
}

// A reader does not notice whether the store has it already.
TEST_F(BackgroundCommitTest, ReadsSeeWhatIsBeingAppended) {
  ASSERT_TRUE(store_->Commit(WriteOf({{kFirst, "a", testing::RowOf("1", "old")}})).ok());
  RowWrite append{kFirst, "a", testing::AppendOf("2", " and new")};
  append.appended = true;
  std::promise<void> written, finish;
  commit_.Begin(WriteOf({append}), [&, go = gate_.get_future().share()](LeadStore* store, const EpochWrite& begun) {
    go.wait();
    Status status = store->Commit(begun);
    written.set_value();
    finish.get_future().wait();
    return status;
  });
  const Values expected{testing::RowOf("2", "old and new"), "old b"};
  EXPECT_EQ(Read(commit_, kFirst, {"a", "b"}), expected);
  EXPECT_EQ(Read(*store_, kFirst, {"a"}), Values{testing::RowOf("1", "old")});
  Proceed();
  written.get_future().wait();
  EXPECT_EQ(Read(*store_, kFirst, {"a"}), Values{expected[0]});
  EXPECT_EQ(Read(commit_, kFirst, {"a", "b"}), expected);
  finish.set_value();
  ASSERT_TRUE(commit_.Settle().ok());
  EXPECT_EQ(Read(commit_, kFirst, {"a", "b"}), expected);
}

TEST_F(BackgroundCommitTest, AWriteWithErasuresDoesNotGoOnInTheBackground) {
  EpochWrite write = WriteOf({{kFirst, "a", std::nullopt}});
  write.erasures.push_back({kFirst, commit_.ErasureHash("a"), {Instant{7}, SequenceNumber{3}}});
  commit_.Begin(std::move(write), CommitTo);
  EXPECT_TRUE(commit_.HasErasures(kFirst));
  EXPECT_EQ((*commit_.GetErasure(kFirst, "a"))->last_seq, SequenceNumber{3});
  EXPECT_TRUE(commit_.Settle().ok());
}

TEST_F(BackgroundCommitTest, ItsEndWaits) {
  bool done = false;
  {
    BackgroundCommit commit(store_.get());
    commit.Begin(WriteOf({{kFirst, "a", "new a"}}), [&done](LeadStore* store, const EpochWrite& begun) {
      done = true;
      return store->Commit(begun);
    });
  }
  EXPECT_TRUE(done);
}

// A thread for each commit would start the generator of RocksDB's skip lists again (background_commit.h).
TEST_F(BackgroundCommitTest, AllAreOnOneThread) {
  std::vector<int> counts;
  for (int i = 0; i < 3; ++i) {
    commit_.Begin(WriteOf({{kFirst, "a", "new a"}}), [&counts](LeadStore* store, const EpochWrite& begun) {
      thread_local int commits_of_thread = 0;
      counts.push_back(++commits_of_thread);
      return store->Commit(begun);
    });
    ASSERT_TRUE(commit_.Settle().ok());
  }
  EXPECT_EQ(counts, (std::vector{1, 2, 3}));
}

TEST_F(BackgroundCommitTest, LeadsMustBeInOrder) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        commit_.Begin(WriteOf({{kFirst, "b", "new b"}, {kFirst, "a", "new a"}}), CommitTo);
        (void)commit_.Settle();
      },
      "is_sorted");
}

}  // namespace leadpulse::files::background_commit_test
