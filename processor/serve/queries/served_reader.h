// Shows the leads of some partitions of a state, as if there were no others.
//
// A state of the live mode also has leads of partitions that another run has taken since, as they were then.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "state/store/lead_reader.h"

namespace leadpulse::serve {

class ServedReader : public state::LeadReader {
 public:
  // `all` outlives this. `served` ascends.
  ServedReader(const state::LeadReader& all, std::vector<PartitionId> served) : all_(all), served_(std::move(served)) {}

  uint32_t partition_count() const override { return all_.partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override;
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override;
  std::string ErasureHash(std::string_view key) const override { return all_.ErasureHash(key); }
  Result<std::optional<state::Erasure>> GetErasure(PartitionId partition, std::string_view key) const override;
  bool HasErasures(PartitionId partition) const override { return Has(partition) && all_.HasErasures(partition); }
  Result<std::vector<state::DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                 size_t limit) const override;
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override;
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override;
  // Reads entries of the whole state, also definitions and clock of the other partitions.
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return all_.GetMeta(name); }

 private:
  bool Has(PartitionId partition) const;

  const state::LeadReader& all_;
  const std::vector<PartitionId> served_;
};

}  // namespace leadpulse::serve
