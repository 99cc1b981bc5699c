// The port to durable state: bytes by key, and one atomic write an epoch.
//
// Reads and commits may come from several threads at once, but while a partition is written, no other thread may write
// it, nor read it unless the store allows reads during a commit. Writes are durable when Commit returns. After a failed
// write the store refuses all later ones: the outcome is unknown, and only a restart, which reads what is really there,
// may continue.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/store/lead_reader.h"

namespace leadpulse::state {

// Whether a row of the store is that of a lead (Lead::is_lead).
enum class RowKind : uint8_t { kNone, kLead, kNoLead };

// The write of a lead's row, with its timer and its published changes.
struct RowWrite {
  PartitionId partition;
  EncodedLeadKey key;
  // The lead's row; nullopt: delete it. If `appended`, an append to the stored row (AppendToRow in row_form.h).
  std::optional<std::string> value;
  // The lead's timer in the store before this write and after it; Never(): none.
  Instant old_timer = Instant::Never();
  Instant new_timer = Instant::Never();
  bool appended = false;
  bool profile_changed = false;     // only set by PartitionLeads
  bool publishes = false;           // whether a change of the lead was published; only set by PartitionLeads
  RowKind before = RowKind::kNone;  // the row that this replaces or deletes; kNone also if unknown
  RowKind after = RowKind::kNone;   // the row that this is; only set by PartitionLeads
  // Whether the lead may have been erased and created again since the last write: the store removes its published
  // changes, as by a deletion of the row.
  bool new_life = false;
  SequenceNumber erased_seq = {};  // the last one of the erased life; 0: none, or unknown
  // Appended to the lead's published changes (published_row.h) after that removal. Empty: nothing.
  std::string published = {};
};

struct ErasureWrite {
  PartitionId partition;
  std::string key_hash;  // ErasureHash of the lead's key, which is not stored
  Erasure erasure;
};

// The write of a row of counts by day (day_counts.h).
struct DayCountsWrite {
  PartitionId partition;
  std::string key;
  std::optional<std::string> value;  // nullopt: delete it
};

// The writes of one commit: all or none become durable. In any order, but leads by ascending (partition, key) are
// written faster.
struct EpochWrite {
  std::vector<PartitionId> dropped = {};  // applied first: removes all their rows
  std::vector<RowWrite> leads = {};
  std::vector<ErasureWrite> erasures = {};
  std::vector<DayCountsWrite> day_counts = {};
  std::vector<std::pair<std::string, std::string>> meta = {};  // name, value; `store/…` is the store's own
  bool empty() const {
    return dropped.empty() && leads.empty() && erasures.empty() && day_counts.empty() && meta.empty();
  }
};

// A lead's new row. A view into the caller's memory.
struct IngestedLead {
  std::string_view key;
  std::optional<std::string_view> value;  // nullopt: the lead is absent
};

class LeadStore : public LeadReader {
 public:
  // Returns a reader of all commits so far; later ones do not change it. The store outlives it. For short use: it keeps
  // files and memory. Any thread may call it, during a commit, too. Fatal if commits that are in memory only could not
  // be written.
  virtual Result<std::unique_ptr<const LeadReader>> Snapshot() = 0;

  virtual Status Commit(const EpochWrite& write) = 0;
  // Commits a write of one partition only, which the store may keep: WriteBehindStore then needs no copy.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual Status CommitPartition(PartitionId /*partition*/, EpochWrite write) { return Commit(write); }

  // Writes many rows of one partition at once, replacing existing ones, to rebuild a partition. Leads and timers are
  // not written atomically, and there may be many calls: the caller ensures that the partition is not used until all
  // rows are there. Leads by ascending key, timers by ascending (due, key), none twice. Earlier commits become durable
  // before these rows, and these rows when it returns.
  virtual Status Ingest(PartitionId partition, std::span<const IngestedLead> leads,
                        std::span<const DueTimer> timers) = 0;
  // Whether callers of Ingest may continue. If not, the store is behind with compaction, and callers that can wait
  // should wait.
  virtual bool TakesMore() const { return true; }

  // Makes a copy of the committed state that can be opened, in a directory that must not exist; its parent must. Files
  // that no longer change are hard links if possible. Any thread may call it: a concurrent commit is in the copy as a
  // whole or not at all. Rejected if the store has no files.
  virtual Status MakeCheckpoint(const std::string& directory) {
    return Status::Rejected("there is no copy of this state to be made in " + directory + ": it has no files");
  }
};

}  // namespace leadpulse::state
