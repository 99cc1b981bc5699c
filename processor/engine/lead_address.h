// The address of a lead, and which address an event belongs to (spec §9, Terms).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/ids.h"
#include "processor/view/address_facts.h"
#include "schemas/codec/records.h"
#include "state/lead/lead.h"

namespace leadpulse::engine {

using view::AddressOf;

// Returns the addresses that the lead has or is: AddressOf, and the normalised id if that holds an `@`. One empty text
// if there is none.
std::vector<std::string> AllAddressesOf(const LeadKey& key, const state::Profile& profile);

// Returns the mailbox that a lead with this profile uses: its address, unless that is its own id. Empty: none.
std::string UsedMailbox(const LeadKey& key, const state::Profile& profile);

// Whether the status facts of an event of this type, or a soft bounce, count by the address that they belong to.
bool CountsByAddress(EventType type);

// Returns the slot of events without an address: the lead's own id stands for one in kOwnSlot only if it is a mailbox.
inline state::AddressSlot SlotOfNone(const LeadKey& key) {
  return IsMailboxId(key.lead) ? state::kNoAddressSlot : state::kOwnSlot;
}

// Whether an event belongs to an address that the lead had before. Its slot is kNowhereSlot.
bool IsOfFormerAddress(const codec::Event& event, const state::Profile& profile);
// Whether an event is a RESUBSCRIBE that names no address. If it belongs to one, its slot is kUnnamedSlot.
inline bool IsUnnamedResubscribe(const codec::Event& event) {
  return event.type == EventType::kResubscribe && event.address.empty();
}
// Returns the address that any other event belongs to when it is applied to a lead that has the address `present`
// (empty: none). An empty result: none.
std::string_view BelongsTo(const codec::Event& event, std::string_view present);
// Returns the same for an event that is dropped because the lead was erased: its own `email`, otherwise its id.
std::string BelongsToAfterErasure(const codec::Event& event);

// The most users that an `erase` by address reaches (spec §9, rule 4). An address with more is probably a placeholder.
inline constexpr size_t kMaxErasedByAddress = 10;

// Whether a command sets the attribute `email`.
bool SetsEmail(const codec::Command& command);
// Returns the normalised address that the command gives the attribute `email`; empty: none.
std::string NewAddress(const codec::Command& command);

}  // namespace leadpulse::engine
