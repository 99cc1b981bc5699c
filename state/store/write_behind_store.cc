#include "state/store/write_behind_store.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "state/codec/row_form.h"
#include "state/store/pending_writes.h"
#include "state/store/unwritten_rows.h"

namespace leadpulse::state {
namespace {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// The partitions' last writes together are at most this part of the age at which the next are due.
constexpr int kWritingShare = 20;

// The unwritten commits of one partition. Its worker reads and commits; another thread may write it out meanwhile.
class Partition {
 public:
  Partition(PartitionId partition, LeadStore* store, const Clock* clock)
      : partition_(partition), store_(store), clock_(clock) {}

  // ---- Reads ----

  Result<std::optional<std::string>> Get(std::string_view key) const {
    while (true) {
      std::unique_lock lock(mutex_);
      const uint64_t written = written_;
      std::optional<UnwrittenRow> unwritten = Look(key);
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
      const bool nothing_held = pending_->empty() && writing_ == nullptr;
      std::vector<std::optional<UnwrittenRow>> unwritten;
      unwritten.reserve(keys.size());
      for (size_t i = 0; i < keys.size() && !nothing_held; ++i) unwritten.push_back(Look(keys[i]));
      lock.unlock();
      if (nothing_held) return store_->MultiGet(partition_, keys, max_bytes);
      auto rows = ReadRows(*store_, partition_, keys, max_bytes, std::move(unwritten));
      if (FitsTogether(written)) return rows;
    }
  }

  Result<std::optional<Erasure>> GetErasure(std::string_view key) const {
    const std::string hash = store_->ErasureHash(key);
    {
      std::lock_guard lock(mutex_);
      for (const PendingWrites* writes : Newest()) {
        if (const auto erasure = writes->FindErasure(hash)) return erasure;
        if (writes->dropped()) return std::optional<Erasure>();
      }
    }
    return store_->GetErasure(partition_, key);
  }

  bool HasErasures() const {
    std::lock_guard lock(mutex_);
    for (const PendingWrites* writes : Newest()) {
      if (!writes->write().erasures.empty()) return true;
      if (writes->dropped()) return false;
    }
    return store_->HasErasures(partition_);
  }

  Result<std::optional<std::string>> GetDayCounts(std::string_view key) const {
    {
      std::lock_guard lock(mutex_);
      for (const PendingWrites* writes : Newest()) {
        if (const DayCountsWrite* counts = writes->FindDayCounts(key)) return counts->value;
        if (writes->dropped()) return std::optional<std::string>();
      }
    }
    return store_->GetDayCounts(partition_, key);
  }

  std::optional<std::string> GetMeta(std::string_view name) const {
    std::lock_guard lock(mutex_);
    for (const PendingWrites* writes : Newest()) {
      if (const std::string* value = writes->FindMeta(name)) return *value;
    }
    return std::nullopt;
  }

  Result<std::vector<DueTimer>> DueTimers(Instant from, Instant until, size_t limit) const {
    std::lock_guard lock(mutex_);
    std::vector<DueTimer> due = PendingTimers(from, until);
    const auto first = due.begin(), end = first + static_cast<ptrdiff_t>(std::min(limit, due.size()));
    std::partial_sort(first, end, due.end());
    due.erase(end, due.end());
    const auto pending = static_cast<ptrdiff_t>(due.size());
    if (!Dropped()) LP_RETURN_IF_ERROR(AppendStoredTimers(from, until, limit, &due));
    std::inplace_merge(due.begin(), due.begin() + pending, due.end());
    if (due.size() > limit) due.resize(limit);
    return due;
  }

  Status VisitLeads(std::string_view after, const LeadStore::LeadVisitor& visit) const {
    std::lock_guard lock(mutex_);
    std::vector<const RowWrite*> pending = PendingLeads(after);  // the newest of each lead
    const auto later = [](const RowWrite* a, const RowWrite* b) { return a->key > b->key; };
    std::ranges::make_heap(pending, later);
    bool goes_on = true;
    // Visits leads before `end`, or all.
    const auto visit_pending = [&](std::optional<std::string_view> end) {
      while (goes_on && !pending.empty() && (!end || pending.front()->key < *end)) {
        if (pending.front()->value) {
          const std::optional<UnwrittenRow> row = Look(pending.front()->key);
          LP_ASSERT(!row->appended);  // the store has no row
          goes_on = visit(pending.front()->key, *row->value);
        }
        std::ranges::pop_heap(pending, later);
        pending.pop_back();
      }
    };
    if (!Dropped()) {
      LP_RETURN_IF_ERROR(store_->VisitLeads(partition_, after, [&](std::string_view key, std::string_view value) {
        visit_pending(key);
        if (!goes_on) return false;
        if (pending.empty() || pending.front()->key != key) return goes_on = visit(key, value);
        std::ranges::pop_heap(pending, later);
        pending.pop_back();
        std::optional<std::string> row(value);
        ApplyTo(&row, *Look(key));
        return goes_on = !row || visit(key, *row);
      }));
    }
    visit_pending(std::nullopt);
    return Status::Ok();
  }

