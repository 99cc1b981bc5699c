// The definitions as a state stores them, on files and on Kafka: whole texts, so that a state can be explained without
// other files. partition_meta.h defines the entries and their bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/engine/definitions_in_force.h"

namespace leadpulse::engine {

// The Kafka record in which a text was published.
struct DefinitionsOrigin {
  std::string cluster_id;
  std::string topic;
  int64_t offset = 0;
  Instant published_at;  // the record's time
  friend bool operator==(const DefinitionsOrigin&, const DefinitionsOrigin&) = default;
};

// Whether both are of one topic and `one` is older. A topic that was created again starts at offset 0, but its records
// have later times, so they count as newer.
bool WasPublishedBefore(const DefinitionsOrigin& one, const DefinitionsOrigin& other);

struct StoredDefinitions {
  std::string text = {};  // as in config::Definitions::text
  DefinitionsNumber number{1};
  uint32_t engine_version = kEngineVersion;
  // Set during a rollout (definitions_in_force.h).
  std::optional<std::string> previous_text = {};
  Instant rolled_out_at = Instant::DistantPast();
  std::optional<DefinitionsOrigin> origin = {};  // where `text` is from; nullopt: a file, or unknown
  friend bool operator==(const StoredDefinitions&, const StoredDefinitions&) = default;
};

// Fatal, with what to do, if `version` is newer than kEngineVersion: a later version of this program evaluated the
// leads, and this one would replace them by older views. Call it before anything is written. Thread-safe.
Status CheckEngineVersion(uint32_t version);

// Loads the stored texts, except those that are already loaded (elements may be null). Fatal if this program no longer
// accepts one.
using AlreadyLoaded = std::vector<std::shared_ptr<const config::Definitions>>;
Result<DefinitionsInForce> LoadStoredDefinitions(const StoredDefinitions& kept, const AlreadyLoaded& loaded = {});

}  // namespace leadpulse::engine
