// The settings of a deployment, from `--config FILE`.
#pragma once

#include <optional>
#include <string>

#include "config/settings.h"

namespace leadpulse::tools {

// `${NAME}` in it is what the process' environment has. Errors and warnings are printed; nothing: there were errors.
std::optional<config::Settings> LoadSettingsFile(const std::string& path);

}  // namespace leadpulse::tools
