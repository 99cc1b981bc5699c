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
  const bool is_id = slot != kNowhereSlot && slot == SlotOfId(lead);
  return lead.journal.FactsOf(slot, is_id ? kUnnamedSlot : slot);
}

}  // namespace leadpulse::state
