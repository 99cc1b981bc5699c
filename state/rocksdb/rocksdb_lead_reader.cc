#include "state/rocksdb/rocksdb_lead_reader.h"

#include <rocksdb/iterator.h>

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::state {

RocksDbLeadReader::RocksDbLeadReader(const RocksDbDatabase& database, StateIdentity identity, At at)
    : database_(database),
      identity_(std::move(identity)),
      snapshot_(at == At::kNewest ? nullptr : std::make_unique<rocksdb::ManagedSnapshot>(database.get())) {
  if (snapshot_ != nullptr) read_.snapshot = snapshot_->snapshot();
}

PartitionId RocksDbLeadReader::Checked(PartitionId partition) const {
  LP_ASSERT(partition.value < identity_.partition_count);
  return partition;
}

template <typename Visit>
rocksdb::Status RocksDbLeadReader::Scan(RowFamily family, PartitionId partition, const std::string& start,
                                        const Visit& visit) const {
  std::string end = PartitionPrefix(PartitionId{Checked(partition).value + 1});
  rocksdb::Slice upper_bound = end;
  rocksdb::ReadOptions read = read_;
  read.iterate_upper_bound = &upper_bound;
  read.fill_cache = family != kLeads;  // a scan of all leads must not evict those in use
  std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator(read, database_.family(family)));
  for (rows->Seek(start); rows->Valid() && visit(*rows); rows->Next()) continue;
  return rows->status();
}

Result<std::optional<std::string>> RocksDbLeadReader::Get(PartitionId partition, std::string_view key) const {
  return Read(kLeads, LeadRowKey(Checked(partition), key));
}

Result<std::vector<std::optional<std::string>>> RocksDbLeadReader::MultiGet(PartitionId partition,
                                                                            std::span<const EncodedLeadKey> keys,
                                                                            size_t max_bytes) const {
  std::vector<std::string> row_keys;
  row_keys.reserve(keys.size());
  for (const EncodedLeadKey& key : keys) row_keys.push_back(LeadRowKey(Checked(partition), key));
  std::vector<rocksdb::Slice> slices(row_keys.begin(), row_keys.end());
  std::vector<rocksdb::PinnableSlice> found(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  rocksdb::ReadOptions options = read_;
  options.value_size_soft_limit = max_bytes;
  // RocksDB needs sorted keys, and would sort them again.
  const bool sorted = std::ranges::is_sorted(row_keys);
  database_->MultiGet(options, database_.family(kLeads), keys.size(), slices.data(), found.data(), statuses.data(),
                      sorted);
  std::vector<std::optional<std::string>> values;
  values.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].IsAborted()) break;  // beyond max_bytes
    if (!statuses[i].ok() && !statuses[i].IsNotFound()) return database_.ReadError(statuses[i]);
    values.push_back(statuses[i].ok() ? std::optional(found[i].ToString()) : std::nullopt);
  }
  if (!values.empty() || keys.empty()) return values;
  LP_ASSIGN_OR_RETURN(std::optional<std::string> first, Get(partition, keys.front()));
  values.push_back(std::move(first));
  return values;
}

Result<std::optional<Erasure>> RocksDbLeadReader::GetErasure(PartitionId partition, std::string_view key) const {
  LP_ASSIGN_OR_RETURN(std::optional<std::string> value,
                      Read(kErased, ErasureRowKey(Checked(partition), ErasureHash(key))));
  if (!value) return std::optional<Erasure>();
  std::optional<Erasure> erasure = ParseErasureRow(*value);
  if (!erasure) return database_.ReadError(rocksdb::Status::Corruption("the row of an erased lead"));
  return erasure;
}

bool RocksDbLeadReader::HasErasures(PartitionId partition) const {
  const Result<bool> any = HoldsRows(kErased, partition);
  return !any.ok() || *any;  // the look-up reports what cannot be read
}

Result<std::vector<DueTimer>> RocksDbLeadReader::DueTimers(PartitionId partition, Instant from, Instant until,
                                                           size_t limit) const {
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
  if (!status.ok()) return database_.ReadError(status);
  return due;
}

Status RocksDbLeadReader::VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const {
  std::string start = LeadRowKey(partition, after);
  rocksdb::Status status = Scan(kLeads, partition, start, [&](const auto& row) {
    if (row.key() == start) return true;
    return visit(LeadKeyOfRow(row.key().ToStringView()), row.value().ToStringView());
  });
  return status.ok() ? Status::Ok() : database_.ReadError(status);
}

Result<std::optional<std::string>> RocksDbLeadReader::GetPublished(PartitionId partition, std::string_view key) const {
  return Read(kPublished, LeadRowKey(Checked(partition), key));
}

Result<std::optional<std::string>> RocksDbLeadReader::GetDayCounts(PartitionId partition, std::string_view key) const {
  return Read(kPublished, DayCountsRowKey(Checked(partition), key));
}

Status RocksDbLeadReader::VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const {
  rocksdb::Status status = Scan(kPublished, partition, DayCountsRowKey(partition, ""), [&](const auto& row) {
    const std::optional<std::string_view> key = DayCountsKeyOfRow(row.key().ToStringView());
    return key && visit(*key, row.value().ToStringView());
  });
  return status.ok() ? Status::Ok() : database_.ReadError(status);
}

std::optional<uint64_t> RocksDbLeadReader::LastWrite() const {
  return snapshot_ != nullptr ? snapshot_->snapshot()->GetSequenceNumber() : database_.get()->GetLatestSequenceNumber();
}

std::optional<uint64_t> RocksDbLeadReader::EstimatedRows() const {
  uint64_t rows = 0;
  const bool is_known =
      database_.get()->GetIntProperty(database_.family(kLeads), rocksdb::DB::Properties::kEstimateNumKeys, &rows);
  return is_known ? std::optional(rows) : std::nullopt;
}

Result<std::optional<std::string>> RocksDbLeadReader::GetMeta(std::string_view name) const {
  LP_ASSERT(!name.starts_with(kOwnPrefix));
  return Read(kMeta, name);
}

Result<bool> RocksDbLeadReader::HoldsRows(RowFamily family, PartitionId partition) const {
  bool any = false;
  rocksdb::Status status = Scan(family, partition, PartitionPrefix(partition), [&](const auto&) {
    any = true;
    return false;
  });
  if (!status.ok()) return database_.ReadError(status);
  return any;
}

}  // namespace leadpulse::state
