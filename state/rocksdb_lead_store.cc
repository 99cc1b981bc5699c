#include "state/rocksdb_lead_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>

#include "processor/base/assert.h"
#include "state/rocksdb_manifest.h"
#include "state/rocksdb_options.h"
#include "state/state_directory.h"
#include "state/store_keys.h"

namespace leadpulse::state {
namespace {

// The store's own rows in `meta`; names with this prefix are not for others.
constexpr std::string_view kOwnPrefix = "store/";
constexpr std::string_view kFormatVersionRow = "store/format_version";
constexpr std::string_view kPartitionCountRow = "store/partition_count";
constexpr std::string_view kErasureSecretRow = "store/erasure_secret";
// The number of the last commit, in each family: families of different commits are then told from whole ones. In those
// whose keys begin with a partition, behind the last that there can be.
constexpr std::string_view kCommitRow = "store/commit";
constexpr std::string_view kManifestRow = "store/manifest";
constexpr std::string_view kCommitRowBehindPartitions = "\xff\xff\xff\xff/commit";

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string_view CommitRowOf(size_t family) { return family == kMeta ? kCommitRow : kCommitRowBehindPartitions; }

std::string StateIn(const std::string& directory) { return "the state in " + directory; }

Status OpenError(const rocksdb::Status& status, const std::string& directory) {
  std::string text = status.ToString();
  if (status.IsIOError() && text.find("/LOCK") != std::string::npos) {
    return Status::Retriable(StateIn(directory) + " is in use by another process (" + text +
                             "). Wait for it, stop it, or take another --state directory.");
  }
  if (status.IsCorruption()) {
    return Status::Fatal(StateIn(directory) + " is damaged (" + text +
                         "). Restore it from a copy, or build it anew from its input in a new --state directory.");
  }
  return Status::Fatal(StateIn(directory) + " cannot be opened (" + text +
                       "). See to it that its disk is well and has room and that this user can write there, then run " +
                       "again.");
}

Status ReadError(const rocksdb::Status& status, const std::string& directory) {
  std::string what = status.IsCorruption() ? " is damaged (" : " cannot be read (";
  return Status::Fatal(StateIn(directory) + what + status.ToString() +
                       "). Restore it from a copy, or build it anew from its input in a new --state directory.");
}

bool IsOurs(const std::string& family) { return std::ranges::find(kFamilyNames, family) != kFamilyNames.end(); }

// The families there are; a new database gets ours.
Status FamiliesToOpen(const RocksDbOptions& options, bool exists, std::vector<std::string>* names) {
  if (exists) {
    rocksdb::Status status = rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), options.directory, names);
    if (!status.ok()) return OpenError(status, options.directory);
    bool initialized = std::ranges::find(*names, kFamilyNames[kMeta]) != names->end();
    bool foreign = std::ranges::any_of(
        *names, [](const std::string& name) { return name != rocksdb::kDefaultColumnFamilyName && !IsOurs(name); });
    if (foreign && !initialized) {
      return Status::Rejected(options.directory + " holds a RocksDB database that is not a Leadpulse state. Take " +
                              "another --state directory.");
    }
    // Killed while it was made: nothing was in it yet.
    if (!initialized && (options.read_only || !options.create_if_missing)) return MissingStateError(options.directory);
  } else {
    names->push_back(rocksdb::kDefaultColumnFamilyName);
  }
  for (const char* ours : kFamilyNames) {
    if (std::ranges::find(*names, ours) == names->end()) names->push_back(ours);
  }
  return Status::Ok();
}

class RocksDbLeadStore : public LeadStore {
 public:
  explicit RocksDbLeadStore(const RocksDbOptions& options)
      : directory_(options.directory), read_only_(options.read_only), manifest_(options.directory) {
    write_options_.sync = options.sync;
    write_options_.memtable_insert_hint_per_batch = true;  // leads come by key, see PartitionLeads
  }

