// What an examination takes from a state's meta: by what the leads of each partition are to be judged, and what is
// wrong with the entries.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/engine/definitions_in_force.h"
#include "processor/engine/stored_definitions.h"
#include "processor/maintenance/state_problem.h"
#include "state/store/meta_reader.h"

namespace leadpulse::maintenance {

// By what the leads of a partition are judged.
struct LeadBasis {
  // Nothing: their views cannot be judged.
  std::optional<engine::DefinitionsInForce> definitions = std::nullopt;
  Instant clock = Instant::DistantPast();
  // Of a live state: all of the partition is held, as of its position. Where not, a restore is under way or was cut
  // short.
  bool settled = false;
  // Of a live state: a partition without a position, of whose leads a restore has gathered some. Their timers come
  // last, and some of them were erased since.
  bool anew = false;
};

struct ExaminedMeta {
  bool missing = false;  // as in a state that was never run
  uint64_t inputs = 0;
  Instant clock = Instant::DistantPast();
  bool rolling_out = false;
  bool other_engine = false;               // some leads were evaluated by another version of the engine
  bool newer_engine = false;               // by one that is newer than this program's
  uint32_t positions = 0;                  // of a live state: partitions with a position
  std::vector<LeadBasis> partitions = {};  // of each partition
};

// Owned and called by one thread.
class MetaExamination {
 public:
  using Report = std::function<void(ProblemKind kind, const std::string& name, const std::string& what)>;

  // `live`: as engine::IsLiveState says.
  MetaExamination(state::MetaReader read, uint32_t partition_count, bool live, Report report)
      : read_(std::move(read)), partition_count_(partition_count), live_(live), report_(std::move(report)) {}

  // Every entry, in any order; then Finish.
  void TakeEntry(const std::string& name, std::string_view value);
  ExaminedMeta Finish();

 private:
  void FinishRun();
  void FinishPartition(PartitionId partition);
  // What both modes keep. Nothing, and reported under `name`: the definitions cannot be used.
  std::optional<engine::DefinitionsInForce> Load(const engine::StoredDefinitions& kept, const std::string& name);

  const state::MetaReader read_;
  const uint32_t partition_count_;
  const bool live_;
  const Report report_;
  ExaminedMeta found_;
  engine::AlreadyLoaded loaded_;
};

}  // namespace leadpulse::maintenance
