// What a whole workload is put together from: several tenants and their records.
#pragma once

#include <vector>

#include "tests/support/workload/world.h"

namespace leadpulse::workload {

// The tenants without an entry of their own are served by this one, where there is one, else by the built-in
// definitions.
inline constexpr char kEverybodyElse[] = "*";

struct Tenants {
  std::vector<World> worlds;
  model::Definitions definitions;

  // That of the tenant of this name; the first one's for "*".
  const World& WorldOf(const std::string& name) const;
};

Tenants MakeTenants(Random& random);

// Brings the records of all tenants into one order: mostly that of time, some of them late, some twice, some of them
// spoilt.
std::vector<model::Record> Mix(Random& random, std::vector<std::vector<model::Record>> all);

// Up to three positions at which so many records are cut.
std::vector<size_t> PickCuts(Random& random, size_t records);

// The next definitions file: small edits of any kind, each leaving it valid.
model::Definitions EditAll(Random& random, const Tenants& tenants, model::Definitions definitions);

}  // namespace leadpulse::workload
