// The history of a lead, as far as its row has times: the events of its journal, its notes, the consents that were
// recorded, the commands that changed its profile (RecordEdit in state/lead/profile.h says which are stored), and the
// latest published changes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

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

struct TimelineEntry {
  TimelinePlace place;
  // `{"at":…,"kind":"note","note":{…}}`; events and consents as in the lead's record. An edit is a `stage`, `agent`,
  // `qualification`, `doNotContact`, `attributes`, `tags`, `lists` or `campaigns` with its `actor`; a row that an
  // earlier version wrote has only the last `stage`, without an actor. A change has the members of a published one,
  // without `source`, and the `actor` of a command that caused it.
  // Empty for an event: AppendTimelineEntry prints it, because all together may take several times the journal's
  // memory.
  std::string json;
  const state::JournalEntry* event = nullptr;  // of the lead
};

// Returns all entries, the latest first; at the same instant changes come before their possible causes. `published`: of
// the lead, which must outlive the entries. Events that have left the journal are missing: AppendFolded shows what is
// left of them.
std::vector<TimelineEntry> TimelineOf(const state::Lead& lead, std::span<const codec::PublishedChange> published);
// Appends the JSON of an entry of the lead.
void AppendTimelineEntry(const state::Lead& lead, const TimelineEntry& entry, std::string* out);

}  // namespace leadpulse::query
