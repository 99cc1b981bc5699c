// `scoring` of a tenant: its rules, reset, exclusion and bounds; scoring rules as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "config/rule_loader.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// Fills in scoring, exclude, reset_on, score_min and score_max. `value` may be empty if there is no scoring.
void LoadScoring(const YamlValue& value, const RuleScope& scope, TenantDefinitions* tenant);

// A list of event types, as `reset_on` and `engaged_on` take it.
void LoadEventTypes(const YamlValue& value, EventTypes* types);

// `page_visit "pricing" +20, limit 1 per day, decay 10% every 7d, expires after 90d`. Describes the
// meaning of the rule, not its spelling in the file: equal rules have equal descriptions.
std::string DescribeScoringRule(const ScoringRule& rule);

// Whether `event`, `name`, `campaign` and `bounce` can express the step; else it needs `match` (and `bounce`).
bool IsPlainStep(const rules::Step& step);

// In the order of LimitPer.
std::vector<std::string> LimitPerNames();

}  // namespace leadpulse::config
