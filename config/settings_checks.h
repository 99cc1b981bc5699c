// Checks between settings that are each correct by themselves, and of librdkafka's own settings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/problem_log.h"
#include "config/settings.h"
#include "config/settings_reader.h"

namespace leadpulse::config {

// Does not report consequences of a setting that was reported already.
void CheckSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log);
// Checks settings against each other, for `kafka` only.
void CheckClientSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log);

// Returns why the setting is refused, with what to do instead; nullopt if it is passed on. `kafka: {client, consumer,
// producer}` pass librdkafka's own settings on, except those that Leadpulse must set itself to keep its guarantees.
std::optional<std::string> WhyClientSettingIsRefused(std::string_view name);

}  // namespace leadpulse::config
