#include "processor/upkeep/engine_check.h"

#include <optional>

#include "processor/embedded/run_state.h"
#include "processor/engine/kept_definitions.h"
#include "processor/engine/partition_meta.h"

namespace leadpulse::upkeep {
namespace {

Status CheckKept(const Result<std::optional<engine::KeptDefinitions>>& kept) {
  if (!kept.ok()) return kept.status();
  return kept->has_value() ? engine::CheckEngineVersion((*kept)->engine_version) : Status::Ok();
}

}  // namespace

Status CheckEngineOfState(const state::MetaReader& read, uint32_t partition_count) {
  const Result<bool> live = engine::IsLiveState(read, partition_count);
  if (!live.ok()) return live.status();
  if (!*live) return CheckKept(embedded::ReadKeptDefinitions(read));
  for (PartitionId partition; partition.value < partition_count; ++partition.value) {
    LP_RETURN_IF_ERROR(CheckKept(engine::ReadLocalDefinitions(read, partition)));
  }
  return Status::Ok();
}

}  // namespace leadpulse::upkeep
