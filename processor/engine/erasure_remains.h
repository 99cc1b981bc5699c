// What an erasure leaves (spec §9, rule 7), as the next life of the lead finds it. Defined in engine_erasure.cc.
#pragma once

#include <string>
#include <string_view>

#include "state/lead/lead.h"
#include "state/store/lead_store.h"

namespace leadpulse::engine {

// The prefix of pseudonyms. Ids and addresses that somebody chose may begin with it, too.
inline constexpr std::string_view kPseudonymPrefix = "erased:";

// Returns the pseudonym of an erased id or address. `erasure_hash`: LeadStore::ErasureHash of its encoded LeadKey.
// Nobody can choose an id that equals a pseudonym.
std::string PseudonymOf(std::string_view erasure_hash);
// Whether the text has the form of PseudonymOf. No address has it.
bool IsPseudonym(std::string_view text);

// Begins the life of a lead that has nothing but its key: gives it what the erasure of its last life left. An empty
// Erasure: there was none.
void BeginLife(state::Erasure erasure, state::Lead* lead);

}  // namespace leadpulse::engine
