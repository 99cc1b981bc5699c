// A store that commits an epoch while the run works on the next one.
//
// The store's write of an epoch takes a fifth of a run's processor time, on one thread. Here it has a thread of its
// own: until it is done, leads in the write are read from it and all others from the store. For all other operations
// the caller calls Settle first.
//
// All commits are on the same thread. RocksDB draws the heights of its skip lists from a generator that each thread
// seeds with its id, and successive threads have the same id: with a thread for each commit, all small commits would
// draw the same heights, and a skip list be hardly more than a linked list.
//
// Owned and called by one thread; only leads and erasures may be read by several, as with any store. The store outlives
// this, must allow reads while it commits other leads, as RocksDB does, and has no other writer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "processor/base/status.h"
#include "state/store/forwarding_store.h"
#include "state/store/unwritten_rows.h"

namespace leadpulse::files {

class BackgroundCommit : public state::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  // Waits for the commit. An error is lost, so call Settle before.
  ~BackgroundCommit() override;
  BackgroundCommit(const BackgroundCommit&) = delete;
  BackgroundCommit& operator=(const BackgroundCommit&) = delete;

  // Makes a write durable. Called once, on the thread of this, with the store and the write.
  using CommitWrite = std::function<Status(state::LeadStore*, const state::EpochWrite&)>;
  // Begins the commit. Reads see the write from now on. Its leads are sorted by (partition, key). The store must be
  // settled, and nothing may have failed.
  void Begin(state::EpochWrite write, CommitWrite commit);
  // Waits for the commit in progress. After an error every call returns it, and nothing more may be committed.
  Status Settle();
  // Calls Settle if the commit is done, so it does not wait: reports errors and frees memory early.
  Status SettleIfDone() { return is_done_ ? Settle() : Status::Ok(); }

  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override;
  // Erasures are read from the store: a write that has some is not committed in the background (see Begin).

  // Call these only after Settle.

  Result<std::vector<state::DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                 size_t limit) const override;
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override;
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override;
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override;
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override;
  Result<std::unique_ptr<const state::LeadReader>> Snapshot() override;
  Status Commit(const state::EpochWrite& write) override;
  Status Ingest(PartitionId partition, std::span<const state::IngestedLead> leads,
                std::span<const state::DueTimer> timers) override;

 private:
  bool settled() const { return !is_begun_; }
  // Returns the lead's row in the write in progress; nullopt if only the store has it.
  std::optional<state::UnwrittenRow> Look(PartitionId partition, std::string_view key) const;
  // Commits what is begun, until the owner stops. Runs on thread_.
  void Run();
  // Waits until the commit in progress is done, if there is one.
  void Await();

  bool is_begun_ = false;    // used by the owner alone: Settle was not called since
  state::EpochWrite write_;  // in progress; changed only by the owner, while nobody else reads

  std::mutex mutex_;  // guards the members below, except that the owner reads is_done_ at any time
  std::condition_variable changed_;
  CommitWrite commit_;  // begun, and not yet taken by the thread
  Status outcome_;      // the last commit's result
  std::atomic<bool> is_done_{false};
  bool stopping_ = false;
  std::thread thread_{[this] { Run(); }};
};

}  // namespace leadpulse::files
