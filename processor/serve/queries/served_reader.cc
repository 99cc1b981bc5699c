#include "processor/serve/queries/served_reader.h"

#include <algorithm>

namespace leadpulse::serve {

bool ServedReader::Has(PartitionId partition) const { return std::ranges::binary_search(served_, partition); }

Result<std::optional<std::string>> ServedReader::Get(PartitionId partition, std::string_view key) const {
  if (!Has(partition)) return std::optional<std::string>();
  return all_.Get(partition, key);
}

Result<std::vector<std::optional<std::string>>> ServedReader::MultiGet(PartitionId partition,
                                                                       std::span<const state::EncodedLeadKey> keys,
                                                                       size_t max_bytes) const {
  if (!Has(partition)) return std::vector<std::optional<std::string>>(keys.size());
  return all_.MultiGet(partition, keys, max_bytes);
}

Result<std::optional<state::Erasure>> ServedReader::GetErasure(PartitionId partition, std::string_view key) const {
  if (!Has(partition)) return std::optional<state::Erasure>();
  return all_.GetErasure(partition, key);
}

Result<std::vector<state::DueTimer>> ServedReader::DueTimers(PartitionId partition, Instant from, Instant until,
                                                             size_t limit) const {
  if (!Has(partition)) return std::vector<state::DueTimer>();
  return all_.DueTimers(partition, from, until, limit);
}

Result<std::optional<std::string>> ServedReader::GetPublished(PartitionId partition, std::string_view key) const {
  if (!Has(partition)) return std::optional<std::string>();
  return all_.GetPublished(partition, key);
}

Status ServedReader::VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const {
  return Has(partition) ? all_.VisitLeads(partition, after, visit) : Status::Ok();
}

}  // namespace leadpulse::serve
