// What the epochs of a partition write to the topics of leads: lead.journal gets each change at once, lead.state and
// lead.profiles follow (README.md). Owned and called by one worker, through its LivePartition.
//
// It is built anew after a restore; so nothing here is taken back if a transaction fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/status.h"
#include "processor/engine/partition_engine.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "processor/kafka/lead_profiles.h"
#include "processor/kafka/ports.h"
#include "processor/kafka/unwritten_leads.h"
#include "processor/kafka/worker.h"
#include "state/store/lead_store.h"

namespace leadpulse::kafka {

class LeadTopics {
 public:
  using Time = UnwrittenLeads::Time;
  // Which leads an epoch writes: those whose first change is not later. It writes at most `most` rows, and as many
  // profiles; after an epoch that has changed nearly as many leads, or more, a quarter more than these, so that ever
  // fewer wait.
  struct Due {
    Time rows;
    Time profiles_soon;
    Time profiles_later;
    size_t most;
  };

  // Keeps `options`, `store` and `profiles`, which must outlive this. `unwritten` and `next_delta_offset` are those of
  // the restore.
  LeadTopics(PartitionId partition, UnwrittenLeads unwritten, int64_t next_delta_offset, const WorkerOptions& options,
             const state::LeadReader* store, const LeadProfiles* profiles, Time now);

  // Whether something is due that must not wait for the next record: rows, profiles, leads that lead.profiles has never
  // had, or a position that says that lead.profiles is not kept up to date.
  bool AnyDue(const Due& due, const engine::PartitionPosition& position);

  // What an epoch has changed.
  struct Epoch {
    engine::PartitionEngine* engine = nullptr;
    const state::EpochWrite* write = nullptr;
    const engine::StoredDefinitions* new_definitions = nullptr;  // null: they did not change
    engine::PartitionPosition* position = nullptr;               // completed here
  };
  // Appends the records of an epoch: to lead.journal its deltas and its position; to lead.state rows that are due or
  // must not wait, and then the position; to lead.profiles leads likewise.
  Status End(const Epoch& epoch, Time now, const Due& due, std::vector<OutputRecord>* records);
  // Notes where lead.journal goes on after the epoch.
  void Committed(int64_t next_delta_offset) { next_delta_offset_ = next_delta_offset; }

  // Returns the offset before which records of lead.journal may be deleted: lead.state has had what they say for
  // `deltas_kept`. nullopt: none since the last call.
  std::optional<int64_t> TakeDeletable(Time now);

  // Returns the leads that lead.state or lead.profiles lacks, or has without their last changes.
  const UnwrittenLeads& unwritten() const { return unwritten_; }

 private:
  class Output;

  void NoteChanges(const state::EpochWrite& write, Time now);
  // Visits the leads of the first of these rows, as PartitionLeads::VisitRows does. Returns how many.
  Result<size_t> Visit(std::span<const std::string_view> rows, Output* output,
                       const state::PartitionLeads::RowVisitor& visit) const;
  // Appends the profiles that are due of a queue, `most` at most. Returns how many.
  Result<size_t> WriteProfiles(UnwrittenLeads::Queue queue, Time due, size_t most, Output* output);
  // Appends the rows that are due, `most` at most, those that must not wait, and the profiles that must not.
  Status WriteRows(const Epoch& epoch, Time due, size_t most, Output* output);
  // Appends the rows of counts by day that are due, `most` at most.
  Status WriteDayCounts(const state::EpochWrite& write, Time due, size_t most, Output* output);
  // Appends profiles of the next leads in the order of their keys, `most` at most, until lead.profiles has all.
  Status WriteOldProfiles(size_t most, engine::PartitionPosition* position, Output* output);

  const PartitionId partition_;
  const WorkerOptions& options_;
  const state::LeadReader* const store_;
  const LeadProfiles* const profiles_;
  UnwrittenLeads unwritten_;
  int64_t next_delta_offset_;  // in lead.journal
  // The `deltas_from` of the last position that this object wrote to lead.state; below, those of earlier ones, with the
  // times when they were written. Records before one of them are deleted only once it is committed.
  std::optional<int64_t> state_deltas_from_;
  std::deque<std::pair<Time, int64_t>> deletable_;
};

}  // namespace leadpulse::kafka
