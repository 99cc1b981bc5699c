// The list `sources` of the settings.
#pragma once

#include <vector>

#include "config/settings_document.h"
#include "config/yaml_reader.h"
#include "processor/receiver/receiver_settings.h"
#include "processor/receiver/source.h"

namespace leadpulse::receiver {

// Reports errors, and returns the sources without errors.
std::vector<Source> LoadSources(const config::YamlValue& list, const config::Environment& environment,
                                const SettingsFiles& files);

}  // namespace leadpulse::receiver
