#include "tools/leadpulse/live/live_definitions.h"

#include <utility>

#include "config/definitions_loader.h"
#include "processor/kafka/topic_table.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::tools {
namespace {

static_assert(kMaxLiveDefinitionsBytes < kafka::kLargestDefinitions);

Status CheckSize(size_t bytes, size_t max_bytes) {
  if (bytes <= max_bytes) return Status::Ok();
  return Status::Rejected("the definitions have " + std::to_string(bytes) + " bytes; a live run takes up to " +
                          std::to_string(max_bytes) + ", for they are kept in lead.state.");
}

Status RefuseSharing(const std::string& tenant) {
  return Status::Rejected("`input_partitioning: trusted` needs `identity: {by_email: false}` for every tenant, and \"" +
                          tenant +
                          "\" has by_email: leads that share an address tell each other of it, and with `trusted` the "
                          "program does not know which partition a lead is in. Add it to the definitions, or set "
                          "`input_partitioning: any` before there are leads.");
}

Status CheckSharing(const config::Definitions& definitions, config::InputPartitioning partitioning) {
  if (partitioning != config::InputPartitioning::kTrusted) return Status::Ok();
  if (definitions.fallback->identity_by_email) return RefuseSharing("*");
  for (const auto& [tenant, of_tenant] : definitions.tenants) {
    if (of_tenant->identity_by_email) return RefuseSharing(tenant);
  }
  return Status::Ok();
}

}  // namespace

Status CheckLiveDefinitions(const config::Definitions& definitions, config::InputPartitioning partitioning) {
  LP_RETURN_IF_ERROR(CheckSize(definitions.text.size(), kMaxLiveDefinitionsBytes));
  return CheckSharing(definitions, partitioning);
}

kafka::WantedDefinitions LiveDefinitions::Wanted() const {
  std::lock_guard lock(mutex_);
  return wanted_;
}

void LiveDefinitions::Want(kafka::WantedDefinitions definitions) {
  std::lock_guard lock(mutex_);
  wanted_ = std::move(definitions);
}

std::shared_ptr<const config::Definitions> LiveDefinitions::Load(const std::string& name, const std::string& text,
                                                                 const config::RulesInForce& in_force) const {
  if (Status status = CheckSize(text.size(), max_bytes_); !status.ok()) {
    telemetry::LogError(name + ": " + status.message() + " They are ignored");
    return nullptr;
  }
  config::LoadedDefinitions loaded = config::LoadDefinitions(text, in_force);
  for (const config::DefinitionsProblem& problem : loaded.errors) {
    telemetry::LogError(config::RenderProblem(name, "error", problem));
  }
  if (loaded.definitions == nullptr) {
    telemetry::LogError(name + " has errors and is ignored");
    return nullptr;
  }
  if (Status status = CheckSharing(*loaded.definitions, partitioning_); !status.ok()) {
    telemetry::LogError(name + ": " + status.message() + " They are ignored");
    return nullptr;
  }
  return loaded.definitions;
}

}  // namespace leadpulse::tools
