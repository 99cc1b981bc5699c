// Reads the rows of an open database: the newest ones, or those of one moment. For state/rocksdb only.
#pragma once

#include <rocksdb/options.h>
#include <rocksdb/snapshot.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "state/rocksdb/rocksdb_database.h"
#include "state/rocksdb/rocksdb_own_rows.h"
#include "state/store/lead_reader.h"
#include "state/store/store_keys.h"

namespace leadpulse::state {

// The LeadReader of an open database, which outlives it. Thread-safe.
class RocksDbLeadReader : public LeadReader {
 public:
  enum class At { kNewest, kThisMoment };
  RocksDbLeadReader(const RocksDbDatabase& database, StateIdentity identity, At at);

  uint32_t partition_count() const override { return identity_.partition_count; }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition, std::span<const EncodedLeadKey> keys,
                                                           size_t max_bytes) const override;
  std::string ErasureHash(std::string_view key) const override { return ErasureHashOf(identity_.erasure_secret, key); }
  Result<std::optional<Erasure>> GetErasure(PartitionId partition, std::string_view key) const override;
  bool HasErasures(PartitionId partition) const override;
  Result<std::vector<DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                          size_t limit) const override;
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override;
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override;
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override;
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override;
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override;
  std::optional<uint64_t> LastWrite() const override;
  std::optional<uint64_t> EstimatedRows() const override;

  // Whether the partition has rows in the family.
  Result<bool> HoldsRows(RowFamily family, PartitionId partition) const;
  // Asserts that the partition exists.
  PartitionId Checked(PartitionId partition) const;

 private:
  Result<std::optional<std::string>> Read(RowFamily family, std::string_view row_key) const {
    return database_.Read(family, row_key, read_);
  }
  // Visits the partition's rows from `start` until `visit` returns false.
  template <typename Visit>
  rocksdb::Status Scan(RowFamily family, PartitionId partition, const std::string& start, const Visit& visit) const;

  const RocksDbDatabase& database_;
  const StateIdentity identity_;
  const std::unique_ptr<rocksdb::ManagedSnapshot> snapshot_;  // null: the newest
  rocksdb::ReadOptions read_;
};

}  // namespace leadpulse::state
