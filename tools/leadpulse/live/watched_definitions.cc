#include "tools/leadpulse/live/watched_definitions.h"

#include <optional>
#include <utility>

#include "config/yaml_tree.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::tools {

WatchedDefinitions::WatchedDefinitions(std::string path, std::shared_ptr<const config::Definitions> first,
                                       config::InputPartitioning partitioning, const Clock* clock, size_t max_bytes)
    : LiveDefinitions(partitioning, max_bytes),
      file_(std::move(path), config::kMaxYamlBytes, clock),
      considered_(first->text) {
  Want({std::move(first), std::nullopt});
}

void WatchedDefinitions::LookAgain() {
  Result<std::optional<std::string>> text = file_.Look();
  if (!text.ok()) {
    telemetry::LogError("definitions " + text.status().message() + "; those in force stay");
    return;
  }
  if (!*text || **text == considered_) return;
  considered_ = std::move(**text);
  std::shared_ptr<const config::Definitions> definitions = Load(file_.path(), considered_);
  if (definitions == nullptr) return;
  telemetry::LogInfo(file_.path() + ": definitions " + definitions->version + " are wanted");
  Want({std::move(definitions), std::nullopt});
}

}  // namespace leadpulse::tools
