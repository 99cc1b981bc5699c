// Reads and checks a whole settings file, and reports all errors at once, before any of it is used.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "config/settings.h"
#include "config/settings_document.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

struct LoadedSettings {
  std::optional<Settings> settings;        // nullopt if there are errors
  std::vector<DefinitionsProblem> errors;  // in the order of the file, printed by RenderProblem
  std::vector<DefinitionsProblem> warnings;
};

// Accepts any bytes and never throws. Problems never show a secret or a value from `environment`, because a password
// may be in the wrong place.
LoadedSettings LoadSettings(std::string_view yaml, const Environment& environment);

// Loads the groups `kafka` and `formats` inside `group` of another program's file. `formats` may be null. Reports to
// the log of the values.
void LoadClientGroups(const YamlEntry& kafka, const YamlEntry* formats, const std::string& group,
                      const Environment& environment, KafkaSettings* kafka_settings, FormatSettings* format_settings);

}  // namespace leadpulse::config
