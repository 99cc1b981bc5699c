// Applies the deltas of lead.journal to the rows of a partition: the second part of a restore (partition_restore.h).
// Used by one thread.
//
// A row has the epoch of its last delta, and earlier deltas are skipped. So applying a delta again changes nothing. A
// state has all deltas up to the epoch of its position, so no rows are read for these.
//
// Rows are gathered in memory and written now and then: a lead of ten deltas is read and written once, not ten times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/seeded_hash.h"
#include "processor/base/status.h"
#include "processor/kafka/delta_log.h"
#include "processor/kafka/unwritten_leads.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

class DeltaReplay {
 public:
  // The source of the rows before the first delta.
  struct Base {
    uint64_t epoch = 0;          // that of the position; 0 without a position
    bool is_lead_state = false;  // all rows are those of lead.state; else those of a state, which may be newer
    // Offsets in lead.journal: rows have all deltas before the first, and lead.profiles has all that were wanted soon
    // before the second.
    int64_t rows_from = 0;
    int64_t profiles_soon_from = 0;
    // Lead.journal begins behind the place from which it should be read: the run deletes records that nobody needs, and
    // may leave a part of an epoch.
    bool begins_late = false;
    bool ends_early = false;  // it ends before that place
    // About the memory for rows that are gathered.
    size_t gathered_bytes = size_t{32} << 20;
    // Whether to note what the topics of leads lack, for the partition's next owner.
    bool notes = true;
  };
  // Keeps `store`, which must outlive this.
  DeltaReplay(PartitionId partition, const state::LeadReader* store, const Base& base)
      : partition_(partition), store_(store), base_(base), may_be_cut_(base.begins_late) {}

  // Writes a part of the changes so far to the store.
  using Write = std::function<Status(state::EpochWrite)>;
  // Applies a record at `offset`, in the order of the log. Writes the rows that are gathered once they are many. Checks
  // that no record before it is missing; behind a gap it applies nothing.
  Status Take(const Deltas& deltas, int64_t offset, const Write& write);
  // Writes the rows that are gathered, in one or several writes by ascending key. Call it before the partition's
  // position is written.
  Status WriteRows(const Write& write);

  // Returns what is missing or wrong in the records so far, with no sentence about what to do; nullopt if nothing.
  std::optional<std::string> FindWrong() const;
  // Whether records between those taken are missing or wrong, so that later ones mend nothing.
  bool has_gap() const { return !wrong_.empty(); }
  // Whether the last record is not the end of its epoch.
  bool is_in_epoch() const { return !epoch_has_ended_; }

  // Returns the leads that lead.state or lead.profiles lacks, or has without their last changes.
  UnwrittenLeads& unwritten() { return unwritten_; }

 private:
  // Notes what lead.state and lead.profiles may lack of a record whose deltas are in all rows.
  void NoteAll(const Deltas& deltas, int64_t offset);
  // Notes the epoch of a record, and the end of the epoch if it has a position.
  void NoteEpoch(const Deltas& deltas, int64_t offset);
  // Applies these deltas of the epoch that was noted last.
  Status ApplyRows(std::span<const RowDelta> deltas, const Write& write);
  // Gathers the rows of the first of these deltas, at least one. Returns how many. A delta of some bytes may need a row
  // of megabytes.
  Result<size_t> GatherRows(std::span<const RowDelta> deltas);
  // Applies the rows of counts by day of the epoch that was noted last, except to rows that have them.
  Status ApplyDayCounts(const Deltas& deltas, state::EpochWrite* write);
  // Notes that lead.state and lead.profiles, or the latter alone, may lack the delta.
  void Note(const RowDelta& delta);
  void NoteProfile(const RowDelta& delta);

  // The row of a lead.
  struct Row {
    std::optional<std::string> value;         // as the store has it, and all deltas so far have made it
    uint64_t epoch = 0;                       // that of its last delta
    bool is_stored = false;                   // the store has one
    Instant stored_timer = Instant::Never();  // the timer in the store
    bool is_changed = false;
    bool may_be_new_life = false;  // the lead may have been erased and created again: the log does not tell
  };
  // Changes the row by a delta, if it does not have it.
  void ApplyTo(Row* row, const RowDelta& delta);

  const PartitionId partition_;
  const state::LeadReader* const store_;
  const Base base_;
  bool may_be_cut_;                    // the records so far may be the end of an epoch only
  bool has_met_ = false;               // any record
  uint64_t epoch_ = 0;                 // that of the last record
  int64_t epoch_offset_ = 0;           // that of the epoch's first record
  engine::RecordDigest epoch_digest_;  // the sum of the digests of its records so far
  bool epoch_has_ended_ = true;        // its position was read
  std::string wrong_;                  // the last thing that was wrong; empty: nothing
  UnwrittenLeads unwritten_;
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return SeededHash(key); }
  };
  absl::flat_hash_map<state::EncodedLeadKey, Row, KeyHash, std::equal_to<>> rows_;  // those that are gathered
  size_t row_bytes_ = 0;                                                            // about the memory that they take
  // Leads that are appended to and have no row, because lead.state already lacks it: a later delta deletes it.
  absl::flat_hash_set<state::EncodedLeadKey, KeyHash, std::equal_to<>> rowless_;
};

}  // namespace leadpulse::kafka
