// The text entries of a run on files in states up to format 2: read only. The first commit of a run replaces them
// (AppendRemoval).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine::format2 {

// As engine::ReadRunPosition and ReadRunDefinitions, for states of format 1 and 2. nullopt if there are no such
// entries.
Result<std::optional<LocalPosition>> ReadRunPosition(const state::MetaReader& read);
Result<std::optional<StoredDefinitions>> ReadRunDefinitions(const state::MetaReader& read);
bool IsRunEntry(std::string_view name);
// The error for an entry of a run, of any format, that cannot be read.
Status Damaged(const std::string& name);
// Empties the entries; empty ones count as missing.
void AppendRemoval(state::EpochWrite* write);

}  // namespace leadpulse::engine::format2
