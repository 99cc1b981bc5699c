// A settings file: read and checked whole, every error at once, before any of it is used.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "config/definitions_loader.h"
#include "config/environment.h"
#include "config/settings.h"
#include "config/settings_document.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

struct LoadedSettings {
  std::optional<Settings> settings;        // nothing where there are errors
  std::vector<DefinitionsProblem> errors;  // in the order of the file, printed by RenderProblem
  std::vector<DefinitionsProblem> warnings;
};

// Any bytes; never throws. Problems say nothing of the value of a secret, nor of what `environment` gave: a password
// may stand in the wrong place.
LoadedSettings LoadSettings(std::string_view yaml, const Environment& environment);

// The groups `kafka` and `formats` in another program's file, where they stand beside each other in `group`; `formats`
// null: not given. Reported into the values' log.
void LoadClientGroups(const YamlEntry& kafka, const YamlEntry* formats, const std::string& group,
                      const Environment& environment, KafkaSettings* kafka_settings, FormatSettings* format_settings);

}  // namespace leadpulse::config
