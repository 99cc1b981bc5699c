// Reads a line of changes.jsonl: the proto3 JSON of a Change in outputs and topics.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// The fields of a change for filters, as spelled in the line. A member that is missing or has another type is empty.
struct ChangeLabels {
  std::string tenant;
  std::string kind;   // `TIER_CHANGED`
  std::string cause;  // `DEFINITIONS`
  bool backfill = false;
};

// A reader of change lines. Not thread-safe: reuses buffers between calls.
class ChangeLineReader {
 public:
  ChangeLineReader();
  ~ChangeLineReader();

  // Reads the labels. Rejected if the line is not a JSON object. Nothing else is checked.
  Result<ChangeLabels> ReadLabels(std::string_view line);

  // Reads the parts of a change that a report counts: key, at, kind, name, from, to and the kind of the cause. The rest
  // of the line is ignored. Rejected with what is wrong with it, without file and line.
  Result<Change> Read(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace leadpulse::codec
