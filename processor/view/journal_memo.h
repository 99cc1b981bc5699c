// Cached results for a long journal: results of DID, and for each scoring rule the counted entries and their points. An
// event then costs about the same for any length of the journal.
//
// Equal to a scan of all entries (long_journal_property_test). Not thread-safe. Nothing here fails.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/definitions.h"
#include "processor/base/engagement.h"
#include "processor/base/instant.h"
#include "processor/rules/evaluation/did_evaluator.h"
#include "processor/rules/evaluation/evaluator.h"
#include "processor/view/counted_entries.h"
#include "state/lead/journal.h"

namespace leadpulse::view {

class JournalMemo {
 public:
  // Applies the journal's changes since the last call. It must be the same journal at each call.
  void Update(const state::Journal& journal);

  rules::ResultCache* results() { return &results_; }

  // Returns the cached points of the scoring rule with that index; null if they are not valid at `now` under these
  // definitions.
  const DecayedPoints* FindPoints(size_t rule, const config::TenantDefinitions& definitions, Instant now);
  // Returns a scoring rule's points for the entries from index `begin` on. CountedEntries::CanCount must hold for the
  // rule. Call Update and FindPoints first.
  DecayedPoints CountPoints(size_t rule, const rules::Facts& facts, const config::TenantDefinitions& definitions,
                            size_t begin);
  // Stores points for FindPoints.
  void KeepPoints(size_t rule, const DecayedPoints& points, Instant now);

  size_t MemoryBytes() const;

 private:
  struct RulePoints {
    EventType type = EventType::kUnspecified;  // the type that the rule's step counts
    CountedEntries entries;
    DecayedPoints points;  // valid from `from` until they change
    Instant from = Instant::Never();
  };

  void Restart(const config::TenantDefinitions& definitions);

  rules::ResultCache results_;
  std::vector<RulePoints> rules_;
  size_t entry_bytes_ = 0;  // heap memory of rules_, cached because each event needs it
  uint64_t serial_ = 0;     // the serial number of the definitions of rules_
  EventTypes reset_on_;     // the types at which the definitions reset the score
  bool started_ = false;    // Update has seen the journal
  uint32_t first_ = 0;      // the number of the journal's first entry
  uint32_t begin_ = 0;      // the number of the first entry that rules_ may count
};

}  // namespace leadpulse::view
