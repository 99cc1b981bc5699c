#include "tools/leadpulse/settings_file.h"

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "config/settings_loader.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {
std::optional<std::string> FromProcess(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<config::Settings> LoadSettingsFile(const std::string& path) {
  Result<std::string> text = ReadFile(path, config::kMaxSettingsBytes);
  if (!text.ok()) {
    PrintError("settings " + text.status().message());
    return std::nullopt;
  }
  config::LoadedSettings loaded = config::LoadSettings(*text, FromProcess);
  PrintProblems(path, "error", loaded.errors);
  PrintProblems(path, "warning", loaded.warnings);
  return std::move(loaded.settings);
}

}  // namespace leadpulse::tools
