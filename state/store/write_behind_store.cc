#include "state/store/write_behind_store.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "state/store/pending_writes.h"
#include "state/store/unwritten_rows.h"
#include "state/store/write_behind_snapshot.h"
#include "state/store/write_layers.h"

namespace leadpulse::state {
namespace {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// The partitions' last writes together are at most this part of the age at which the next are due.
constexpr int kWritingShare = 20;

// Merged commits, which do not change while somebody reads them.
struct Layer {
  PendingWrites writes;
  Time since;                      // the time of the first commit
  std::atomic<size_t> readers{0};  // grows only under the partition's lock
  bool is_read() const { return readers.load(std::memory_order_acquire) > 0; }
};

// Returns the layer's writes, which do not change before the result goes. The caller holds the partition's lock.
SharedWrites Share(const std::shared_ptr<Layer>& layer) {
  ++layer->readers;
  return {&layer->writes, [layer](const PendingWrites*) { layer->readers.fetch_sub(1, std::memory_order_release); }};
}

// The unwritten commits of one partition. Its worker reads and commits; another thread may write it out meanwhile, and
// others take snapshots.
class Partition {
 public:
  Partition(PartitionId partition, LeadStore* store, const Clock* clock)
      : partition_(partition), store_(store), clock_(clock) {}

  // ---- Reads ----

  Result<std::optional<std::string>> Get(std::string_view key) const {
    while (true) {
      std::unique_lock lock(mutex_);
      const uint64_t written = written_;
      std::optional<UnwrittenRow> unwritten = newest_.Look(key);
      lock.unlock();
      auto row = ReadRow(*store_, partition_, key, std::move(unwritten));
      if (FitsTogether(written)) return row;
    }
  }

