// A lead as it is held in memory: profile and journal, from which all else follows, and what was last published.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "processor/base/engagement.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "state/journal.h"
#include "state/profile.h"
#include "state/segment_indexes.h"

namespace leadpulse::config {
struct TenantDefinitions;
}

namespace leadpulse::state {

// What of the last evaluation was published, to compare the next one with. `tier` and `segments` are indexes into
// the tenant's definitions with the lead's definitions_number; segments ascend.
struct PublishedView {
  int64_t score = 0;
  uint32_t tier = 0;
  EmailStatus email_status = EmailStatus::kActive;
  bool sendable = true;
  Stage stage = Stage::kNew;
  SegmentIndexes segments;
  friend bool operator==(const PublishedView&, const PublishedView&) = default;
};

// What the evaluation of a lead's rules keeps for the next one: it follows from the lead, and is not stored.
// processor/view/segment_update.h says what it means.
struct RuleMemo {
  struct Flip {
    uint32_t subject = 0;
    Instant at;
  };
  // That it is of, never null. Whoever brings the lead under others takes the memo away.
  const config::TenantDefinitions* definitions = nullptr;
  std::vector<Flip> flips;
  std::vector<uint32_t> guards;          // of its profile
  std::vector<uint32_t> segment_guards;  // of the segments it is in
  Instant rest_stands_until = Instant::DistantPast();
  std::optional<int64_t> profile_quality;

  size_t MemoryBytes() const {
    return sizeof *this + flips.capacity() * sizeof(Flip) +
           (guards.capacity() + segment_guards.capacity()) * sizeof(uint32_t);
  }
};

// A lead's own: a copy of the lead has none, and to a comparison all are the same.
struct OwnRuleMemo {
  std::unique_ptr<RuleMemo> held;

  OwnRuleMemo() = default;
  OwnRuleMemo(OwnRuleMemo&&) = default;
  OwnRuleMemo& operator=(OwnRuleMemo&&) = default;
  OwnRuleMemo(const OwnRuleMemo&) {}
  OwnRuleMemo& operator=(const OwnRuleMemo&) {
    held.reset();
    return *this;
  }
  friend bool operator==(const OwnRuleMemo&, const OwnRuleMemo&) { return true; }
};

struct Lead {
  LeadKey key;
  Journal journal;
  SequenceNumber last_seq;
  // Records at or before it belong to an erased life of this lead and are dropped.
  Instant erased_at = Instant::DistantPast();
  // The next instant at which the view can change by time alone.
  Instant next_flip = Instant::Never();
  DefinitionsNumber definitions_number;
  PublishedView view;
  bool view_in_doubt = false;  // a repair found it wrong: at the next flip all of it is evaluated
  OwnRuleMemo rule_memo;  // null: made anew when it is asked for, as of a lead just read or under other definitions
  Profile profile;
  friend bool operator==(const Lead&, const Lead&) = default;
};

}  // namespace leadpulse::state
