// Examines the meta entries of a state: reports their problems, and finds the definitions and clock with which the
// leads of each partition are checked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/engine/stored_definitions.h"
#include "processor/maintenance/state_examination.h"
#include "processor/maintenance/state_problem.h"
#include "state/store/lead_reader.h"

namespace leadpulse::maintenance {

// Definitions and clock against which a partition's leads are checked.
struct LeadBasis {
  // nullopt: their views cannot be checked.
  std::optional<engine::DefinitionsInForce> definitions = std::nullopt;
  Instant clock = Instant::DistantPast();
  // For a live state: the partition is complete up to its position. False: a restore is in progress or was interrupted.
  bool settled = false;
  // For a live state: the partition has no position, but a restore from the beginning has loaded some of its leads.
  // Their timers are written last, and some of the leads were erased later.
  bool restarted = false;
};

struct ExaminedMeta {
  bool missing = false;                    // the state was never run
  std::vector<LeadBasis> partitions = {};  // one for each partition
};

// The examination of one state's meta entries. Owned and called by one thread.
class MetaExamination {
 public:
  using Report = std::function<void(ProblemKind kind, const std::string& name, const std::string& what)>;

  // Fills in `facts`, which outlives this. Its `partitions` and `live` must be set.
  MetaExamination(state::MetaReader read, StateFacts* facts, Report report)
      : read_(std::move(read)), facts_(*facts), report_(std::move(report)) {}

  // Examines an entry. Call it for every entry, in any order; then call Finish.
  void TakeEntry(const std::string& name, std::string_view value);
  ExaminedMeta Finish();

 private:
  void FinishRun();
  void FinishPartition(PartitionId partition);
  // Returns the entry. If it cannot be read, reports it under `name`.
  template <typename Entry>
  Result<Entry> Reported(const std::string& name, Result<Entry> entry) const;
  // Loads definitions. nullopt, after a report under `name`, if they cannot be used.
  std::optional<engine::DefinitionsInForce> Load(const engine::StoredDefinitions& stored, const std::string& name);

  const state::MetaReader read_;
  StateFacts& facts_;
  const Report report_;
  ExaminedMeta found_;
  engine::AlreadyLoaded loaded_;
};

}  // namespace leadpulse::maintenance
