
#include "tests/support/workload/edits.h"
#include "tests/support/workload/tenants.h"

namespace leadpulse::workload {
namespace {

using model::Definitions;
using model::TenantDefinitions;

const std::string& AnyTenant(Random& random, const Tenants& tenants) { return random.OneOf(tenants.worlds).tenant; }

// Adds or removes a tenant, or moves it to or from the definitions of all others.
void EditWhoHasAnEntry(Random& random, const Tenants& tenants, Definitions& definitions) {
  const std::string& name = AnyTenant(random, tenants);
  const bool has_own = definitions.contains(name);
  const bool has_common = definitions.contains(kEverybodyElse);
  const int64_t kind = random.Below(4);
  if (kind == 0 && has_own) {
    definitions[kEverybodyElse] = definitions.at(name);
    definitions.erase(name);
  } else if (kind == 1 && has_common) {
    definitions[name] = definitions.at(kEverybodyElse);
    if (random.Chance(50)) definitions.erase(kEverybodyElse);
  } else if (kind == 2) {
    definitions.erase(random.Chance(70) ? name : kEverybodyElse);
  } else {
    definitions[random.Chance(70) ? name : kEverybodyElse] = MakeDefinitions(random, tenants.WorldOf(name));
  }
}

void EditTenant(Random& random, const World& world, TenantDefinitions& definitions) {
  if (random.Chance(8)) {
    const bool by_email = definitions.identity_by_email;
    definitions = ChangeDefinitions(random, world, definitions);
    definitions.identity_by_email = by_email;
    definitions.strict_fields = false;
    return;
  }
  for (int64_t i = random.Between(1, 4); i > 0; --i) {
    random.OneOf(random.Chance(60) ? PlainEdits() : RuleEdits())(random, world, definitions);
  }
  MendRules(random, world, definitions);
}

}  // namespace

Definitions EditAll(Random& random, const Tenants& tenants, Definitions definitions) {
  if (random.Chance(25)) EditWhoHasAnEntry(random, tenants, definitions);
  for (auto& [name, of_tenant] : definitions) {
    if (random.Chance(60)) EditTenant(random, tenants.WorldOf(name), of_tenant);
  }
  return definitions;
}

}  // namespace leadpulse::workload
