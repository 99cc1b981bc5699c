// What two states hold differently of a lead's addresses (spec §9). Addresses are compared as texts: the slots that a
// lead has for them depend on the order in which it met them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/lead/lead.h"

namespace leadpulse::query {

// The address of a slot: empty for the lead's own id, `nowhere`, or `erased` where an erasure left only a hash of
// the address. Hashes of two states cannot be compared.
std::string_view AddressOfSlot(const state::Lead& lead, state::AddressSlot slot);

// Adds the parts that differ: `mailbox used`, `users of the mailbox`. Leaves out which commands were routed last.
void CompareIdentities(const state::OptionalIdentity& left, const state::OptionalIdentity& right,
                       std::vector<std::string>* differ);

// Whether the journals keep the same facts of events that are no entries, by the address that they belong to.
bool SameAddressFacts(const state::Lead& left, const state::Lead& right);

}  // namespace leadpulse::query
