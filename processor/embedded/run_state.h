// What a run on files keeps in the store's meta beside the positions of its inputs: the clock, what the outputs
// hold, and which definitions the leads were evaluated under. run_state.cc has the entries' form. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/embedded/output_file.h"
#include "processor/engine/definitions_in_force.h"
#include "state/lead_store.h"

namespace leadpulse::embedded {

struct RunState {
  Instant clock = Instant::DistantPast();  // no record has been accepted yet
  OutputRecord changes;                    // what of changes.jsonl and dead-letters.jsonl is committed
  OutputRecord dead_letters;
  friend bool operator==(const RunState&, const RunState&) = default;
};

// Reads one entry of the store's meta; nothing where there is none.
using MetaReader = std::function<Result<std::optional<std::string>>(std::string_view name)>;

// Nothing: the state is new. Fatal: it cannot be read or is damaged.
Result<std::optional<RunState>> ReadRunState(const MetaReader& read);
Result<std::optional<RunState>> ReadRunState(const state::LeadStore& store);
void AppendRunState(const RunState& run_state, state::EpochWrite* write);

// The definitions as the state keeps them: whole texts, so that a state explains itself.
struct KeptDefinitions {
  std::string text;  // as in config::Definitions::text
  DefinitionsNumber number{1};
  uint32_t engine_version = engine::kEngineVersion;
  // While leads are brought from the previous definitions to these (engine/definitions_in_force.h).
  std::optional<std::string> previous_text;
  Instant adopted_at = Instant::DistantPast();
  friend bool operator==(const KeptDefinitions&, const KeptDefinitions&) = default;
};

Result<std::optional<KeptDefinitions>> ReadKeptDefinitions(const MetaReader& read);
Result<std::optional<KeptDefinitions>> ReadKeptDefinitions(const state::LeadStore& store);
void AppendKeptDefinitions(const KeptDefinitions& kept, state::EpochWrite* write);

// Loads the kept texts, each unless it is that of one of those already loaded (which may be null). Fatal where this
// program no longer accepts one.
using AlreadyLoaded = std::vector<std::shared_ptr<const config::Definitions>>;
Result<engine::DefinitionsInForce> LoadKeptDefinitions(const KeptDefinitions& kept, const AlreadyLoaded& loaded = {});

// Whether an entry of that name is one of those above.
bool IsRunStateName(std::string_view name);

}  // namespace leadpulse::embedded
