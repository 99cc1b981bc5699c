// Events as entries of a journal.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/definitions.h"
#include "processor/engine/left_out_properties.h"
#include "schemas/codec/records.h"
#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

// Returns the journal entry of an event, without its properties; its texts are the event's own.
state::EntryFields EntryWithoutProperties(const codec::Event& event);

// Adds the declared properties of an event, converted, to its entry. Appends those that could not be converted to
// `left_out`.
void AddProperties(const codec::Event& event, const config::TenantDefinitions& definitions,
                   std::vector<LeftOutProperty>* left_out, state::EntryFields* entry);

// Returns the journal entry of an event, with its properties; its texts are the event's own. `left_out` as above.
inline state::EntryFields EntryOf(const codec::Event& event, const config::TenantDefinitions& definitions,
                                  std::vector<LeftOutProperty>* left_out) {
  state::EntryFields entry = EntryWithoutProperties(event);
  if (!definitions.event_properties.empty()) AddProperties(event, definitions, left_out, &entry);
  return entry;
}

// Makes what belongs to no address belong to that of `slot`, as far as it is later than the last change of address.
void AssignAddress(state::AddressSlot slot, state::Lead* lead);

// Returns the fields of an entry of another journal, sent for the lead itself. Its texts are those of the entry.
state::EntryFields FieldsOf(const state::JournalEntry& entry);

// ---- Events that were sent for a mailbox, in the journals of its users (spec §9, rule 2) ----

// Returns a journal that carries one event to the users of a mailbox.
std::shared_ptr<const state::Journal> JournalOf(const state::EntryFields& entry);
// Returns the entries that were sent for the mailbox itself; null: none.
std::shared_ptr<const state::Journal> OwnEntriesOf(const state::Lead& mailbox);

// Records the mailbox's entries for a lead that uses it, and folds nothing. `addresses`: the addresses that the mailbox
// keeps. `slot`: the slot that the mailbox's address has for the lead. `slot_of` returns the slot of another address
// and adds the address if the lead does not know it. Returns the number of new entries.
size_t TakePassedOn(const state::Journal& entries, std::span<const std::string> addresses, state::AddressSlot slot,
                    const std::function<state::AddressSlot(std::string_view address)>& slot_of, state::Lead* lead);

}  // namespace leadpulse::engine
