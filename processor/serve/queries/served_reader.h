// A view of the leads of some partitions of a state, as if there were no others.
//
// A state of the live mode also has leads of partitions that another run has taken since, as they were then.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/store/lead_reader.h"

namespace leadpulse::serve {

class ServedReader : public state::LeadReader {
 public:
  // Keeps `all`, which must outlive this. `served` ascends.
  ServedReader(const state::LeadReader& all, std::vector<PartitionId> served) : all_(all), served_(std::move(served)) {}

  uint32_t partition_count() const override { return all_.partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    return Has(partition) ? all_.Get(partition, key) : std::optional<std::string>();
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    if (!Has(partition)) return std::vector<std::optional<std::string>>(keys.size());
    return all_.MultiGet(partition, keys, max_bytes);
  }
  std::string ErasureHash(std::string_view key) const override { return all_.ErasureHash(key); }
  Result<std::optional<state::Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return Has(partition) ? all_.GetErasure(partition, key) : std::optional<state::Erasure>();
  }
  bool HasErasures(PartitionId partition) const override { return Has(partition) && all_.HasErasures(partition); }
  Result<std::vector<state::DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                 size_t limit) const override {
    return Has(partition) ? all_.DueTimers(partition, from, until, limit) : std::vector<state::DueTimer>();
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    return Has(partition) ? all_.VisitLeads(partition, after, visit) : Status::Ok();
  }
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    return Has(partition) ? all_.GetPublished(partition, key) : std::optional<std::string>();
  }
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    return Has(partition) ? all_.GetDayCounts(partition, key) : std::optional<std::string>();
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    return Has(partition) ? all_.VisitDayCounts(partition, visit) : Status::Ok();
  }
  // Reads entries of the whole state, also definitions and clock of the other partitions.
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return all_.GetMeta(name); }

 private:
  bool Has(PartitionId partition) const { return std::ranges::binary_search(served_, partition); }

  const state::LeadReader& all_;
  const std::vector<PartitionId> served_;
};

}  // namespace leadpulse::serve
