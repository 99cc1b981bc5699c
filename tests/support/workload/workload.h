#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"

namespace leadpulse::workload {

// What is read under one set of definitions.
struct Phase {
  model::Definitions definitions;
  std::vector<model::Record> records;
  std::optional<model::Millis> until;
  // The records are cut into files before each of these positions.
  std::vector<size_t> cuts;
  // Whether each file is given to a run of its own.
  bool separate_runs = false;
};

// A whole experiment: phases that follow each other on one state.
struct Workload {
  uint64_t seed = 0;
  int partitions = 4;
  std::vector<Phase> phases;
};

Workload MakeWorkload(uint64_t seed);

// A definitions file.
std::string DefinitionsYaml(const model::Definitions& definitions);

// A rule or a step as text of the rule language; `spelling` picks among
// spellings that mean the same.
std::string RuleText(const model::Rule& rule, uint64_t spelling);
std::string StepText(const model::Step& step, uint64_t spelling);

// One line of an input file, without its end.
std::string RecordLine(const model::Record& record);

}  // namespace leadpulse::workload
