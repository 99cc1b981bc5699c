// Several tenants and their records, the parts of a whole workload.
#pragma once

#include <vector>

#include "tests/support/workload/workload.h"
#include "tests/support/workload/world.h"

namespace leadpulse::workload {

// Tenants without their own entry use this one if it exists, otherwise the built-in
// definitions.
inline constexpr char kEverybodyElse[] = "*";

struct Tenants {
  std::vector<World> worlds;
  model::Definitions definitions;

  // Returns the world of the tenant of this name; the first tenant's for "*".
  const World& WorldOf(const std::string& name) const;
};

// Makes tenants. With `shares_addresses` most tenants have leads that share addresses.
Tenants MakeTenants(Random& random, bool shares_addresses);

// Merges the records of all tenants, mostly in order of time, with some late, some repeated and some
// spoilt.
std::vector<model::Record> Mix(Random& random, std::vector<std::vector<model::Record>> all);

// Returns up to three positions at which to divide `records` records into files.
std::vector<size_t> PickCuts(Random& random, size_t records);

// Gives every tenant definitions with `by_email: false`, so that leads which share an address by chance share nothing.
void KeepLeadsApart(const Tenants& tenants, Workload& workload);

// Returns the next definitions file: small edits of any kind, each leaving it valid.
model::Definitions EditAll(Random& random, const Tenants& tenants, model::Definitions definitions);

}  // namespace leadpulse::workload
