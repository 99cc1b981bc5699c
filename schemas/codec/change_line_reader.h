// One line of changes.jsonl, read back: the proto3 JSON of a Change as outputs and topics hold it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// What a filter asks of a change, as the line spells it; a member that is missing, or is of another type, is empty.
struct ChangeLabels {
  std::string tenant;
  std::string kind;   // `TIER_CHANGED`
  std::string cause;  // `DEFINITIONS`
  bool backfill = false;
};

// Keeps buffers between calls: one a thread.
class ChangeLineReader {
 public:
  ChangeLineReader();
  ~ChangeLineReader();

  // Rejected: the line is no JSON object. Nothing else of it is checked.
  Result<ChangeLabels> ReadLabels(std::string_view line);

  // The parts of a change that a report counts: key, at, kind, name, from, to and the kind of the cause. The rest of
  // the line is ignored. Rejected with what is wrong with it, without file and line.
  Result<Change> Read(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace leadpulse::codec
