// A command into a profile, and the check of a command that needs the definitions but no lead.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/base/ids.h"
#include "schemas/codec/records.h"
#include "state/lead/profile.h"

namespace leadpulse::engine {

// Returns invalid_value where an update_profile sets an attribute to something that does not convert to its declared
// type. With `by_email`, `email` has to pass IsEmailText (processor/base/address.h); without, it is an attribute like
// others (spec §9, Terms). For the reader of a record, before it sets the clock. Pure; thread-safe.
std::optional<codec::Rejection> CheckCommand(const codec::Command& command, const config::Definitions& definitions);

// Returns the attributes that a command sets although strict_fields demands a declaration. A run counts them and takes
// them: only who writes for a person refuses them (config/strict_fields.h).
std::vector<std::string> UndeclaredAttributes(const codec::Command& command,
                                              const config::TenantDefinitions& definitions);

// Returns the profile of a lead without commands: its address is the lead's id if that contains an `@`.
state::Profile NewProfile(const LeadKey& key);

bool IsApplied(const state::Profile& profile, std::string_view command_id);

// Applies any action but Erase and Withdraw. After a rejection (invalid_value, final_stage, too_many_attributes,
// lead_too_large) the profile is as it was.
std::optional<codec::Rejection> ApplyCommand(const codec::Command& command,
                                             const config::TenantDefinitions& definitions, state::Profile* profile);

}  // namespace leadpulse::engine
