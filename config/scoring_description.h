// Scoring rules and durations as text.
#pragma once

#include <string>
#include <vector>

#include "config/definitions.h"

namespace leadpulse::config {

// `30d`, `12h`, `90s`: the largest unit that fits; reads back by rules::ParseDuration. Whole seconds only.
std::string ShortDuration(Millis duration);

// `page_visit "pricing" +20, limit 1 per day, decay 10% every 7d, expires after 90d`. Describes the
// meaning of the rule, not its spelling in the file: equal rules have equal descriptions.
std::string DescribeScoringRule(const ScoringRule& rule);

// Whether `event`, `name`, `campaign` and `bounce` can express the step; else it needs `match` (and `bounce`).
bool IsPlainStep(const rules::Step& step);

// In the order of LimitPer.
std::vector<std::string> LimitPerNames();

}  // namespace leadpulse::config
