// The leads of a partition that is made anew from the changelog, on their way to the store: gathered in memory, sorted,
// and ingested (LeadStore::Ingest) at a fraction of what the same rows take as commits.
//
// While it goes on the store holds leads without timers. Which a lead has is known only when its last record is there:
// so they are made at the end, in one walk over the partition. Whoever calls sees to it that the partition has no
// position before that.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/kafka/gathered_leads.h"
#include "processor/kafka/writer_fence.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// Owned and called by one worker, of whom the partition is empty at first. False: another worker has been given the
// partition, and nothing was written. Errors are the store's, or fatal ones of rows that cannot be read.
class BulkRestore {
 public:
  // `store` outlives this, and is that of the writer. About `max_bytes` are gathered.
  BulkRestore(PartitionId partition, const PartitionWriter& writer, const state::LeadStore* store, size_t max_bytes);

  // The lead's next record; no row: it is gone. Not after the first Finish: timers are being made of what is there.
  void Add(std::string_view key, std::optional<std::string_view> row) {
    LP_ASSERT(walked_.empty() && !done_);
    leads_.Add(key, row);
  }
  // To be called after a few of them: ingests when there is enough.
  Result<bool> IngestIfFull();

  // A step of what is left after the last record: calls go on until `done`.
  Result<bool> Finish();
  bool done() const { return done_; }

 private:
  Result<bool> IngestLeads();
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