  // ---- Writes ----

  // Returns the bytes that wait to be written out.
  Result<size_t> Add(EpochWrite write) {
    std::lock_guard lock(mutex_);
    LP_RETURN_IF_ERROR(failed_);
    if (pending_->empty()) since_ = clock_->Monotonic();
    pending_->Add(std::move(write));
    return pending_->bytes();
  }

  // Whether the partition must be written. Also if a write failed, to report the error.
  bool IsDue(size_t max_bytes, Time since) const {
    std::lock_guard lock(mutex_);
    if (!failed_.ok()) return true;
    return !pending_->empty() && (pending_->bytes() >= max_bytes || since_ <= since);
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
    {
      std::lock_guard lock(mutex_);
      LP_RETURN_IF_ERROR(failed_);
      if (pending_->empty()) return Status::Ok();
      writing_ = std::exchange(pending_, std::make_unique<PendingWrites>());
    }
    CrashPoint("write_behind_begun");
    const Time begun = clock_->Monotonic();
    Status committed = store_->Commit(writing_->write());
    const Duration took = clock_->Monotonic() - begun;
    CrashPoint("write_behind_done");
    std::unique_ptr<PendingWrites> written;  // destroyed outside the lock
    std::lock_guard lock(mutex_);
    LP_RETURN_IF_ERROR(failed_ = std::move(committed));
    written = std::move(writing_);
    writing_took_ = took;
    ++written_;
    no_timers_from_ = no_timers_to_ = Instant::Never();
    return Status::Ok();
  }

  // Ingests rows. Earlier commits, in particular drops, are written first, and nothing is committed meanwhile, because
  // only the caller commits.
  Status Ingest(std::span<const IngestedLead> leads, std::span<const DueTimer> timers) {
    LP_RETURN_IF_ERROR(WriteOut());
    Status ingested = store_->Ingest(partition_, leads, timers);
    std::lock_guard lock(mutex_);
    no_timers_from_ = no_timers_to_ = Instant::Never();
    if (failed_.ok()) failed_ = std::move(ingested);
    return failed_;
  }

 private:
  // Returns the pending writes, newest first.
  std::vector<const PendingWrites*> Newest() const {
    if (writing_ == nullptr) return {pending_.get()};
    return {pending_.get(), writing_.get()};
  }

  bool Dropped() const { return pending_->dropped() || (writing_ != nullptr && writing_->dropped()); }

  const RowWrite* FindWrite(std::string_view key) const {
    const RowWrite* lead = pending_->Find(key);
    if (lead == nullptr && writing_ != nullptr && !pending_->dropped()) lead = writing_->Find(key);
    return lead;
  }

  // Returns the lead's unwritten row; nullopt if only the store has it.
  std::optional<UnwrittenRow> Look(std::string_view key) const {
    const RowWrite* newest = pending_->Find(key);
    const RowWrite* older = writing_ == nullptr || pending_->dropped() ? nullptr : writing_->Find(key);
    if (newest == nullptr) std::swap(newest, older);
    if (newest == nullptr) return Dropped() ? std::optional<UnwrittenRow>(UnwrittenRow{}) : std::nullopt;
    if (!newest->appended || older == nullptr) return UnwrittenRow{newest->value, newest->appended};
    LP_ASSERT(older->value.has_value());
    UnwrittenRow row{older->value, older->appended};
    if (older->appended) {
      row.appended_later = *newest->value;
    } else {
      AppendToRow(*newest->value, &*row.value);
    }
    return row;
  }

  // Whether rows of the store, read without the lock, are from before the end of the first write since then. An append
  // of a later one may be in them, and must not be applied again.
  bool FitsTogether(uint64_t written_before) const {
    std::lock_guard lock(mutex_);
    return written_ == written_before;
  }

  // Visits the newest write of each lead.
  template <typename Visit>
  void VisitWrites(const Visit& visit) const {
    for (const RowWrite& lead : pending_->write().leads) visit(lead);
    if (writing_ == nullptr || pending_->dropped()) return;
    for (const RowWrite& lead : writing_->write().leads) {
      if (pending_->Find(lead.key) == nullptr) visit(lead);
    }
  }

  std::vector<const RowWrite*> PendingLeads(std::string_view after) const {
    std::vector<const RowWrite*> leads;
    VisitWrites([&](const RowWrite& lead) {
      if (lead.key > after) leads.push_back(&lead);
    });
    return leads;
  }

