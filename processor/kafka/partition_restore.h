// Brings the state of one partition to the group's committed offsets, before its first record is read.
//
// lead.state and the deltas in lead.journal behind it are the truth, and the state is a cache of them. A restore asks
// first for C, the committed offsets; that waits for pending transactions (KIP-447). Then it asks for E, the end of
// lead.journal including open transactions, because one of them may hide the last records. It applies the committed
// deltas to E. The last position there must name C. If the state cannot catch up (it is ahead, from another log, older
// than the first delta, or does not come to C), it is dropped, and all of lead.state is read before the deltas. If the
// position is still not C then, the restore ends with a fatal error.
//
// The deltas begin where rows of lead.state may lack them, which is before those that the state lacks: which leads
// lead.state lacks must be known, too. A row has the epoch of its last delta, and earlier ones are skipped. So the
// process may be killed at any moment: applying a delta again changes nothing. A dropped state has no position until it
// is complete, so its leads may be ingested in bulk and get their timers later.
//
// A state, or lead.state, of a version without lead.journal has no `deltas_from`. Such a state first catches up with
// lead.state.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/bulk_restore.h"
#include "processor/kafka/changelog.h"
#include "processor/kafka/delta_replay.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/unwritten_leads.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/writer_fence.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// A partition that is ready for its first record.
struct RestoredPartition {
  engine::PartitionPosition position;
  std::optional<engine::StoredDefinitions> definitions;  // nullopt for a new partition
  UnwrittenLeads unwritten;
  int64_t next_delta_offset = 0;  // in lead.journal
  // Whether to commit offsets before the first record, because the group has none for the partition.
  bool commit_first = false;
};

// The readers of the two topics. Both must outlive their users.
struct StateReaders {
  ChangelogReader* state = nullptr;   // reads lead.state
  ChangelogReader* deltas = nullptr;  // reads lead.journal
};

// The restore of one partition. Owned and called by one worker, through PartitionRestores, which asks and reads for
// several of them.
class PartitionRestore {
 public:
  // Keeps the arguments, which must outlive this.
  PartitionRestore(PartitionId partition, const WorkerOptions& options, state::LeadStore* store,
                   const PartitionWriter& writer, InputConsumer* consumer, const StateReaders& readers,
                   WorkerMetrics* metrics);

  // After a retriable error of any call, repeat the step that `step()` names.
  enum class NextStep : uint8_t {
    kBegin,
    kStartAnew,  // the state cannot be used; nothing is read before this call
    kTake,
    kEnd,
    kNone,  // the partition has another owner; this restore never ends
  };
  NextStep step() const;

  // The bounds of the partition in both topics.
  struct Bounds {
    LogBounds state;
    LogBounds deltas;
  };
  // Begins the restore. `committed` must be requested before `bounds`.
  Status Begin(const std::optional<InputOffsets>& committed, const Bounds& bounds);
  // Drops the state and reads from the beginning of lead.state.
  Status StartAnew();
  // Whether kTake expects records of lead.journal, and not of lead.state.
  bool takes_deltas() const { return replay_.has_value(); }
  // Takes the partition's records of one read, and the next offset. `now` is the wall clock.
  Status Take(std::span<const ChangelogRecord> records, int64_t reached, Instant now);
  // Returns the restored partition; nullopt if it is not done yet, see step().
  Result<std::optional<RestoredPartition>> End(Instant now);

  PartitionId partition() const { return partition_; }
  // Returns the number of offsets of the topic being read that were read. remaining() returns those still to read. Both
  // are 0 before they are known.
  uint64_t read() const { return static_cast<uint64_t>(reached_ - begin_); }
  uint64_t remaining() const { return end_ > reached_ ? static_cast<uint64_t>(end_ - reached_) : 0; }
  // Whether the state could not be used, so that all of lead.state is read.
  bool from_scratch() const { return from_scratch_; }
  // Whether all of lead.state is being read, which gathers leads in memory.
  bool gathers() const {
    return from_scratch_ && !takes_deltas() && (step() == NextStep::kTake || step() == NextStep::kEnd);
  }

