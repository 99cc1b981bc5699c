// The index of a run's leads, in memory: which leads have which terms.
//
// It is filled from a scan of the state when the first query wants it, and updated by the commits since: before a
// commit is written, the keys of its leads become uncertain. While it is written, a thread of low priority computes the
// facts of its leads, and takes them into the index once the commit has ended. A query takes its snapshot while the
// index does not change. It looks at the leads that the index finds and, if its snapshot has writes that the index
// lacks, at their uncertain leads. It verifies each on its snapshot, so its answer is that of a scan of the same
// snapshot.
//
// Nothing of it is stored: there is nothing to restore, to repair, or to compare with the leads. If commits come faster
// than the thread can read, the index is dropped and filled again when there is time. While there is no index, queries
// visit all leads.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/query/state_access.h"
#include "processor/serve/index/row_facts.h"
#include "processor/serve/index/tenant_index.h"
#include "state/store/forwarding_store.h"
#include "state/store/lead_store.h"

namespace leadpulse::serve {

struct LeadIndexOptions {
  // The limit of uncertain leads. With more, the index is dropped.
  size_t most_uncertain = 500'000;
  // How long a query waits until the commits that ended before it are indexed. Then it reads their leads.
  std::chrono::milliseconds longest_wait{2'000};
  // How long the thread gathers commits, unless a query waits: indexing many at once costs less.
  std::chrono::milliseconds gathers{100};
  // How long the index stays without a query that wants it.
  std::chrono::seconds unused{600};
  // With fewer leads, queries do not report the indexing, which takes less than a second.
  uint64_t few_leads = 10'000;
};

class LeadIndex;

// The index and a snapshot of the state that belong together. The index does not change before Release. Used by one
// thread.
class IndexedSnapshot {
 public:
  const state::LeadReader& rows() const { return *rows_; }
  // Returns the tenant's index; null if none, or if it is of other definitions.
  const TenantIndex* ForTenant(const std::string& tenant, const config::Definitions& definitions) const;
  // Returns the leads whose place in the index may be wrong at `now`: keys, of any tenant, and numbers.
  const std::vector<IndexedKey>& uncertain() const { return uncertain_; }
  // Returns how much of the index is made, in percent, if it is still being made.
  std::optional<uint32_t> indexing() const { return indexing_; }
  // Notes that the query visits all leads although it could use an index.
  void NotePass() { is_passed_ = true; }
  bool is_passed() const { return is_passed_; }
  // Lets the index change. ForTenant must not be used any more; the rows stay.
  void Release() { lock_ = {}; }

 private:
  friend class LeadIndex;

  std::shared_lock<std::shared_mutex> lock_;
  const LeadIndex* index_ = nullptr;
  std::unique_ptr<const state::LeadReader> rows_;
  std::vector<IndexedKey> uncertain_;
  std::optional<uint32_t> indexing_;
  bool is_passed_ = false;
};

// The index of a run's leads. Thread-safe.
class LeadIndex : public state::CommitWatcher {
 public:
  explicit LeadIndex(const LeadIndexOptions& options) : options_(options) {}
  ~LeadIndex() override { Stop(); }
  LeadIndex(const LeadIndex&) = delete;
  LeadIndex& operator=(const LeadIndex&) = delete;

  // Starts the thread. `store` is the one that is watched, or the one below it. It must outlive Stop.
  void Start(state::LeadStore* store, const Clock* clock);
  void Stop();

  // Opens a snapshot of `store`, which reads the watched one, with the index as it is for that. Asks for an index if
  // there is none. Errors are those of the snapshot.
  Result<std::unique_ptr<IndexedSnapshot>> Open(state::LeadStore* store);
  // Notes whether a query was answered from the index, or by a scan of all leads.
  void CountQuery(bool from_index) { ++(from_index ? queries_ : passes_); }

  // ---- For tests and metrics ----

  bool is_ready() const;  // whether there is an index
  bool is_filling() const { return is_filling_; }
  uint64_t leads() const {
    return Sum([](const TenantIndex& index) { return index.all().cardinality(); });
  }
  uint64_t pending() const;   // leads that were written and not indexed since
  uint64_t foreseen() const;  // pending leads in commits that are being written; they will be indexed without reading
  // Returns about the memory in use; takes some milliseconds for a million leads.
  uint64_t MemoryBytes() const {
    return Sum([](const TenantIndex& index) -> uint64_t { return index.MemoryBytes(); });
  }
  uint64_t queries() const { return queries_; }
  uint64_t passes() const { return passes_; }

  uint64_t Begun(const state::EpochWrite& write) override;
  uint64_t BegunIngest(PartitionId partition) override;
  void Ended(uint64_t number, const Status& written) override;

 private:
  friend class IndexedSnapshot;

