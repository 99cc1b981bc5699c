// Converts the standing of an address, as all its users need it, to and from Protobuf. Thread-safe.
#pragma once

#include <string>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/standings.h"

namespace leadpulse::state {

// Encodes into `out`, which must be empty.
void EncodeStandings(const Standings& standings, v1::Standings* out);
// Returns what is wrong, or an empty string. `standings` must be of no facts.
[[nodiscard]] std::string DecodeStandings(const v1::Standings& in, Standings* standings);

}  // namespace leadpulse::state
