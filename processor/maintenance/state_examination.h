// Looks at every row of a state and says everything that is wrong with it: what `state check` prints and `state repair`
// mends.
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
  uint64_t leads = 0;  // rows, those that cannot be read among them
  uint64_t timers = 0;
  uint64_t erased = 0;
  uint64_t inputs = 0;
  uint64_t due = 0;       // leads whose timer is due and has not fired yet: the next run fires it
  uint64_t outdated = 0;  // leads that a rollout of definitions has not reached yet
  Instant clock = Instant::DistantPast();
  bool rolling_out = false;   // a rollout of definitions is under way
  bool other_engine = false;  // evaluated by another version of the engine: views are not judged
  bool newer_engine = false;  // evaluated by a newer one than this program's

  // Of a state that the live mode made; its clock is the latest of its partitions.
  bool live = false;
  uint32_t positions = 0;  // partitions with a position
  uint32_t restoring = 0;  // partitions with leads whose restore is under way or was cut short: views are not judged
  uint64_t unsettled = 0;  // leads in these
  uint64_t elsewhere = 0;  // leads in another partition than their key's: right where producers are trusted
};

// An error ends the examination.
using ProblemSink = std::function<Status(StateProblem problem)>;

// Calls `sink` for each problem: files first, then meta, erasures, leads and timers, each in the order of their keys.
// Bounded memory. What cannot be read is a problem like others; the only errors are those of `sink` and `settle`.
//
// `settle`, where given, says that rows are being mended as problems are reported: it is called before the timers are
// looked at, and what mends the leads must be written then.
//
// A state of the live mode is a cache of the changelog: whatever is wrong with it, the remedy is to remove it.
Result<StateFacts> ExamineState(const state::StateRows& rows, const ProblemSink& sink,
                                const std::function<Status()>& settle = nullptr);

}  // namespace leadpulse::maintenance
