#include "processor/replay/dry_run_copy.h"

#include <algorithm>
#include <string_view>

#include "processor/engine/partition_meta.h"
#include "processor/engine/partitioner.h"
#include "processor/files/input/prefix_hash.h"
#include "processor/query/state_access.h"
#include "state/codec/lead_codec.h"
#include "state/store/state_rows.h"

namespace leadpulse::replay {
namespace {

using Partitions = std::vector<engine::LocalPartition>;

Status CheckRestored(const state::LeadReader& store, const Partitions& partitions) {
  const Result<std::vector<uint32_t>> restoring = query::PartitionsRestoring(store, partitions);
  if (!restoring.ok() || restoring->empty()) return restoring.status();
  return Status::Rejected("the restore of " + query::SpellPartitions(*restoring) +
                          " is under way or was cut short: what would change cannot be told of leads that are not all "
                          "there. Try again once the process is ready (its /readyz)");
}

// A lead may be evaluated under other definitions than its neighbour only while they are being rolled out.
Status CheckOneDefinitions(const Partitions& partitions) {
  for (const engine::LocalPartition& one : partitions) {
    if (!one.definitions->previous_text && one.definitions->text == partitions.front().definitions->text) continue;
    return Status::Rejected("new definitions are being adopted, and partition " + std::to_string(one.partition.value) +
                            " is not through with it. Try again once it is");
  }
  return Status::Ok();
}

// Each lead in the partition of its key, where a run looks for it.
Status CheckPlaces(const state::LeadReader& store, const Partitions& partitions) {
  for (const engine::LocalPartition& one : partitions) {
    Status found;
    LP_RETURN_IF_ERROR(store.VisitLeads(one.partition, "", [&](std::string_view key, std::string_view) {
      const Result<LeadKey> lead = state::ParseLeadKey(key);
      if (!lead.ok()) {
        found = lead.status();
      } else if (engine::PartitionOf(*lead, store.partition_count()) != one.partition) {
        found = Status::Rejected("partition " + std::to_string(one.partition.value) +
                                 " holds leads that belong to others by their keys, as where `input_partitioning` is "
                                 "`trusted`: which partition the record of a file would come to is not known. For "
                                 "those in the topics it is: give --from-kafka and a --config that says `trusted`");
      }
      return found.ok();
    }));
    LP_RETURN_IF_ERROR(found);
  }
  return Status::Ok();
}

// One set of definitions for all partitions. If their numbers differ, it gets the next number, which each lead then
// takes.
engine::StoredDefinitions CommonDefinitions(const Partitions& partitions, Instant clock) {
  engine::StoredDefinitions common = *partitions.front().definitions;
  bool alike = true;
  for (const engine::LocalPartition& one : partitions) {
    alike = alike && one.definitions->number == common.number &&
            one.definitions->engine_version == partitions.front().definitions->engine_version;
    common.number = std::max(common.number, one.definitions->number);
  }
  if (alike) return common;
  common.number.value += 1;
  common.engine_version = engine::kEngineVersion;
  common.previous_text = common.text;
  common.rolled_out_at = clock;
  return common;
}

Status WriteEntries(const std::string& directory, const Partitions& partitions) {
  Instant clock = Instant::DistantPast();
  for (const engine::LocalPartition& one : partitions) clock = std::max(clock, one.local.position.clock);
  const engine::StoredDefinitions definitions = CommonDefinitions(partitions, clock);
  const input::Hash128 nothing = input::PrefixHash().Digest();
  const engine::FileOutput empty{0, nothing.high, nothing.low};
  engine::LocalPosition run;
  run.position.clock = clock;
  run.position.definitions_number = definitions.number;
  run.position.engine_version = definitions.engine_version;
  run.outputs = {empty, empty};
  state::EpochWrite write;
  engine::AppendRunPosition(run, &write);
  engine::AppendRunDefinitions(definitions, &write);
  LP_ASSIGN_OR_RETURN(const auto rows, state::OpenStateRows(directory, state::StateAccess::kRepair));
  std::vector<state::RowChange> changes;
  for (PartitionId one; one.value < rows->partition_count(); ++one.value) {
    changes.push_back({state::RowFamily::kMeta, engine::LocalPositionName(one)});
    changes.push_back({state::RowFamily::kMeta, engine::LocalDefinitionsName(one)});
  }
  for (const auto& [name, value] : write.meta) changes.push_back({state::RowFamily::kMeta, name, value});
  return rows->Write(changes);
}

}  // namespace

Result<CopyOfFiles> MakeCopyOfFiles(const state::LeadReader& store, const std::string& directory, bool places_known) {
  LP_ASSIGN_OR_RETURN(const bool live, engine::IsLiveState(state::MetaOf(store), store.partition_count()));
  LP_RETURN_IF_ERROR(query::CheckEngine(store));
  CopyOfFiles copy;
  if (!live) return copy;
  copy.was_live = true;
  LP_ASSIGN_OR_RETURN(const Partitions partitions, query::PartitionsInState(store));
  LP_RETURN_IF_ERROR(CheckRestored(store, partitions));
  LP_RETURN_IF_ERROR(CheckOneDefinitions(partitions));
  if (!places_known) LP_RETURN_IF_ERROR(CheckPlaces(store, partitions));
  LP_RETURN_IF_ERROR(WriteEntries(directory, partitions));
  auto held = partitions.begin();
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    if (held != partitions.end() && held->partition.value == i) {
      ++held;
    } else {
      copy.absent.push_back(i);
    }
  }
  return copy;
}

}  // namespace leadpulse::replay
