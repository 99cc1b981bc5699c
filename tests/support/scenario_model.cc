#include "tests/support/scenario_model.h"

#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "tests/support/model/model.h"
#include "tests/support/scenario_record.h"

namespace leadpulse::testing {
namespace {

using model::EventType;
using model::Json;

// Long after every scenario.
constexpr model::Millis kWallClock = 1'900'000'000'000;

[[noreturn]] void Fail(const Scenario& scenario, const std::string& what) {
  std::fprintf(stderr, "%s:%d: the model's scenarios do not understand %s\n", scenario.file.c_str(), scenario.line,
               what.c_str());
  std::abort();
}

EventType TypeNamed(const Scenario& scenario, const std::string& name) {
  for (int type = static_cast<int>(EventType::kSent); type <= static_cast<int>(EventType::kRetract); ++type) {
    if (model::TypeName(static_cast<EventType>(type)) == name) return static_cast<EventType>(type);
  }
  Fail(scenario, "the type " + name);
}

// Parses `DID open` or `DID open IN LAST 30 days`.
model::Rule RuleOf(const Scenario& scenario, const std::string& text) {
  std::istringstream words(text);
  std::string did, action, in, last;
  int days = 0;
  words >> did >> action >> in >> last >> days;
  if (did != "DID" || (!in.empty() && (in != "IN" || last != "LAST" || days == 0))) Fail(scenario, "the rule " + text);
  model::Rule rule;
  rule.predicate.kind = model::Predicate::Kind::kDid;
  rule.predicate.step.action = TypeNamed(scenario, action);
  if (days > 0) {
    rule.predicate.window.kind = model::Window::Kind::kInLast;
    rule.predicate.window.duration = {days, model::Duration::Unit::kDays};
  }
  return rule;
}

void ReadScoring(const Scenario& scenario, const YAML::Node& scoring, model::TenantDefinitions* definitions) {
  for (const auto& row : scoring["rules"]) {
    model::ScoringRule rule;
    rule.event = TypeNamed(scenario, row["event"].as<std::string>());
    rule.points = row["points"].as<int64_t>();
    definitions->scoring.rules.push_back(rule);
  }
}

model::Definitions DefinitionsOf(const Scenario& scenario, const ScenarioDefinitions& source) {
  model::TenantDefinitions definitions;
  definitions.identity_by_email = true;
  for (const auto& part : YAML::Load(source.ToYaml(scenario.timezone))["tenants"]["acme"]) {
    const auto key = part.first.as<std::string>();
    const YAML::Node& value = part.second;
    if (key == "identity") {
      definitions.identity_by_email = value["by_email"].as<bool>();
    } else if (key == "journal") {
      definitions.max_entries = value["max_entries"].as<int64_t>();
    } else if (key == "topics") {
      for (const auto& topic : value) definitions.topics.push_back({topic["id"].as<std::string>(), ""});
    } else if (key == "tiers") {
      for (const auto& tier : value) definitions.tiers.push_back({tier["name"].as<std::string>(), std::nullopt});
    } else if (key == "scoring") {
      ReadScoring(scenario, value, &definitions);
    } else if (key != "timezone" && key != "segments") {
      Fail(scenario, "the definition " + key);
    }
  }
  for (const auto& [id, rule] : source.segments) definitions.segments.push_back({id, id, RuleOf(scenario, rule)});
  return {{"acme", definitions}};
}

std::string Text(const Json& object, const char* name) { return object.value(name, ""); }

model::Event EventOf(const Scenario& scenario, const Json& json) {
  model::Event event;
  event.tenant = Text(json, "tenantId");
  event.lead = Text(json, "leadId");
  event.email = Text(json, "email");
  event.id = Text(json, "eventId");
  std::string type = Text(json, "type");
  for (char& c : type) c = static_cast<char>(std::tolower(c));
  event.type = TypeNamed(scenario, type);
  event.occurred_at = Text(json, "occurredAt");
  event.retracts = Text(json, "retracts");
  event.topic = Text(json, "topic");
  event.bounce_kind = json.contains("bounceKind") ? model::BounceKind::kSoft : model::BounceKind::kHard;
  event.machine = json.value("machine", false);
  event.backfill = json.value("backfill", false);
  return event;
}

model::Action ActionOf(const Scenario& scenario, const Json& json) {
  const Json none = Json::object();
  if (json.contains("updateProfile")) {
    const Json& update = json["updateProfile"];
    return model::UpdateProfile{update.value("set", none), update.value("unset", std::vector<std::string>())};
  }
  if (json.contains("editTags")) {
    const Json& edit = json["editTags"];
    const std::vector<std::string> nothing;
    return model::EditNames{model::NameSet::kTags, edit.value("add", nothing), edit.value("remove", nothing)};
  }
  if (json.contains("setDoNotContact")) return model::SetDoNotContact{json["setDoNotContact"]["value"], ""};
  if (json.contains("recordConsent")) {
    const Json& record = json["recordConsent"];
    return model::RecordConsent{record["purpose"], record["granted"], "", "", Text(record, "at")};
  }
  if (json.contains("erase")) return model::Erase{json["erase"].value("suppress", false)};
  Fail(scenario, json.dump());
}

model::Record RecordOf(const Scenario& scenario, const ScenarioRow& row) {
  const Json json = model::Parse(ScenarioRecord(scenario, row));
  if (json.contains("event")) return {EventOf(scenario, json["event"]), 0};
  const Json& sent = json["command"];
  model::Command command;
  command.tenant = Text(sent, "tenantId");
  command.lead = Text(sent, "leadId");
  command.email = Text(sent, "email");
  command.id = Text(sent, "commandId");
  command.issued_at = Text(sent, "issuedAt");
  command.action = ActionOf(scenario, sent);
  return {command, 0};
}

// Returns the group in `watch:` and the words of `then:`. Both are empty for changes that these tables do not watch.
std::pair<std::string, std::string> InWords(const model::Change& change) {
  const std::string moved = change.from + " -> " + change.to;
  if (change.kind == "LEAD_CREATED") return {"created", "created"};
  if (change.kind == "LEAD_ERASED") return {"erased", "erased"};
  if (change.kind == "LEAD_MERGED") return {"merged", "merged into " + change.name};
  if (change.kind == "EMAIL_STATUS_CHANGED") return {"email", "email " + moved};
  if (change.kind == "SENDABLE_CHANGED") return {"sendable", "sendable " + moved};
  if (change.kind == "TOPIC_CHANGED") return {"topics", "topic " + change.name + " " + moved};
  if (change.kind == "STAGE_CHANGED") return {"stage", "stage " + moved};
  if (change.kind == "SEGMENT_ENTERED") return {"segments", "enters " + change.name};
  if (change.kind == "SEGMENT_LEFT") return {"segments", "leaves " + change.name};
  return {"", ""};
}

std::string CauseInWords(const model::Change& change) {
  const std::string flag = change.backfill ? " backfill" : "";
  if (change.cause == "EVENT") return "event " + change.cause_id + flag;
  if (change.cause == "COMMAND") return "command " + change.cause_id + flag;
  return change.cause == "TIME" ? "time" : "definitions";
}

std::vector<ExpectedChange> WatchedChanges(const Scenario& scenario, const model::Model& model) {
  std::vector<ExpectedChange> watched;
  for (const auto& [key, changes] : model.changes()) {
    for (const model::Change& change : changes) {
      const auto [group, words] = InWords(change);
      if (!scenario.watch.contains(group)) continue;
      watched.push_back({0, Instant{change.at}, key.second, words, CauseInWords(change)});
    }
  }
  return watched;
}

void RunRow(const Scenario& scenario, const ScenarioRow& row, bool hostile, model::Model* model) {
  if (row.verb == "wait" || row.verb == "redefine") {
    model->Finish(row.at.millis);
    const bool is_back = row.rest == "back";
    if (row.verb == "redefine") {
      model->Redefine(DefinitionsOf(scenario, is_back ? scenario.definitions : scenario.later), is_back ? "" : "later");
    }
    return;
  }
  const model::Record record = RecordOf(scenario, row);
  const size_t rejected = model->dead_letters().size();
  model->Read(record);
  if (hostile && model->dead_letters().size() == rejected) model->Read(record);
}

}  // namespace

std::string RunScenarioOnModel(const Scenario& scenario, bool hostile) {
  model::Model model(DefinitionsOf(scenario, scenario.definitions), kWallClock);
  for (const ScenarioRow& row : scenario.when) RunRow(scenario, row, hostile, &model);
  model.Finish(std::nullopt);
  ScenarioOutcome outcome;
  outcome.changes = WatchedChanges(scenario, model);
  for (const model::DeadLetter& letter : model.dead_letters()) outcome.rejections.push_back(letter.reason);
  const auto leads = model.Leads();
  outcome.row = [&](const std::string& lead) {
    const auto found = leads.find({"acme", lead});
    return found == leads.end() ? "" : model::Render(found->second);
  };
  return model.defect() + CompareOutcome(scenario, outcome);
}

}  // namespace leadpulse::testing
