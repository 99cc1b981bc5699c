// The outcomes of records that were written to an input of a run: a port, because a run on files reports it differently
// from a live one.
#pragma once

#include <optional>
#include <string>

#include "processor/base/status.h"
#include "schemas/codec/records.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// A record that went to the dead letters.
struct RecordRefusal {
  std::string reason;  // `final_stage`
  std::string detail;  // a sentence
  friend bool operator==(const RecordRefusal&, const RecordRefusal&) = default;
};

struct RecordOutcome {
  bool is_read = false;  // The run has read and committed it, as of the snapshot.
  std::optional<RecordRefusal> refusal;
  bool is_elsewhere = false;  // another process reads the partition now
  friend bool operator==(const RecordOutcome&, const RecordOutcome&) = default;
};

class RecordOutcomes {
 public:
  virtual ~RecordOutcomes() = default;
  // False: Find does not use its snapshot.
  virtual bool needs_snapshot() const { return true; }
  // Thread-safe. `at`: the beginning of the record in its file, or its offset in a topic. Rejected: the run does not
  // read that input, or it forgot the outcomes that are this old.
  virtual Result<RecordOutcome> Find(const state::LeadReader& snapshot, const codec::SourcePosition& at) = 0;
};

}  // namespace leadpulse::query
