// One line of changes.jsonl, read back: the proto3 JSON of a Change as outputs and topics hold it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::report {

// Keeps buffers between calls: one a thread.
class ChangeLineReader {
 public:
  ChangeLineReader();
  ~ChangeLineReader();

  // The parts of a change that a report counts: key, at, kind, name, from, to and the kind of the cause. What else the
  // line holds is not looked at. Rejected with what is wrong with it, without file and line.
  Result<codec::Change> Read(std::string_view line);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace leadpulse::report
