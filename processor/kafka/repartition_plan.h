// What becomes of a deployment's partitions if it gets another number of them: each part of a partition, moved or
// merged. repartition.h reads the parts from topics and writes them to topics; nothing here does.
//
// Rows of leads and mailboxes go to the partition of their key, unchanged but for pseudonyms under another erasure
// secret: numbers of changes, journals, timers and
// what addresses know ride in them. All else is not of one lead, and is merged. A row has the epoch of its last delta,
// so the new partitions count on from the greatest epoch of all. Functions are thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/kafka/ports.h"
#include "state/store/forwarding_store.h"

namespace leadpulse::kafka {

// How far one of the former partitions came.
struct FormerPartition {
  engine::PartitionPosition position;
  std::optional<engine::StoredDefinitions> definitions;  // nullopt: it never began, and has no leads
};

// Returns the definitions of all new partitions. Rejected, with what to do, if leads of the former ones were evaluated
// under different texts or by an older engine, or a rollout is under way.
Result<engine::StoredDefinitions> MergeDefinitions(std::span<const FormerPartition> former);

// What the merge of positions needs to know of the new deployment.
struct NewPartition {
  PartitionId partition;
  uint32_t count = 0;                     // of the new partitions
  InputOffsets beginning;                 // first offsets of the input topics
  int64_t messages_from = 0;              // the offset in the new lead.exchange from which it is read
  int64_t deltas_from = 0;                // the end of the new lead.journal, which is empty
  std::string erasure_secret_check = {};  // ErasureSecretCheck of the new deployment
  // Whether it reads the same topics of events and commands, to which partitions were added.
  bool keeps_inputs = false;
};

// Returns the position from which a new partition goes on. The clock is the latest: no lead may be evaluated before an
// instant at which it was. `definitions` are those of MergeDefinitions.
engine::PartitionPosition MergePositions(std::span<const FormerPartition> former,
                                         const engine::StoredDefinitions& definitions, const std::string& application,
                                         const NewPartition& target);

// Returns a number that differs between states of a stopped deployment: each of its transactions changes it.
uint64_t FingerprintOf(std::span<const FormerPartition> former);

// ---- Erasures -------------------------------------------------------------------------------------------------------

// By the hash of the key.
using Erasures = std::map<std::string, state::Erasure>;

// A store that also collects the erasures that a restore from the beginning writes.
class ErasureCollector : public state::ForwardingStore {
 public:
  explicit ErasureCollector(state::LeadStore* store) : ForwardingStore(store), erasures_(store->partition_count()) {}
  Status Commit(const state::EpochWrite& write) override;
  // Returns the erasures by partition.
  const std::vector<Erasures>& erasures() const { return erasures_; }

 private:
  std::vector<Erasures> erasures_;
};

struct MovedErasure {
  state::Erasure erasure;
  std::vector<PartitionId> partitions;  // the new ones that may own the lead
};

// Merges the erasures of the former partitions. An erasure does not say whose it is, so it goes to each new partition
// that the lead can have: a key whose hash leaves p with the former number and q with the new one has p = q modulo
// their greatest common divisor. The other copies are never asked for. If an earlier move left several, the newest is
// the owner's.
std::map<std::string, MovedErasure> MergeErasures(const std::vector<Erasures>& former, uint32_t count);

// ---- Rows -----------------------------------------------------------------------------------------------------------

// Merges the counts by day of all partitions, under their keys, with `epoch`. Sums over partitions stay as they are:
// each row is of one new partition.
struct MovedDayCounts {
  PartitionId partition;
  std::string counts;
};
Result<std::map<std::string, MovedDayCounts>> MergeDayCounts(const state::LeadReader& store, uint32_t count,
                                                             uint64_t epoch);

// Calls `take` with the record of lead.state of each lead and mailbox, for its new partition. `added`: the keys that
// the new deployment's erasure secret has beyond the former one; empty: rows stay as they are.
Status VisitMovedRows(const state::LeadReader& store, uint32_t count, std::string_view added,
                      const std::function<Status(OutputRecord record)>& take);

}  // namespace leadpulse::kafka