  Result<std::vector<std::optional<std::string>>> MultiGet(std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const {
    while (true) {
      std::unique_lock lock(mutex_);
      const uint64_t written = written_;
      const bool nothing_held = newest_.empty();
      std::vector<std::optional<UnwrittenRow>> unwritten;
      if (!nothing_held) unwritten = newest_.LookAll(keys);
      lock.unlock();
      if (nothing_held) return store_->MultiGet(partition_, keys, max_bytes);
      auto rows = ReadRows(*store_, partition_, keys, max_bytes, std::move(unwritten));
      if (FitsTogether(written)) return rows;
    }
  }

  Result<std::optional<Erasure>> GetErasure(std::string_view key) const {
    std::lock_guard lock(mutex_);
    return newest_.GetErasure(*store_, partition_, key);
  }

  bool HasErasures() const {
    std::lock_guard lock(mutex_);
    return newest_.HasErasures(*store_, partition_);
  }

  Result<std::optional<std::string>> GetDayCounts(std::string_view key) const {
    std::lock_guard lock(mutex_);
    return newest_.GetDayCounts(*store_, partition_, key);
  }

  std::optional<std::string> GetMeta(std::string_view name) const {
    std::lock_guard lock(mutex_);
    const std::string* value = newest_.FindMeta(name);
    return value != nullptr ? std::optional(*value) : std::nullopt;
  }

  Result<std::vector<DueTimer>> DueTimers(Instant from, Instant until, size_t limit) const {
    std::lock_guard lock(mutex_);
    return newest_.DueTimers(*store_, partition_, from, until, limit, &timer_gap_);
  }

  Status VisitLeads(std::string_view after, const LeadStore::LeadVisitor& visit) const {
    std::lock_guard lock(mutex_);
    std::vector<const RowWrite*> pending = newest_.WritesAfter(after);
    const auto later = [](const RowWrite* a, const RowWrite* b) { return a->key > b->key; };
    std::ranges::make_heap(pending, later);
    const auto next = [&pending, &later]() -> const RowWrite* {
      if (pending.empty()) return nullptr;
      std::ranges::pop_heap(pending, later);
      const RowWrite* first = pending.back();
      pending.pop_back();
      return first;
    };
    return newest_.VisitLeads(*store_, partition_, after, next, visit);
  }

  // Returns the lock under which nothing is committed. Share and failed need it.
  std::unique_lock<std::mutex> Lock() const { return std::unique_lock(mutex_); }
  const Status& failed() const { return failed_; }
  // Returns the unwritten commits, newest first. They do not change before the result goes.
  std::vector<SharedWrites> ShareAll() const {
    std::vector<SharedWrites> shared;
    for (const std::shared_ptr<Layer>& layer : Newest()) shared.push_back(Share(layer));
    return shared;
  }

  // ---- Writes ----

  // Counts the commit.
  Status Add(EpochWrite write, std::atomic<uint64_t>* commits) {
    std::lock_guard lock(mutex_);
    LP_RETURN_IF_ERROR(failed_);
    MergeUnread();
    if (layers_.back()->is_read()) layers_.push_back(std::make_shared<Layer>());
    Layer& layer = *layers_.back();
    const bool was_empty = layer.writes.empty();
    if (was_empty) layer.since = clock_->Monotonic();
    layer.writes.Add(std::move(write));
    if (was_empty) SetNewest();
    ++*commits;
    return Status::Ok();
  }

  // Returns the bytes that wait to be written out.
  size_t bytes() const {
    std::lock_guard lock(mutex_);
    size_t bytes = 0;
    for (const std::shared_ptr<Layer>& layer : layers_) bytes += layer->writes.bytes();
    return bytes;
  }

  // Whether the partition has commits since this time, or before. Also if a write failed, to report the error.
  bool IsDue(Time since) const {
    std::lock_guard lock(mutex_);
    if (!failed_.ok()) return true;
    const Layer& oldest = *layers_.front();
    return !oldest.writes.empty() && oldest.since <= since;
  }

  // Returns how long the last write took.
  Duration writing_took() const {
    std::lock_guard lock(mutex_);
    return writing_took_;
  }

  // Writes out what is pending, one write at a time. After an error nothing more is written, but unwritten rows can
  // still be read.
  Status WriteOut() {
    std::lock_guard one_at_a_time(write_mutex_);
    size_t layers = 0;
    {
      std::lock_guard lock(mutex_);
      LP_RETURN_IF_ERROR(failed_);
      layers = layers_.size();
    }
    Duration took{};
    for (; layers > 0 && Begin(); --layers) {
      CrashPoint("write_behind_begun");
      const Time begun = clock_->Monotonic();
      Status committed = store_->Commit(writing_->writes.write());
      took += clock_->Monotonic() - begun;
      CrashPoint("write_behind_done");
      LP_RETURN_IF_ERROR(End(std::move(committed), took));
    }
    return Status::Ok();
  }

  // Ingests rows. Earlier commits, in particular drops, are written first, and nothing is committed meanwhile, because
  // only the caller commits.
  Status Ingest(std::span<const IngestedLead> leads, std::span<const DueTimer> timers) {
    LP_RETURN_IF_ERROR(WriteOut());
    Status ingested = store_->Ingest(partition_, leads, timers);
    std::lock_guard lock(mutex_);
    timer_gap_ = {};
    if (failed_.ok()) failed_ = std::move(ingested);
    return failed_;
  }

 private:
  // Whether rows of the store, read without the lock, are from before the end of the first write since then. An append
  // of a later one may be in them, and must not be applied again.
  bool FitsTogether(uint64_t written_before) const {
    std::lock_guard lock(mutex_);
    return written_ == written_before;
  }

  // Returns all layers with commits, newest first.
  std::vector<std::shared_ptr<Layer>> Newest() const {
    std::vector<std::shared_ptr<Layer>> newest(layers_.rbegin(), layers_.rend());
    if (writing_ != nullptr) newest.push_back(writing_);
    std::erase_if(newest, [](const auto& layer) { return layer->writes.empty(); });
    return newest;
  }
  void SetNewest() {
    std::vector<const PendingWrites*> layers;
    for (const std::shared_ptr<Layer>& layer : Newest()) layers.push_back(&layer->writes);
    newest_ = WriteLayers(std::move(layers));
  }

  // Merges layers that nobody reads any more, so that a lead is held once.
  void MergeUnread() {
    bool merged = false;
    while (layers_.size() > 1 && !layers_.back()->is_read() && !layers_[layers_.size() - 2]->is_read()) {
      EpochWrite later = std::move(layers_.back()->writes).Take();
      layers_.pop_back();
      layers_.back()->writes.Add(std::move(later));
      merged = true;
    }
    if (merged) SetNewest();
  }

  // Takes the oldest layer to be written. Returns false if it is empty.
  bool Begin() {
    std::lock_guard lock(mutex_);
    if (layers_.front()->writes.empty()) return false;
    writing_ = std::move(layers_.front());
    layers_.pop_front();
    if (layers_.empty()) layers_.push_back(std::make_shared<Layer>());
    return true;
  }

  Status End(Status committed, Duration took) {
    std::shared_ptr<Layer> written;  // destroyed outside the lock
    std::lock_guard lock(mutex_);
    LP_RETURN_IF_ERROR(failed_ = std::move(committed));
    written = std::move(writing_);
    SetNewest();
    writing_took_ = took;
    ++written_;
    timer_gap_ = {};
    return Status::Ok();
  }

  const PartitionId partition_;
  LeadStore* const store_;
  const Clock* const clock_;
  std::mutex write_mutex_;
  mutable std::mutex mutex_;  // guards all below
  // Oldest first. The last takes commits, and only it may be empty.
  std::deque<std::shared_ptr<Layer>> layers_{std::make_shared<Layer>()};
  std::shared_ptr<Layer> writing_;  // does not change until it is written; null: nothing is being written
  WriteLayers newest_;              // all of them with commits
  uint64_t written_ = 0;            // how many were written
  Duration writing_took_{};
  Status failed_;  // why the last write failed
  mutable TimerGap timer_gap_;
};

class WriteBehind : public WriteBehindStore {
 public:
  WriteBehind(const WriteBehindOptions& options, LeadStore* store, const Clock* clock)
      : options_(options), store_(store), clock_(clock) {
    LP_ASSERT(options.usual_age <= options.max_age);
    // Partitions that fill alike are then written one after the other, each when it has its share of `max_bytes`.
    const size_t partitions = store->partition_count();
    due_bytes_ = options.max_bytes / 2 / partitions * (partitions + 1);
    for (uint32_t i = 0; i < store->partition_count(); ++i) {
      partitions_.push_back(std::make_unique<Partition>(PartitionId{i}, store, clock));
    }
  }

