// Problems that a state can have, by name, and their remedies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "state/lead/lead.h"
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
  kMissingMailbox,
  kForgottenUser,
  kUnknownUser,
  kWrongUserFacts,
  kWrongStanding,
  kOrphanPublished,
  kUnreadablePublished,
  kUnreadableDayCounts,
  kCount,  // number of kinds
};

// Returns `unreadable_lead` and so on, as `state check --format json` prints them: never change one.
const char* ProblemName(ProblemKind kind);

// Returns `lead "ann" of tenant "acme"`.
std::string DescribeLead(const LeadKey& key);
// Describes a row whose key cannot be read.
std::string DescribeRow(state::RowFamily family, std::string_view row_key);

// The remedy for a problem.
enum class Remedy {
  kRestore,      // none in the state: restore a backup, or read the inputs again
  kRepair,       // its `mend`, which follows from the other rows
  kReevaluate,   // its `mend`, on request: the next run publishes the changes
  kQuarantined,  // its `mend`, which removes the row after it was stored elsewhere
  kRemove,       // remove the directory: the live mode restores it from lead.state
  kCount,        // number of remedies
};

struct StateProblem {
  ProblemKind kind;
  Remedy remedy;
  std::string subject;  // `lead "ann" of tenant "acme"`
  std::string what;     // `… has no timer at …`: completes the subject to a sentence
  // The row, for Remedy::kQuarantined.
  state::RowFamily family = state::RowFamily::kLeads;
  std::string row_key = {};
  std::string row_value = {};
  // The changes that repair it, for one write; empty for kRestore and kRemove.
  std::vector<state::RowChange> mend = {};
};

// Returns the changes that store the lead and move its timer from `former_timer` (Instant::Never() if it had none).
std::vector<state::RowChange> ReplaceLead(PartitionId partition, const state::Lead& lead, Instant former_timer);

}  // namespace leadpulse::maintenance
