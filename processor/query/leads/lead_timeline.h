// The history of a lead, as far as its row has times: the events of its journal, its notes, the consents that were
// recorded, the commands that changed its profile (RecordEdit in state/lead/profile.h says which are stored), and the
// latest published changes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "leadpulse/v1/lead_history.pb.h"
#include "processor/base/instant.h"
#include "schemas/codec/published_change.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// The place of an entry in the timeline; the latest comes first.
struct TimelinePlace {
  enum class Kind : uint8_t { kEvent, kNote, kConsent, kStage, kEdit, kChange };  // in cursors: never renumber
  Instant at;
  Kind kind = Kind::kEvent;
  std::string id;  // the event's id, a number that falls from change to change, or a hash of another entry. No two
                   // entries of a lead have the same place.
};
bool IsNewer(const TimelinePlace& a, const TimelinePlace& b);

struct PlacedEntry {
  TimelinePlace place;
  // Without its content if it is an event: all events together may take several times the journal's memory.
  v1::TimelineEntry entry;
  const state::JournalEntry* event = nullptr;  // of the lead
};

// Returns all entries, the latest first; at the same instant changes come before their possible causes. A row that an
// earlier version wrote has no edits of the stage, but the last one. A published change has no source, and the actor of
// a command that caused it. `lead` must outlive the entries. Events that have left the journal are missing: SetFolded
// (history_parts.h) says what is left of them.
std::vector<PlacedEntry> TimelineOf(const state::Lead& lead, std::span<const codec::PublishedChange> published);
// Returns the whole entry of the lead.
v1::TimelineEntry WholeEntry(const state::Lead& lead, const PlacedEntry& placed);

// Appends the JSON of an entry: `{"at":…,"kind":"note","note":{…}}`; the content is as in the lead's record.
void AppendJson(const v1::TimelineEntry& entry, std::string* out);

}  // namespace leadpulse::query
