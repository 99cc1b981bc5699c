// What must hold between settings that are each right by itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "config/problem_log.h"
#include "config/settings.h"

namespace leadpulse::config {

struct GivenSetting {
  uint32_t offset = 0;  // of its key
  bool right = false;   // its value fits
};
// By name: those that the file has.
using GivenSettings = std::map<std::string_view, GivenSetting>;

// Says nothing of what follows from a setting that is reported already.
void CheckSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log);
// Of `kafka` only.
void CheckClientSettings(const Settings& settings, const GivenSettings& given, ProblemLog* log);

}  // namespace leadpulse::config
