// A workload: what a seed makes, as structures of the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"

namespace leadpulse::workload {

// A step of the program's work at which it is killed: the `count`-th time that it comes there.
struct Kill {
  std::string step;
  int count = 1;
};

// What is read under one set of definitions.
struct Phase {
  model::Definitions definitions;
  // No definitions are given: those of the state go on.
  bool keeps_definitions = false;
  // Seeds the comments and blanks that are strewn into the definitions' text; none for 0.
  uint64_t padding = 0;
  std::vector<model::Record> records;
  std::optional<model::Millis> until;
  // So many of the first records are appended to a file of the phases before, where there are any; `grown_file` picks
  // among these files.
  size_t grown = 0;
  size_t grown_file = 0;
  // The other records are cut into files before each of these positions.
  std::vector<size_t> cuts;
  // Whether each file is given to a run of its own.
  bool separate_runs = false;
  // The phase's last run is started once for each of these, and killed where it comes there.
  std::vector<Kill> kills;
  // Killed, it is not started again with the same arguments: the next phase goes on from what is committed. Of the last
  // phase this says nothing.
  bool is_abandoned = false;
};

// A whole experiment: phases that follow each other on one state.
struct Workload {
  uint64_t seed = 0;
  int partitions = 4;
  std::vector<Phase> phases;
};

// One set of definitions, seldom two; no kills.
Workload MakeWorkload(uint64_t seed);

// Definitions that change under way, in runs that are killed.
Workload MakeHistory(uint64_t seed);
// The steps at which these are killed.
const std::vector<std::string>& KillSteps();

// A definitions file.
std::string DefinitionsYaml(const model::Definitions& definitions);

// The definitions file of a phase, padded as it says; nothing where it keeps the state's.
std::optional<std::string> DefinitionsFile(const Phase& phase);

// A rule or a step as text of the rule language; `spelling` picks among
// spellings that mean the same.
std::string RuleText(const model::Rule& rule, uint64_t spelling);
std::string StepText(const model::Step& step, uint64_t spelling);

// One line of an input file, without its end.
std::string RecordLine(const model::Record& record);

}  // namespace leadpulse::workload
