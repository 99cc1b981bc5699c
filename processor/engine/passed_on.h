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

// Records for a lead the entries of the mailbox that it uses. `addresses`: those that the mailbox keeps. `slot`: that
// of the mailbox's address. `slot_of` gives and, if need be, adds that of any other. Folds nothing. Returns how many
// entries are new.
size_t TakePassedOn(const state::Journal& entries, std::span<const std::string> addresses, state::AddressSlot slot,
                    const std::function<state::AddressSlot(std::string_view address)>& slot_of, state::Lead* lead);

}  // namespace leadpulse::engine
