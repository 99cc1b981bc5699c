// Runs the program on a workload and compares its output with the model.
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

// The result of a workload, from the model or from the program.
struct Outcome {
  // Empty, or why there is no outcome: the program failed, or the model found its own defect.
  std::string failure;
  std::map<model::LeadKey, std::vector<model::Change>> changes;
  std::multiset<DeadLetterLine> dead_letters;
  std::map<model::LeadKey, model::Json> leads;
  // How many events journals have taken, by tenant and type. Not compared: outputs do not say it.
  std::map<std::pair<std::string, std::string>, uint64_t> events_taken = {};
};

// Reads one line of changes.jsonl. Throws if it is invalid.
model::Change ReadChange(const model::Json& line);

// Reads the program's output in this directory, or returns the failure.
Outcome ReadOutputs(const std::string& directory);

// The first difference between two outcomes.
struct Mismatch {
  enum class Kind { kNone, kFailure, kChanges, kDeadLetters, kLeads };
  Kind kind = Kind::kNone;
  std::string text;
};

// One input file of a workload. A phase creates it, later ones may append to it.
struct InputFile {
  struct Line {
    const model::Record* record = nullptr;  // in the workload, which must outlive this
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

// Divides the input of a workload into files, with blank lines and carriage returns added at random.
std::vector<InputFile> InputFiles(const Workload& workload);

// One start of the program: its definitions, and the number of files, with their content at that time.
struct Start {
  size_t phase = 0;
  size_t files = 0;
  bool is_last_of_phase = false;
};

std::vector<Start> PlanStarts(const Workload& workload, const std::vector<InputFile>& files);

// How often the program was killed at each step. Steps after a kill during an exchange also count as `mid_exchange,
// STEP`: in runs that read everything in one epoch, such a commit is that of the same exchange.
using KillTally = std::map<std::string, int>;

// Runs the program in `directory`, which must be empty, and compares its output with the model after every finished
// run. `wall_clock` is the time of the runs. Counts the kills in `tally` unless it is null.
Mismatch Check(const Workload& workload, model::Millis wall_clock, const std::string& binary,
               const std::string& directory, KillTally* tally = nullptr);

// Runs a workload in `directory`, which must be empty. Returns the program's final result.
Outcome Run(const Workload& workload, const std::string& binary, const std::string& directory);

Mismatch CompareOutcomes(const Outcome& expected, const Outcome& got);

// Describes everything needed to see a workload: definitions and input.
std::string Describe(const Workload& workload);

}  // namespace leadpulse::workload
