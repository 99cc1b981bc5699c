// The settings of a deployment, from `--config FILE`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions_loader.h"
#include "config/settings.h"

namespace leadpulse::tools {

// What the process' environment has.
std::optional<std::string> FromProcess(const std::string& name);

// A line or more each, on standard error; `severity` is `error` or `warning`.
void PrintProblems(const std::string& path, const char* severity,
                   const std::vector<config::DefinitionsProblem>& problems);

// `${NAME}` in it is what the process' environment has. Errors and warnings are printed; nothing: there were errors.
std::optional<config::Settings> LoadSettingsFile(const std::string& path);

}  // namespace leadpulse::tools
