// A LeadStore that delays writes: commits stay in memory, merged, until a partition is due, and are then written to the
// underlying store as one commit of the partition. For the live mode, which can read again from `lead.state` what a
// crash loses.
//
// Reads through it see all commits, and so do its snapshots, which write nothing out. The underlying store always holds
// one complete earlier commit of each partition, with the position that belongs to its leads. Writes still in memory
// are lost with the process.
//
// While a snapshot reads commits that are in memory, later ones are merged apart from them.
//
// Threads as for LeadStore. WriteOutDue and WriteOut may be called by any thread at any time, so the underlying store
// must allow reads during a commit, as RocksDB does. After a failed write every commit returns that error.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {

struct WriteBehindOptions {
  // The approximate limit for all partitions together. The largest is due when they have a little more than half of it,
  // so that partitions which fill alike are written one after the other, each when it has its share: all at once would
  // take the processors from the workers. A commit that makes them exceed twice the limit writes its partition at once.
  size_t max_bytes = 64 << 20;
  // A partition is due this long after its first unwritten commit: `usual_age`, and under load later, up to `max_age`,
  // so that writing takes a twentieth of the time and a lead that changes often is written once for more of its
  // changes. It bounds how much a start has to read again, and how old the state is that other processes read.
  std::chrono::milliseconds usual_age{5000};
  std::chrono::milliseconds max_age{30'000};
};

class WriteBehindStore : public LeadStore {
 public:
  // Writes out the partitions that are due.
  virtual Status WriteOutDue() = 0;
  // Writes out everything. Call it at the end, because the destructor writes nothing; also allowed after an error of a
  // worker, because the cluster has committed the same.
  virtual Status WriteOut() = 0;
};

// Makes a store over `store`, which outlives it, as `clock` does.
std::unique_ptr<WriteBehindStore> MakeWriteBehindStore(const WriteBehindOptions& options, LeadStore* store,
                                                       const Clock* clock);

}  // namespace leadpulse::state
