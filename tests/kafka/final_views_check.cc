#include "tests/kafka/final_views_check.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "processor/engine/lead_row.h"
#include "processor/view/view.h"
#include "state/codec/lead_codec.h"
#include "tests/kafka/published.h"
#include "tests/kafka/simulation.h"
#include "tests/support/model/model.h"

namespace leadpulse::testing {
namespace {

// The refused records, with their reasons.
using Letters = std::multiset<std::pair<const LiveRecord*, std::string>>;

class FinalViewsCheck {
 public:
  explicit FinalViewsCheck(Simulation* simulation) : simulation_(simulation) {}

  std::string Run() {
    const Published published = ReadPublished(&simulation_->cluster(), &problem_);
    for (const auto& [place, offset, reason] : published.outcome.dead_letters) NoteLetter(place, offset, reason);
    workload::Outcome expected = AskModel(), got;
    for (uint32_t p = 0; p < simulation_->workload().partitions; ++p) ReadStore(PartitionId{p}, &got);
    return problem_ + workload::CompareOutcomes(expected, got).text;
  }

 private:
  void NoteLetter(const std::string& place, int64_t offset, const std::string& reason) {
    const size_t slash = place.find('/');
    const Topic topic = place.starts_with("engagement.events") ? Topic::kEvents : Topic::kCommands;
    const LogId log{topic, PartitionId{static_cast<uint32_t>(std::stoul(place.substr(slash + 1)))}};
    const LiveRecord* record = simulation_->RecordAt(log, offset);
    if (record == nullptr) {
      problem_ += "a dead letter names no record: " + place + " " + std::to_string(offset) + "\n";
    } else if (reason == "future_timestamp") {
      too_early_.insert(record);
    } else {
      letters_.emplace(record, reason);
    }
  }

  workload::Outcome AskModel() {
    const int64_t end = simulation_->final_clock().millis;
    model::Model model(simulation_->workload().versions.front().definitions, end);
    std::vector<const LiveRecord*> read;
    for (const LiveRecord& record : simulation_->workload().records) {
      // The producer's clock was ahead of the worker's; at the end it is no longer.
      if (too_early_.contains(&record)) continue;
      model.ReadAt(record.record, end, end);
      read.push_back(&record);
    }
    model.Finish(end);
    Letters expected;
    for (const model::DeadLetter& letter : model.dead_letters()) expected.emplace(read[letter.record], letter.reason);
    if (expected != letters_) {
      problem_ += "there are " + std::to_string(letters_.size()) + " dead letters that are not too early, not " +
                  std::to_string(expected.size()) + ", or of other records\n";
    }
    workload::Outcome outcome{.failure = model.defect()};
    for (auto [key, row] : model.Leads()) {
      row.erase("seq");
      outcome.leads[key] = std::move(row);
    }
    return outcome;
  }

  void ReadStore(PartitionId partition, workload::Outcome* outcome) {
    const state::LeadStore* store = simulation_->StoreOf(simulation_->trace().owner(partition));
    const config::Definitions& definitions = *simulation_->workload().versions.front().loaded;
    const auto visit = [&](std::string_view encoded, std::string_view bytes) {
      const LeadKey key = DecodeLeadKey(encoded);
      Result<state::Lead> lead = state::DecodeLead(key, bytes);
      if (!lead.ok()) problem_ += lead.status().message() + "\n";
      if (!lead.ok() || !lead->is_lead()) return true;
      Count(*lead);
      const config::TenantDefinitions& of_tenant = definitions.For(key.tenant);
      view::ConvertProfile(of_tenant, &lead->profile);
      std::string row;
      engine::AppendLeadRow(*lead, view::EvaluateView(*lead, of_tenant, simulation_->final_clock()), of_tenant, &row);
      model::Json line = model::Parse(row);
      line.erase("seq");
      outcome->leads[{key.tenant, key.lead}] = std::move(line);
      return true;
    };
    const Status visited = store->VisitLeads(partition, "", visit);
    if (!visited.ok()) problem_ += visited.message() + "\n";
  }

  void Count(const state::Lead& lead) {
    simulation_->AddToCounts("leads compared", 1);
    if (lead.identity && !lead.identity->mailbox.empty())
      simulation_->AddToCounts("leads compared that use a mailbox", 1);
    const auto received =
        std::ranges::count_if(lead.journal.entries(), [](const auto& entry) { return entry.received; });
    simulation_->AddToCounts("entries compared that were passed on", static_cast<uint64_t>(received));
  }

  Simulation* const simulation_;
  Letters letters_;
  std::set<const LiveRecord*> too_early_;
  std::string problem_;
};

}  // namespace

std::string CheckFinalViews(Simulation* simulation) { return FinalViewsCheck(simulation).Run(); }

}  // namespace leadpulse::testing
