#include "tools/leadpulse/live/live_definitions.h"

#include <utility>

#include "config/definitions_loader.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::tools {
namespace {

Status CheckSize(size_t bytes) {
  if (bytes <= kMaxLiveDefinitionsBytes) return Status::Ok();
  return Status::Rejected("the definitions have " + std::to_string(bytes) + " bytes; a live run takes up to " +
                          std::to_string(kMaxLiveDefinitionsBytes) + ", for they are kept in lead.state.");
}

}  // namespace

Status CheckLiveDefinitions(const config::Definitions& definitions) { return CheckSize(definitions.text.size()); }

std::shared_ptr<const config::Definitions> LiveDefinitions::Wanted() const {
  std::lock_guard lock(mutex_);
  return wanted_;
}

void LiveDefinitions::Want(std::shared_ptr<const config::Definitions> definitions) {
  std::lock_guard lock(mutex_);
  wanted_ = std::move(definitions);
}

void LiveDefinitions::Consider(const std::string& name, const std::string& text) {
  if (Status status = CheckSize(text.size()); !status.ok()) {
    telemetry::LogError(name + ": " + status.message() + " They are ignored");
    return;
  }
  config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    telemetry::LogError(config::RenderProblem(name, "error", problem));
  }
  if (loaded.definitions == nullptr) {
    telemetry::LogError(name + " has errors and is ignored");
    return;
  }
  telemetry::LogInfo(name + ": definitions " + loaded.definitions->version + " are wanted");
  Want(std::move(loaded.definitions));
}

}  // namespace leadpulse::tools
