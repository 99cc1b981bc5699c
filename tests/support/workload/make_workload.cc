#include <algorithm>

#include "tests/support/model/calendar.h"
#include "tests/support/workload/tenants.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::workload {

using model::Definitions;
using model::Millis;
using model::Record;

std::vector<Record> Mix(Random& random, std::vector<std::vector<Record>> all) {
  std::vector<Record> mixed;
  std::vector<size_t> next(all.size(), 0);
  while (true) {
    std::vector<size_t> left;
    for (size_t i = 0; i < all.size(); ++i) {
      if (next[i] < all[i].size()) left.push_back(i);
    }
    if (left.empty()) break;
    // Chooses in proportion to the remaining records, so that all tenants end together.
    size_t chosen = left[0];
    for (size_t i : left) {
      if (next[i] * all[chosen].size() < next[chosen] * all[i].size()) {
        chosen = i;
      }
    }
    mixed.push_back(all[chosen][next[chosen]++]);
  }
  const auto size = static_cast<int64_t>(mixed.size());
  for (int64_t i = 0; i < size; ++i) {
    if (random.Chance(12)) {
      const int64_t later = std::min(size - 1, i + random.Between(1, 40));
      std::rotate(mixed.begin() + i, mixed.begin() + i + 1, mixed.begin() + later + 1);
    }
  }
  for (int64_t i = 0; i < size; ++i) {
    if (random.Chance(6)) {
      const Record copy = mixed[i];
      const int64_t at = random.Between(i, static_cast<int64_t>(mixed.size()));
      mixed.insert(mixed.begin() + at, copy);
    }
  }
  for (Record& record : mixed) {
    if (random.Chance(5)) record = Spoil(random, record);
  }
  if (random.Chance(5)) random.Shuffle(mixed);
  return mixed;
}

namespace {

// Adds giants, seldom because they make files long.
void AddGiants(Random& random, World& world, std::vector<Record>& records) {
  while (random.Chance(world.theme == Theme::kProfile ? 60 : 5)) {
    const auto at = random.Below(static_cast<int64_t>(records.size()) + 1);
    records.insert(records.begin() + at, MakeGiant(random, world, PickTime(random, world)));
  }
}

}  // namespace

std::vector<size_t> PickCuts(Random& random, size_t records) {
  std::vector<size_t> cuts;
  for (int64_t i = random.Below(4); i > 0; --i) {
    cuts.push_back(random.Below(static_cast<int64_t>(records) + 1));
  }
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

namespace {

std::optional<Millis> PickUntil(Random& random, const World& world) {
  if (random.Chance(15)) return std::nullopt;
  if (random.Chance(10)) return world.anchor - random.Below(30) * model::kDay;
  const int64_t days = random.Chance(90) ? random.Below(100) : 400;
  return world.anchor + 30 * model::kDay + days * model::kDay + random.Between(-1, 1);
}

}  // namespace

const World& Tenants::WorldOf(const std::string& name) const {
  for (const World& world : worlds) {
    if (world.tenant == name) return world;
  }
  return worlds.front();
}

Tenants MakeTenants(Random& random, bool shares_addresses) {
  const Era& era = random.OneOf(Eras());
  Tenants tenants;
  const int64_t count = random.Between(3, 5);
  for (int64_t i = 0; i < count; ++i) {
    World world = MakeWorld(random, era, "T" + std::to_string(i) + ".x_-");
    if (shares_addresses && random.Chance(80)) ShareAddresses(random, world);
    if (i > 0 || random.Chance(50)) {
      tenants.definitions[world.tenant] = MakeDefinitions(random, world);
    }
    tenants.worlds.push_back(std::move(world));
  }
  if (random.Chance(60)) {
    tenants.definitions[kEverybodyElse] = MakeDefinitions(random, tenants.worlds.front());
  }
  return tenants;
}

namespace {

Definitions ChangeAll(Random& random, const Tenants& tenants) {
  Definitions changed = tenants.definitions;
  for (auto& [name, definitions] : changed) {
    if (!random.Chance(80)) continue;
    definitions = ChangeDefinitions(random, tenants.WorldOf(name), definitions);
  }
  if (random.Chance(15)) changed.erase(kEverybodyElse);
  if (random.Chance(15)) changed.erase(tenants.worlds.back().tenant);
  return changed;
}

}  // namespace

void KeepLeadsApart(const Tenants& tenants, Workload& workload) {
  for (Phase& phase : workload.phases) {
    Definitions& all = phase.definitions;
    for (const World& world : tenants.worlds) {
      if (!all.contains(kEverybodyElse)) all.try_emplace(world.tenant, model::BuiltInDefinitions());
    }
    for (auto& [name, definitions] : all) definitions.identity_by_email = false;
  }
}

Workload MakeWorkload(uint64_t seed, bool shares_addresses) {
  Random random(seed);
  Workload workload;
  workload.seed = seed;
  workload.partitions = static_cast<int>(random.Between(1, 8));
  Tenants tenants = MakeTenants(random, shares_addresses);
  const int phases = random.Chance(40) ? 2 : 1;
  for (int i = 0; i < phases; ++i) {
    Phase phase;
    phase.definitions = i == 0 ? tenants.definitions : ChangeAll(random, tenants);
    std::vector<std::vector<Record>> records;
    for (World& world : tenants.worlds) {
      const int count = static_cast<int>(random.Between(5, 35)) * static_cast<int>(world.leads.size());
      records.push_back(MakeRecords(random, world, count));
    }
    phase.records = Mix(random, std::move(records));
    for (World& world : tenants.worlds) AddGiants(random, world, phase.records);
    phase.cuts = PickCuts(random, phase.records.size());
    phase.separate_runs = random.Chance(30);
    phase.until = PickUntil(random, tenants.worlds.front());
    workload.phases.push_back(std::move(phase));
  }
  if (!shares_addresses) KeepLeadsApart(tenants, workload);
  return workload;
}

}  // namespace leadpulse::workload
