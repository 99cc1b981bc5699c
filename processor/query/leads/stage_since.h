// Since when a lead is in its stage, which its row does not say: its published changes do (published_row.h).
#pragma once

#include <optional>
#include <string_view>

#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "state/lead/lead.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// Returns when the lead came into `stage`: the instant of its last move, else that of its creation. If the published
// changes do not say it, because a run kept none, the command that set the stage does, if leads do not come to that
// stage by themselves. nullopt: neither says it, or the lead moved by time since the last change.
// `published`: their row, of which only the latest are decoded. Fatal if these cannot be read.
Result<std::optional<Instant>> StageSince(Stage stage, const state::Lead& lead, std::string_view published);
// Reads the row first.
Result<std::optional<Instant>> ReadStageSince(const state::LeadReader& store, Stage stage, const state::Lead& lead);

}  // namespace leadpulse::query
