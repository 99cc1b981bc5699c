// Reads entries of a state's meta, from a LeadStore or from StateRows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "state/store/lead_store.h"
#include "state/store/state_rows.h"

namespace leadpulse::state {

// nullopt if there is no entry of that name.
using MetaReader = std::function<Result<std::optional<std::string>>(std::string_view name)>;

// The argument outlives the reader.
inline MetaReader MetaOf(const LeadReader& store) {
  return [&store](std::string_view name) { return store.GetMeta(name); };
}
inline MetaReader MetaOf(const StateRows& rows) {
  return [&rows](std::string_view name) { return rows.Get(RowFamily::kMeta, name); };
}

}  // namespace leadpulse::state
