#include "tests/kafka/simulation_check.h"

#include "processor/base/assert.h"
#include "tests/kafka/partition_replay.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulation.h"

namespace leadpulse::testing {
namespace {

std::string IdOf(const model::Record& record) {
  if (const auto* event = std::get_if<model::Event>(&record.content)) return event->id;
  if (const auto* command = std::get_if<model::Command>(&record.content)) return command->id;
  return "";
}

class Check {
 public:
  explicit Check(Simulation* simulation) : simulation_(simulation) {}

  std::string Run() {
    published_ = ReadPublished(&simulation_->cluster(), &problem_);
    workload::Outcome expected;
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) {
      problem_ += ReplayPartition(simulation_, PartitionId{p}, published_.epochs[PartitionId{p}], &expected);
    }
    if (!problem_.empty()) return problem_;
    CheckSources();
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) CheckStore(PartitionId{p});
    const workload::Mismatch mismatch = workload::Compare(expected, published_.outcome);
    return mismatch.text + problem_;
  }

 private:
  void Complain(const std::string& what) { problem_ += what + "\n"; }

  // A change that a record caused names that record.
  void CheckSources() {
    for (const PublishedChange& published : published_.changes) {
      const v1::Change& change = published.change;
      const v1::Cause::Kind cause = change.cause().kind();
      const bool has_record = cause == v1::Cause::EVENT || cause == v1::Cause::COMMAND;
      if (has_record != change.has_source()) Complain("a source where there is none, or none: " + change.lead_id());
      if (!has_record || !change.has_source()) continue;
      const bool is_event = cause == v1::Cause::EVENT;
      const LogId log{is_event ? Topic::kEvents : Topic::kCommands,
                      PartitionId{static_cast<uint32_t>(change.source().partition())}};
      const LiveRecord* record = simulation_->RecordAt(log, change.source().offset());
      if (record == nullptr || IdOf(record->record) != change.cause().id() || record->key != published.key) {
        Complain("a change of " + change.lead_id() + " names another record as its source");
      }
    }
  }

  // The store of who has the partition in the end holds what the changelog says, and nothing else.
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
    for (const auto& [place, record] : published_.leads) {
      if (place.first == partition) logged[place.second] = record.stored();
    }
    if (held != logged) Complain("the store holds of partition " + std::to_string(partition.value) + " something else");
    const auto due = store->DueTimers(partition, Instant::DistantPast(), simulation_->final_clock(), 1);
    if (!due.ok() || !due->empty()) Complain("a flip that is due has not fired");
    CheckErasures(partition, *store);
  }

  void CheckErasures(PartitionId partition, const state::LeadStore& store) {
    std::map<std::string, uint64_t> erased;
    for (const PublishedChange& published : published_.changes) {
      if (published.change.kind() != v1::Change::LEAD_ERASED) continue;
      // Changes lie where their key says; who made this one says its command.
      if (published.change.source().partition() != static_cast<int32_t>(partition.value)) continue;
      erased[published.key] = std::max(erased[published.key], published.change.seq());
    }
    for (const auto& [key, seq] : erased) {
      const auto erasure = store.GetErasure(partition, key);
      const bool is_known = erasure.ok() && erasure->has_value() && (*erasure)->last_seq.value >= seq;
      if (!is_known) Complain("the store does not know that " + key + " was erased");
    }
  }

  Simulation* const simulation_;
  Published published_;
  std::string problem_;
};

}  // namespace

std::string CheckSimulation(Simulation* simulation) { return Check(simulation).Run(); }

}  // namespace leadpulse::testing
