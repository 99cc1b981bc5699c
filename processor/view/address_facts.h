// The part of the email status that a lead shares with others through its address (spec §9, rule 1).
#pragma once

#include <string_view>

#include "state/lead/journal.h"
#include "state/lead/lead.h"

namespace leadpulse::view {

// The address that the lead has or, if it has none, had last; for bounces and signs of life, which say something about
// one address.
struct PresentAddress {
  state::AddressSlot slot = state::kOwnSlot;
  // Slot of received events that belong to it; another one if it is the lead's own id.
  state::AddressSlot received = state::kOwnSlot;
  // Slot of events that belong to no address. They count if they are later than `changed_at`.
  state::AddressSlot none = state::kOwnSlot;
  Instant changed_at = Instant::DistantPast();

  // Whether a bounce counts. A bounce of the present address always does; one of no address does if it is later than
  // `changed_at`. One of a former address never does.
  bool Concerns(const state::JournalEntry& entry) const {
    const state::AddressSlot address = entry.belongs_to();
    if (address == state::kNowhereSlot) return false;
    if (address == (entry.received ? received : slot)) return true;
    return address == none && entry.occurred_at > changed_at;
  }
};
// The lead has an identity.
PresentAddress PresentAddressOf(const state::Lead& lead);

// The address through which an entry of the lead was received; empty if it was sent for the lead itself.
std::string_view ReceivedThrough(const state::Lead& lead, const state::JournalEntry& entry);

// `facts` are those of all events of the lead, which has an identity. Makes them those that decide its status, together
// with the standing of its address. `complaint`: the latest complaint that counts, and what lifts it.
// Without any bounce the sign of life has no meaning.
void TakeAddressInto(const state::Lead& lead, const state::EngagementTotals& totals, state::StatusFacts* facts,
                     state::ScopeTimes* complaint);

}  // namespace leadpulse::view
