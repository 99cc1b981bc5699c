// A lead's identity, and what an erasure keeps by address, to and from Protobuf. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/identity.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

// `out` must be empty. Equal identities give equal bytes.
void EncodeIdentity(const LeadIdentity& identity, v1::LeadState::Identity* out);

// Returns what is wrong, or an empty string. Moves the texts out of `in`. `identity` must be empty; after an error the
// caller must drop it.
[[nodiscard]] std::string DecodeIdentity(v1::LeadState::Identity* in, LeadIdentity* identity);

// A LeadState with the facts by address and the identity only. Empty if there are neither. Equal values give equal
// bytes.
std::string EncodeErasedAddresses(const std::vector<AddressFacts>& facts, const OptionalIdentity& identity);

// Both results must be empty. False if the bytes are no such message; the caller must then drop the results.
[[nodiscard]] bool DecodeErasedAddresses(std::string_view bytes, std::vector<AddressFacts>* facts,
                                         OptionalIdentity* identity);

}  // namespace leadpulse::state
