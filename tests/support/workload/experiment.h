// Runs the program on a workload and compares what it wrote with what the model expects.
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

// One file of a workload's input. A phase makes it, later ones may append to it.
struct InputFile {
  struct Line {
    const model::Record* record = nullptr;  // of the workload, which must outlive this
    int64_t number = 0;                     // from 1
  };
  struct Part {
    size_t phase = 0;
    std::string content;
    std::vector<Line> lines;
  };
  std::string name;
  std::vector<Part> parts;
};

// The input of a workload, cut as it says. Blank lines and carriage returns
// are strewn in.
std::vector<InputFile> InputFiles(const Workload& workload);

// One start of the program: which definitions, how many of the files. Of these it is given what stands in them by then.
struct Start {
  size_t phase = 0;
  size_t files = 0;
  bool is_last_of_phase = false;
};

std::vector<Start> PlanStarts(const Workload& workload, const std::vector<InputFile>& files);

// How often the program was killed at each step.
using KillTally = std::map<std::string, int>;

// Runs the program in `directory`, which must be empty, and compares what it wrote with the model after every run that
// came to its end. `wall_clock` is the time of the runs. Counts the kills where `tally` is given.
Mismatch Check(const Workload& workload, model::Millis wall_clock, const std::string& binary,
               const std::string& directory, KillTally* tally = nullptr);

// What the program makes of a workload in the end, run in `directory`, which must be empty.
Outcome Run(const Workload& workload, const std::string& binary, const std::string& directory);

Mismatch CompareOutcomes(const Outcome& expected, const Outcome& got);

// Everything needed to see a workload: definitions and input.
std::string Describe(const Workload& workload);

}  // namespace leadpulse::workload
