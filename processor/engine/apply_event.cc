#include "processor/engine/apply_event.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/engine/event_properties.h"
#include "processor/engine/lead_address.h"

namespace leadpulse::engine {
namespace {

// Returns the topic. One that is too long means everything in an UNSUBSCRIBE, and nothing in a RESUBSCRIBE.
std::string_view TopicOf(const codec::Event& event) {
  if (event.topic.size() <= kMaxTopicBytes) return event.topic;
  return event.type == EventType::kUnsubscribe ? std::string_view() : state::kNoTopic;
}

constexpr size_t kUnbounded = std::numeric_limits<size_t>::max();

}  // namespace

state::EntryFields EntryWithoutProperties(const codec::Event& event) {
  state::EntryFields entry;
  entry.occurred_at = event.occurred_at;
  entry.type = event.type;
  entry.bounce_kind = event.bounce_kind;
  entry.machine = event.machine;
  entry.event_id = event.event_id;
  entry.message_id = event.message_id;
  entry.campaign_id = event.campaign_id;
  entry.name = event.name;
  entry.subject = event.type == EventType::kRetract ? event.retracts : TopicOf(event);
  return entry;
}

void AddProperties(const codec::Event& event, const config::TenantDefinitions& definitions,
                   std::vector<LeftOutProperty>* left_out, state::EntryFields* entry) {
  state::EntryProperties properties = PropertiesOf(event, definitions, left_out);
  if (!properties.empty()) entry->properties = std::make_shared<const state::EntryProperties>(std::move(properties));
}

state::EntryFields FieldsOf(const state::JournalEntry& entry) {
  state::EntryFields fields;
  fields.occurred_at = entry.occurred_at;
  fields.type = entry.type;
  fields.bounce_kind = entry.bounce_kind;
  fields.machine = entry.machine;
  fields.event_id = entry.event_id();
  fields.message_id = entry.message_id();
  fields.campaign_id = entry.campaign_id();
  fields.name = entry.name();
  fields.subject = entry.subject();
  if (entry.properties() != nullptr) {
    fields.properties = std::make_shared<const state::EntryProperties>(*entry.properties());
  }
  return fields;
}

void AssignAddress(state::AddressSlot slot, state::Lead* lead) {
  const Instant after = lead->profile.address_changed_at.value_or(Instant::DistantPast());
  std::vector<state::EntryFields> entries;
  for (const state::JournalEntry& entry : lead->journal.entries()) {
    state::EntryFields fields = FieldsOf(entry);
    const bool belongs = CountsByAddress(entry.type) && entry.type != EventType::kResubscribe;
    if (belongs && entry.occurred_at > after) fields.address = slot;
    entries.push_back(std::move(fields));
  }
  state::Journal journal(entries, lead->journal.folded());
  const state::StatusFacts* const kept = lead->journal.kept_facts();
  if (kept != nullptr) journal.SetFacts(*kept);
  const state::StatusFacts past = kept != nullptr ? *kept : state::FactsOfTotals(lead->journal.folded().totals);
  // Nobody knows when the address changed among folded events: better keep an opt-out than lose it.
  if (past != state::StatusFacts()) journal.SetAddressFacts({{slot, past}});
  lead->journal = std::move(journal);
  lead->memo.held.reset();
}

std::shared_ptr<const state::Journal> JournalOf(const state::EntryFields& entry) {
  auto journal = std::make_shared<state::Journal>();
  journal->Add(entry, /*max_entries=*/1);
  return journal;
}

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
  // A RETRACT that arrives together with an event takes it back, even if it is too old for the journal itself.
  const auto is_taken_back = [&](const state::JournalEntry& entry) {
    return entry.retracted && std::ranges::any_of(entries.entries(), [&](const state::JournalEntry& other) {
             return other.type == EventType::kRetract && other.subject() == entry.event_id() &&
                    other.occurred_at > lead->erased_at;
           });
  };
  size_t added = 0;
  for (const state::JournalEntry& entry : entries.entries()) {
    if (entry.occurred_at <= lead->erased_at) continue;
    state::EntryFields fields = FieldsOf(entry);
    if (lead->journal.IsOlderThanFold(fields) && is_taken_back(entry)) continue;
    fields.received = true;
    fields.of_other_address = entry.address != state::kOwnSlot && entry.address != state::kUnnamedSlot;
    if (fields.of_other_address) fields.other_address = other_slot(entry);
    fields.address = slot;
    // All of them are recorded before anything is folded.
    const auto outcome = lead->journal.Add(fields, kUnbounded, kUnbounded, lead->identity->addresses).outcome;
    added += outcome == state::Journal::AddOutcome::kAdded;
  }
  return added;
}

}  // namespace leadpulse::engine
