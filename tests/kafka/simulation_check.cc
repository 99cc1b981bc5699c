#include "tests/kafka/simulation_check.h"

#include <algorithm>
#include <map>

#include "leadpulse/v1/published_change.pb.h"
#include "processor/engine/partitioner.h"
#include "tests/kafka/handed_on.h"
#include "tests/kafka/partition_replay.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulated_input.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing {
namespace {

class Check {
 public:
  explicit Check(Simulation* simulation) : simulation_(simulation), handed_on_(&simulation->cluster()) {}

  std::string Run() {
    published_ = ReadPublished(&simulation_->cluster(), &problem_);
    workload::Outcome expected;
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) {
      problem_ += ReplayOf(PartitionId{p}, &expected);
    }
    if (!problem_.empty()) return problem_;
    const auto record_at = [&](const LogId& log, int64_t offset) { return simulation_->RecordAt(log, offset); };
    problem_ += CheckRows(published_) + CheckSources(published_, record_at) + CheckPayloads(published_, record_at);
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) CheckStore(PartitionId{p});
    const workload::Mismatch mismatch = workload::CompareOutcomes(expected, published_.outcome);
    return mismatch.text + problem_;
  }

 private:
  void Complain(const std::string& what) { problem_ += what + "\n"; }

  std::string ReplayOf(PartitionId partition, workload::Outcome* expected) {
    const auto& epochs = published_.epochs[partition];
    const size_t commits = simulation_->trace().commits(partition).size();
    if (commits != epochs.size()) {
      return "partition " + std::to_string(partition.value) + ", offsets were committed " + std::to_string(commits) +
             " times, positions " + std::to_string(epochs.size()) + " times\n";
    }
    SimulatedInput input(simulation_, &handed_on_, partition);
    return ReplayPartition(&input, simulation_->workload().versions, partition, epochs, simulation_->final_clock(),
                           expected);
  }

  // Checks that the final owner's store has exactly the rows that the deltas make.
  void CheckStore(PartitionId partition) {
    const state::LeadStore* store = simulation_->StoreOf(simulation_->trace().owner(partition));
    if (store == nullptr) return Complain("nobody has partition " + std::to_string(partition.value));
    std::map<std::string, std::string> held;
    const Status visited = store->VisitLeads(partition, "", [&](std::string_view key, std::string_view value) {
      held.emplace(key, value);
      return true;
    });
    if (!visited.ok()) return Complain(visited.message());
    std::map<std::string, std::string> logged;
    for (const auto& [place, row] : published_.rows) {
      if (place.first == partition) logged[place.second] = row;
    }
    const bool is_same = std::ranges::equal(held, logged, [](const auto& one, const auto& other) {
      return one.first == other.first && IsSameRow(one.first, one.second, other.second);
    });
    if (!is_same) Complain("the store holds of partition " + std::to_string(partition.value) + " something else");
    const auto due = store->DueTimers(partition, Instant::DistantPast(), simulation_->final_clock(), 1);
    if (!due.ok() || !due->empty()) Complain("a flip that is due has not fired");
    CheckErasures(partition, *store);
    CheckPublishedRows(partition, *store);
  }

  // Checks that rows of published changes have only published ones, and none from before an erasure. Some may be
  // missing, because another process had the partition or a restore brought the lead.
  void CheckPublishedRows(PartitionId partition, const state::LeadStore& store) {
    std::map<std::string, std::map<uint64_t, const v1::Change*>> by_lead;
    std::map<std::string, uint64_t> erased;
    for (const PublishedChange& published : published_.changes) {
      const v1::Change& change = published.change;
      const std::string key = EncodeLeadKey({change.tenant_id(), change.lead_id()});
      by_lead[key][change.seq()] = &change;
      if (change.kind() == v1::Change::LEAD_ERASED) erased[key] = std::max(erased[key], change.seq());
    }
    for (const auto& [key, changes] : by_lead) {
      v1::PublishedChanges row;
      const auto stored = store.GetPublished(partition, key);
      if (!stored.ok() || !row.ParseFromString(stored->value_or(""))) return Complain("published changes of " + key);
      uint64_t before = erased[key];
      for (const v1::PublishedChange& kept : row.changes()) {
        const auto published = changes.find(kept.change().seq());
        const bool is_same = published != changes.end() && published->second->kind() == kept.change().kind() &&
                             published->second->name() == kept.change().name() &&
                             published->second->to() == kept.change().to() &&
                             published->second->cause().id() == kept.change().cause().id();
        if (!is_same || kept.change().seq() <= before) {
          Complain("a published change of " + key + " is another: " + kept.ShortDebugString() + ", after " +
                   std::to_string(before));
        }
        before = kept.change().seq();
      }
    }
  }

  void CheckErasures(PartitionId partition, const state::LeadStore& store) {
    std::map<std::string, uint64_t> erased;
    for (const PublishedChange& published : published_.changes) {
      if (published.change.kind() != v1::Change::LEAD_ERASED) continue;
      // A change is on its key's partition; the command that caused it may be on another, and the lead with it if
      // producers are trusted.
      const LeadKey lead{published.change.tenant_id(), published.change.lead_id()};
      const bool is_trusted = simulation_->workload().partitioning == kafka::InputPartitioning::kTrusted;
      const PartitionId of_lead = is_trusted ? PartitionId{static_cast<uint32_t>(published.change.source().partition())}
                                             : engine::PartitionOf(lead, simulation_->workload().partitions);
      if (of_lead != partition) continue;
      erased[published.key] = std::max(erased[published.key], published.change.seq());
    }
    for (const auto& [key, seq] : erased) {
      const auto erasure = store.GetErasure(partition, key);
      const bool is_known = erasure.ok() && erasure->has_value() && (*erasure)->last_seq.value >= seq;
      if (!is_known) Complain("the store does not know that " + key + " was erased");
    }
  }

  Simulation* const simulation_;
  const HandedOn handed_on_;
  Published published_;
  std::string problem_;
};

}  // namespace

std::string CheckSimulation(Simulation* simulation) { return Check(simulation).Run(); }

}  // namespace leadpulse::testing
