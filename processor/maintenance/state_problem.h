// What can be wrong with a state, by name, and what mends it.
#pragma once

#include <string>
#include <vector>

#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

enum class ProblemKind {
  kCannotBeOpened,
  kDamagedFile,
  kUnreadableRows,
  kUnreadableMeta,
  kUnknownMeta,
  kUnreadableDefinitions,
  kUnreadableLead,
  kMisplacedLead,
  kErasedLeadHeld,
  kUnknownDefinitions,
  kWrongView,
  kWrongNextChange,
  kMissingTimer,
  kWrongTimer,
  kOrphanTimer,
  kUnreadableTimer,
  kUnreadableErasure,
  kCount,  // not a kind
};

// `unreadable_lead` and so on. Part of what `state check --format json` prints: never change one.
const char* ProblemName(ProblemKind kind);

// What mends a problem.
enum class Remedy {
  kRestore,      // nothing here: a backup, or the inputs again
  kRepair,       // its `mend`, which follows from what is sound
  kReevaluate,   // its `mend`, on request: the next run publishes what changes by it
  kQuarantined,  // its `mend`, which removes the row, once that row is kept elsewhere
  kRemove,       // of the whole directory: the live mode restores it from lead.state
  kCount,        // not a remedy
};

struct StateProblem {
  ProblemKind kind;
  Remedy remedy;
  std::string subject;  // `lead "ann" of tenant "acme"`
  std::string what;     // `… has no timer at …`: with the subject before it a sentence
  // For Remedy::kQuarantined: the row as it stands.
  state::RowFamily family = state::RowFamily::kLeads;
  std::string row_key = {};
  std::string row_value = {};
  // What mends it, in one write; empty for kRestore and kRemove.
  std::vector<state::RowChange> mend = {};
};

}  // namespace leadpulse::maintenance
