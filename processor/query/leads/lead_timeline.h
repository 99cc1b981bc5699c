// What happened to a lead, as far as its row says when: the events of its journal, its notes, the consents that were
// recorded, and the commands that changed its profile (RecordEdit in state/lead/profile.h says which are kept).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/base/instant.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

// Where an entry stands: the latest first.
struct TimelinePlace {
  enum class Kind : uint8_t { kEvent, kNote, kConsent, kStage, kEdit };  // in cursors: never renumber
  Instant at;
  Kind kind = Kind::kEvent;
  std::string id;  // the event's id, or a hash of another entry. No two entries of a lead have the same place.
};
bool IsNewer(const TimelinePlace& a, const TimelinePlace& b);

struct TimelineEntry {
  TimelinePlace place;
  // `{"at":…,"kind":"note","note":{…}}`; events and consents as in the lead's record. An edit is a `stage`, `agent`,
  // `qualification`, `doNotContact`, `attributes`, `tags`, `lists` or `campaigns` with its `actor`; a row that an
  // earlier version wrote has only the last `stage`, without an actor.
  std::string json;
};

// All entries, the latest first. Events that have left the journal are missing: AppendFolded has what is left of them.
std::vector<TimelineEntry> TimelineOf(const state::Lead& lead);

}  // namespace leadpulse::query
