// What all settings files have in common: one YAML document in which a password may stand in the wrong place.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "config/yaml_reader.h"

namespace leadpulse::config {

// There are some fifty settings; what is longer is another file.
inline constexpr size_t kMaxSettingsBytes = 1 << 20;

// Calls `load` with the root, or reports why there is none; `help` says where to read what the file may hold. Nodes
// live as long as the call.
void ReadSettingsDocument(std::string_view yaml, std::string_view help, ProblemLog* log,
                          const std::function<void(const YamlNode& root)>& load);

// A key of `group` that is none of `known`. In `{password:hunter2}` the whole is a key: what is behind the colon is not
// shown.
void ReportUnknownSetting(const YamlEntry& entry, const std::string& group, std::span<const std::string> known);

}  // namespace leadpulse::config
