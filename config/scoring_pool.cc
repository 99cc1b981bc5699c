#include "config/scoring_pool.h"

#include "processor/base/value.h"

namespace leadpulse::config {
namespace {

void AppendTypes(const rules::DeclaredTypes& types, std::string* meaning) {
  *meaning += '{';
  for (const auto& [name, type] : types) {
    AppendJsonString(name, meaning);
    *meaning += std::to_string(static_cast<int>(type)) + ",";
  }
  *meaning += '}';
}

// Where it is the same, the rules mean the same: what one that reads so means depends on what the names in it are
// declared as, and on where days begin.
std::string MeaningOf(const TenantDefinitions& tenant) {
  std::string meaning;
  AppendJsonString(tenant.calendar.zone_name(), &meaning);
  AppendTypes(tenant.fields, &meaning);
  AppendTypes(tenant.event_properties, &meaning);
  for (const ScoringRule& rule : *tenant.scoring) AppendJsonString(rule.description, &meaning);
  return meaning;
}

}  // namespace

void ScoringPool::Share(TenantDefinitions* tenant) {
  tenant->scoring = known_.try_emplace(MeaningOf(*tenant), tenant->scoring).first->second;
}

}  // namespace leadpulse::config
