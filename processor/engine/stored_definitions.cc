#include "processor/engine/stored_definitions.h"

#include "config/definitions_loader.h"

namespace leadpulse::engine {
namespace {

Result<std::shared_ptr<const config::Definitions>> LoadText(const std::string& text, const AlreadyLoaded& known) {
  for (const std::shared_ptr<const config::Definitions>& definitions : known) {
    if (definitions != nullptr && definitions->text == text) return definitions;
  }
  if (text.empty()) return config::DefaultDefinitions();
  config::LoadedDefinitions loaded = config::LoadDefinitions(text, config::RulesInForce::OfState());
  if (loaded.definitions != nullptr) return loaded.definitions;
  std::string problem = loaded.errors.empty() ? "" : ": " + loaded.errors.front().message;
  return Status::Fatal("this version of the program does not accept the definitions that the state was built with" +
                       problem + "; run once with the version that built it, or start again with an empty --state");
}

}  // namespace

bool WasPublishedBefore(const DefinitionsOrigin& one, const DefinitionsOrigin& other) {
  return one.cluster_id == other.cluster_id && one.topic == other.topic && one.offset < other.offset &&
         one.published_at <= other.published_at;
}

Status CheckEngineVersion(uint32_t version) {
  if (version <= kNewestEngineVersion) return Status::Ok();
  return Status::Fatal("a later version of this program evaluated the leads (engine " + std::to_string(version) +
                       "; this program has engine " + std::to_string(kNewestEngineVersion) +
                       "). Nothing was changed. Start that version or a later one, or restore a backup from before the "
                       "upgrade");
}

Result<DefinitionsInForce> LoadStoredDefinitions(const StoredDefinitions& kept, const AlreadyLoaded& loaded) {
  LP_ASSIGN_OR_RETURN(std::shared_ptr<const config::Definitions> current, LoadText(kept.text, loaded));
  DefinitionsInForce in_force{current, kept.number, nullptr, kept.rolled_out_at, KeepsNumbers(kept.engine_version)};
  if (!kept.previous_text.has_value()) return in_force;
  LP_ASSIGN_OR_RETURN(in_force.previous, LoadText(*kept.previous_text, loaded));
  return in_force;
}

}  // namespace leadpulse::engine
