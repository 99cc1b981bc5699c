// The processor time of a query's first try, after which it waits behind the queries that need less.
//
// What a query costs shows only while it runs: an index may propose most leads, rules may take long, leads may be
// large. So each query begins as if it were quick, and one that is not ends there and begins again among the long ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/processor_time.h"
#include "state/store/lead_reader.h"

namespace leadpulse::serve {

// Used by the thread that makes it.
class Quantum {
 public:
  explicit Quantum(double seconds) : end_(ThreadProcessorSeconds() + seconds) {}
  // Whether the thread has used the time up.
  bool IsOver() {
    is_over_ = is_over_ || ThreadProcessorSeconds() >= end_;
    return is_over_;
  }
  // Whether IsOver has returned true.
  bool was_over() const { return is_over_; }

 private:
  const double end_;
  bool is_over_ = false;
};

// A reader that returns an error for rows of leads and counts once the quantum is over.
class QuantumReader : public state::LeadReader {
 public:
  // Keeps both, which must outlive this.
  QuantumReader(const state::LeadReader& all, Quantum* quantum) : all_(all), quantum_(*quantum) {}

  uint32_t partition_count() const override { return all_.partition_count(); }
  Result<std::optional<std::string>> Get(PartitionId partition, std::string_view key) const override {
    LP_RETURN_IF_ERROR(Check());
    return all_.Get(partition, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(PartitionId partition,
                                                           std::span<const state::EncodedLeadKey> keys,
                                                           size_t max_bytes) const override {
    LP_RETURN_IF_ERROR(Check());
    constexpr size_t kBetweenChecks = 256 << 10;
    return all_.MultiGet(partition, keys, max_bytes == kAllRows ? kAllRows : std::min(max_bytes, kBetweenChecks));
  }
  std::string ErasureHash(std::string_view key) const override { return all_.ErasureHash(key); }
  Result<std::optional<state::Erasure>> GetErasure(PartitionId partition, std::string_view key) const override {
    return all_.GetErasure(partition, key);
  }
  bool HasErasures(PartitionId partition) const override { return all_.HasErasures(partition); }
  Result<std::vector<state::DueTimer>> DueTimers(PartitionId partition, Instant from, Instant until,
                                                 size_t limit) const override {
    return all_.DueTimers(partition, from, until, limit);
  }
  Status VisitLeads(PartitionId partition, std::string_view after, const LeadVisitor& visit) const override {
    constexpr size_t kBetweenChecks = 16;  // rows; a check takes as long as a tenth of a row
    Status checked = Check();
    if (!checked.ok()) return checked;
    size_t visited = 0;
    const Status read = all_.VisitLeads(partition, after, [&](std::string_view key, std::string_view value) {
      if (++visited % kBetweenChecks == 0) checked = Check();
      return checked.ok() && visit(key, value);
    });
    return checked.ok() ? read : checked;
  }
  Result<std::optional<std::string>> GetPublished(PartitionId partition, std::string_view key) const override {
    return all_.GetPublished(partition, key);
  }
  Result<std::optional<std::string>> GetDayCounts(PartitionId partition, std::string_view key) const override {
    LP_RETURN_IF_ERROR(Check());
    return all_.GetDayCounts(partition, key);
  }
  Status VisitDayCounts(PartitionId partition, const DayCountsVisitor& visit) const override {
    return all_.VisitDayCounts(partition, visit);
  }
  Result<std::optional<std::string>> GetMeta(std::string_view name) const override { return all_.GetMeta(name); }
  std::optional<uint64_t> LastWrite() const override { return all_.LastWrite(); }
  std::optional<uint64_t> EstimatedRows() const override { return all_.EstimatedRows(); }

 private:
  Status Check() const {
    return quantum_.IsOver() ? Status::Retriable("the query takes longer than its first try may") : Status::Ok();
  }

  const state::LeadReader& all_;
  Quantum& quantum_;
};

}  // namespace leadpulse::serve
