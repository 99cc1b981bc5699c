// A LeadStore that writes later: what is committed to it stays in memory, each row with its newest value, until it is
// worth a write, and is handed to the store behind it as one commit for each partition. For the live mode, which can
// read again from `lead.state` what a crash takes.
//
// Everybody who reads through it sees what was committed; the store behind it always holds one whole earlier commit of
// each partition, the position with its leads. What has not been written out is lost with the process.
//
// Threads as for LeadStore; WriteOutDue and WriteOut may be called by any thread beside them, so the store behind must
// bear reads beside a commit, as RocksDB does. A write that failed is the answer to every commit from then on.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

struct WriteBehindOptions {
  // Of all partitions together, about: a partition is due once it has its share. A commit that finds twice the share
  // writes it out itself.
  size_t max_bytes = 64 << 20;
  // A partition is due so long after its first commit: how far behind whoever opens the state beside the process sees
  // it, and what a start has to read again.
  std::chrono::milliseconds max_age{5000};
};

class WriteBehindStore : public LeadStore {
 public:
  // Writes out the partitions that are due.
  virtual Status WriteOutDue() = 0;
  // Writes out everything. To be called at the end, for the destructor writes nothing; after an error of a worker it
  // may be called too: what was committed here is what the cluster has committed.
  virtual Status WriteOut() = 0;
};

// Both outlive it.
std::unique_ptr<WriteBehindStore> MakeWriteBehindStore(const WriteBehindOptions& options, LeadStore* store,
                                                       const Clock* clock);

}  // namespace leadpulse::state
