#include "tests/support/scenario_model.h"

#include <yaml-cpp/yaml.h>

#include <cctype>
#include <map>
#include <regex>
#include <set>

#include "tests/support/model/model.h"
#include "tests/support/scenario_record.h"

namespace leadpulse::testing {
namespace {

using model::Duration;
using model::EventType;
using model::Json;
using model::Predicate;

// Long after every scenario.
constexpr model::Millis kWallClock = 1'900'000'000'000;

const std::map<std::string, Duration::Unit> kUnits = {
    {"s", Duration::Unit::kSeconds}, {"second", Duration::Unit::kSeconds}, {"seconds", Duration::Unit::kSeconds},
    {"m", Duration::Unit::kMinutes}, {"minute", Duration::Unit::kMinutes}, {"minutes", Duration::Unit::kMinutes},
    {"h", Duration::Unit::kHours},   {"hour", Duration::Unit::kHours},     {"hours", Duration::Unit::kHours},
    {"d", Duration::Unit::kDays},    {"day", Duration::Unit::kDays},       {"days", Duration::Unit::kDays},
    {"w", Duration::Unit::kWeeks},   {"week", Duration::Unit::kWeeks},     {"weeks", Duration::Unit::kWeeks}};
const std::map<std::string, model::Limit::Per> kLimits = {{"message", model::Limit::Per::kMessage},
                                                          {"campaign", model::Limit::Per::kCampaign},
                                                          {"day", model::Limit::Per::kLocalDay},
                                                          {"lifetime", model::Limit::Per::kLifetime}};
const std::map<std::string, model::FieldType> kFieldTypes = {{"text", model::FieldType::kText},
                                                             {"number", model::FieldType::kNumber},
                                                             {"boolean", model::FieldType::kBoolean},
                                                             {"date", model::FieldType::kDate},
                                                             {"day", model::FieldType::kCalendarDay}};
// Keys that change no lead.
const std::set<std::string> kShownOnly = {"name", "locale", "brand", "lists", "campaigns"};
const std::map<std::string, model::Compare> kComparators = {{"=", model::Compare::kEqual},
                                                            {">", model::Compare::kMore},
                                                            {">=", model::Compare::kMoreEqual},
                                                            {"<", model::Compare::kLess},
                                                            {"<=", model::Compare::kLessEqual}};
const std::map<std::string, Predicate::Kind> kNamedPredicates = {
    {"HAS TAG", Predicate::Kind::kHasTag},         {"HAS CONSENT", Predicate::Kind::kHasConsent},
    {"IN CAMPAIGN", Predicate::Kind::kInCampaign}, {"IN LIST", Predicate::Kind::kInList},
    {"IN SEGMENT", Predicate::Kind::kInSegment},   {"SENDABLE FOR", Predicate::Kind::kSendableFor},
    {"HAS WORDS", Predicate::Kind::kHasWords}};

std::string Text(const Json& object, const char* name) { return object.value(name, ""); }

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Reads definitions and records of a scenario into the model's structures.
class Reader {
 public:
  explicit Reader(const Scenario& scenario) : scenario_(scenario) {}

  // Whether it understood everything that it read.
  bool understands() const { return understands_; }

  model::Definitions Definitions(const ScenarioDefinitions& source, const std::string& timezone) {
    model::TenantDefinitions definitions;
    definitions.identity_by_email = true;
    for (const auto& part : YAML::Load(source.ToYaml(timezone))["tenants"]["acme"]) {
      ReadPart(part.first.as<std::string>(), part.second, &definitions);
    }
    for (const auto& [id, rule] : source.segments) definitions.segments.push_back({id, id, RuleOf(rule)});
    return {{"acme", definitions}};
  }

  model::Record Record(const ScenarioRow& row) {
    const Json json = model::Parse(ScenarioRecord(scenario_, row));
    if (json.contains("event")) return {EventOf(json["event"]), 0};
    const Json& sent = json["command"];
    model::Command command;
    command.tenant = Text(sent, "tenantId");
    command.lead = Text(sent, "leadId");
    command.email = Text(sent, "email");
    command.id = Text(sent, "commandId");
    command.issued_at = Text(sent, "issuedAt");
    command.actions = ActionsOf(sent);
    return {command, 0};
  }

 private:
  // Returns the value of a word. One that is not in the table is not understood.
  template <typename T>
  T Find(const std::map<std::string, T>& table, const std::string& word) {
    const auto found = table.find(word);
    if (found != table.end()) return found->second;
    understands_ = false;
    return T{};
  }

