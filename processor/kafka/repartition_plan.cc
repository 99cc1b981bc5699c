#include "processor/kafka/repartition_plan.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "processor/base/sort_once.h"
#include "processor/engine/erasure_rotation.h"
#include "processor/engine/partitioner.h"
#include "processor/kafka/changelog.h"
#include "state/codec/day_counts.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::kafka {
namespace {

Status StartTheFormerFirst(const std::string& why) {
  return Status::Rejected(why +
                          ". Nothing was changed. Start the deployment with its present settings and this version of "
                          "the program, wait until leadpulse_partitions_rolling_out is 0, stop it, and run the command "
                          "again");
}

// Whether a copy of an erasure is newer than another of the same lead. Later events only add to what an erasure left.
bool IsNewer(const state::Erasure& one, const state::Erasure& other) {
  const auto age = [](const state::Erasure& erasure) {
    const state::StatusFacts& facts = erasure.facts;
    return std::tuple(
        erasure.erased_at, erasure.last_seq.value,
        std::max({facts.everything.out, facts.everything.in, facts.complaint, facts.hard_bounce, facts.sign_of_life}),
        EncodeErasure(erasure).size());
  };
  return age(one) > age(other);
}

}  // namespace

Result<engine::StoredDefinitions> MergeDefinitions(std::span<const FormerPartition> former) {
  std::optional<engine::StoredDefinitions> merged;
  for (const FormerPartition& partition : former) {
    if (!partition.definitions) continue;
    const engine::StoredDefinitions& stored = *partition.definitions;
    LP_RETURN_IF_ERROR(engine::CheckEngineVersion(stored.engine_version));
    if (stored.previous_text) return StartTheFormerFirst("new definitions are being rolled out");
    if (!engine::HasSameViews(stored.engine_version)) {
      return StartTheFormerFirst("leads were evaluated by an older version of this program");
    }
    if (!merged) merged = stored;
    if (merged->text != stored.text) return StartTheFormerFirst("some partitions do not have the newest definitions");
    // Leads may then have numbers below that of their partition, and keep them.
    if (merged->number != stored.number || engine::KeepsNumbers(stored.engine_version)) {
      merged->engine_version = engine::kKeptNumbersVersion;
    }
    merged->number = std::max(merged->number, stored.number);
    merged->rolled_out_at = std::max(merged->rolled_out_at, stored.rolled_out_at);
    const bool is_later =
        stored.origin && (!merged->origin || engine::WasPublishedBefore(*merged->origin, *stored.origin));
    if (is_later) merged->origin = stored.origin;
  }
  if (!merged) return Status::Rejected("the deployment has not begun: start the one with the new number of partitions");
  return *std::move(merged);
}

engine::PartitionPosition MergePositions(std::span<const FormerPartition> former,
                                         const engine::StoredDefinitions& definitions, const std::string& application,
                                         const NewPartition& target) {
  engine::PartitionPosition merged;
  merged.application = application;
  merged.moved_from = former.front().position.application;
  merged.partition_count = target.count;
  merged.erasure_secret_check = target.erasure_secret_check;
  merged.definitions_number = definitions.number;
  merged.engine_version = std::max(definitions.engine_version, engine::kDeltasVersion);
  merged.next = target.beginning;
  merged.deltas_from = merged.rows_from = merged.profiles_soon_from = target.deltas_from;
  merged.counted_from = Instant::DistantPast();
  for (const FormerPartition& partition : former) {
    const engine::PartitionPosition& position = partition.position;
    merged.clock = std::max(merged.clock, position.clock);
    merged.epoch = std::max(merged.epoch, position.epoch);
    if (!partition.definitions) continue;
    const bool counts = merged.counted_from && position.counted_from;
    merged.counted_from = counts ? std::optional(std::max(*merged.counted_from, *position.counted_from)) : std::nullopt;
  }
  if (target.keeps_inputs && target.partition.value < former.size()) {
    const engine::PartitionPosition& same = former[target.partition.value].position;
    merged.next = same.next;
    merged.last_hashes = same.last_hashes;
    merged.accepted_gaps = same.accepted_gaps;
    std::erase_if(merged.accepted_gaps, [](const auto& gap) { return gap.topic == InputTopic::kExchange; });
  }
  merged.next[InputTopic::kExchange] = target.messages_from;
  merged.last_hashes[InputTopic::kExchange].reset();
  return merged;
}

