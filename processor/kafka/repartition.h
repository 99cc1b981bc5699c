// Moves a stopped deployment to another number of partitions, or to another erasure secret: `leadpulse repartition`.
//
// A new secret needs new topics, too: hashes under the former one stay in a compacted topic for as long as its segments
// do. It begins with the keys of the former (state/store/store_keys.h), so each hash and pseudonym gets the further
// keys on its way (engine/erasure_rotation.h).
//
// Kafka keeps no lead's records together when a topic gets more partitions, and takes no partition back. So the leads
// get new topics beside the former ones: another application with a lead.state, lead.journal, lead.exchange and
// lead.profiles of its own. The topics of events and commands are either the same, to which partitions were added, or
// new ones. The topics of changes stay, so consumers read on.
//
//   read    each former partition is restored into an empty store, as a worker does it (partition_restore.h)
//   plan    what becomes of each part (repartition_plan.h)
//   begin   a transaction marks each new partition: a position of another application, which names this move
//   fill    transactions of some thousand rows; each ends with the marks
//   end     one transaction writes the messages between leads that were not read, and the positions of all partitions
//
// Nothing of the former deployment is written, so it can be started again as long as the new one has not run.
//
// Nothing is lost or published twice: a row goes to exactly one partition, with the number of its last change. The
// input goes on at the former offsets. In topics that stay, unread records may be in partitions of before; the new
// deployment hands them to those of their leads (`input_partitioning: any`). New input topics are read from their
// beginning, and the former ones must have been read to their end. The former group must be empty at the beginning and
// at the end, and its lead.journal must not have grown meanwhile.
//
//   killed          it leaves
//   before `end`    marked partitions, or none. A run refuses them, for they are another application's, or because
//                   its settings say that leads are to be moved (`kafka.moved_from`). The same command begins again:
//                   rows that are there already are written once more, and are the same, because the marks have a
//                   fingerprint of the former deployment. If that has run meanwhile, it is refused
//   in `end`        all positions, or none: one transaction
//   after `end`     a deployment that runs. The same command says that it is done
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/log_range.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/repartition_plan.h"
#include "processor/kafka/sole_member.h"
#include "processor/kafka/transactions.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/worker_metrics.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// Checks that the second settings are those of a deployment to which the first one can move. Rejected, with what to
// change.
Status CheckRepartition(const config::Settings& from, const config::Settings& into);

struct RepartitionEnvironment {
  // All must outlive the Repartition.
  Connection* from = nullptr;
  const WorkerOptions* from_options = nullptr;
  Connection* into = nullptr;
  const WorkerOptions* into_options = nullptr;
  const Clock* clock = nullptr;
  // The keys that the new deployment's erasure secret has beyond the former one; empty: it stays.
  std::string added_erasure_keys;
  // Makes an empty store for the rows of that many former partitions, with the former erasure secret.
  std::function<Result<std::unique_ptr<state::LeadStore>>(uint32_t partitions)> make_store;
  // Whether no process of the former deployment runs, and what it must have read is read. Rejected, with what to do.
  std::function<Status()> check_stopped;
  std::chrono::milliseconds timeout{60'000};  // how long each wait for the cluster may take
  size_t part_records = 5000;                 // how many a transaction has
};

// What would be moved.
struct RepartitionPlan {
  struct Partition {
    uint64_t leads = 0;
    uint64_t mailboxes = 0;  // addresses that are no lead themselves
    uint64_t bytes = 0;      // the size of their rows
  };
  uint32_t former_partitions = 0;
  std::vector<Partition> partitions;
  uint64_t erasures = 0;
  uint64_t added_erasure_keys = 0;  // 0: their hashes stay
  uint64_t day_counts = 0;
  uint64_t messages = 0;      // between leads, not read yet
  bool keeps_inputs = false;  // whether the topics of events and commands stay
};

enum class RepartitionOutcome : uint8_t { kMoved, kMovedBefore };

// One move. One thread. Errors: rejected if a person must do something first; retriable if the same command may be
// given again.
class Repartition {
 public:
  // Keeps `environment`. `partitions`: how many the new deployment has.
  Repartition(const RepartitionEnvironment& environment, uint32_t partitions);

  // Reads the former deployment. Writes nothing to Kafka.
  Result<RepartitionPlan> Read();
  // Writes the new one. Call Read first.
  Result<RepartitionOutcome> Write();

 private:
  enum class Target : uint8_t { kNew, kBegun, kDone };

  Status Restore(uint32_t former_partitions);
  Status ReadMessages();
  Result<RepartitionPlan> CountRows();
  // Returns what positions of the new deployment have of its erasure secret.
  std::string SecretCheck() const;
  // Checks that no transaction has changed it since Read.
  Status CheckUnchanged();

  Status MakeProducer();
  Result<Target> LookAtTarget();
  Result<Target> LookAtPartition(PartitionId partition, ChangelogReader* state);
  Status CheckEmpty();
  Status PlanPositions();
  std::vector<OutputRecord> Marks() const;
  Status Begin();
  Status Fill();
  Status End();
  // Adds a record of lead.state, and commits once there are enough.
  Status Add(OutputRecord record);
  Status CommitPart();
  Status Commit(std::vector<OutputRecord> records);

  bool keeps_inputs() const;
  TryAgain Patience() const;

  const RepartitionEnvironment environment_;
  const uint32_t partitions_;

  std::unique_ptr<state::LeadStore> rows_;
  std::unique_ptr<ErasureCollector> store_;  // over rows_
  std::vector<FormerPartition> former_;
  std::map<PartitionId, int64_t> read_to_;  // in its lead.journal
  engine::StoredDefinitions definitions_;
  std::map<std::string, MovedErasure> erasures_;
  std::map<std::string, MovedDayCounts> day_counts_;
  std::vector<OutputRecord> messages_;

  WorkerMetrics metrics_;
  Transactions transactions_;
  std::unique_ptr<SoleMember> member_;  // leaves the group before the producer ends
  std::vector<engine::PartitionPosition> positions_;
  std::vector<OutputRecord> part_;  // the records of the next transaction
  size_t part_bytes_ = 0;
};

}  // namespace leadpulse::kafka
