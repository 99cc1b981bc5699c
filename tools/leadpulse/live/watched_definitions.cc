#include "tools/leadpulse/live/watched_definitions.h"

#include <system_error>
#include <utility>

#include "config/yaml_tree.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/subcommand.h"

namespace leadpulse::tools {

WatchedDefinitions::WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first)
    : path_(std::move(path)) {
  Want(std::move(first));
}

WatchedDefinitions::Look WatchedDefinitions::LookAt(const std::string& path) {
  std::error_code error;
  Look look;
  look.written = std::filesystem::last_write_time(path, error);
  look.size = std::filesystem::file_size(path, error);
  return look;
}

void WatchedDefinitions::LookAgain() {
  const Look look = LookAt(path_);
  const bool is_first = !look_.has_value();
  if (!is_first && look == *look_) return;
  look_ = look;
  Result<std::string> text = ReadFile(path_, config::kMaxYamlBytes);
  if (!text.ok()) {
    telemetry::LogError("definitions " + text.status().message() + "; those in force stay");
    return;
  }
  if (is_first && *text == Wanted()->text) return;
  Consider(path_, *text);
}

}  // namespace leadpulse::tools
