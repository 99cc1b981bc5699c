// What a lead keeps beside its profile and entries, to and from Protobuf: status facts, folded totals, its identity,
// and what an erasure keeps by address. Thread-safe.
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
