// A copy of a state of the live mode, made into one that a run on files goes on with: for what is tried and thrown
// away.
//
// Leads, timers and erasures stay as they are. In place of a position for each partition there is one clock, the latest
// of theirs, at which the run fires what is due.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/input/batch_decoder.h"
#include "state/lead_store.h"

namespace leadpulse::tools {

struct CopyOfFiles {
  bool was_live = false;
  std::vector<uint32_t> absent;  // partitions that a live state does not hold, for they are with other processes
};

// Makes the copy in `directory`, which nobody has open, one of a run on files. `store`: what it is a copy of. Does
// nothing where that is no live state. `places_known`: which partition each record stands in, so that a lead may lie in
// any. Rejected, each with what to do: a partition is being restored, definitions are being adopted, or leads lie
// elsewhere than where a run would look for them.
Result<CopyOfFiles> MakeCopyOfFiles(const state::LeadStore& store, const std::string& directory, bool places_known);

// Leaves out the records of leads in `absent` partitions: they would look like new ones.
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

// Sends the records of each input to the partition they stand in, whatever their keys say.
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

}  // namespace leadpulse::tools
