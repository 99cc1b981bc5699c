// `scoring` of a tenant: its rules, reset, exclusion and bounds.
#pragma once

#include <optional>
#include <vector>

#include "config/definitions.h"
#include "config/rule_loader.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// Fills in scoring, exclude, reset_on, score_min and score_max. `value` may be empty if there is no scoring.
void LoadScoring(const YamlValue& value, const RuleScope& scope, TenantDefinitions* tenant);

// A list of event types, as `reset_on` and `engaged_on` take it.
void LoadEventTypes(const YamlValue& value, EventTypes* types);

// The points of an entry after 0, 1, 2, … full periods; the last element holds for all later ones.
// At most about 1,500 elements (1% of a million points).
std::vector<int64_t> PointsByAge(int64_t points, const std::optional<Decay>& decay);

}  // namespace leadpulse::config
