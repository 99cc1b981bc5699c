// The dead letters of a run on files, read while it goes on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/query/outcomes/record_outcomes.h"
#include "state/store/lead_reader.h"

namespace leadpulse::query {

// The bytes of dead-letters.jsonl that a commit vouches for. 0: the run has not committed yet.
Result<uint64_t> CommittedDeadLetters(const state::LeadReader& state);

// Visits the lines from byte `*next`, which it moves on, up to byte `committed`. Rejected: the file cannot be read.
Status ReadDeadLetters(const std::string& path, uint64_t committed, uint64_t* next,
                       const std::function<void(const std::string& line)>& visit);

struct RefusedRecord {
  std::string file;  // as the run names it
  int64_t offset = 0;
  RecordRefusal refusal;
};
// nullopt: the line is no dead letter.
std::optional<RefusedRecord> ParseDeadLetterLine(const std::string& line);

}  // namespace leadpulse::query
