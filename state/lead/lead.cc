#include "state/lead/lead.h"

#include <string>

#include "processor/base/address.h"

namespace leadpulse::state {
namespace {

// The approximate bytes of a node of a map or deque without its strings.
constexpr size_t kAttributeNode = 192;
constexpr size_t kNameNode = 112;
constexpr size_t kConsentNode = 160;

}  // namespace

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

size_t ProfileMemory(const Profile& profile) {
  size_t bytes = 2 * ProfileBytes(profile);  // attributes as sent and converted, names with their folds
  bytes += profile.attributes.size() * kAttributeNode;
  for (const std::string& id : profile.applied_command_ids) bytes += sizeof id + id.size();
  if (!profile.extras) return bytes;
  const ProfileExtras& extras = *profile.extras;
  bytes += sizeof extras + extras.consents.size() * kConsentNode;
  bytes += (extras.tags.size() + extras.lists.size() + extras.campaigns.size()) * kNameNode;
  bytes += extras.consent_ledger.size() * sizeof(ConsentEntry);
  for (const Note& note : extras.notes)
    bytes += sizeof note + note.actor.size() + note.text.size() + note.command_id.size();
  for (const ProfileEdit& edit : extras.edits) bytes += sizeof edit + edit.actor.size() + edit.value.size();
  return bytes;
}

size_t SegmentBytes(const PublishedView& view) {
  const bool inlined = view.segments.capacity() <= SegmentIndexes().capacity();
  return inlined ? 0 : view.segments.capacity() * sizeof(uint32_t);
}

}  // namespace leadpulse::state
