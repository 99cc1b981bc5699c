// The definitions as a state keeps them, on files and on Kafka: whole texts, so that a state explains itself. Where
// they stand and in which form is its keeper's.
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

// Where a text was published: a record of a topic.
struct DefinitionsOrigin {
  std::string cluster_id;
  std::string topic;
  int64_t offset = 0;
  Instant published_at;  // the record's time
  friend bool operator==(const DefinitionsOrigin&, const DefinitionsOrigin&) = default;
};

// Whether both are of one topic, and `one` is the older. A topic that was created again begins with offset 0 again, and
// its records have later times: it counts as the newer one.
bool WasPublishedBefore(const DefinitionsOrigin& one, const DefinitionsOrigin& other);

struct StoredDefinitions {
  std::string text;  // as in config::Definitions::text
  DefinitionsNumber number{1};
  uint32_t engine_version = kEngineVersion;
  // While leads are brought from the previous definitions to these (definitions_in_force.h).
  std::optional<std::string> previous_text;
  Instant rolled_out_at = Instant::DistantPast();
  std::optional<DefinitionsOrigin> origin{};  // of `text`; nothing: of a file, or unknown
  friend bool operator==(const StoredDefinitions&, const StoredDefinitions&) = default;
};

// Fatal, with what to do, where `version` is newer than kEngineVersion: a later version of this program evaluated the
// leads, and this one would publish its own, older views over those. Call it before anything is written. Thread-safe.
Status CheckEngineVersion(uint32_t version);

// Loads the kept texts, each unless it is that of one of those already loaded (which may be null). Fatal where this
// program no longer accepts one.
using AlreadyLoaded = std::vector<std::shared_ptr<const config::Definitions>>;
Result<DefinitionsInForce> LoadStoredDefinitions(const StoredDefinitions& kept, const AlreadyLoaded& loaded = {});

}  // namespace leadpulse::engine
