#include <simdjson.h>

#include <cstdlib>

#include "absl/strings/str_join.h"
#include "state/codec/day_counts.h"
#include "tests/support/engine_driver.h"
#include "tests/support/scenario.h"
#include "tests/support/scenario_record.h"

namespace leadpulse::testing {
namespace {

using codec::ChangeKind;

struct Watched {
  std::string_view group;
  std::string text;
};

// Describes a change in a scenario's words.
Watched InWords(const codec::Change& change) {
  const std::string moved = change.from + " -> " + change.to;
  switch (change.kind) {
    case ChangeKind::kLeadCreated:
      return {"created", "created"};
    case ChangeKind::kEmailStatusChanged:
      return {"email", "email " + moved};
    case ChangeKind::kSendableChanged:
      return {"sendable", "sendable " + moved};
    case ChangeKind::kTopicChanged:
      return {"topics", "topic " + change.name + " " + moved};
    case ChangeKind::kStageChanged:
      return {"stage", "stage " + moved};
    case ChangeKind::kScoreChanged:
      return {"score", "score " + moved};
    case ChangeKind::kTierChanged:
      return {"tier", "tier " + moved};
    case ChangeKind::kSegmentLeft:
      return {"segments", "leaves " + change.name};
    case ChangeKind::kSegmentEntered:
      return {"segments", "enters " + change.name};
    case ChangeKind::kLeadMerged:
      return {"merged", "merged into " + change.name};
    case ChangeKind::kLeadErased:
      return {"erased", "erased"};
    case ChangeKind::kLeadUpdated:
      return {"updated", "updated " + absl::StrJoin(change.updated, ",")};
  }
  std::abort();
}

std::string CauseInWords(const codec::Cause& cause) {
  switch (cause.kind) {
    case codec::CauseKind::kEvent:
      return "event " + cause.id;
    case codec::CauseKind::kCommand:
      return "command " + cause.id;
    case codec::CauseKind::kTime:
      return "time";
    case codec::CauseKind::kDefinitions:
      return "definitions";
  }
  std::abort();
}

// Returns the result in the format of the `then:` lines.
std::vector<ExpectedChange> WatchedChanges(const Scenario& scenario, const EngineDriver& driver) {
  std::vector<ExpectedChange> outcome;
  for (const codec::Change& change : driver.changes()) {
    const Watched watched = InWords(change);
    if (!scenario.watch.contains(std::string(watched.group))) continue;
    const std::string cause = CauseInWords(change.cause) + (change.backfill ? " backfill" : "");
    outcome.push_back({0, change.at, change.key.lead, watched.text, cause});
  }
  return outcome;
}

std::string Render(const ExpectedChange& change) {
  return "  " + (change.at ? FormatRfc3339(*change.at) : "-") + "  " + change.lead + "  " + change.what +
         (change.cause.empty() ? "" : "  by " + change.cause) + "\n";
}

bool Same(const ExpectedChange& expected, const ExpectedChange& got) {
  return expected.at == got.at && expected.lead == got.lead && expected.what == got.what &&
         (expected.cause.empty() || expected.cause == got.cause);
}

// Sorts the changes by lead, each lead's in sequence, because the order between leads is free.
void SortByLead(std::vector<ExpectedChange>* changes) {
  std::stable_sort(changes->begin(), changes->end(), [](const auto& a, const auto& b) { return a.lead < b.lead; });
}

std::string CompareChanges(std::vector<ExpectedChange> expected, std::vector<ExpectedChange> got) {
  SortByLead(&expected);
  SortByLead(&got);
  if (expected.size() == got.size() && std::equal(expected.begin(), expected.end(), got.begin(), Same)) return {};
  std::string report = "expected:\n";
  for (const ExpectedChange& change : expected) report += Render(change);
  report += "got:\n";
  for (const ExpectedChange& change : got) report += Render(change);
  return report;
}

std::string Minify(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(json.data(), json.size()).get(element) != simdjson::SUCCESS) return "not JSON: " + std::string(json);
  return simdjson::minify(element);
}

// Returns the member of a row, or `(missing)`. For the path `no` it returns `row` if there is no row, else an empty
// string.
std::string RowMember(const std::string& row, const std::string& path) {
  if (path == "no") return row.empty() ? "row" : "";
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  if (parser.parse(row).get(element) != simdjson::SUCCESS) return "(no row)";
  std::string pointer = "/" + path;
  for (char& c : pointer) c = c == '.' ? '/' : c;
  simdjson::dom::element member;
  const bool found = element.at_pointer(pointer).get(member) == simdjson::SUCCESS;
  return found ? std::string(simdjson::minify(member)) : "(missing)";
}

std::string CompareRows(const Scenario& scenario, const ScenarioOutcome& outcome) {
  std::string report;
  for (const auto& [name, path, json] : scenario.finally) {
    const std::string& lead = name.empty() ? scenario.when.back().lead : name;
    const std::string got = RowMember(outcome.row(lead), path);
    const bool literal = path == "no" || json == "(missing)";
    if (got == (literal ? json : Minify(json))) continue;
    report += "finally " + lead + " " + path + ": expected " + json + ", got " + got + "\n";
  }
  return report;
}

std::string CompareCounted(const Scenario& scenario, const ScenarioOutcome& outcome) {
  if (scenario.counted.empty() || !outcome.counted || scenario.counted == *outcome.counted) return {};
  return "counted, expected:\n  " + absl::StrJoin(scenario.counted, "\n  ") + "\ngot:\n  " +
         absl::StrJoin(*outcome.counted, "\n  ") + "\n";
}

void AppendCount(std::string_view name, uint64_t count, std::string* line) {
  if (count > 0) *line += " " + std::string(name) + " " + std::to_string(count);
}

void AppendChanges(const std::string& prefix, const state::CountedChanges& changes, std::string* line) {
  AppendCount(prefix + "created", changes.created, line);
  for (size_t i = 0; i < changes.stages.size(); ++i) {
    AppendCount(prefix + "stage:" + std::string(StageName(static_cast<Stage>(i))), changes.stages[i], line);
  }
  for (size_t i = 0; i < changes.email_statuses.size(); ++i) {
    const auto status = static_cast<EmailStatus>(i);
    AppendCount(prefix + "email:" + std::string(EmailStatusName(status)), changes.email_statuses[i], line);
  }
  for (const auto& [tier, count] : changes.tiers) AppendCount(prefix + "tier:" + tier, count, line);
  AppendCount(prefix + "entered", changes.entered, line);
  AppendCount(prefix + "left", changes.left, line);
}

// Returns the committed counts, a line for each row.
std::vector<std::string> CountedIn(const state::LeadStore& store) {
  std::vector<std::string> lines;
  const Status visited = store.VisitDayCounts(PartitionId{0}, [&](std::string_view encoded, std::string_view value) {
    const state::DayCountsKey key = state::ParseDayCountsKey(encoded).value();
    const state::DayCounts counts = state::DecodeDayCounts(value).value();
    constexpr const char* kScopes[] = {"", " campaign ", " owner ", " segment "};
    std::string& line = lines.emplace_back(FormatDay(key.day) + kScopes[static_cast<size_t>(key.scope)] + key.id);
    AppendChanges("", counts.changes, &line);
    for (size_t i = 0; i < counts.events.size(); ++i) {
      AppendCount("event:" + std::string(EventTypeName(static_cast<EventType>(i))), counts.events[i], &line);
    }
    AppendChanges("definitions:", counts.by_definitions, &line);
    return true;
  });
  if (!visited.ok()) std::abort();
  return lines;
}

void RunRow(const Scenario& scenario, const ScenarioRow& row, bool hostile, EngineDriver* driver) {
  if (row.verb == "wait") return driver->AdvanceTo(row.at);
  if (row.verb == "redefine") {
    driver->AdvanceTo(row.at);
    if (row.rest == "back") return driver->Redefine(scenario.definitions.ToYaml(scenario.timezone));
    const std::string& timezone = scenario.later_timezone.empty() ? scenario.timezone : scenario.later_timezone;
    return driver->Redefine(scenario.later.ToYaml(timezone));
  }
  const std::string record = ScenarioRecord(scenario, row);
  const size_t rejected = driver->rejections().size();
  driver->Feed(record);
  if (!hostile) return;
  if (driver->rejections().size() == rejected) driver->Feed(record);  // a rejected record is rejected each time
  driver->Restart();
}

}  // namespace

