// What a run on files keeps in the store's meta beside the positions of its inputs: the clock, what the outputs
// hold, and which definitions the leads were evaluated under. run_state.cc has the entries' form. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/embedded/output_file.h"
#include "processor/engine/kept_definitions.h"
#include "state/lead_store.h"
#include "state/meta_reader.h"

namespace leadpulse::embedded {

struct RunState {
  Instant clock = Instant::DistantPast();  // no record has been accepted yet
  OutputRecord changes;                    // what of changes.jsonl and dead-letters.jsonl is committed
  OutputRecord dead_letters;
  friend bool operator==(const RunState&, const RunState&) = default;
};

// Nothing: the state is new. Fatal: it cannot be read or is damaged.
Result<std::optional<RunState>> ReadRunState(const state::MetaReader& read);
void AppendRunState(const RunState& run_state, state::EpochWrite* write);

Result<std::optional<engine::KeptDefinitions>> ReadKeptDefinitions(const state::MetaReader& read);
void AppendKeptDefinitions(const engine::KeptDefinitions& kept, state::EpochWrite* write);

// Whether an entry of that name is one of those above.
bool IsRunStateName(std::string_view name);

}  // namespace leadpulse::embedded
