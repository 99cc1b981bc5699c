// Converts what a lead keeps beside its profile and entries to and from Protobuf: status facts, folded totals, its
// identity, and the facts by address that survive an erasure. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "leadpulse/v1/lead_state.pb.h"
#include "state/lead/identity.h"
#include "state/lead/journal.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

void EncodeFacts(const StatusFacts& facts, v1::StatusFacts* out);

// Returns what is wrong, or an empty string.
[[nodiscard]] std::string DecodeFacts(const v1::StatusFacts& in, StatusFacts* facts);

// Writes LeadState.facts_by_address.
void EncodeFacts(const std::vector<AddressFacts>& facts, v1::LeadState* out);
[[nodiscard]] std::string DecodeFacts(const v1::LeadState& in, std::vector<AddressFacts>* facts);

void EncodeFolded(const FoldedEntries& folded, v1::LeadState::Folded* out);
// Returns what is wrong, or an empty string. Moves the text out of `in`.
[[nodiscard]] std::string DecodeFolded(v1::LeadState::Folded* in, FoldedEntries* folded);

// Returns the bytes of the message; empty if there is no fact.
std::string EncodeFacts(const StatusFacts& facts);
// Returns nullopt if the bytes are not such a message.
std::optional<StatusFacts> DecodeFacts(std::string_view bytes);

// Encodes into `out`, which must be empty. Equal identities give equal bytes.
void EncodeIdentity(const LeadIdentity& identity, v1::LeadState::Identity* out);

// Returns what is wrong, or an empty string. Moves the strings out of `in`. `identity` must be empty; after an error
// the caller must drop it.
[[nodiscard]] std::string DecodeIdentity(v1::LeadState::Identity* in, LeadIdentity* identity);

// Returns a LeadState with only the facts by address and the identity; empty if there are neither. Equal values give
// equal bytes.
std::string EncodeErasedAddresses(const std::vector<AddressFacts>& facts, const OptionalIdentity& identity);

// Returns false if the bytes are not such a message; the caller must then drop the results. Both results must be empty
// before the call.
[[nodiscard]] bool DecodeErasedAddresses(std::string_view bytes, std::vector<AddressFacts>* facts,
                                         OptionalIdentity* identity);

}  // namespace leadpulse::state
