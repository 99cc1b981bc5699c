// Converts profiles to and from their Protobuf form, for lead_codec.cc only. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/profile.h"

namespace leadpulse::state {

// Returns the stored profile, a view into `bytes`. This and `message` keep memory for the next call.
std::string_view EncodeProfile(const Profile& profile, v1::LeadState::Profile* message, std::string* bytes);

// Returns what is wrong, or an empty string. Moves strings out of `in`.
[[nodiscard]] std::string DecodeProfile(v1::LeadState::Profile* in, Profile* profile);

}  // namespace leadpulse::state