  // After a failed write the database is left as it is until the process ends, which is soon: closing it would write
  // again, and RocksDB with assertions (Debian's) aborts there.
  ~RocksDbLeadStore() override {
    if (!doubt_.empty()) {
      static_cast<void>(database_.release());
      return;
    }
    for (rocksdb::ColumnFamilyHandle* handle : handles_) database_->DestroyColumnFamilyHandle(handle);
  }

  Status Open(const RocksDbOptions& options) {
    bool create = options.create_if_missing && !options.read_only;
    Result<StateDirectory> holds = PrepareStateDirectory(directory_, create);
    if (!holds.ok()) return holds.status();
    std::vector<std::string> names;
    LP_RETURN_IF_ERROR(FamiliesToOpen(options, *holds == StateDirectory::kHoldsState, &names));
    OldManifest manifest(directory_);
    bool looks_first = *holds == StateDirectory::kHoldsState && !read_only_;
    if (looks_first) LP_RETURN_IF_ERROR(LookFirst(options, names, manifest));
    LP_RETURN_IF_ERROR(OpenDatabase(options, names));
    LP_RETURN_IF_ERROR(ReadOwnRows(options));
    LP_RETURN_IF_ERROR(CheckIsWhole(manifest));
    return FindErasures();
  }

  uint32_t partition_count() const override { return partition_count_; }

  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return Read(kLeads, LeadRowKey(Checked(partition), key));
  }

  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const EncodedLeadKey> keys) const override {
    std::vector<std::string> row_keys;
    for (const EncodedLeadKey& key : keys) row_keys.push_back(LeadRowKey(Checked(partition), key));
    std::vector<rocksdb::Slice> slices(row_keys.begin(), row_keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    database_->MultiGet(rocksdb::ReadOptions(), families_[kLeads], keys.size(), slices.data(), found.data(),
                        statuses.data());
    std::vector<std::optional<std::string>> values(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return ReadError(statuses[i], directory_);
      values[i].emplace(found[i].data(), found[i].size());
    }
    return values;
  }

  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    Result<std::optional<std::string>> value = Read(kErased, ErasureRowKey(Checked(partition), erasure_secret_, key));
    if (!value.ok()) return value.status();
    if (!*value) return std::optional<Erasure>();
    std::optional<Erasure> erasure = ParseErasureRow(**value);
    if (!erasure) return ReadError(rocksdb::Status::Corruption("the row of an erased lead"), directory_);
    return erasure;
  }

  bool HasErasures(PartitionId partition) const override { return has_erasures_[Checked(partition).value]; }

  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override {
    std::vector<DueTimer> due;
    bool readable = true;
    rocksdb::Status status = Scan(kTimers, partition, TimerRowKey(partition, from, ""), [&](const auto& row) {
      if (due.size() == limit) return false;
      std::optional<DueTimer> timer = ParseTimerRow(row.key().ToStringView());
      readable = timer.has_value();
      if (!timer || timer->due > until) return false;
      due.push_back(std::move(*timer));
      return true;
    });
    if (status.ok() && !readable) status = rocksdb::Status::Corruption("the row of a timer");
    if (!status.ok()) return ReadError(status, directory_);
    return due;
  }

  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    std::string start = LeadRowKey(partition, after);
    rocksdb::Status status = Scan(kLeads, partition, start, [&](const auto& row) {
      if (row.key() == start) return true;
      return visit(LeadKeyOfRow(row.key().ToStringView()), row.value().ToStringView());
    });
    return status.ok() ? Status::Ok() : ReadError(status, directory_);
  }

  Result<std::optional<std::string>> GetMeta(std::string_view name) const override {
    LP_ASSERT(!name.starts_with(kOwnPrefix));
    return Read(kMeta, name);
  }

  Status Commit(const EpochWrite& write) override {
    if (read_only_) return Status::Rejected(StateIn(directory_) + " was opened for reading only.");
    if (!doubt_.empty()) {
      return Status::Fatal("nothing more is written to " + StateIn(directory_) + ", for an earlier write failed and " +
                           "may or may not be there: " + doubt_ + ". Start again: it goes on from what is there.");
    }
    rocksdb::WriteBatch batch(BatchBytes(write));
    for (const LeadWrite& lead : write.leads) AddLead(lead, &batch);
    AddTimers(write.leads, &batch);
    for (const ErasureWrite& erasure : write.erasures) AddErasure(erasure, &batch);
    for (const auto& [name, value] : write.meta) {
      LP_ASSERT(!name.starts_with(kOwnPrefix));
      Must(batch.Put(families_[kMeta], name, value));
    }
    Result<std::string> manifest = manifest_.Record();
    if (!manifest.ok()) return manifest.status();
    Must(batch.Put(families_[kMeta], ToSlice(kManifestRow), *manifest));
    ++commit_number_;
    for (size_t family = 0; family < kFamilyCount; ++family) {
      Must(batch.Put(families_[family], ToSlice(CommitRowOf(family)), std::to_string(commit_number_)));
    }
    LP_RETURN_IF_ERROR(Write(&batch));
    for (const ErasureWrite& erasure : write.erasures) has_erasures_[erasure.partition.value] = true;
    return Status::Ok();
  }

 private:
  // A WriteBatch without a limit on its size takes everything.
  static void Must(const rocksdb::Status& status) { LP_ASSERT(status.ok()); }

  PartitionId Checked(PartitionId partition) const {
    LP_ASSERT(partition.value < partition_count_);
    return partition;
  }

  Status OpenDatabase(const RocksDbOptions& options, const std::vector<std::string>& names) {
    std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(options.block_cache_bytes);
    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const std::string& name : names) descriptors.emplace_back(name, FamilyOptions(name, cache));
    rocksdb::DB* database = nullptr;
    auto dropped = std::make_shared<std::string>();  // by this thread, while it opens; the database outlives it
    rocksdb::DBOptions db = DatabaseOptions(options, [dropped](const std::string& line) {
      if (dropped->empty()) *dropped = line;
    });
    rocksdb::Status status = options.read_only
                                 ? rocksdb::DB::OpenForReadOnly(db, directory_, descriptors, &handles_, &database)
                                 : rocksdb::DB::Open(db, directory_, descriptors, &handles_, &database);
    if (!status.ok()) return OpenError(status, directory_);
    database_.reset(database);
    if (!dropped->empty() && options.on_damaged_log != nullptr) options.on_damaged_log(DamagedLog(*dropped));
    for (rocksdb::ColumnFamilyHandle* handle : handles_) {
      auto ours = std::ranges::find(kFamilyNames, handle->GetName());
      if (ours != kFamilyNames.end()) families_[ours - kFamilyNames.begin()] = handle;
    }
    return Status::Ok();
  }

  // `line` ends with the log's name, how many bytes and why.
  std::string DamagedLog(const std::string& line) const {
    size_t source_end = line.find("] ", line.find(".cc:"));
    return StateIn(directory_) + " goes on from an earlier commit, for the end of its log cannot be read (" +
           (source_end == std::string::npos ? line : line.substr(source_end + 2)) +
           "): a power cut can leave that, or damage. What came after that commit is read from the inputs once more: " +
           "give all of the earlier runs again.";
  }

  // Format version first: a newer format may have changed everything else.
  Status ReadOwnRows(const RocksDbOptions& options) {
    Result<std::optional<std::string>> version = Read(kMeta, kFormatVersionRow);
    if (!version.ok()) return version.status();
    if (!*version) return Initialize(options);
    if (**version != std::to_string(kStateFormatVersion)) {
      return Status::Rejected(StateIn(directory_) + " has format version " + **version +
                              "; this program reads version " + std::to_string(kStateFormatVersion) +
                              ". Run the program that wrote it, or build the " +
                              "state anew from its input in a new --state directory.");
    }
    Result<std::optional<std::string>> count = Read(kMeta, kPartitionCountRow);
    if (!count.ok()) return count.status();
    Result<std::optional<std::string>> secret = Read(kMeta, kErasureSecretRow);
    if (!secret.ok()) return secret.status();
    uint32_t partitions = *count ? static_cast<uint32_t>(std::strtoul((*count)->c_str(), nullptr, 10)) : 0;
    if (partitions == 0 || !*secret || (*secret)->size() != kErasureSecretBytes) {
      return ReadError(rocksdb::Status::Corruption("partition count or erasure secret"), directory_);
    }
    if (options.partition_count && *options.partition_count != partitions) {
      std::string has = std::to_string(partitions);
      return Status::Rejected(StateIn(directory_) + " has " + has + " partitions; run with --partitions " + has +
                              " or a new --state directory.");
    }
    partition_count_ = partitions;
    erasure_secret_ = std::move(**secret);
    return Status::Ok();
  }

  // Opening for writing replaces the manifest: a second start would find nothing wrong. So the database is looked at
  // read-only first, and left as it is where it is not whole. Other errors are left to what follows.
  static Status LookFirst(RocksDbOptions options, const std::vector<std::string>& names, const OldManifest& manifest) {
    options.read_only = true;
    options.on_damaged_log = nullptr;
    RocksDbLeadStore look(options);
    return look.OpenDatabase(options, names).ok() ? look.CheckIsWhole(manifest) : Status::Ok();
  }

  // What RocksDB cannot find by itself: a manifest that lost its end, and with it the newest tables of some families,
  // or of all of them while the log holds what came later. `manifest`: from before the database was opened.
  Status CheckIsWhole(const OldManifest& manifest) {
    Result<std::optional<std::string>> manifest_row = Read(kMeta, kManifestRow);
    if (!manifest_row.ok()) return manifest_row.status();
    Status same = manifest.Check(manifest_row->value_or(""));
    if (!same.ok()) return ReadError(rocksdb::Status::Corruption(same.message()), directory_);
    for (size_t family = 0; family < kFamilyCount; ++family) {
      Result<std::optional<std::string>> row = Read(static_cast<Family>(family), CommitRowOf(family));
      if (!row.ok()) return row.status();
      uint64_t number = *row ? std::strtoull((*row)->c_str(), nullptr, 10) : 0;
      if (family > 0 && number != commit_number_) {
        return ReadError(rocksdb::Status::Corruption("its files are of different commits"), directory_);
      }
      commit_number_ = number;
    }
    return Status::Ok();
  }

  // A new state, or one that was killed before this write: then nothing else is in it.
  Status Initialize(const RocksDbOptions& options) {
    if (options.read_only || !options.create_if_missing) return MissingStateError(directory_);
    for (rocksdb::ColumnFamilyHandle* family : families_) {
      std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(rocksdb::ReadOptions(), family));
      rows->SeekToFirst();
      if (rows->Valid()) return ReadError(rocksdb::Status::Corruption("the format version is missing"), directory_);
      if (!rows->status().ok()) return ReadError(rows->status(), directory_);
    }
    partition_count_ = options.partition_count.value_or(kDefaultPartitions);
    LP_ASSERT(partition_count_ > 0);
    std::optional<std::string> secret = RandomSecret(kErasureSecretBytes);
    if (!secret) return Status::Fatal("the system gave no random bytes for the erasure secret of a new state.");
    erasure_secret_ = std::move(*secret);
    rocksdb::WriteBatch batch;
    Must(batch.Put(families_[kMeta], ToSlice(kFormatVersionRow), std::to_string(kStateFormatVersion)));
    Must(batch.Put(families_[kMeta], ToSlice(kPartitionCountRow), std::to_string(partition_count_)));
    Must(batch.Put(families_[kMeta], ToSlice(kErasureSecretRow), erasure_secret_));
    LP_RETURN_IF_ERROR(Write(&batch));
    // Into a table, so that the loss of the log does not cost the state its identity too.
    rocksdb::Status status = database_->Flush(rocksdb::FlushOptions(), families_[kMeta]);
    return status.ok() ? Status::Ok() : OpenError(status, directory_);
  }

  Status FindErasures() {
    has_erasures_.assign(partition_count_, false);
    for (uint32_t i = 0; i < partition_count_; ++i) {
      rocksdb::Status status = Scan(kErased, PartitionId{i}, PartitionPrefix(PartitionId{i}), [&](const auto&) {
        has_erasures_[i] = true;
        return false;
      });
      if (!status.ok()) return ReadError(status, directory_);
    }
    return Status::Ok();
  }

  Result<std::optional<std::string>> Read(Family family, std::string_view row_key) const {
    rocksdb::PinnableSlice value;
    rocksdb::Status status = database_->Get(rocksdb::ReadOptions(), families_[family], ToSlice(row_key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return ReadError(status, directory_);
    return std::optional(value.ToString());
  }

  // Visits the partition's rows from `start` until `visit` returns false.
  template <typename Visit>
  rocksdb::Status Scan(Family family, PartitionId partition, const std::string& start, const Visit& visit) const {
    std::string end = PartitionPrefix(PartitionId{Checked(partition).value + 1});
    rocksdb::Slice upper_bound = end;
    rocksdb::ReadOptions read;
    read.iterate_upper_bound = &upper_bound;
    read.fill_cache = family != kLeads;  // a pass over all leads must not push out those in use
    std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(read, families_[family]));
    for (rows->Seek(start); rows->Valid() && visit(*rows); rows->Next()) continue;
    return rows->status();
  }

  // At least what the batch takes for leads and timers, so that it grows once.
  static size_t BatchBytes(const EpochWrite& write) {
    constexpr size_t kRowsBesideKeys = 64;
    size_t bytes = 0;
    for (const LeadWrite& lead : write.leads) {
      bytes += 3 * lead.key.size() + kRowsBesideKeys + (lead.value ? lead.value->size() : 0);
    }
    return bytes;
  }

  void AddLead(const LeadWrite& lead, rocksdb::WriteBatch* batch) const {
    LP_ASSERT(lead.value || lead.new_timer == Instant::Never());
    std::string row_key = LeadRowKey(Checked(lead.partition), lead.key);
    Must(lead.value ? batch->Put(families_[kLeads], row_key, *lead.value) : batch->Delete(families_[kLeads], row_key));
  }

  // In their order, for the same reason as the leads come in theirs: their own order says nothing about timers.
  void AddTimers(const std::vector<LeadWrite>& leads, rocksdb::WriteBatch* batch) const {
    std::vector<std::pair<std::string, bool>> rows;  // with whether it is set
    for (const LeadWrite& lead : leads) {
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
      Must(set ? batch->Put(families_[kTimers], key, "") : batch->Delete(families_[kTimers], key));
    }
  }

  void AddErasure(const ErasureWrite& erasure, rocksdb::WriteBatch* batch) const {
    Must(batch->Put(families_[kErased], ErasureRowKey(Checked(erasure.partition), erasure_secret_, erasure.key),
                    ErasureRowValue(erasure.erasure)));
  }

  Status Write(rocksdb::WriteBatch* batch) {
    rocksdb::Status status = database_->Write(write_options_, batch);
    if (status.ok()) return Status::Ok();
    doubt_ = status.ToString();
    return Status::Fatal("a write to " + StateIn(directory_) + " failed and may or may not be there: " + doubt_ +
                         ". Start again once the cause is gone: it goes on from what is there.");
  }

  const std::string directory_;
  const bool read_only_;
  ManifestRecorder manifest_;
  rocksdb::WriteOptions write_options_;
  std::unique_ptr<rocksdb::DB> database_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;                     // all, to be destroyed
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> families_ = {};  // ours among them
  uint32_t partition_count_ = 0;
  std::string erasure_secret_;
  uint64_t commit_number_ = 0;      // of the last commit; 0: there was none
  std::vector<bool> has_erasures_;  // by partition; changed by Commit only, while nobody reads
  std::string doubt_;               // why a write failed; empty: none did
};

}  // namespace

Result<std::unique_ptr<LeadStore>> OpenRocksDbLeadStore(const RocksDbOptions& options) {
  auto store = std::make_unique<RocksDbLeadStore>(options);
  LP_RETURN_IF_ERROR(store->Open(options));
  return std::unique_ptr<LeadStore>(std::move(store));
}

std::string RocksDbVersion() { return rocksdb::GetRocksVersionAsString(); }

}  // namespace leadpulse::state
