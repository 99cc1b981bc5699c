// Which records are sent again, and how they are marked. Thread-safe.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "schemas/codec/records.h"

namespace leadpulse::replay {

// What a record is called: `open`, `page_visit` and so on of an event, the action of a command (`update_profile`).
std::string_view TypeNameOf(const codec::Event& event);
std::string_view TypeNameOf(const codec::Command& command);
// All of them, events first.
std::vector<std::string> RecordTypeNames();

struct RecordSelection {
  std::set<std::string> tenants;  // empty: all; so with leads and types
  std::set<std::string> leads;    // lead ids, addresses in lower case
  std::set<std::string, std::less<>> types;
  // Of occurred_at or issued_at: from <= time < until.
  std::optional<Instant> from;
  std::optional<Instant> until;

  bool Takes(const codec::Event& event) const { return TakesRecord(event.key, event.occurred_at, TypeNameOf(event)); }
  bool Takes(const codec::Command& command) const {
    return TakesRecord(command.key, command.issued_at, TypeNameOf(command));
  }
  // In words, for the identity of a replay; empty: all records.
  std::string Describe() const;

 private:
  bool TakesRecord(const LeadKey& key, Instant time, std::string_view type) const;
};

}  // namespace leadpulse::replay
