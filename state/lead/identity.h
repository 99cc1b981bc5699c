// What a lead keeps about the address by which mail reaches it, and what a mailbox keeps about the leads that use its
// address (spec §9).
//
// A lead whose id is an address is the mailbox of that address. Another lead with that address uses the mailbox. Leads
// send each other what they need as messages. What they received is kept here, so that an evaluation reads one lead
// only. Most leads have no LeadIdentity: they have no address but their own id, and nobody else uses it.
//
// Values; not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/instant.h"
#include "state/lead/owned_part.h"
#include "state/lead/status_facts.h"

namespace leadpulse::state {

// The number of addresses that a lead keeps beside its id: AddressSlot k, between kOwnSlot and kNoAddressSlot, is
// LeadIdentity::addresses[k - 1]. Facts that belong to a further address are kept by its mailbox alone, as latest
// times: a RETRACT does not take them back.
inline constexpr size_t kMaxLeadAddresses = kNoAddressSlot - 1;

// The number of leads that may use a mailbox. Later ones receive nothing from it (spec §9, rule 5).
inline constexpr size_t kMaxMailboxLeads = 1000;
// The number of leads that a mailbox knows by id: those that use it, and others whose facts it keeps apart.
inline constexpr size_t kMaxKnownLeads = 3 * kMaxMailboxLeads;
// A mailbox keeps the facts of further leads together once it knows kMaxLeadsWithFacts leads, or once all facts take
// kMaxMailboxFactBytes of memory, so that its row fits a Kafka record.
inline constexpr size_t kMaxLeadsWithFacts = 2 * kMaxMailboxLeads;
inline constexpr size_t kMaxMailboxFactBytes = size_t{2} << 20;
// A mailbox with more users does not pass on the events that are sent for it (spec §9, rule 2).
inline constexpr size_t kMaxUsersPassedOnTo = 8;
// The number of commands by address that a mailbox remembers, to route a repeated one as the first (spec §9, rule 4).
inline constexpr size_t kMaxRoutedCommands = 256;
// The rows of all remembered commands together. A mailbox whose many users change often forgets its oldest commands to
// stay within this, so that its row fits a Kafka record. The newest always fits: it has at most 1,001 targets.
inline constexpr size_t kMaxRoutedTargets = 4096;

// Stored: never renumber.
enum class Registration : uint8_t {
  kNone = 0,        // the lead uses no mailbox
  kWaiting = 1,     // the mailbox has not answered yet: the lead is not evaluated until it does
  kRegistered = 2,  // the mailbox sends the lead what changes
  kRefused = 3,     // too many leads use the mailbox
};

// What a mailbox keeps about a lead that uses it or has status facts that belong to its address.
struct MailboxLead {
  bool uses = false;
  StatusFacts facts;  // the lead's effective events that belong to the mailbox's address
  friend bool operator==(const MailboxLead&, const MailboxLead&) = default;
};

// One of the leads that received a command that names only the address.
struct RoutedCommand {
  std::string command_id;
  std::string lead;  // its id; empty: this command went to the same leads as the one before
  friend bool operator==(const RoutedCommand&, const RoutedCommand&) = default;
};

// The part of a lead's published view that its definitions no longer have. Definitions may change while a lead waits
// for its mailbox, and it publishes nothing until the answer comes.
struct WithheldView {
  std::string tier;                   // the tier that was published; empty: that of the view
  std::vector<std::string> segments;  // ids of further segments that it has entered and not left; ascending
  friend bool operator==(const WithheldView&, const WithheldView&) = default;
};

struct LeadIdentity {
  // ---- As a lead that uses a mailbox ----
  std::string mailbox;  // the address that the lead uses; empty if it has none, or if its id is its address
  Registration registration = Registration::kNone;
  StatusFacts standing;  // what others' events say about `mailbox`
  // The number of the question that the lead asked last, which is also how many it gave up before they were answered.
  // An answer to an earlier question does not end the wait. Continues in the next life of an erased lead.
  uint64_t question = 0;
  OwnedPart<WithheldView> withheld;
  // What commands changed while the lead waits for an answer, ascending: its next evaluation publishes it.
  std::vector<std::string> updated;
  // Distinct addresses that entries and facts of this lead belong to or came through; at most kMaxLeadAddresses. Never
  // removed or reordered, because entries refer to them by slot.
  std::vector<std::string> addresses;

  // ---- As a mailbox ----
  std::map<std::string, MailboxLead, std::less<>> leads;  // by id, which is not empty; at most kMaxKnownLeads
  OwnedPart<StatusFacts> others;                          // erased leads, and leads beyond that number
  std::vector<RoutedCommand> routed;  // the last kMaxRoutedCommands, oldest first; at most kMaxRoutedTargets
  // The time of the last `erase` by address: it also erases a lead that begins to use the mailbox by a command issued
  // at or before it.
  Instant users_erased_at = Instant::DistantPast();
  bool users_suppressed = false;  // whether that `erase` also opted them out of everything
  // Whether the mailbox is not a lead of its own: it has no view and publishes nothing (spec §9, rule 3).
  bool is_no_lead = false;
  // The id was the mailbox of an address in a former form. Since it is another form of the address, events that were
  // sent for it belong to the address's slot (processor/engine/address_forms.h).
  bool was_mailbox = false;

  friend bool operator==(const LeadIdentity&, const LeadIdentity&) = default;

  // Returns the slot of an address, which must not be empty. A new one is added to `addresses`; kNowhereSlot if there
  // is no room. Not for the lead's own id, whose slot is kOwnSlot.
  AddressSlot SlotOf(std::string_view address);
  // Returns the slot of an address, but adds nothing: kNowhereSlot if the address is not in `addresses`.
  AddressSlot FindSlot(std::string_view address) const;
  // Returns the number of leads that use the mailbox. Counts them at each call.
  size_t users() const;
  // Whether the mailbox can keep the facts of this lead apart, if it does not yet. Visits all leads if the facts name
  // topics.
  bool HasRoomFor(std::string_view id, const StatusFacts& facts) const;
};

// A LeadIdentity, or none.
class OptionalIdentity : public OwnedPart<LeadIdentity> {
 public:
  using OwnedPart::operator*;
  using OwnedPart::operator->;
  // Returns the identity. There must be one.
  LeadIdentity& operator*() {
    LP_ASSERT(*this);
    return Get();
  }
  LeadIdentity* operator->() { return &**this; }
  // Returns the approximate heap bytes. Visits all leads of a mailbox.
  size_t MemoryBytes() const;
};

// Whether an entry or fact of a lead with this identity may have this slot.
inline bool KnowsSlot(const OptionalIdentity& identity, AddressSlot slot) {
  if (slot == kOwnSlot || slot >= kNoAddressSlot) return true;
  return identity && slot <= identity->addresses.size();
}

// Returns the standing of the mailbox's address (spec §9, rule 1) as lead `id` needs it: without the facts of that
// lead, which it knows best itself. `own`: the facts of events that were sent for the mailbox itself and belong to its
// address; empty if `id` is the mailbox's own id. Hard bounces and signs of life come from `own` alone. Facts in
// `others` always count, even if they were once those of `id`. Topics are bounded as by Merge: those of `own` come
// first, then those of `others`, then those of `leads` in the order of ids.
StatusFacts StandingWithout(const LeadIdentity& mailbox, const StatusFacts& own, std::string_view id);

}  // namespace leadpulse::state
