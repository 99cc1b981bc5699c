#include "state/rocksdb/rocksdb_lead_store.h"

#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <tuple>
#include <utility>

#include "processor/base/assert.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/rocksdb_ingestion.h"
#include "state/rocksdb/rocksdb_lead_reader.h"
#include "state/rocksdb/rocksdb_own_rows.h"
#include "state/store/state_directory.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {
namespace {

class RocksDbLeadStore : public LeadStore {
 public:
  explicit RocksDbLeadStore(const RocksDbOptions& options)
      : read_only_(options.read_only), commit_rows_(options.directory) {
    write_options_.sync = options.sync;
    write_options_.memtable_insert_hint_per_batch = true;  // leads come by key, see PartitionLeads
  }

  // Leaves the database open after a failed write: closing would write again, and a RocksDB with assertions (Debian's)
  // would abort. The process ends soon.
  ~RocksDbLeadStore() override {
    if (!doubt_.empty()) database_.Abandon();
  }

  Status Open(const RocksDbOptions& options) {
    LP_RETURN_IF_ERROR(database_.Open(options));
    if (!read_only_) RemoveUnfinishedTables(options.directory);
    LP_RETURN_IF_ERROR(ReadOwnRows(options));
    rows_.emplace(database_, identity_, RocksDbLeadReader::At::kNewest);
    const Consistency& found = database_.consistency();
    LP_RETURN_IF_ERROR(found.unreadable);
    if (found.loss) return database_.LossError();
    commit_rows_.GoOnFrom(found);
    return FindErasures();
  }

  RocksDbFigures Figures() const {
    using Properties = rocksdb::DB::Properties;
    RocksDbFigures figures;
    // The families share the cache and the writing; the others are sums. What RocksDB does not say stays 0.
    database_->GetIntProperty(Properties::kBlockCacheUsage, &figures.cache_bytes);
    database_->GetIntProperty(Properties::kActualDelayedWriteRate, &figures.delayed_write_rate);
    database_->GetIntProperty(Properties::kIsWriteStopped, &figures.writes_stopped);
    database_->GetIntProperty(Properties::kNumRunningCompactions, &figures.running_compactions);
    database_->GetAggregatedIntProperty(Properties::kCurSizeAllMemTables, &figures.memtable_bytes);
    database_->GetAggregatedIntProperty(Properties::kLiveSstFilesSize, &figures.table_bytes);
    database_->GetAggregatedIntProperty(Properties::kEstimatePendingCompactionBytes, &figures.pending_compaction_bytes);
    return figures;
  }

