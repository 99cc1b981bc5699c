// Events that were sent for a mailbox, in the journals of its users (spec §9, rule 2).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// The entries that were sent for the mailbox itself; null: none.
std::shared_ptr<const state::Journal> OwnEntriesOf(const state::Lead& mailbox);

// Records the mailbox's entries for a lead that uses it, and folds nothing. `addresses`: the addresses that the mailbox
// keeps. `slot`: the slot that the mailbox's address has for the lead. `slot_of` returns the slot of another address
// and adds the address if the lead does not know it. Returns the number of new entries.
size_t TakePassedOn(const state::Journal& entries, std::span<const std::string> addresses, state::AddressSlot slot,
                    const std::function<state::AddressSlot(std::string_view address)>& slot_of, state::Lead* lead);

}  // namespace leadpulse::engine
