// Scenario tables: readers of them, and runs on the engine (tests/scenarios/README.md has the format).
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/instant.h"

namespace leadpulse::testing {

struct ScenarioDefinitions {
  std::string body;                                           // YAML lines of the tenant, indented by two
  std::vector<std::pair<std::string, std::string>> segments;  // id, rule
  std::string ToYaml(const std::string& timezone) const;
};

struct ScenarioRow {
  int line = 0;
  int copy = 0;  // 1, 2, … of a `repeat`ed line
  Instant at;
  std::string lead;         // `ann@example.com`
  bool by_address = false;  // the record has it as its `email` and no lead id
  std::string verb;
  std::string rest;
};

struct ExpectedChange {
  int line = 0;
  std::optional<Instant> at;
  std::string lead;
  std::string what;   // `enters recent`
  std::string cause;  // `time`, `event e1`, `definitions`; empty: any
};

struct ExpectedMember {
  std::string lead;  // empty: the lead of the last line of `when:`
  std::string path;  // `counts.open`; `no` with the JSON `row` if the lead does not exist
  std::string json;
};

struct Scenario {
  std::string file;
  int line = 0;
  std::string title;
  std::string timezone = "UTC";
  std::string later_timezone;  // empty: the same
  ScenarioDefinitions definitions;
  ScenarioDefinitions later;
  std::set<std::string> watch;
  std::vector<ScenarioRow> when;
  bool lists_changes = false;  // has a `then:`
  std::vector<ExpectedChange> then;
  std::vector<ExpectedMember> finally;
  std::vector<std::string> counted;  // lines of `counted:`, single-spaced; empty: not compared
};

// Reads every table of tests/scenarios, in the order of their names. Prints the error and aborts if it cannot read one,
// because a skipped scenario would prove nothing.
std::vector<Scenario> AllScenarios();

// The result of a scenario.
struct ScenarioOutcome {
  std::vector<ExpectedChange> changes;  // the watched ones
  std::vector<std::string> rejections;  // reasons
  // The lead's row in `leads.jsonl`, or an empty text.
  std::function<std::string(const std::string& lead)> row;
  // The counts by day, as the lines of `counted:`. nullopt: unknown.
  std::optional<std::vector<std::string>> counted = {};
};

// Returns the differences from the scenario, or an empty text.
std::string CompareOutcome(const Scenario& scenario, const ScenarioOutcome& outcome);

// Runs the scenario on the engine and compares. With `hostile`, every record comes twice, with a restart after each.
std::string RunScenario(const Scenario& scenario, bool hostile);

}  // namespace leadpulse::testing
