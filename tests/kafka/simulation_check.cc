#include "tests/kafka/simulation_check.h"

#include <algorithm>
#include <map>

#include "leadpulse/v1/published_change.pb.h"
#include "processor/base/engagement.h"
#include "processor/base/text.h"
#include "processor/engine/partitioner.h"
#include "state/codec/day_counts.h"
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
    CheckDayCounts(expected);
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

  // Checks that the final owner's store, and those of standbys, have exactly the rows that the deltas make.
  void CheckStore(PartitionId partition) {
    const state::LeadStore* store = simulation_->StoreOf(simulation_->trace().owner(partition));
    if (store == nullptr) return Complain("nobody has partition " + std::to_string(partition.value));
    CheckRowsOf(partition, store, "the store");
    CheckPublishedRows(partition, *store);
    for (const RollbackStore* copy : simulation_->CopiesOf(partition)) {
      CheckRowsOf(partition, copy, "a standby");
      simulation_->AddToCounts("copies of partitions", 1);
    }
  }

  void CheckRowsOf(PartitionId partition, const state::LeadStore* store, const std::string& whose) {
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
    if (!is_same) Complain(whose + " holds of partition " + std::to_string(partition.value) + " something else");
    const auto due = store->DueTimers(partition, Instant::DistantPast(), simulation_->final_clock(), 1);
    if (!due.ok() || !due->empty()) Complain("a flip that is due has not fired");
    CheckErasures(partition, *store);
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

  // Checks that the counts by day in the final owners' stores add up to the changes that were published and to the
  // events that the model has taken.
  void CheckDayCounts(const workload::Outcome& expected) {
    std::map<std::string, uint64_t> counted, happened;  // by tenant and what
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) {
      const state::LeadStore* store = simulation_->StoreOf(simulation_->trace().owner(PartitionId{p}));
      if (store != nullptr) AddDayCounts(PartitionId{p}, *store, &counted);
    }
    for (const PublishedChange& published : published_.changes) {
      const v1::Change& change = published.change;
      const std::string cause = change.cause().kind() == v1::Cause::DEFINITIONS ? " by definitions " : " ";
      switch (change.kind()) {
        case v1::Change::LEAD_CREATED:
        case v1::Change::STAGE_CHANGED:
        case v1::Change::TIER_CHANGED:
        case v1::Change::EMAIL_STATUS_CHANGED:
          ++happened[change.tenant_id() + cause + v1::Change::Kind_Name(change.kind()) + change.to()];
          break;
        case v1::Change::SEGMENT_ENTERED:
        case v1::Change::SEGMENT_LEFT:
          ++happened[change.tenant_id() + cause + v1::Change::Kind_Name(change.kind()) + change.name()];
          break;
        default:
          break;
      }
    }
    for (const auto& [what, events] : expected.events_taken) happened[what.first + " event " + what.second] = events;
    if (counted == happened) return;
    std::string problem = "the counts by day are others:";
    for (const auto& [what, number] : happened) {
      if (counted[what] != number) {
        problem += "\n  " + what + ": " + std::to_string(counted[what]) + " instead of " + std::to_string(number);
      }
    }
    for (const auto& [what, number] : counted) {
      if (!happened.contains(what) && number > 0)
        problem += "\n  " + what + ": " + std::to_string(number) + " instead of 0";
    }
    Complain(problem);
  }

  void AddDayCounts(PartitionId partition, const state::LeadStore& store, std::map<std::string, uint64_t>* counted) {
    const auto add = [counted](const std::string& what, uint64_t count) {
      if (count > 0) (*counted)[what] += count;
    };
    const Status visited = store.VisitDayCounts(partition, [&](std::string_view encoded, std::string_view) {
      const auto key = state::ParseDayCountsKey(encoded);
      // The newest row may not be written out yet.
      const auto row = store.GetDayCounts(partition, encoded);
      const auto counts = row.ok() && *row ? state::DecodeDayCounts(**row) : std::nullopt;
      if (!key || !counts) Complain("a row of counts by day cannot be read");
      if (!key || !counts) return true;
      const bool is_segment = key->scope == state::DayScope::kSegment;
      if (key->scope != state::DayScope::kTenant && !is_segment) return true;
      for (const auto& [changes, cause] :
           {std::pair(&counts->changes, " "), {&counts->by_definitions, " by definitions "}}) {
        const std::string prefix = key->tenant + cause;
        add(prefix + "LEAD_CREATED", changes->created);
        for (size_t i = 0; i < changes->stages.size(); ++i) {
          add(Concat({prefix, "STAGE_CHANGED", StageName(static_cast<Stage>(i))}), changes->stages[i]);
        }
        for (size_t i = 0; i < changes->email_statuses.size(); ++i) {
          add(Concat({prefix, "EMAIL_STATUS_CHANGED", EmailStatusName(static_cast<EmailStatus>(i))}),
              changes->email_statuses[i]);
        }
        for (const auto& [tier, count] : changes->tiers) add(prefix + "TIER_CHANGED" + tier, count);
        add(Concat({prefix, "SEGMENT_ENTERED", key->id}), changes->entered);
        add(Concat({prefix, "SEGMENT_LEFT", key->id}), changes->left);
      }
      for (size_t i = 0; i < counts->events.size(); ++i) {
        add(Concat({key->tenant, " event ", EventTypeName(static_cast<EventType>(i))}), counts->events[i]);
      }
      return true;
    });
    if (!visited.ok()) Complain(visited.message());
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
