// An event into a journal.
#pragma once

#include <cstddef>

#include "config/definitions.h"
#include "schemas/codec/records.h"
#include "state/lead/journal.h"

namespace leadpulse::engine {

// The journal entry of an event, without its properties; its texts are the event's own.
state::EntryFields EntryWithoutProperties(const codec::Event& event);

// The journal entry of an event, with its declared properties converted; its texts are the event's own. Adds to
// `left_out` the number of properties that could not be converted.
state::EntryFields EntryOf(const codec::Event& event, const config::TenantDefinitions& definitions, uint64_t* left_out);

// The fields of an entry of another journal, sent for the lead itself. Its texts are those of the entry.
state::EntryFields FieldsOf(const state::JournalEntry& entry);

// Bytes. A longer text property is left out.
inline constexpr size_t kMaxPropertyTextBytes = 256;

}  // namespace leadpulse::engine
