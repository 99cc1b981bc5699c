// Brings what the state holds of one partition to where the group's committed offsets are, before its first record.
//
// The changelog is the truth and the state a cache of it. C, the committed offsets, is asked for first and waits for
// transactions under way (KIP-447); then E, the changelog's end with open transactions counted, for one of them may
// hide its tail. What is committed between what the state knows and E is applied to it; then the last position must
// name C. Where the state cannot be caught up (it is ahead, of another log, too old for tombstones to be still there,
// or does not arrive at C) it is dropped and the whole changelog read. Where that does not arrive at C either, nothing
// is guessed: a fatal error says so.
//
// Killed at any moment: what has been applied is what the same records will be applied to again, and each record says
// all of its lead. A state that was dropped has no position before all of it is there again, so that its leads may come
// to the store in bulk, and their timers behind them.
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
#include "processor/kafka/ports.h"
#include "processor/kafka/worker.h"
#include "processor/kafka/writer_fence.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

// A partition that is ready for its first record.
struct RestoredPartition {
  engine::PartitionPosition position;
  std::optional<engine::StoredDefinitions> definitions;  // nothing: of a new partition
  // The group has committed no offsets for it: they are committed before its first record.
  bool commit_first = false;
};

// Owned and called by one worker, through PartitionRestores: that asks and reads for several of them.
class PartitionRestore {
 public:
  // All outlive this.
  PartitionRestore(PartitionId partition, const WorkerOptions& options, state::LeadStore* store,
                   const PartitionWriter& writer, InputConsumer* consumer, ChangelogReader* reader,
                   WorkerMetrics* metrics);

  // After a retriable error of any call the step that `step()` then names may be taken again.
  enum class NextStep : uint8_t {
    kBegin,
    kStartAnew,  // what the state holds is of no use: nothing is read before that call
    kTake,
    kEnd,
    kNone,  // another worker has begun with the partition: it is never done
  };
  NextStep step() const;

  // `committed` was asked for before `bounds`. Both by one request with those of others.
  Status Begin(const std::optional<InputOffsets>& committed, const ChangelogBounds& bounds);
  // Drops what the state holds and reads from the changelog's beginning.
  Status StartAnew();
  // What the reader gave of the partition, and how far it has come. `now`: by the wall clock.
  Status Take(std::span<const ChangelogRecord> records, int64_t reached, Instant now);
  // Nothing: not done yet; see step().
  Result<std::optional<RestoredPartition>> End(Instant now);

  PartitionId partition() const { return partition_; }
  // Changelog offsets that were read since it began, and those still to be read; 0 before they are known.
  uint64_t read() const { return static_cast<uint64_t>(reached_ - begin_); }
  uint64_t remaining() const { return end_ > reached_ ? static_cast<uint64_t>(end_ - reached_) : 0; }
  // Whether what the state held was of no use: all of the changelog is read.
  bool from_scratch() const { return from_scratch_; }

 private:
  Status DropState(const ChangelogBounds& bounds);
  void LogBegin() const;
  void BeOfNoUse();
  Status Write(state::EpochWrite write);
  Status Apply(std::span<const ChangelogRecord> records);
  Status Gather(const std::vector<ChangelogRecord>& leads);
  // Takes note of what a writer said: whether nobody else was given the partition meanwhile.
  Status NoteWritten(const Result<bool>& written);
  Status ApplyLeads(std::vector<ChangelogRecord> leads, state::EpochWrite* write);
  void NoteRecord(const ChangelogRecord& record);
  Status NotePosition(std::string_view bytes);
  // Fatal, naming the partition, where a later version of this program has evaluated its leads.
  Status CheckEngine(uint32_t version) const;
  // Why the state does not fit the committed offsets; nothing: it does.
  std::optional<std::string> Misfit() const;
  // Whether the group's offsets are others by now. True: they are known here, and what was written with them is read.
  Result<bool> GroupWentOn();
  Result<RestoredPartition> BeginPartition();

  const PartitionId partition_;
  const WorkerOptions& options_;
  state::LeadStore* const store_;
  const PartitionWriter writer_;
  InputConsumer* const consumer_;
  ChangelogReader* const reader_;
  WorkerMetrics* const metrics_;

  bool begun_ = false;
  bool of_no_use_ = false;   // the state: StartAnew is next
  bool superseded_ = false;  // another worker has begun with the partition
  bool from_scratch_ = false;
  std::optional<BulkRestore> bulk_;  // from scratch only: through it leads go to the store
  std::optional<InputOffsets> committed_;
  std::optional<engine::LocalPosition> local_;
  std::optional<engine::PartitionPosition> position_;  // the last one met
  std::optional<engine::StoredDefinitions> definitions_;
  // Sums of the hashes of all records up to each of the last ones, the newest last: any number of records before a
  // position can be told from them, also where older positions have been compacted away.
  std::deque<uint64_t> hash_sums_;
  bool digest_fits_ = true;  // of the last position met
  int64_t begin_ = 0;
  int64_t reached_ = 0;
  int64_t end_ = 0;
  bool met_records_ = false;
};

}  // namespace leadpulse::kafka
