// One value of a settings file, into its member.
#pragma once

#include "config/environment.h"
#include "config/settings_table.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// Reports what is wrong with it, and then leaves the member as it is and gives false. What came from the environment
// and what is a secret are never quoted.
bool ReadSetting(const Setting& setting, const YamlValue& value, const Environment& environment, Settings* settings);

}  // namespace leadpulse::config