 private:
  Status DropState(const LogBounds& bounds);
  // Starts to read a topic at `reached_`, up to `end_`.
  Status StartReading();
  ChangelogReader* reader() const { return takes_deltas() ? readers_.deltas : readers_.state; }
  void BeOfNoUse() {
    of_no_use_ = true;
    reader()->Stop(partition_);
  }
  // Continues with lead.journal after lead.state, at this offset; nullopt: where rows, or a topic of leads, may lack
  // deltas.
  Status StartDeltas(const LogBounds& bounds, std::optional<int64_t> from);
  Status Write(state::EpochWrite write) { return NoteWritten(writer_.Commit(std::move(write))); }
  Status Apply(std::span<const ChangelogRecord> records);
  Status Gather(const std::vector<ChangelogRecord>& leads);
  // Takes the result of a PartitionWriter; false means that it has another owner.
  Status NoteWritten(const Result<bool>& written) {
    superseded_ = written.ok() && !*written;
    return written.status();
  }
  // Returns the status of a step that reads rows. Ignores an error if another owner writes the rows, which deltas then
  // do not fit.
  Status UnlessSuperseded(Status status);
  Status ApplyLeads(std::vector<ChangelogRecord> leads, state::EpochWrite* write);
  Status ApplyDeltas(std::span<const ChangelogRecord> records);
  // Writes to the store. A state that has a position says that it is catching up.
  Status WriteCatchingUp(state::EpochWrite write);
  Status TakeDefinitions(engine::StoredDefinitions definitions);
  void NoteRecord(const ChangelogRecord& record);
  Status NotePosition(std::string_view bytes);
  // Checks the engine's version. Fatal if a later version of this program has evaluated the leads.
  Status CheckEngine(uint32_t version) const;
  // Returns why the state does not fit the committed offsets; nullopt if it does.
  std::optional<std::string> Misfit() const;
  // Whether a state that has read to `next` has what the group has committed.
  bool HasCommitted(const InputOffsets& next) const;
  // Reads lead.journal on to its present end.
  Status ReadOn();
  // Reads on if a copy ends within an epoch, else makes it again.
  Status CopyAgain(const std::string& misfit);
  // Makes a copy again from the beginning of lead.state, after a while, as Retriable says.
  Status MakeCopyAgain(const std::string& misfit);
  // Makes a copy again whose deltas did not fit its rows, if some were deleted or if rows may have been compacted
  // away, while it was read; a few times only. Ok if that explains nothing.
  Status CheckDeltasFit();
  // Returns the status of a step that applies deltas, after CheckDeltasFit if it failed.
  Status UnlessUnfit(Status applied);
  // Writes the rows that deltas have changed and that are still in memory.
  Status WriteDeltas();
  // Whether the group has committed other offsets meanwhile. If so, takes them and reads on to their records.
  Result<bool> GroupWentOn();
  // Checks that the owner of the partition has deleted no delta that a copy made from lead.state lacks. The owner
  // deletes deltas once it has written their rows to lead.state, which may be after the copy was read. Retriable if it
  // has.
  Status CheckNoneWasDeleted();
  Status EndState();
  Result<RestoredPartition> BeginPartition();

  const PartitionId partition_;
  const WorkerOptions& options_;
  state::LeadStore* const store_;
  const PartitionWriter writer_;
  InputConsumer* const consumer_;
  const StateReaders readers_;
  WorkerMetrics* const metrics_;

  bool begun_ = false;
  bool of_no_use_ = false;   // the state cannot be used; StartAnew is next
  bool superseded_ = false;  // the partition has another owner
  bool from_scratch_ = false;
  std::optional<BulkRestore> bulk_;  // only if from scratch
  std::optional<InputOffsets> committed_;
  std::optional<engine::LocalPosition> local_;
  std::optional<engine::PartitionPosition> position_;  // the last one read
  std::optional<engine::StoredDefinitions> definitions_;
  // For each of the last records, the sum of all hashes up to it, the newest last. They give the digest of any number
  // of records before a position, even if older positions have been compacted away.
  std::deque<uint64_t> hash_sums_;
  bool digest_fits_ = true;  // whether the last position read in lead.state has the right digest

  std::optional<DeltaReplay> replay_;  // from the first delta on
  int read_ons_ = 0;                   // how often a copy was read on because it ended within an epoch
  int unfit_copies_ = 0;               // how often deltas did not fit the rows of lead.state
  int64_t wanted_deltas_from_ = 0;     // the offset from which rows may lack deltas
  bool reads_on_ = false;              // the rows are those of an earlier copy, not of lead.state

  int64_t begin_ = 0;
  int64_t reached_ = 0;
  int64_t end_ = 0;
  bool met_records_ = false;
};

}  // namespace leadpulse::kafka
