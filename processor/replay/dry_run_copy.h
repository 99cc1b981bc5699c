// Turns the copy of a live state into a state that a run on files can continue: for a dry run.
//
// Leads, timers and erasures stay as they are. The position of each partition is replaced by one clock, the latest of
// theirs, at which the run fires the timers that are due.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/files/input/batch_decoder.h"
#include "state/store/lead_store.h"

namespace leadpulse::replay {

struct CopyOfFiles {
  bool was_live = false;
  std::vector<uint32_t> absent;  // partitions that other processes hold
};

// Turns the copy in `directory`, which no process has open, into a state of a run on files. `store` is the original; if
// it is not a live state, nothing is done. `places_known`: the partition of each record is known, so a lead may be in
// any partition. Rejected, each with advice: a partition is being restored, definitions are being rolled out, or leads
// are in other partitions than their keys say.
Result<CopyOfFiles> MakeCopyOfFiles(const state::LeadStore& store, const std::string& directory, bool places_known);

// Leaves out the records of leads in `absent` partitions: these leads would look new.
class HeldOnly : public input::RecordTransform {
 public:
  // `also` is applied first and outlives this.
  HeldOnly(const input::RecordTransform* also, std::vector<uint32_t> absent, uint32_t partition_count)
      : also_(also), absent_(std::move(absent)), partition_count_(partition_count) {}
  bool Apply(codec::Decoded* record) const override;

 private:
  const input::RecordTransform* const also_;
  const std::vector<uint32_t> absent_;  // ascending
  const uint32_t partition_count_;
};

// Sends the records of each input to the partition they were read from, whatever their keys say.
class PlacedByInput : public input::RecordTransform {
 public:
  // `also` is applied and outlives this. `partitions`: by input.
  PlacedByInput(const input::RecordTransform* also, std::vector<PartitionId> partitions)
      : also_(also), partitions_(std::move(partitions)) {}
  bool Apply(codec::Decoded* record) const override { return also_->Apply(record); }
  std::optional<PartitionId> PartitionOfInput(uint32_t input) const override { return partitions_.at(input); }

 private:
  const input::RecordTransform* const also_;
  const std::vector<PartitionId> partitions_;
};

}  // namespace leadpulse::replay
