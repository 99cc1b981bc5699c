// Leads of states that were written before addresses had their present normal form (base/address.h), spec §2. Until
// then, white space at the ends of an address and the case of ASCII letters made no difference, and nothing else.
//
// The rollout of the engine's version calls these for each lead. They do nothing to a lead that knows addresses in
// their present form only, so they may be called again.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "state/lead/lead.h"

namespace leadpulse::engine {

// Whether the id was a mailbox under the former normal form and is none now.
bool IsFormerMailboxId(std::string_view id);

// Takes from a former mailbox what it gives to the mailbox of its address: what it knows of other leads and, if it is
// no lead of its own, its journal. Null: nothing. Its `key` is that of the former mailbox.
std::shared_ptr<const state::Lead> TakeMailboxPart(state::Lead* mailbox);

// Brings the addresses that a lead knows into normal form. Events that were sent for a former mailbox belong to its
// address from now on. `follows`: whether the lead follows its address under the definitions that it carries; if so, it
// must ask the mailbox of the normal form. Returns whether anything changed.
bool NormalizeAddresses(bool follows, state::Lead* lead);

// Adds what a former mailbox gave to the mailbox of its address, and folds nothing. Returns the entries that it added;
// null if there are none. What the former mailbox had folded itself counts in the status facts only.
std::shared_ptr<const state::Journal> AddMailboxPart(const state::Lead& former, state::Lead* mailbox);

}  // namespace leadpulse::engine
