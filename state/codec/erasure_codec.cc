#include "state/codec/erasure_codec.h"

#include <algorithm>

#include "leadpulse/v1/lead_state.pb.h"
#include "processor/base/assert.h"
#include "state/codec/identity_codec.h"
#include "state/codec/status_facts_codec.h"

namespace leadpulse::state {

std::string EncodeErasedAddresses(const std::vector<AddressFacts>& facts, const OptionalIdentity& identity) {
  if (facts.empty() && !identity) return {};
  v1::LeadState message;
  EncodeFacts(facts, &message);
  if (identity) EncodeIdentity(*identity, message.mutable_identity());
  std::string bytes;
  LP_ASSERT(message.SerializeToString(&bytes));
  return bytes;
}

bool DecodeErasedAddresses(std::string_view bytes, std::vector<AddressFacts>* facts, OptionalIdentity* identity) {
  v1::LeadState message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  if (!DecodeFacts(message, facts).empty()) return false;
  if (message.has_identity() && !DecodeIdentity(message.mutable_identity(), &identity->Get()).empty()) return false;
  return std::ranges::all_of(*facts, [&](const AddressFacts& of) { return KnowsSlot(*identity, of.address); });
}

}  // namespace leadpulse::state
