// A restore of a partition's leads from the changelog's beginning. It gathers them in memory, sorts them, and ingests
// them into the store (LeadStore::Ingest), which costs a fraction of committing the same rows.
//
// Meanwhile the store holds leads without timers. A lead's timer is known only after its last record, so the timers are
// made at the end, in one scan of the partition. The caller writes the partition's position only after that.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/writer_fence.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// Records of leads in memory, later sorted by key, each lead once. One thread.
class GatheredLeads {
 public:
  // Adds a copy of both. No value means that the lead was deleted.
  void Add(std::string_view key, std::optional<std::string_view> value);

  // Returns about the memory in use.
  size_t bytes() const { return bytes_ + leads_.capacity() * sizeof(state::IngestedLead); }
  bool empty() const { return leads_.empty(); }

  // Returns the last record of each lead, by ascending key. Valid until Clear; add nothing before that.
  std::vector<state::IngestedLead>& Sorted();
  void Clear() { *this = {}; }

 private:
  std::string_view Copy(std::string_view text);

  std::vector<std::unique_ptr<char[]>> blocks_;  // hold the texts
  char* next_ = nullptr;                         // in the last block
  size_t left_ = 0;
  size_t bytes_ = 0;  // the size of all blocks
  std::vector<state::IngestedLead> leads_;
};

// The bulk restore of one partition, which is empty in the store at first. Owned and called by one worker. A result of
// false means that another worker has been assigned the partition, and nothing was written. Errors are the store's, or
// fatal if a row cannot be read.
class BulkRestore {
 public:
  // Restores into `store`, which is the writer's and must outlive this. Gathers about `max_bytes`.
  BulkRestore(PartitionId partition, const PartitionWriter& writer, const state::LeadStore* store, size_t max_bytes);

  // Adds the lead's next record; no row means that it was deleted. Not after the first Finish, which begins to make the
  // timers.
  void Add(std::string_view key, std::optional<std::string_view> row) {
    LP_ASSERT(walked_.empty() && !done_);
    leads_.Add(key, row);
  }
  // Ingests if enough is gathered. Call it after every few records.
  Result<bool> IngestIfFull() { return leads_.bytes() < max_bytes_ ? Result<bool>(true) : IngestLeads(); }

  // Takes one step of the work after the last record. Call it until `done`.
  Result<bool> Finish();
  bool done() const { return done_; }

 private:
  Result<bool> IngestLeads();
  // Leaves out deleted leads that the store does not have: it shall not learn whom a tombstone names.
  Status LeaveOutUnknown(std::vector<state::IngestedLead>* leads) const;
  Result<bool> MakeTimers();
  Status AddTimer(std::string_view key, std::string_view row);
  Result<bool> IngestTimers();

  const PartitionId partition_;
  const PartitionWriter writer_;
  const state::LeadStore* const store_;
  const size_t max_bytes_;
  GatheredLeads leads_;
  bool ingested_ = false;  // some leads are in the store
  bool done_ = false;
  std::string walked_;  // the last lead whose timer was made
  std::vector<state::DueTimer> timers_;
  size_t timer_bytes_ = 0;
};

}  // namespace leadpulse::kafka
