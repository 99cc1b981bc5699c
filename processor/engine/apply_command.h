// A command into a profile.
#pragma once

#include <optional>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "schemas/codec/records.h"
#include "state/lead/profile.h"

namespace leadpulse::engine {

// The profile of a lead without commands: its address is the lead's id if that contains an `@`.
state::Profile NewProfile(const LeadKey& key);

bool IsApplied(const state::Profile& profile, std::string_view command_id);

// Applies any action but Erase. After a rejection (invalid_value, final_stage, too_many_attributes, lead_too_large)
// the profile is as it was.
std::optional<codec::Rejection> ApplyCommand(const codec::Command& command,
                                             const config::TenantDefinitions& definitions, state::Profile* profile);

}  // namespace leadpulse::engine
