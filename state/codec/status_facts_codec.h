// What a journal keeps of events that are no entries, to and from Protobuf: status facts and folded totals.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/journal.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

void EncodeFacts(const StatusFacts& facts, v1::StatusFacts* out);

// Returns what is wrong, or an empty string.
[[nodiscard]] std::string DecodeFacts(const v1::StatusFacts& in, StatusFacts* facts);

// By address: LeadState.facts_by_address.
void EncodeFacts(const std::vector<AddressFacts>& facts, v1::LeadState* out);
[[nodiscard]] std::string DecodeFacts(const v1::LeadState& in, std::vector<AddressFacts>* facts);

void EncodeFolded(const FoldedEntries& folded, v1::LeadState::Folded* out);
// Moves the text out of `in`.
[[nodiscard]] std::string DecodeFolded(v1::LeadState::Folded* in, FoldedEntries* folded);

// The bytes of the message; empty if there is no fact.
std::string EncodeFacts(const StatusFacts& facts);
// nullopt: it is no such message.
std::optional<StatusFacts> DecodeFacts(std::string_view bytes);

}  // namespace leadpulse::state
