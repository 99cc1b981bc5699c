#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/support/model/model.h"
#include "tests/support/workload/workload.h"

namespace leadpulse::workload {

// file, line, reason
using DeadLetterLine = std::tuple<std::string, int64_t, std::string>;

// What comes out of a workload, from the model or from the program.
struct Outcome {
  // Empty, or why there is no outcome: the program failed, or the model found
  // itself wanting.
  std::string failure;
  std::map<model::LeadKey, std::vector<model::Change>> changes;
  std::multiset<DeadLetterLine> dead_letters;
  std::map<model::LeadKey, model::Json> leads;
};

// The first difference between two outcomes.
struct Mismatch {
  enum class Kind { kNone, kFailure, kChanges, kDeadLetters, kLeads };
  Kind kind = Kind::kNone;
  std::string text;
};

// One file of a workload's input and where its records stand.
struct InputFile {
  size_t phase = 0;
  std::string name;
  std::string content;
  std::vector<int64_t> lines;  // of each record, from 1
};

// The input of a workload, cut as it says. Blank lines and carriage returns
// are strewn in.
std::vector<InputFile> InputFiles(const Workload& workload);

// What the contract says of a workload. `wall_clock` is the time of the run.
Outcome Expect(const Workload& workload, model::Millis wall_clock);

// What the program makes of it, run in `directory`, which must be empty.
Outcome Run(const Workload& workload, const std::string& binary, const std::string& directory);

Mismatch Compare(const Outcome& expected, const Outcome& got);

// Everything needed to see a workload: definitions and input.
std::string Describe(const Workload& workload);

}  // namespace leadpulse::workload
