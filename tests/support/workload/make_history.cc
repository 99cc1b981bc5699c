#include <algorithm>

#include "tests/support/model/check.h"
#include "tests/support/workload/tenants.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::workload {
namespace {

using model::Definitions;
using model::Millis;
using model::Record;

// Sets the definitions of each phase: edited, padded otherwise, kept, or those of an earlier phase again.
void SetDefinitions(Random& random, const Tenants& tenants, std::vector<Phase>& phases) {
  Definitions current = tenants.definitions;
  uint64_t padding = 0;
  for (size_t i = 0; i < phases.size(); ++i) {
    const int64_t kind = i == 0 ? 100 : random.Below(100);
    if (kind < 65) {
      current = EditAll(random, tenants, std::move(current));
    } else if (kind < 75) {
      padding = random.Between(1, 1000);
    } else if (kind < 88) {
      const Phase& earlier = phases[random.Below(static_cast<int64_t>(i))];
      current = earlier.definitions;
      padding = earlier.padding;
    }
    phases[i].definitions = current;
    phases[i].padding = padding;
    phases[i].keeps_definitions = random.Chance(6);
  }
}

// Picks an instant near the last record, so that the next records find the clock a little ahead of them. For the last
// phase it may be long after all.
std::optional<Millis> PickUntil(Random& random, const World& world, const Phase& phase, bool is_last) {
  if (random.Chance(is_last ? 15 : 40)) return std::nullopt;
  Millis from = world.anchor;
  if (!phase.records.empty()) from = TimeOf(phase.records.back());
  // A spoilt time may be any time.
  if (from < world.anchor - 60 * model::kDay || from > world.anchor + 60 * model::kDay) from = world.anchor;
  if (is_last) return from + random.Below(100) * model::kDay + random.Between(-1, 1);
  if (random.Chance(50)) return from + random.OneOf(world.durations).millis() + random.Between(-1, 1);
  return from + random.Between(-3, 9) * model::kDay;
}

constexpr char kDuringRollout[] = "during_adoption";
constexpr char kBeforeLeadsRename[] = "before_leads_rename";
constexpr char kDuringCutBack[] = "during_cut_back";
// The first step is before a commit: messages are between leads.
const std::vector<std::string> kCommitSteps = {kDuringExchange, "before_flush", "after_flush", "before_batch",
                                               "after_batch"};

Kill PickKill(Random& random) {
  Kill kill;
  const int64_t kind = random.Below(10);
  if (kind < 4) {
    // There is a third time only if an earlier rollout must be finished first.
    kill = {kDuringRollout, static_cast<int>(random.Between(1, random.Chance(15) ? 3 : 2))};
  } else if (kind < 9) {
    kill = {random.OneOf(kCommitSteps), static_cast<int>(random.Between(1, random.Chance(30) ? 6 : 4))};
  } else {
    kill.step = random.Chance(50) ? kBeforeLeadsRename : kDuringCutBack;
  }
  return kill;
}

void SetKills(Random& random, Phase& phase) {
  if (!random.Chance(60)) return;
  phase.kills.push_back(PickKill(random));
  if (random.Chance(25)) phase.kills.push_back(PickKill(random));
  phase.is_abandoned = random.Chance(65);
}

// Cuts the records into phases, some of them without any.
std::vector<Phase> CutIntoPhases(Random& random, const std::vector<Record>& records) {
  const auto size = static_cast<int64_t>(records.size());
  std::vector<int64_t> ends;
  for (int64_t i = random.Between(1, 5); i > 0; --i) ends.push_back(random.Between(0, size));
  if (random.Chance(40)) ends.push_back(random.OneOf(ends));
  ends.push_back(size);
  std::sort(ends.begin(), ends.end());
  std::vector<Phase> phases;
  int64_t begin = 0;
  for (int64_t end : ends) {
    phases.emplace_back().records.assign(records.begin() + begin, records.begin() + end);
    begin = end;
  }
  return phases;
}

}  // namespace

const std::vector<std::string>& KillSteps() {
  static const std::vector<std::string> kSteps = [] {
    std::vector<std::string> steps = kCommitSteps;
    steps.insert(steps.end(), {kDuringRollout, kBeforeLeadsRename, kDuringCutBack});
    return steps;
  }();
  return kSteps;
}

Workload MakeHistory(uint64_t seed, bool shares_addresses) {
  // Other numbers than those of `MakeWorkload`.
  Random random(seed * 2654435761 + 1);
  Workload workload;
  workload.seed = seed;
  workload.partitions = static_cast<int>(random.Between(1, 8));
  Tenants tenants = MakeTenants(random, shares_addresses);
  std::vector<std::vector<Record>> records;
  for (World& world : tenants.worlds) {
    const int count = static_cast<int>(random.Between(4, 25)) * static_cast<int>(world.leads.size());
    records.push_back(MakeRecords(random, world, count));
    if (world.theme == Theme::kOptOuts && random.Chance(15)) records.push_back(MakeManyTopics(random, world));
  }
  workload.phases = CutIntoPhases(random, Mix(random, std::move(records)));
  SetDefinitions(random, tenants, workload.phases);
  for (Phase& phase : workload.phases) {
    const bool is_last = &phase == &workload.phases.back();
    const size_t size = phase.records.size();
    phase.until = PickUntil(random, tenants.worlds.front(), phase, is_last);
    if (random.Chance(40)) phase.grown = random.Below(static_cast<int64_t>(size) + 1);
    phase.grown_file = random.Below(100);
    if (random.Chance(40)) phase.cuts = PickCuts(random, size);
    phase.separate_runs = random.Chance(10);
    SetKills(random, phase);
  }
  if (!shares_addresses) KeepLeadsApart(tenants, workload);
  return workload;
}

}  // namespace leadpulse::workload
