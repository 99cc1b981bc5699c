// The settings of a deployment, from `--config FILE`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "config/settings.h"

namespace leadpulse::tools {

// A variable of the process's environment; nullopt if it is not set.
std::optional<std::string> FromProcess(const std::string& name);

// Replaces `${NAME}` by the environment's variable. Prints errors and warnings; nullopt if there were errors.
std::optional<config::Settings> LoadSettingsFile(const std::string& path);

}  // namespace leadpulse::tools
