// A journal entry for tests. It owns its strings, whereas state::EntryFields refers to strings stored elsewhere.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "state/lead/journal.h"

namespace leadpulse::testing {

struct OwnedEntry {
  Instant occurred_at;
  EventType type = EventType::kUnspecified;
  BounceKind bounce_kind = BounceKind::kHard;
  bool machine = false;
  bool retracted = false;
  bool received = false;
  bool of_other_address = false;
  state::AddressSlot address = state::kOwnSlot;
  state::AddressSlot other_address = state::kOwnSlot;
  std::string event_id;
  std::string message_id;
  std::string campaign_id;
  std::string name;
  std::string subject;  // as state::JournalEntry::subject
  state::EntryProperties properties;

  OwnedEntry() = default;
  explicit OwnedEntry(const state::JournalEntry& entry)
      : occurred_at(entry.occurred_at),
        type(entry.type),
        bounce_kind(entry.bounce_kind),
        machine(entry.machine),
        retracted(entry.retracted),
        received(entry.received),
        of_other_address(entry.of_other_address),
        address(entry.address),
        other_address(entry.of_other_address ? entry.belongs_to() : state::kOwnSlot),
        event_id(entry.event_id()),
        message_id(entry.message_id()),
        campaign_id(entry.campaign_id()),
        name(entry.name()),
        subject(entry.subject()),
        properties(entry.properties() == nullptr ? state::EntryProperties() : *entry.properties()) {}

  explicit OwnedEntry(const state::EntryFields& fields)
      : occurred_at(fields.occurred_at),
        type(fields.type),
        bounce_kind(fields.bounce_kind),
        machine(fields.machine),
        received(fields.received),
        of_other_address(fields.of_other_address),
        address(fields.address),
        other_address(fields.other_address),
        event_id(fields.event_id),
        message_id(fields.message_id),
        campaign_id(fields.campaign_id),
        name(fields.name),
        subject(fields.subject),
        properties(fields.properties == nullptr ? state::EntryProperties() : *fields.properties) {}

  // Returns fields that refer to this object's strings. Implicit, so that it can be passed as an entry.
  operator state::EntryFields() const {  // NOLINT(google-explicit-constructor)
    state::EntryFields fields{occurred_at,      type,    bounce_kind,   machine,  received,
                              of_other_address, address, other_address, event_id, message_id,
                              campaign_id,      name,    subject,       nullptr,  {}};
    if (!properties.empty()) fields.properties = std::make_shared<const state::EntryProperties>(properties);
    return fields;
  }
  friend bool operator==(const OwnedEntry&, const OwnedEntry&) = default;
};

// Returns fields that refer to the strings of `entries`, which must outlive them.
inline std::vector<state::EntryFields> FieldsOf(const std::vector<OwnedEntry>& entries) {
  return {entries.begin(), entries.end()};
}

template <typename Entries>
std::vector<OwnedEntry> OwnedEntriesOf(const Entries& entries) {
  std::vector<OwnedEntry> owned;
  for (const auto& entry : entries) owned.emplace_back(entry);
  return owned;
}

}  // namespace leadpulse::testing
