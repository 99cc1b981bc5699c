#include "processor/engine/passed_on.h"

#include <limits>
#include <vector>

#include "processor/engine/apply_event.h"
#include "processor/engine/lead_address.h"

namespace leadpulse::engine {
namespace {

constexpr size_t kUnbounded = std::numeric_limits<size_t>::max();

}  // namespace

std::shared_ptr<const state::Journal> OwnEntriesOf(const state::Lead& mailbox) {
  std::vector<state::EntryFields> own;
  for (const state::JournalEntry& entry : mailbox.journal.entries()) {
    if (entry.received) continue;
    own.push_back(FieldsOf(entry));
    own.back().address = entry.address;
  }
  return own.empty() ? nullptr : std::make_shared<const state::Journal>(own, state::FoldedEntries());
}

size_t TakePassedOn(const state::Journal& entries, std::span<const std::string> addresses, state::AddressSlot slot,
                    const std::function<state::AddressSlot(std::string_view address)>& slot_of, state::Lead* lead) {
  // What was sent for others must not count as the lead's own: its id is an address like others here.
  const auto other_slot = [&](const state::JournalEntry& entry) {
    if (entry.address <= addresses.size()) return slot_of(addresses[entry.address - 1u]);
    return entry.address == state::kNoAddressSlot ? SlotOfNone(lead->key) : state::kNowhereSlot;
  };
  size_t added = 0;
  for (const state::JournalEntry& entry : entries.entries()) {
    if (entry.occurred_at <= lead->erased_at) continue;
    state::EntryFields fields = FieldsOf(entry);
    fields.received = true;
    fields.of_other_address = entry.address != state::kOwnSlot && entry.address != state::kUnnamedSlot;
    if (fields.of_other_address) fields.other_address = other_slot(entry);
    fields.address = slot;
    // All of them are recorded before anything is folded.
    const auto outcome = lead->journal.Add(fields, kUnbounded, kUnbounded).outcome;
    added += outcome == state::Journal::AddOutcome::kAdded;
  }
  return added;
}

}  // namespace leadpulse::engine