uint64_t FingerprintOf(std::span<const FormerPartition> former) {
  engine::RecordDigest digest;
  for (size_t i = 0; i < former.size(); ++i) {
    const engine::PartitionPosition& position = former[i].position;
    engine::PartitionPosition part;
    part.application = position.application;
    part.next = position.next;
    part.clock = position.clock;
    part.epoch = position.epoch;
    AddToDigest(std::to_string(i), engine::EncodePosition(part), &digest);
  }
  return digest.hash_sum;
}

// ---- Erasures -------------------------------------------------------------------------------------------------------

Status ErasureCollector::Commit(const state::EpochWrite& write) {
  for (const PartitionId dropped : write.dropped) erasures_[dropped.value].clear();
  for (const state::ErasureWrite& erasure : write.erasures) {
    erasures_[erasure.partition.value].insert_or_assign(erasure.key_hash, erasure.erasure);
  }
  return ForwardingStore::Commit(write);
}

std::map<std::string, MovedErasure> MergeErasures(const std::vector<Erasures>& former, uint32_t count) {
  const auto divisor = std::gcd(static_cast<uint32_t>(former.size()), count);
  std::map<std::string, MovedErasure> merged;
  for (uint32_t number = 0; number < former.size(); ++number) {
    for (const auto& [hash, erasure] : former[number]) {
      const auto [moved, is_new] = merged.try_emplace(hash, MovedErasure{erasure, {}});
      if (!is_new && IsNewer(erasure, moved->second.erasure)) moved->second.erasure = erasure;
      std::vector<PartitionId>& partitions = moved->second.partitions;
      for (uint32_t q = number % divisor; q < count; q += divisor) partitions.push_back(PartitionId{q});
      SortOnce(&partitions);
    }
  }
  return merged;
}

// ---- Rows -----------------------------------------------------------------------------------------------------------

Result<std::map<std::string, MovedDayCounts>> MergeDayCounts(const state::LeadReader& store, uint32_t count,
                                                             uint64_t epoch) {
  std::map<std::string, state::DayCounts> sums;
  bool is_damaged = false;
  for (uint32_t number = 0; number < store.partition_count(); ++number) {
    LP_RETURN_IF_ERROR(store.VisitDayCounts(PartitionId{number}, [&](std::string_view key, std::string_view value) {
      const std::optional<state::DayCounts> counts = state::DecodeDayCounts(value);
      is_damaged |= !counts;
      if (counts) sums[std::string(key)] += *counts;
      return counts.has_value();
    }));
    if (is_damaged) return Damaged("a row of counts by day");
  }
  std::map<std::string, MovedDayCounts> merged;
  for (auto& [key, sum] : sums) {
    sum.epoch = epoch;
    merged[key] = {PartitionId{engine::Murmur2(key) % count}, state::EncodeDayCounts(sum)};
  }
  return merged;
}

Status VisitMovedRows(const state::LeadReader& store, uint32_t count, std::string_view added,
                      const std::function<Status(OutputRecord record)>& take) {
  state::LeadDecoder decoder;
  const auto move = [&](std::string_view row_key, std::string_view row) -> Status {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(row_key));
    state::Lead lead;
    lead.key = key;
    LP_ASSIGN_OR_RETURN(const bool is_lead, decoder.DecodeIfLead(row, &lead));
    OutputRecord record;
    record.topic = OutputTopic::kLeadState;
    record.partition = engine::PartitionOf(key, count);
    record.key = is_lead ? std::string(row_key) : HiddenLeadKey(row_key);
    std::optional<std::string> rotated;
    if (!added.empty()) {
      LP_ASSIGN_OR_RETURN(rotated, engine::RotateRow(added, key, row));
    }
    record.value = EncodeLeadRecord(rotated ? *rotated : row);
    return take(std::move(record));
  };
  for (uint32_t number = 0; number < store.partition_count(); ++number) {
    Status moved;
    LP_RETURN_IF_ERROR(store.VisitLeads(PartitionId{number}, "", [&](std::string_view key, std::string_view row) {
      moved = move(key, row);
      return moved.ok();
    }));
    LP_RETURN_IF_ERROR(moved);
  }
  return Status::Ok();
}

}  // namespace leadpulse::kafka