  EventType TypeNamed(const std::string& name) {
    static const std::map<std::string, EventType> kTypes = [] {
      std::map<std::string, EventType> types = {
          {"send", EventType::kSent}, {"visit", EventType::kPageVisit}, {"retract", EventType::kRetract}};
      for (EventType type : model::CountedTypes()) types[model::TypeName(type)] = type;
      return types;
    }();
    return Find(kTypes, name);
  }

  std::vector<EventType> TypesNamed(const YAML::Node& names) {
    std::vector<EventType> types;
    for (const auto& name : names) types.push_back(TypeNamed(name.as<std::string>()));
    return types;
  }

  static model::Stage StageNamed(const std::string& name) {
    for (int stage = static_cast<int>(model::Stage::kNew); stage <= static_cast<int>(model::Stage::kArchived);
         ++stage) {
      if (model::StageName(static_cast<model::Stage>(stage)) == name) return static_cast<model::Stage>(stage);
    }
    return model::Stage::kUnknown;
  }

  // Parses `30 days`, or `30d` as definitions have it.
  Duration DurationOf(const std::string& text) {
    size_t digits = 0;
    const int64_t count = std::stoll(text, &digits);
    return {count, Find(kUnits, text.substr(text.find_first_not_of(' ', digits)))};
  }

