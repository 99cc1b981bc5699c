// The part of the email status that a lead shares with others through its address (spec §9, rule 1).
#pragma once

#include <string>
#include <string_view>

#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// Returns AddressOf as it was sent.
std::string SentAddressOf(const LeadKey& key, const state::Profile& profile);

// Returns the normalised attribute `email` if it holds an `@`, otherwise the normalised id if that does; otherwise
// empty. The attribute counts as it was sent, so definitions change no address.
std::string AddressOf(const LeadKey& key, const state::Profile& profile);

// The address that the lead has or, if it has none, had last. For bounces and signs of life, which are about one
// address.
struct PresentAddress {
  state::AddressSlot slot = state::kOwnSlot;
  // Slot of received events that belong to it; a different one if the address is the lead's own id.
  state::AddressSlot received = state::kOwnSlot;
  // Slot of events that belong to no address. They count if they are later than `changed_at`.
  state::AddressSlot none = state::kOwnSlot;
  Instant changed_at = Instant::DistantPast();

  // Whether a bounce counts. A bounce of the present address always counts, one of no address if it is later than
  // `changed_at`, one of a former address never.
  bool Concerns(const state::JournalEntry& entry) const {
    const state::AddressSlot address = entry.belongs_to();
    if (address == state::kNowhereSlot) return false;
    if (address == (entry.received ? received : slot)) return true;
    return address == none && entry.occurred_at > changed_at;
  }
};
// Returns the present address of a lead, which must have an identity.
PresentAddress PresentAddressOf(const state::Lead& lead);

// Returns the address through which an entry of the lead was received; empty if it was sent for the lead itself.
std::string_view ReceivedThrough(const state::Lead& lead, const state::JournalEntry& entry);

// Changes `facts`, which are those of all events of a lead with an identity, to those that decide its status, together
// with the standing of its address. `complaint`: the latest complaint that counts, and the event that ends it. Without
// any bounce the sign of life has no meaning.
void TakeAddressInto(const state::Lead& lead, const state::EngagementTotals& totals, state::StatusFacts* facts,
                     state::ScopeTimes* complaint);

}  // namespace leadpulse::view
