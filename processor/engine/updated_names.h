// What a command changed of a lead, by name: LEAD_UPDATED (spec §7).
#pragma once

#include <string>
#include <vector>

#include "schemas/codec/records.h"
#include "state/lead/profile.h"

namespace leadpulse::engine {

// Returns the names of what an applied command changed, ascending: attributes whose shown value differs, and the other
// parts of a profile by their own names. A stage, a consent or a note that was given always changed.
std::vector<std::string> FindUpdated(const codec::Command& command, const state::Profile& before,
                                     const state::Profile& after);

// Adds names to others; both ascend, and so does the result, with each name once.
void AddUpdated(const std::vector<std::string>& names, std::vector<std::string>* updated);

}  // namespace leadpulse::engine
