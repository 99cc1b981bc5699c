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

kafka::WantedDefinitions LiveDefinitions::Wanted() const {
  std::lock_guard lock(mutex_);
  return wanted_;
}

void LiveDefinitions::Want(kafka::WantedDefinitions definitions) {
  std::lock_guard lock(mutex_);
  wanted_ = std::move(definitions);
}

std::shared_ptr<const config::Definitions> LiveDefinitions::Load(const std::string& name, const std::string& text) {
  if (Status status = CheckSize(text.size()); !status.ok()) {
    telemetry::LogError(name + ": " + status.message() + " They are ignored");
    return nullptr;
  }
  config::LoadedDefinitions loaded = config::LoadDefinitions(text);
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    telemetry::LogError(config::RenderProblem(name, "error", problem));
  }
  if (loaded.definitions == nullptr) telemetry::LogError(name + " has errors and is ignored");
  return loaded.definitions;
}

}  // namespace leadpulse::tools
