// A lead's identity to and from its Protobuf form. Thread-safe.
#pragma once

#include <string>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/identity.h"

namespace leadpulse::state {

// `out` must be empty. Equal identities give equal bytes.
void EncodeIdentity(const LeadIdentity& identity, v1::LeadState::Identity* out);

// Returns what is wrong, or an empty string. Moves the texts out of `in`. `identity` must be empty; after an error the
// caller must drop it.
[[nodiscard]] std::string DecodeIdentity(v1::LeadState::Identity* in, LeadIdentity* identity);

}  // namespace leadpulse::state
