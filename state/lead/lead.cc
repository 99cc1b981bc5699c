#include "state/lead/lead.h"

#include <string>

#include "processor/base/address.h"

namespace leadpulse::state {

AddressSlot SlotOfId(const Lead& lead) {
  const std::string& id = lead.key.lead;
  if (IsMailboxId(id)) return kOwnSlot;
  if (!lead.identity || id.find('@') == std::string::npos) return kNowhereSlot;
  return lead.identity->FindSlot(NormalizeAddress(id));
}

StatusFacts FactsOfAddress(const Lead& lead, AddressSlot slot) {
  if (slot == kNowhereSlot) return {};
  return lead.journal.FactsOf(slot, slot == SlotOfId(lead) ? kUnnamedSlot : slot);
}

}  // namespace leadpulse::state
