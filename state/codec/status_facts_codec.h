// Status facts to and from their Protobuf form. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

void EncodeFacts(const StatusFacts& facts, v1::StatusFacts* out);

// Returns what is wrong, or an empty string.
[[nodiscard]] std::string DecodeFacts(const v1::StatusFacts& in, StatusFacts* facts);

// The bytes of the message; empty if there is no fact.
std::string EncodeFacts(const StatusFacts& facts);
// nullopt: it is no such message.
std::optional<StatusFacts> DecodeFacts(std::string_view bytes);

}  // namespace leadpulse::state
