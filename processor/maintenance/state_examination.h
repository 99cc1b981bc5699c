// Examines every row of a state and reports every problem: `state check` prints them, `state repair` repairs them.
#pragma once

#include <cstdint>
#include <functional>

#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/maintenance/state_problem.h"
#include "state/store/state_rows.h"

namespace leadpulse::maintenance {

struct StateFacts {
  uint32_t partitions = 0;
  uint64_t leads = 0;      // rows, including unreadable ones
  uint64_t mailboxes = 0;  // rows of mailboxes that are no leads of their own
  uint64_t timers = 0;
  uint64_t erased = 0;
  uint64_t inputs = 0;
  uint64_t due = 0;       // leads whose timer is due but has not fired: the next run fires it
  uint64_t outdated = 0;  // leads that a rollout of definitions has not reached yet
  Instant clock = Instant::DistantPast();
  bool rolling_out = false;    // a rollout of definitions is in progress
  bool messages_wait = false;  // a run ended with messages between leads undelivered
  bool other_engine = false;   // leads were evaluated by another version of the engine: views are not checked
  bool newer_engine = false;   // leads were evaluated by a newer version than this program's

  // The state is of the live mode. Its clock is the latest of its partitions.
  bool live = false;
  uint32_t positions = 0;  // partitions with a position
  // Partitions with leads whose restore is in progress or was interrupted: views are not checked.
  uint32_t restoring = 0;
  uint64_t unsettled = 0;  // leads in the partitions counted by `restoring`
  uint64_t elsewhere = 0;  // leads outside the partition of their key, which is right if producers are trusted
};

// Callback for each problem. An error ends the examination.
using ProblemSink = std::function<Status(StateProblem problem)>;

// Examines a state and calls `sink` for each problem: files first, then meta, erasures, leads and timers, each in the
// order of their keys. Uses bounded memory. A row that cannot be read is a problem, not an error; only `sink` and
// `settle` cause errors.
//
// Pass `settle` to repair rows while problems are reported. It is called before the timers are examined, and must write
// the repairs of the leads.
//
// A state of the live mode is a cache of the changelog: the remedy for each of its problems is to remove it.
Result<StateFacts> ExamineState(const state::StateRows& rows, const ProblemSink& sink,
                                const std::function<Status()>& settle = nullptr);

}  // namespace leadpulse::maintenance
