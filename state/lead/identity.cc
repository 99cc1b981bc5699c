#include "state/lead/identity.h"

#include <algorithm>

namespace leadpulse::state {
namespace {

// The approximate bytes of a node of LeadIdentity::leads without its strings.
constexpr size_t kMailboxLeadNode = 64 + sizeof(std::string) + sizeof(MailboxLead);

size_t WithheldBytes(const WithheldView& withheld) {
  size_t bytes = sizeof withheld + withheld.tier.size() + withheld.segments.capacity() * sizeof(std::string);
  for (const std::string& id : withheld.segments) bytes += id.size();
  return bytes;
}

}  // namespace

AddressSlot LeadIdentity::SlotOf(std::string_view address) {
  const AddressSlot slot = FindSlot(address);
  if (slot != kNowhereSlot || addresses.size() >= kMaxLeadAddresses) return slot;
  addresses.emplace_back(address);
  return static_cast<AddressSlot>(addresses.size());
}

AddressSlot LeadIdentity::FindSlot(std::string_view address) const {
  LP_ASSERT(!address.empty());
  const auto found = std::ranges::find(addresses, address);
  return found == addresses.end() ? kNowhereSlot : static_cast<AddressSlot>(found - addresses.begin() + 1);
}

size_t LeadIdentity::users() const {
  return static_cast<size_t>(std::ranges::count_if(leads, [](const auto& lead) { return lead.second.uses; }));
}

bool LeadIdentity::HasRoomFor(std::string_view id, const StatusFacts& facts) const {
  if (leads.size() >= kMaxLeadsWithFacts && !leads.contains(id)) return false;
  size_t bytes = facts.HeapBytes();
  if (bytes == 0) return true;
  for (const auto& [known_id, lead] : leads) bytes += lead.facts.HeapBytes();
  return bytes <= kMaxMailboxFactBytes;
}

size_t OptionalIdentity::MemoryBytes() const {
  if (!*this) return 0;
  const LeadIdentity& identity = **this;
  size_t bytes = sizeof identity + identity.mailbox.size() + identity.standing.HeapBytes();
  if (identity.others) bytes += sizeof(StatusFacts) + identity.others->HeapBytes();
  if (identity.withheld) bytes += WithheldBytes(*identity.withheld);
  bytes += identity.updated.capacity() * sizeof(std::string);
  for (const std::string& name : identity.updated) bytes += name.size();
  bytes += identity.addresses.capacity() * sizeof(std::string);
  for (const std::string& address : identity.addresses) bytes += address.size();
  for (const auto& [id, lead] : identity.leads) bytes += kMailboxLeadNode + id.size() + lead.facts.HeapBytes();
  bytes += identity.routed.capacity() * sizeof(RoutedCommand);
  for (const RoutedCommand& routed : identity.routed) bytes += routed.command_id.size() + routed.lead.size();
  return bytes;
}

StatusFacts StandingWithout(const LeadIdentity& mailbox, const StatusFacts& own, std::string_view id) {
  StatusFacts standing;
  Merge(own, &standing);
  Merge(*mailbox.others, &standing);
  for (const auto& [lead_id, lead] : mailbox.leads) {
    if (lead_id != id) Merge(lead.facts, &standing);
  }
  standing.hard_bounce = own.hard_bounce;
  standing.sign_of_life = own.sign_of_life;
  return standing;
}

}  // namespace leadpulse::state
