// Checks between settings that are each correct by themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>

#include "config/problem_log.h"
#include "config/settings.h"

namespace leadpulse::config {

struct GivenSetting {
  uint32_t offset = 0;  // where its key is in the file
  bool right = false;   // its value is valid
};
// The settings in the file, by name.
using GivenSettings = std::map<std::string_view, GivenSetting>;

// Does not report consequences of a setting that was reported already.
void CheckSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log);
// Only for `kafka`.
void CheckClientSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log);

}  // namespace leadpulse::config
