// The outcomes of records that were written to an input of a run: a port, because a run on files and a live one report
// them differently.
#pragma once

#include <optional>
#include <string>

#include "processor/base/status.h"
#include "schemas/codec/records.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// The reason for which a record went to the dead letters.
struct RecordRefusal {
  std::string reason;  // `final_stage`
  std::string detail;  // a sentence
  friend bool operator==(const RecordRefusal&, const RecordRefusal&) = default;
};

struct RecordOutcome {
  bool is_read = false;  // the run has read and committed it, as of the snapshot
  std::optional<RecordRefusal> refusal = {};
  bool is_elsewhere = false;  // another process reads the partition now
  friend bool operator==(const RecordOutcome&, const RecordOutcome&) = default;
};

class RecordOutcomes {
 public:
  virtual ~RecordOutcomes() = default;
  // Finds the outcome of a record. Thread-safe. `snapshot`: the entries as of one commit; `at`: the beginning of the
  // record in its file, or its offset in a topic. Rejected: the run does not read that input, or it has dropped
  // outcomes of this age.
  virtual Result<RecordOutcome> Find(const state::MetaReader& snapshot, const codec::SourcePosition& at) = 0;
};

}  // namespace leadpulse::query
