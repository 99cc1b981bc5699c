// One tenant of a definitions file.
#pragma once

#include <memory>

#include "config/definitions.h"
#include "config/scoring_pool.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// Reports everything that is wrong; what is returned may be used only where the log has no errors.
std::shared_ptr<const TenantDefinitions> LoadTenant(const YamlEntry& entry, ScoringPool* scorings);

}  // namespace leadpulse::config
