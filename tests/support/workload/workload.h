// A workload, made from a seed as structures of the model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/model/definitions.h"
#include "tests/support/model/record.h"

namespace leadpulse::workload {

// The step at which messages between leads are under way, in an epoch that is not committed.
inline constexpr char kDuringExchange[] = "mid_exchange";

// A named step of the program at which it is killed, when it reaches the step for the `count`-th time.
struct Kill {
  std::string step;
  int count = 1;
};

// The records that are read under one set of definitions.
struct Phase {
  model::Definitions definitions;
  // Gives no definitions, so those of the state continue.
  bool keeps_definitions = false;
  // Seed of the comments and blanks that are added to the definitions' text; 0 adds none.
  uint64_t padding = 0;
  std::vector<model::Record> records;
  std::optional<model::Millis> until;
  // The number of first records that are appended to a file of an earlier phase, if there is one; `grown_file` chooses
  // the file.
  size_t grown = 0;
  size_t grown_file = 0;
  // The other records are divided into files before each of these positions.
  std::vector<size_t> cuts;
  // Whether each file is given to a run of its own.
  bool separate_runs = false;
  // The phase's last run is started once for each of these, and killed when it reaches the step.
  std::vector<Kill> kills;
  // After a kill the run is not started again with the same arguments: the next phase continues from the committed
  // state. Has no meaning in the last phase.
  bool is_abandoned = false;
};

// A whole experiment: phases that follow each other on one state.
struct Workload {
  uint64_t seed = 0;
  int partitions = 4;
  std::vector<Phase> phases;
};

// Makes a workload with one set of definitions, rarely two, and without kills. With `shares_addresses` most tenants
// have leads that share addresses, and the definitions switch `by_email`.
Workload MakeWorkload(uint64_t seed, bool shares_addresses = false);

// Makes phases with changing definitions whose runs are killed.
Workload MakeHistory(uint64_t seed, bool shares_addresses = false);
// Returns the steps at which a history's runs are killed.
const std::vector<std::string>& KillSteps();

// Returns the text of a definitions file.
std::string DefinitionsYaml(const model::Definitions& definitions);

// Returns the definitions file of a phase with its padding; nothing if the phase keeps the state's.
std::optional<std::string> DefinitionsFile(const Phase& phase);

// Returns a rule or a step as text of the rule language. `spelling` picks among spellings that mean the same.
std::string RuleText(const model::Rule& rule, uint64_t spelling);
std::string StepText(const model::Step& step, uint64_t spelling);

// Returns one line of an input file, without its end.
std::string RecordLine(const model::Record& record);

}  // namespace leadpulse::workload