  struct PendingLead {
    IndexedKey key;
    std::unique_ptr<NumberedFacts> known;  // the lead as its write leaves it; null: its row must be read
    bool is_known() const { return known != nullptr; }
  };
  struct OpenCommit {
    uint64_t number = 0;
    bool has_ended = false;
    bool has_failed = false;
    std::optional<uint64_t> before = {};  // the number of the write before it
    std::vector<PendingLead> leads = {};
    // The writes of the first of `leads`, in their order. Empty: not wanted any more.
    std::vector<state::RowWrite> writes = {};
    size_t held_bytes = 0;  // the size of `writes`, about
  };
  struct CommitWrites {
    uint64_t number;
    std::vector<state::RowWrite> writes;
  };
  struct Contents {
    std::string version;  // the definitions'
    std::map<std::string, TenantIndex, std::less<>> tenants;
    TenantIndex& OfTenant(std::string_view tenant) {
      const auto found = tenants.find(tenant);
      return found != tenants.end() ? found->second : tenants[std::string(tenant)];
    }
  };

  uint64_t Sum(uint64_t (*of)(const TenantIndex&)) const;
  void Run();
  // Fills the index. Returns false if commits come too fast or the state cannot be read now.
  bool Fill();
  Status Scan(const state::LeadReader& rows, Contents* contents);
  // Moves the leads of commits that have ended to taken_. Returns false if keys were lost.
  bool TakeCommits();
  // Reads the leads of commits that have ended. Returns false if they come too fast, so that the index was dropped.
  bool IndexTaken();
  Status IndexRows();
  // Indexes as many leads as are read at once.
  Status IndexSome(RowFacts* rows);
  // Finds the facts of the leads of commits from their writes, also while these are being written. Returns false if the
  // state cannot be read, so that the index was dropped.
  bool ForeseeCommits();
  Status ForeseeWrites(std::span<const CommitWrites> commits);
  Status ForeseeCommit(uint64_t number, std::span<const state::RowWrite> writes, RowFacts* facts);
  // Takes the writes of all commits.
  std::vector<CommitWrites> TakeAllWrites();
  std::unique_ptr<NumberedFacts> Numbered(const IndexedKey& key, IndexedFacts facts,
                                          const config::Definitions& definitions) const;
  // Returns the hash of the profile that the index has of the lead.
  std::optional<uint64_t> KnownProfileOf(std::string_view key) const { return IndexOf(key).ProfileHashOf(key); }
  // Whether the facts about the lead are still right: they may rely on the profile that the index had.
  bool IsStillKnown(const PendingLead& lead) const;
  void Drop(std::string_view why);
  // Returns the index of the tenant with this key (EncodeLeadKey), or an empty one. The caller may read contents_.
  const TenantIndex& IndexOf(std::string_view key) const;
  // Forgets the commits. The caller of this and of the functions below holds commits_mutex_.
  void ForgetCommits();
  std::vector<state::RowWrite> TakeWrites(OpenCommit* commit) {
    held_bytes_ -= std::exchange(commit->held_bytes, 0);
    return std::exchange(commit->writes, {});
  }
  void WaitUntilIndexed(std::unique_lock<std::mutex>* lock);
  size_t EndedLeads() const;  // those not indexed
  bool HasEnded() const { return std::ranges::any_of(commits_, &OpenCommit::has_ended); }
  bool HasWrites() const {
    return std::ranges::any_of(commits_, [](const OpenCommit& commit) { return !commit.writes.empty(); });
  }
  // Returns the value of IndexedSnapshot::indexing while there are no contents.
  std::optional<uint32_t> Progress(const state::LeadReader& rows) const;
  // Waits until the writes that have begun so far have ended. Returns false if the index stops.
  bool WaitForOpenWrites();
  uint64_t Begin(OpenCommit commit);

  const LeadIndexOptions options_;
  state::LeadStore* store_ = nullptr;
  const Clock* clock_ = nullptr;
  query::DefinitionsCache definitions_;

  std::atomic<uint64_t> visited_{0};  // leads, by the scan that fills the index
  std::atomic<bool> is_filling_{false};
  std::atomic<uint64_t> queries_{0}, passes_{0};  // CountQuery

  mutable std::shared_mutex contents_mutex_;  // before commits_mutex_
  std::optional<Contents> contents_;          // guarded by it

  mutable std::mutex commits_mutex_;
  std::condition_variable changed_;
  std::condition_variable indexed_;  // a round has ended, or there is no index any more
  // Guarded by commits_mutex_:
  std::deque<OpenCommit> commits_;  // begun and not taken; without leads while nothing is collected
  // Leads of commits that have ended, by partition and key; the last are indexed first. Only the index's thread changes
  // it.
  std::vector<PendingLead> taken_;
  uint64_t next_number_ = 1;
  size_t uncertain_ = 0;   // leads in commits_ and taken_
  size_t held_bytes_ = 0;  // values in `writes` of commits_
  // Rounds of IndexTaken that had leads.
  uint64_t rounds_begun_ = 0, rounds_ended_ = 0;
  bool collects_ = false;    // keys are wanted
  bool foresees_ = false;    // writes are wanted: there is an index
  bool overflowed_ = false;  // keys were lost: the index must be dropped
  size_t waiting_ = 0;       // queries in WaitUntilIndexed
  bool stopping_ = false;
  std::optional<std::chrono::steady_clock::time_point> wanted_at_;  // when a query wanted the index last

  std::thread thread_;
};

}  // namespace leadpulse::serve
