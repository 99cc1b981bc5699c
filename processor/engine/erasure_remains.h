// What an erasure leaves of a lead (spec §9, rule 7), and how the next life of the lead finds it.
//
// Functions that make pseudonyms take the leads of the partition, which have the key of the hash. Nothing here fails.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::state {
class PartitionLeads;
}  // namespace leadpulse::state

namespace leadpulse::engine {

// The prefix of pseudonyms. Ids and addresses that somebody chose may begin with it, too.
inline constexpr std::string_view kPseudonymPrefix = "erased:";

// Returns the pseudonym of an erased id or address. `erasure_hash`: LeadStore::ErasureHash of its encoded LeadKey.
// Nobody can choose an id that equals a pseudonym.
std::string PseudonymOf(std::string_view erasure_hash);
// Returns the pseudonym of the lead id or address in `key`.
std::string PseudonymOf(const LeadKey& key, const state::PartitionLeads& leads);
// Whether the text has the form of PseudonymOf. No address has it.
bool IsPseudonym(std::string_view text);
// Whether any address or lead id is a pseudonym.
bool KnowsPseudonyms(const state::LeadIdentity& identity);
// Replaces the ids of leads that no longer use the mailbox, among those to which it has sent commands, by pseudonyms:
// such a lead does not tell the mailbox when it is erased.
void HideFormerUsers(const state::PartitionLeads& leads, state::Lead* mailbox);

// Begins the life of a lead that has nothing but its key: gives it what the erasure of its last life left. An empty
// Erasure: there was none.
void BeginLife(state::Erasure erasure, state::Lead* lead);

// Returns what stays of a held lead. The erasure's own time is not included.
state::Erasure RemainsOf(const state::Lead& lead, const state::PartitionLeads& leads);
// Returns the part of the lead's identity that stays, with pseudonyms for ids and addresses.
state::OptionalIdentity Anonymous(const state::Lead& lead, const state::PartitionLeads& leads);
// Returns the time of an erasure: the latest of `issued_at`, the newest entry and the newest applied command of the
// lead. Null: the lead is not held.
Instant ErasureTime(Instant issued_at, const state::Lead* lead);
// Adds an UNSUBSCRIBE from everything at the time of the erasure, which belongs to the address of `slot`.
void Suppress(state::AddressSlot slot, state::Erasure* erasure);
// Returns the facts that an erasure left for two slots together.
state::StatusFacts FactsLeft(const std::vector<state::AddressFacts>& all, state::AddressSlot slot,
                             state::AddressSlot other);

}  // namespace leadpulse::engine