std::string CompareOutcome(const Scenario& scenario, const ScenarioOutcome& outcome) {
  std::vector<ExpectedChange> expected;
  std::vector<std::string> expected_rejections;
  for (const ExpectedChange& line : scenario.then) {
    if (line.what.starts_with("rejected ")) {
      expected_rejections.push_back(line.what.substr(9));
    } else {
      expected.push_back(line);
    }
  }
  std::string report = CompareChanges(std::move(expected), outcome.changes);
  if (outcome.rejections != expected_rejections) {
    report += "rejected:";
    for (const std::string& reason : outcome.rejections) report += " " + reason;
    report += "\n";
  }
  return report + CompareRows(scenario, outcome) + CompareCounted(scenario, outcome);
}

std::string RunScenario(const Scenario& scenario, bool hostile) {
  EngineDriver driver(scenario.definitions.ToYaml(scenario.timezone));
  for (const ScenarioRow& row : scenario.when) RunRow(scenario, row, hostile, &driver);
  driver.AdvanceTo(driver.clock());
  ScenarioOutcome outcome;
  outcome.changes = WatchedChanges(scenario, driver);
  for (const codec::Rejection& rejection : driver.rejections()) {
    outcome.rejections.emplace_back(ReasonName(rejection.reason));
  }
  outcome.row = [&](const std::string& lead) { return driver.Row({"acme", lead}); };
  driver.Commit();
  outcome.counted = CountedIn(driver.store());
  return CompareOutcome(scenario, outcome);
}

}  // namespace leadpulse::testing
