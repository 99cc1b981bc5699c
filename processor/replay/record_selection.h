// Which records are sent again, and how they are marked. Thread-safe.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/files/input/batch_decoder.h"
#include "schemas/codec/records.h"

namespace leadpulse::replay {

// Returns the names of all types, events first: `open`, `page_visit` and so on of events, the actions of commands
// (`update_profile`).
std::vector<std::string> RecordTypeNames();

struct RecordSelection {
  std::set<std::string> tenants;  // empty: all, as for leads and types
  std::set<std::string> leads;    // lead ids, addresses in lower case
  std::set<std::string, std::less<>> types;
  // The range of occurred_at or issued_at: from <= time < until.
  std::optional<Instant> from;
  std::optional<Instant> until;

  // Whether the selection takes the record. True for one that cannot be decoded: it is reported.
  bool Takes(const codec::Decoded& record) const;
  // Returns the options that select the records, for the identity of a replay; empty: all records.
  std::string Describe() const;

 private:
  bool TakesRecord(const LeadKey& key, Instant time, std::string_view type) const;
};

// Drops what the selection does not take, and marks the others if asked to.
input::ApplyToRecord TransformOf(RecordSelection selection, bool as_backfill);

}  // namespace leadpulse::replay
