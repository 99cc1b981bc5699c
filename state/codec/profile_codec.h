// Converts profiles to and from their Protobuf form, for lead_codec.cc only. Thread-safe.
#pragma once

#include <string>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/profile.h"

namespace leadpulse::state {

// Sets `out` to the stored profile. `message` keeps memory for the next call.
void EncodeProfile(const Profile& profile, v1::LeadState::Profile* message, std::string* out);

// Returns what is wrong, or an empty string. Moves strings out of `in`.
[[nodiscard]] std::string DecodeProfile(v1::LeadState::Profile* in, Profile* profile);

}  // namespace leadpulse::state