  uint32_t partition_count() const override { return rows_->partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return rows_->Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    return rows_->MultiGet(partition, keys, max_bytes);
  }
  std::string ErasureHash(std::string_view key) const override { return rows_->ErasureHash(key); }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return rows_->GetErasure(partition, key);
  }
  bool HasErasures(PartitionId partition) const override { return has_erasures_[Checked(partition).value]; }
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    return rows_->DueTimers(partition, from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    return rows_->VisitLeads(partition, after, visit);
  }
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    return rows_->GetPublished(partition, key);
  }
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    return rows_->GetDayCounts(partition, key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    return rows_->VisitDayCounts(partition, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return rows_->GetMeta(name); }
  std::optional<uint64_t> LastWrite() const override { return rows_->LastWrite(); }

  Result<std::unique_ptr<const LeadReader>> Snapshot() override {
    return std::unique_ptr<const LeadReader>(
        std::make_unique<RocksDbLeadReader>(database_, identity_, RocksDbLeadReader::At::kThisMoment));
  }

  Status Commit(const EpochWrite& write) override {
    std::lock_guard lock(commit_mutex_);
    LP_RETURN_IF_ERROR(MayWrite());
    rocksdb::WriteBatch batch(BatchBytes(write));
    for (PartitionId partition : write.dropped) LP_RETURN_IF_ERROR(AddDrop(partition, &batch));
    const std::vector<const RowWrite*> leads = ByKey(write.leads);
    for (const RowWrite* lead : leads) AddLead(*lead, &batch);
    AddTimers(write.leads, &batch);
    for (const RowWrite* lead : leads) AddPublished(*lead, &batch);
    for (const ErasureWrite& erasure : write.erasures) AddErasure(erasure, &batch);
    for (const DayCountsWrite& counts : write.day_counts) AddDayCounts(counts, &batch);
    for (const auto& [name, value] : write.meta) {
      LP_ASSERT(!name.starts_with(kOwnPrefix));
      Must(batch.Put(database_.family(kMeta), name, value));
    }
    LP_RETURN_IF_ERROR(commit_rows_.AddTo(database_, &batch));
    LP_RETURN_IF_ERROR(Write(&batch));
    for (PartitionId partition : write.dropped) has_erasures_[partition.value] = false;
    for (const ErasureWrite& erasure : write.erasures) has_erasures_[erasure.partition.value] = true;
    return Status::Ok();
  }

  // Writes table files, which bypass the log and the memory tables. Others may commit meanwhile.
  Status Ingest(PartitionId partition, std::span<const IngestedLead> leads, std::span<const DueTimer> timers) override {
    {
      std::lock_guard lock(commit_mutex_);
      LP_RETURN_IF_ERROR(MayWrite());
    }
    rocksdb::Status status = IngestRows(partition, leads, timers);
    if (status.ok()) return Status::Ok();
    std::lock_guard lock(commit_mutex_);
    return Doubt(status);
  }

  bool TakesMore() const override { return TakesMoreTables(database_.get(), database_.family(kLeads)); }

  Status MakeCheckpoint(const std::string& directory) override {
    std::lock_guard lock(commit_mutex_);
    if (!doubt_.empty()) return Status::Fatal("no copy is made of " + database_.state_name() + ": " + doubt_);
    return database_.CopyTo(directory);
  }

 private:
  // Asserts that a row was added: a WriteBatch without a size limit accepts every row.
  static void Must(const rocksdb::Status& status) { LP_ASSERT(status.ok()); }

  PartitionId Checked(PartitionId partition) const { return rows_->Checked(partition); }

  Status ReadOwnRows(const RocksDbOptions& options) {
    LP_ASSIGN_OR_RETURN(std::optional<StateIdentity> identity, ReadStateIdentity(database_));
    if (!identity) return Initialize(options);
    identity_ = *std::move(identity);
    if (options.partition_count && *options.partition_count != identity_.partition_count) {
      std::string has = std::to_string(identity_.partition_count);
      return Status::Rejected(database_.state_name() + " has " + has + " partitions; run with --partitions " + has +
                              " or a new --state directory.");
    }
    if (options.erasure_secret && *options.erasure_secret != identity_.erasure_secret) {
      // What a person may have done.
      const char* how = ErasureKeysAfter(identity_.erasure_secret, *options.erasure_secret)
                            ? ", before the last rotation"
                        : ErasureKeysAfter(*options.erasure_secret, identity_.erasure_secret) ? ", and rotated since"
                                                                                              : "";
      return Status::Rejected(database_.state_name() + " was made with another erasure secret" + how +
                              ": give it the one it was made with, or a new directory.");
    }
    return read_only_ ? Status::Ok() : RaiseFormatVersion(database_, identity_);
  }

  // Initializes a new state, or one whose creation a kill interrupted before this write; that has no other rows.
  Status Initialize(const RocksDbOptions& options) {
    if (options.read_only || !options.create_if_missing) return MissingStateError(options.directory);
    for (const RowFamily family : kFamilies) {
      std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(rocksdb::ReadOptions(), database_.family(family)));
      rows->SeekToFirst();
      if (rows->Valid()) return database_.ReadError(rocksdb::Status::Corruption("the format version is missing"));
      if (!rows->status().ok()) return database_.ReadError(rows->status());
    }
    identity_.partition_count = options.partition_count.value_or(kDefaultPartitions);
    LP_ASSERT(identity_.partition_count > 0);
    std::optional<std::string> secret = options.erasure_secret;
    if (!secret) secret = RandomSecret(kErasureKeyBytes);
    LP_ASSERT(!secret || IsErasureSecret(*secret));
    if (!secret) return Status::Fatal("the system gave no random bytes for the erasure secret of a new state.");
    identity_.erasure_secret = std::move(*secret);
    rocksdb::WriteBatch batch;
    Must(batch.Put(database_.family(kMeta), ToSlice(kFormatVersionRow),
                   std::to_string(FormatVersionFor(identity_.erasure_secret))));
    Must(batch.Put(database_.family(kMeta), ToSlice(kPartitionCountRow), std::to_string(identity_.partition_count)));
    Must(batch.Put(database_.family(kMeta), ToSlice(kErasureSecretRow), identity_.erasure_secret));
    LP_RETURN_IF_ERROR(Write(&batch));
    // Flushed into a table, so that the state keeps its identity if the log is lost.
    rocksdb::Status status = database_->Flush(rocksdb::FlushOptions(), database_.family(kMeta));
    return status.ok() ? Status::Ok() : database_.OpenError(status);
  }

  Status FindErasures() {
    has_erasures_ = std::vector<std::atomic<bool>>(partition_count());
    for (uint32_t i = 0; i < partition_count(); ++i) {
      LP_ASSIGN_OR_RETURN(const bool any, rows_->HoldsRows(kErased, PartitionId{i}));
      has_erasures_[i] = any;
    }
    return Status::Ok();
  }

  // Returns an upper estimate of the batch's bytes for leads and timers, so that it grows once.
  static size_t BatchBytes(const EpochWrite& write) {
    constexpr size_t kRowsBesideKeys = 64;
    size_t bytes = 0;
    for (const RowWrite& lead : write.leads) {
      bytes += 3 * lead.key.size() + kRowsBesideKeys + (lead.value ? lead.value->size() : 0);
      if (!lead.published.empty()) bytes += lead.key.size() + lead.published.size() + kRowsBesideKeys / 4;
    }
    return bytes;
  }

  // Sorts the leads. Those of several epochs are ascending runs, which are merged.
  static std::vector<const RowWrite*> ByKey(const std::vector<RowWrite>& leads) {
    const auto before = [](const RowWrite* a, const RowWrite* b) {
      return std::tie(a->partition, a->key) < std::tie(b->partition, b->key);
    };
    std::vector<const RowWrite*> ordered;
    ordered.reserve(leads.size());
    std::vector<ptrdiff_t> runs{0};  // the begin of each run, and the end of the last
    for (const RowWrite& lead : leads) {
      if (!ordered.empty() && before(&lead, ordered.back())) runs.push_back(static_cast<ptrdiff_t>(ordered.size()));
      ordered.push_back(&lead);
    }
    runs.push_back(static_cast<ptrdiff_t>(ordered.size()));
    while (runs.size() > 2) {
      std::vector<ptrdiff_t> merged{0};
      for (size_t i = 0; i + 1 < runs.size(); i += 2) {
        const size_t last = std::min(i + 2, runs.size() - 1);
        std::inplace_merge(ordered.begin() + runs[i], ordered.begin() + runs[i + 1], ordered.begin() + runs[last],
                           before);
        merged.push_back(runs[last]);
      }
      runs = std::move(merged);
    }
    return ordered;
  }

  void AddLead(const RowWrite& lead, rocksdb::WriteBatch* batch) const {
    LP_ASSERT(lead.value || lead.new_timer == Instant::Never());
    std::string row_key = LeadRowKey(Checked(lead.partition), lead.key);
    rocksdb::ColumnFamilyHandle* leads = database_.family(kLeads);
    if (!lead.value) return Must(batch->Delete(leads, row_key));
    Must(lead.appended ? batch->Merge(leads, row_key, *lead.value) : batch->Put(leads, row_key, *lead.value));
  }

  void AddPublished(const RowWrite& lead, rocksdb::WriteBatch* batch) const {
    const bool ends = !lead.value || lead.new_life;
    if (!ends && lead.published.empty()) return;
    const std::string row_key = LeadRowKey(lead.partition, lead.key);
    rocksdb::ColumnFamilyHandle* published = database_.family(kPublished);
    if (ends) Must(batch->Delete(published, row_key));
    if (!lead.published.empty()) Must(batch->Merge(published, row_key, lead.published));
  }

  // Adds timers in the order of their rows, for the same reason as leads are sorted.
  void AddTimers(const std::vector<RowWrite>& leads, rocksdb::WriteBatch* batch) const {
    std::vector<std::pair<std::string, bool>> rows;  // the key, and whether the row is put or deleted
    for (const RowWrite& lead : leads) {
      if (lead.old_timer == lead.new_timer) continue;
      if (lead.old_timer != Instant::Never()) {
        rows.emplace_back(TimerRowKey(lead.partition, lead.old_timer, lead.key), false);
      }
      if (lead.new_timer != Instant::Never()) {
        rows.emplace_back(TimerRowKey(lead.partition, lead.new_timer, lead.key), true);
      }
    }
    std::ranges::sort(rows);
    for (const auto& [key, set] : rows) {
      Must(set ? batch->Put(database_.family(kTimers), key, "") : batch->Delete(database_.family(kTimers), key));
    }
  }

  void AddErasure(const ErasureWrite& erasure, rocksdb::WriteBatch* batch) const {
    Must(batch->Put(database_.family(kErased), ErasureRowKey(Checked(erasure.partition), erasure.key_hash),
                    ErasureRowValue(erasure.erasure)));
  }

  void AddDayCounts(const DayCountsWrite& counts, rocksdb::WriteBatch* batch) const {
    const std::string row_key = DayCountsRowKey(Checked(counts.partition), counts.key);
    rocksdb::ColumnFamilyHandle* family = database_.family(kPublished);
    Must(counts.value ? batch->Put(family, row_key, *counts.value) : batch->Delete(family, row_key));
  }

  // Drops the partition's rows. Writes no range deletion for an empty range, so that ingested tables reach the bottom
  // level.
  Status AddDrop(PartitionId partition, rocksdb::WriteBatch* batch) const {
    const std::string begin = PartitionPrefix(Checked(partition));
    const std::string end = PartitionPrefix(PartitionId{partition.value + 1});
    for (RowFamily family : {kLeads, kTimers, kErased, kPublished}) {
      LP_ASSIGN_OR_RETURN(const bool any, rows_->HoldsRows(family, partition));
      if (any) Must(batch->DeleteRange(database_.family(family), begin, end));
    }
    return Status::Ok();
  }

  rocksdb::Status IngestRows(PartitionId partition, std::span<const IngestedLead> leads,
                             std::span<const DueTimer> timers) {
    // Ingested rows are synced, earlier commits perhaps not: if a power cut lost an earlier drop, the table would hide
    // newer rows.
    rocksdb::Status status = database_->FlushWAL(/*sync=*/true);
    const auto lead_row = [&](size_t i) { return IngestedRow{LeadRowKey(partition, leads[i].key), leads[i].value}; };
    const auto timer_row = [&](size_t i) {
      return IngestedRow{TimerRowKey(partition, timers[i].due, timers[i].key), ""};
    };
    if (status.ok()) status = IngestTable(database_, kLeads, Checked(partition), leads.size(), lead_row);
    if (status.ok()) status = IngestTable(database_, kTimers, partition, timers.size(), timer_row);
    return status;
  }

  // Returns an error if nothing may be written. The commit mutex must be held, also for the next two functions.
  Status MayWrite() const {
    if (read_only_) return Status::Rejected(database_.state_name() + " was opened for reading only.");
    if (doubt_.empty()) return Status::Ok();
    return Status::Fatal("nothing more is written to " + database_.state_name() + ", for an earlier write failed and " +
                         "may or may not be there: " + doubt_ + ". Start again: it goes on from what is there.");
  }

  Status Write(rocksdb::WriteBatch* batch) {
    rocksdb::Status status = database_->Write(write_options_, batch);
    return status.ok() ? Status::Ok() : Doubt(status);
  }

  Status Doubt(const rocksdb::Status& status) {
    doubt_ = status.ToString();
    return Status::Fatal("a write to " + database_.state_name() + " failed and may or may not be there: " + doubt_ +
                         ". Start again once the cause is gone: it goes on from what is there.");
  }

  const bool read_only_;
  rocksdb::WriteOptions write_options_;
  RocksDbDatabase database_;
  CommitRows commit_rows_;
  StateIdentity identity_;
  std::optional<RocksDbLeadReader> rows_;
  std::vector<std::atomic<bool>> has_erasures_;  // by partition; changed by Commit only
  std::mutex commit_mutex_;                      // one commit at a time: they are numbered. Guards the members below
  std::string doubt_;                            // why a write failed; empty: none failed
};

}  // namespace

Result<std::unique_ptr<LeadStore>> OpenRocksDbLeadStore(const RocksDbOptions& options) {
  auto store = std::make_unique<RocksDbLeadStore>(options);
  LP_RETURN_IF_ERROR(store->Open(options));
  return std::unique_ptr<LeadStore>(std::move(store));
}

RocksDbFigures FiguresOf(const LeadStore& store) {
  const auto* const of_rocksdb = dynamic_cast<const RocksDbLeadStore*>(&store);
  LP_ASSERT(of_rocksdb != nullptr);
  return of_rocksdb->Figures();
}

std::string RocksDbVersion() { return rocksdb::GetRocksVersionAsString(); }

}  // namespace leadpulse::state