  uint32_t partition_count() const override { return store_->partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return At(partition).Get(key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    return At(partition).MultiGet(keys, max_bytes);
  }
  std::string ErasureHash(std::string_view key) const override { return store_->ErasureHash(key); }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return At(partition).GetErasure(key);
  }
  bool HasErasures(PartitionId partition) const override { return At(partition).HasErasures(); }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    return At(partition).DueTimers(from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    return At(partition).VisitLeads(after, visit);
  }

  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    return At(partition).GetDayCounts(key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    return store_->VisitDayCounts(partition, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override {
    for (const auto& partition : partitions_) {
      if (auto value = partition->GetMeta(name)) return value;
    }
    return store_->GetMeta(name);
  }

  std::optional<uint64_t> LastWrite() const override { return commits_; }

  // Writes nothing out. While it holds all locks nothing is committed, so the parts belong together.
  Result<std::unique_ptr<const LeadReader>> Snapshot() override {
    const std::lock_guard no_direct_commit(direct_mutex_);
    std::vector<std::unique_lock<std::mutex>> locks;
    for (const auto& partition : partitions_) {
      locks.push_back(partition->Lock());
      LP_RETURN_IF_ERROR(partition->failed());
    }
    LP_ASSIGN_OR_RETURN(auto stored, store_->Snapshot());
    std::vector<std::vector<SharedWrites>> unwritten;
    for (const auto& partition : partitions_) unwritten.push_back(partition->ShareAll());
    return MakeWriteBehindSnapshot(std::move(stored), std::move(unwritten), commits_);
  }

  // Commits a write of several partitions, or of none: the partition of its meta is unknown.
  Status Commit(const EpochWrite& write) override {
    LP_RETURN_IF_ERROR(WriteOut());
    const std::lock_guard no_snapshot(direct_mutex_);
    ++commits_;
    return store_->Commit(write);
  }

  Status CommitPartition(PartitionId partition, EpochWrite write) override {
    LP_RETURN_IF_ERROR(At(partition).Add(std::move(write), &commits_));
    return bytes() < 2 * options_.max_bytes ? Status::Ok() : At(partition).WriteOut();
  }

  // Counts twice, so that a snapshot taken meanwhile has a number of its own.
  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    ++commits_;
    Status ingested = At(partition).Ingest(leads, timers);
    ++commits_;
    return ingested;
  }
  bool TakesMore() const override { return store_->TakesMore(); }

  Status MakeCheckpoint(const std::string& directory) override {
    LP_RETURN_IF_ERROR(WriteOut());
    return store_->MakeCheckpoint(directory);
  }

  Status WriteOutDue() override {
    const Duration age = DueAge();
    for (const auto& partition : partitions_) {
      if (partition->IsDue(clock_->Monotonic() - age)) LP_RETURN_IF_ERROR(partition->WriteOut());
    }
    if (bytes() < due_bytes_) return Status::Ok();
    return (*std::ranges::max_element(partitions_, {}, [](const auto& one) { return one->bytes(); }))->WriteOut();
  }

  Status WriteOut() override {
    for (const auto& partition : partitions_) LP_RETURN_IF_ERROR(partition->WriteOut());
    return Status::Ok();
  }

 private:
  // Returns the bytes that wait to be written out.
  size_t bytes() const {
    size_t bytes = 0;
    for (const auto& partition : partitions_) bytes += partition->bytes();
    return bytes;
  }

  // Returns how long after its first unwritten commit a partition is due.
  Duration DueAge() const {
    Duration writing{};
    for (const auto& partition : partitions_) writing += partition->writing_took();
    return std::clamp<Duration>(kWritingShare * writing, options_.usual_age, options_.max_age);
  }

  Partition& At(PartitionId partition) const {
    LP_ASSERT(partition.value < partitions_.size());
    return *partitions_[partition.value];
  }

  const WriteBehindOptions options_;
  LeadStore* const store_;
  const Clock* const clock_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  size_t due_bytes_;
  std::atomic<uint64_t> commits_{0};  // for LastWrite
  std::mutex direct_mutex_;           // held by commits that bypass the partitions, and by snapshots
};

}  // namespace

std::unique_ptr<WriteBehindStore> MakeWriteBehindStore(const WriteBehindOptions& options, LeadStore* store,
                                                       const Clock* clock) {
  return std::make_unique<WriteBehind>(options, store, clock);
}

}  // namespace leadpulse::state