  model::Rule RuleOf(const std::string& text) {
    static const std::regex kForm(
        R"re((NOT )?(?:DID (\w+)(?: (\S+) (\d+) TIMES)?(?: IN LAST (\d+ \w+))?|(\w+ \w+) "([^"]*)")re"
        R"re(|(\w+) ([<>]=?) (\d+ \w+) (ago|from now)))re");
    std::smatch parts;
    model::Rule rule;
    if (!std::regex_match(text, parts, kForm)) {
      understands_ = false;
      return rule;
    }
    Predicate& predicate = rule.predicate;
    if (parts[2].matched) {
      predicate.kind = Predicate::Kind::kDid;
      predicate.step.action = TypeNamed(parts[2]);
    } else if (parts[8].matched) {
      predicate.kind = Predicate::Kind::kAge;
      predicate.field = parts[8];
      predicate.compare = Find(kComparators, parts[9]);
      predicate.duration = DurationOf(parts[10]);
      predicate.from_now = parts[11] == "from now";
    } else {
      predicate.kind = Find(kNamedPredicates, parts[6]);
      predicate.name = parts[7];
    }
    if (parts[3].matched) {
      predicate.compare = Find(kComparators, parts[3]);
      predicate.times = std::stoll(parts[4]);
    }
    if (parts[5].matched) {
      predicate.window.kind = model::Window::Kind::kInLast;
      predicate.window.duration = DurationOf(parts[5]);
    }
    if (!parts[1].matched) return rule;
    model::Rule negation;
    negation.kind = model::Rule::Kind::kNot;
    negation.parts = {rule};
    return negation;
  }

  void ReadPart(const std::string& key, const YAML::Node& value, model::TenantDefinitions* definitions) {
    if (key == "identity") {
      definitions->identity_by_email = value["by_email"].as<bool>();
    } else if (key == "timezone") {
      definitions->timezone = value.as<std::string>();
    } else if (key == "suppress") {
      definitions->suppressed_domains = value["domains"].as<std::vector<std::string>>();
    } else if (key == "journal") {
      definitions->max_entries = value["max_entries"].as<int64_t>();
    } else if (key == "fields") {
      for (const auto& field : value)
        definitions->fields[field.first.as<std::string>()] = Find(kFieldTypes, field.second.as<std::string>());
    } else if (key == "topics") {
      for (const auto& topic : value) definitions->topics.push_back({topic["id"].as<std::string>(), ""});
    } else if (key == "tiers") {
      for (const auto& tier : value)
        definitions->tiers.push_back({tier["name"].as<std::string>(), OptionalNumber(tier["at_least"])});
    } else if (key == "publish_score_changes") {
      definitions->publish_score_changes = value.as<bool>();
    } else if (key == "publish_updates") {
      definitions->publish_updates = value.as<bool>();
    } else if (key == "scoring") {
      ReadScoring(value, &definitions->scoring);
    } else if (key == "lifecycle") {
      ReadLifecycle(value, &definitions->lifecycle);
    } else if (key == "quality") {
      ReadQuality(value, &definitions->quality);
    } else if (key == "strict_fields") {
      definitions->strict_fields = value.as<bool>();
    } else if (key != "segments" && !kShownOnly.contains(key)) {
      understands_ = false;
    }
  }

  static std::optional<int64_t> OptionalNumber(const YAML::Node& node) {
    return node ? std::optional(node.as<int64_t>()) : std::nullopt;
  }

  void ReadScoring(const YAML::Node& source, model::Scoring* scoring) {
    for (const auto& row : source["rules"]) {
      model::ScoringRule& rule = scoring->rules.emplace_back();
      rule.points = row["points"].as<int64_t>();
      if (row["event"]) rule.event = TypeNamed(row["event"].as<std::string>());
      if (row["when"]) rule.when = RuleOf(row["when"].as<std::string>());
      if (row["expires_after"]) rule.expires_after = DurationOf(row["expires_after"].as<std::string>());
      if (row["decay"])
        rule.decay =
            model::Decay{row["decay"]["percent"].as<int>(), DurationOf(row["decay"]["every"].as<std::string>())};
      if (row["name"]) rule.name = row["name"].as<std::string>();
      if (row["campaign"]) rule.campaign = row["campaign"].as<std::string>();
      if (row["bounce"]) rule.soft_bounce = row["bounce"].as<std::string>() == "soft";
      if (const YAML::Node limit = row["limit"])
        rule.limit = {limit["count"].as<int64_t>(), Find(kLimits, limit["per"].as<std::string>())};
      if (row["match"]) understands_ = false;
    }
    scoring->reset_on = TypesNamed(source["reset_on"]);
    if (source["exclude"]) scoring->exclude = RuleOf(source["exclude"].as<std::string>());
    scoring->min = OptionalNumber(source["min"]);
    scoring->max = OptionalNumber(source["max"]);
  }

  void ReadLifecycle(const YAML::Node& source, model::Lifecycle* lifecycle) {
    if (source["engaged_on"]) lifecycle->engaged_on = TypesNamed(source["engaged_on"]);
    lifecycle->auto_qualify_at = OptionalNumber(source["auto_qualify_at"]);
    lifecycle->auto_qualify_requires_engagement = source["auto_qualify_requires_engagement"].as<bool>(true);
    lifecycle->soft_bounce_limit = source["soft_bounce_limit"].as<int64_t>(lifecycle->soft_bounce_limit);
    lifecycle->resubscribe_lifts_complaint = source["resubscribe_lifts_complaint"].as<bool>(false);
  }

  void ReadQuality(const YAML::Node& source, model::Quality* quality) {
    for (const auto& row : source["attributes"])
      quality->attributes[row.first.as<std::string>()] = row.second.as<int64_t>();
    if (const YAML::Node engagement = source["engagement"]) {
      quality->engagement = {engagement["weight"].as<int64_t>(), engagement["full_at"].as<int64_t>()};
    }
    for (const auto& row : source["source"]) quality->source[row.first.as<std::string>()] = row.second.as<int64_t>();
  }

  model::Event EventOf(const Json& json) {
    model::Event event;
    event.tenant = Text(json, "tenantId");
    event.lead = Text(json, "leadId");
    event.email = Text(json, "email");
    event.id = Text(json, "eventId");
    event.type = TypeNamed(Lower(Text(json, "type")));
    event.occurred_at = Text(json, "occurredAt");
    event.campaign = Text(json, "campaignId");
    event.message = Text(json, "messageId");
    event.name = Text(json, "name");
    event.url = Text(json, "url");
    event.retracts = Text(json, "retracts");
    event.topic = Text(json, "topic");
    event.properties = json.value("properties", Json::object());
    event.bounce_kind = json.contains("bounceKind") ? model::BounceKind::kSoft : model::BounceKind::kHard;
    event.machine = json.value("machine", false);
    event.backfill = json.value("backfill", false);
    return event;
  }

  static model::Actions ActionsOf(const Json& json) {
    const auto names = [](const Json& edit, const char* key) { return edit.value(key, std::vector<std::string>()); };
    const auto edit_names = [&](model::NameSet set, const Json& edit, const char* add) {
      return model::EditNames{set, names(edit, add), names(edit, "remove")};
    };
    model::Actions actions;
    if (json.contains("updateProfile")) {
      const Json& update = json["updateProfile"];
      actions.push_back(model::UpdateProfile{update.value("set", Json::object()), names(update, "unset")});
    }
    if (json.contains("editTags")) actions.push_back(edit_names(model::NameSet::kTags, json["editTags"], "add"));
    if (json.contains("editLists")) actions.push_back(edit_names(model::NameSet::kLists, json["editLists"], "add"));
    if (json.contains("editCampaigns")) {
      actions.push_back(edit_names(model::NameSet::kCampaigns, json["editCampaigns"], "assign"));
    }
    if (json.contains("setStage")) actions.push_back(model::SetStage{StageNamed(Lower(json["setStage"]["stage"]))});
    if (json.contains("setQualification")) {
      const Json& set = json["setQualification"];
      const auto score = set.contains("score") ? std::optional(set["score"].get<int64_t>()) : std::nullopt;
      actions.push_back(model::SetQualification{score, set.value("clear", false)});
    }
    if (json.contains("assignAgent")) actions.push_back(model::AssignAgent{json["assignAgent"]["agentId"]});
    if (json.contains("setDoNotContact")) {
      actions.push_back(model::SetDoNotContact{json["setDoNotContact"]["value"], ""});
    }
    if (json.contains("recordConsent")) {
      const Json& record = json["recordConsent"];
      actions.push_back(model::RecordConsent{record["purpose"], record["granted"], "", "", Text(record, "at")});
    }
    if (json.contains("addNote")) actions.push_back(model::AddNote{json["addNote"]["text"]});
    if (json.contains("removeNote")) actions.push_back(model::RemoveNote{json["removeNote"]["commandId"]});
    if (json.contains("erase")) actions.push_back(model::Erase{json["erase"].value("suppress", false)});
    if (json.contains("withdraw")) actions.push_back(model::Withdraw());
    return actions;
  }

  const Scenario& scenario_;
  bool understands_ = true;
};

// Returns the group in `watch:` and the words of `then:`. Both are empty for changes that these tables do not watch.
std::pair<std::string, std::string> InWords(const model::Change& change) {
  const std::string moved = change.from + " -> " + change.to;
  if (change.kind == "LEAD_CREATED") return {"created", "created"};
  if (change.kind == "LEAD_UPDATED") return {"updated", "updated " + change.updated};
  if (change.kind == "LEAD_ERASED") return {"erased", "erased"};
  if (change.kind == "LEAD_MERGED") return {"merged", "merged into " + change.name};
  if (change.kind == "EMAIL_STATUS_CHANGED") return {"email", "email " + moved};
  if (change.kind == "SENDABLE_CHANGED") return {"sendable", "sendable " + moved};
  if (change.kind == "TOPIC_CHANGED") return {"topics", "topic " + change.name + " " + moved};
  if (change.kind == "STAGE_CHANGED") return {"stage", "stage " + moved};
  if (change.kind == "SEGMENT_ENTERED") return {"segments", "enters " + change.name};
  if (change.kind == "SEGMENT_LEFT") return {"segments", "leaves " + change.name};
  if (change.kind == "SCORE_CHANGED") return {"score", "score " + moved};
  if (change.kind == "TIER_CHANGED") return {"tier", "tier " + moved};
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

// Writes whole numbers without a fraction, as the program does.
Json Written(Json json) {
  if (json.is_number_float() && json == json.get<int64_t>()) return json.get<int64_t>();
  if (json.is_structured()) {
    for (Json& part : json) part = Written(part);
  }
  return json;
}

// Whether a scenario takes seconds: the model looks at the start of every day, and for each record at all earlier ones.
bool TakesSeconds(const Scenario& scenario) {
  const int64_t days = (scenario.when.back().at.millis - scenario.when.front().at.millis) / model::kDay;
  return days > 36'500 || scenario.when.size() > 1'000;
}

void RunRow(const Scenario& scenario, const ScenarioRow& row, bool hostile, Reader* reader, model::Model* model) {
  if (row.verb == "wait" || row.verb == "redefine") {
    model->Finish(row.at.millis);
    if (row.verb == "wait") return;
    const bool is_back = row.rest == "back";
    const bool is_elsewhere = !is_back && !scenario.later_timezone.empty();
    model->Redefine(reader->Definitions(is_back ? scenario.definitions : scenario.later,
                                        is_elsewhere ? scenario.later_timezone : scenario.timezone),
                    is_back ? "" : "later");
    return;
  }
  const model::Record record = reader->Record(row);
  const size_t rejected = model->dead_letters().size();
  model->Read(record);
  if (hostile && model->dead_letters().size() == rejected) model->Read(record);
}

}  // namespace

std::optional<std::string> RunScenarioOnModel(const Scenario& scenario, bool hostile) {
  Reader reader(scenario);
  const model::Definitions definitions = reader.Definitions(scenario.definitions, scenario.timezone);
  if (!reader.understands() || TakesSeconds(scenario)) return std::nullopt;
  model::Model model(definitions, kWallClock);
  for (const ScenarioRow& row : scenario.when) RunRow(scenario, row, hostile, &reader, &model);
  model.Finish(std::nullopt);
  if (!reader.understands()) return std::nullopt;
  ScenarioOutcome outcome;
  outcome.changes = WatchedChanges(scenario, model);
  for (const model::DeadLetter& letter : model.dead_letters()) outcome.rejections.push_back(letter.reason);
  const auto leads = model.Leads();
  outcome.row = [&](const std::string& lead) {
    const auto found = leads.find({"acme", lead});
    return found == leads.end() ? "" : model::Render(Written(found->second));
  };
  return model.defect() + CompareOutcome(scenario, outcome);
}

}  // namespace leadpulse::testing