  // Returns the pending timers in any order.
  std::vector<DueTimer> PendingTimers(Instant from, Instant until) const {
    std::vector<DueTimer> due;
    const bool none = pending_->earliest_timer() > until && (!writing_ || writing_->earliest_timer() > until);
    if (none) return due;
    VisitWrites([&](const RowWrite& lead) {
      if (from <= lead.new_timer && lead.new_timer <= std::min(until, kLastTimer)) {
        due.push_back({lead.new_timer, lead.key});
      }
    });
    return due;
  }

  // Appends timers of the store that are not outdated. The port continues from an instant, not from a key: if it
  // returned too many outdated ones, more are read from the same instant on.
  Status AppendStoredTimers(Instant from, Instant until, size_t limit, std::vector<DueTimer>* due) const {
    const Instant start = no_timers_from_ <= from && from < no_timers_to_ ? no_timers_to_ : from;
    const size_t before = due->size();
    for (size_t count = limit; start <= until && count > 0; count *= 2) {
      due->resize(before);
      LP_ASSIGN_OR_RETURN(std::vector<DueTimer> read, store_->DueTimers(partition_, start, until, count));
      for (DueTimer& timer : read) {
        if (FindWrite(timer.key) == nullptr) due->push_back(std::move(timer));
      }
      const bool all = read.size() < count;
      if (!all && due->size() - before < limit) continue;
      NoneBefore(from, start, due->size() > before ? (*due)[before].due : std::min(until, kLastTimer));
      return Status::Ok();
    }
    return Status::Ok();
  }

  // Notes that the store has no valid timer in [`from`, `first`). This stays true until the next write.
  void NoneBefore(Instant from, Instant start, Instant first) const {
    if (start == from) no_timers_from_ = from;
    no_timers_to_ = first;
  }

  const PartitionId partition_;
  LeadStore* const store_;
  const Clock* const clock_;
  std::mutex write_mutex_;
  mutable std::mutex mutex_;  // guards all below
  std::unique_ptr<PendingWrites> pending_ = std::make_unique<PendingWrites>();
  std::unique_ptr<PendingWrites> writing_;  // does not change until it is written; null: nothing is being written
  uint64_t written_ = 0;                    // how many were written
  Time since_;                              // the time of the first pending commit
  Duration writing_took_{};
  Status failed_;  // why the last write failed
  // A range without valid timers in the store, so that outdated ones are not read again and again.
  mutable Instant no_timers_from_ = Instant::Never();
  mutable Instant no_timers_to_ = Instant::Never();
};

class WriteBehind : public WriteBehindStore {
 public:
  WriteBehind(const WriteBehindOptions& options, LeadStore* store, const Clock* clock)
      : options_(options), store_(store), clock_(clock) {
    LP_ASSERT(options.usual_age <= options.max_age);
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

  Result<std::unique_ptr<const LeadReader>> Snapshot() override {
    LP_RETURN_IF_ERROR(WriteOut());
    return store_->Snapshot();
  }

  // Commits a write of several partitions, or of none: the partition of its meta is unknown.
  Status Commit(const EpochWrite& write) override {
    LP_RETURN_IF_ERROR(WriteOut());
    return store_->Commit(write);
  }

  Status CommitPartition(PartitionId partition, EpochWrite write) override {
    LP_ASSIGN_OR_RETURN(const size_t bytes, At(partition).Add(std::move(write)));
    return bytes < 2 * Share() ? Status::Ok() : At(partition).WriteOut();
  }

  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    return At(partition).Ingest(leads, timers);
  }
  bool TakesMore() const override { return store_->TakesMore(); }

  Status MakeCheckpoint(const std::string& directory) override {
    LP_RETURN_IF_ERROR(WriteOut());
    return store_->MakeCheckpoint(directory);
  }

  Status WriteOutDue() override {
    const Duration age = DueAge();
    for (const auto& partition : partitions_) {
      if (partition->IsDue(Share(), clock_->Monotonic() - age)) LP_RETURN_IF_ERROR(partition->WriteOut());
    }
    return Status::Ok();
  }

  Status WriteOut() override {
    for (const auto& partition : partitions_) LP_RETURN_IF_ERROR(partition->WriteOut());
    return Status::Ok();
  }

 private:
  size_t Share() const { return options_.max_bytes / partitions_.size(); }

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
};

}  // namespace

std::unique_ptr<WriteBehindStore> MakeWriteBehindStore(const WriteBehindOptions& options, LeadStore* store,
                                                       const Clock* clock) {
  return std::make_unique<WriteBehind>(options, store, clock);
}

}  // namespace leadpulse::state
