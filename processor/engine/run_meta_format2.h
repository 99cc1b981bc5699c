// What states up to format 2 stored of a run on files, as text: read only. The first commit of a run replaces it
// (AppendRemoval).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "processor/engine/partition_meta.h"
#include "processor/engine/stored_definitions.h"
#include "state/store/lead_store.h"
#include "state/store/meta_reader.h"

namespace leadpulse::engine::format2 {

// As engine::ReadRunPosition and ReadRunDefinitions, of states of format 1 and 2. Nothing: there are no such entries.
Result<std::optional<LocalPosition>> ReadRunPosition(const state::MetaReader& read);
Result<std::optional<StoredDefinitions>> ReadRunDefinitions(const state::MetaReader& read);
bool IsRunEntry(std::string_view name);
// The error of an entry of a run, of any format, that cannot be read.
Status Damaged(const std::string& name);
// Empties the entries, which then count as none.
void AppendRemoval(state::EpochWrite* write);

}  // namespace leadpulse::engine::format2
