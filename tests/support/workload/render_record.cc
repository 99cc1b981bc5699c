#include "tests/support/workload/workload.h"

// Writes the structures of records as lines of JSON.
namespace leadpulse::workload {
namespace {

using model::Command;
using model::Event;
using model::Json;

std::string UpperCase(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string CamelCase(const std::string& name) {
  std::string camel;
  bool raise = false;
  for (char c : name) {
    if (c == '_') {
      raise = true;
      continue;
    }
    camel += raise ? UpperCase(std::string(1, c)) : std::string(1, c);
    raise = false;
  }
  return camel;
}

// A builder of one JSON object in one of the spellings that proto3 JSON allows.
class Speller {
 public:
  explicit Speller(uint64_t spelling)
      : keeps_snake_case_((spelling & 1) != 0),
        writes_numbers_((spelling & 6) == 6),
        writes_empty_((spelling & 24) == 24),
        writes_small_letters_((spelling & 96) == 96),
        pads_names_((spelling & 384) == 384) {}

  // Sets times and fields of messages: they are always written.
  void Set(Json& object, const std::string& name, const Json& value) const {
    object[keeps_snake_case_ ? name : CamelCase(name)] = value;
  }

  void SetTime(Json& object, const std::string& name, std::string time) const {
    for (char& c : time) {
      if (writes_small_letters_ && (c == 'T' || c == 'Z')) c = static_cast<char>(c - 'A' + 'a');
    }
    if (!time.empty()) Set(object, name, time);
  }

  // Returns the names of attributes and properties with white space in front, which keeps their order.
  Json Names(const Json& values) const {
    if (!pads_names_) return values;
    Json padded = Json::object();
    for (const auto& [name, value] : values.items()) padded["\t " + name] = value;
    return padded;
  }

  void SetText(Json& object, const std::string& name, const std::string& text) const {
    if (!text.empty() || writes_empty_) Set(object, name, text);
  }

  void SetFlag(Json& object, const std::string& name, bool flag) const {
    if (flag || writes_empty_) Set(object, name, flag);
  }

  void SetEnum(Json& object, const std::string& name, int number, const std::string& word) const {
    if (number == 0 && !writes_empty_) return;
    Set(object, name, writes_numbers_ ? Json(number) : Json(UpperCase(word)));
  }

 private:
  bool keeps_snake_case_;
  bool writes_numbers_;
  bool writes_empty_;
  bool writes_small_letters_;
  bool pads_names_;
};

std::string BounceWord(model::BounceKind kind) {
  switch (kind) {
    case model::BounceKind::kUnspecified:
      return "UNSPECIFIED";
    case model::BounceKind::kHard:
      return "HARD";
    case model::BounceKind::kSoft:
      return "SOFT";
    default:
      return "SQUASHY";
  }
}

Json EventJson(const Event& event, const Speller& speller) {
  Json object = Json::object();
  speller.SetText(object, "tenant_id", event.tenant);
  speller.SetText(object, "lead_id", event.lead);
  speller.SetText(object, "email", event.email);
  speller.SetText(object, "event_id", event.id);
  speller.SetEnum(object, "type", static_cast<int>(event.type), model::TypeName(event.type));
  speller.SetTime(object, "occurred_at", event.occurred_at);
  speller.SetText(object, "campaign_id", event.campaign);
  speller.SetText(object, "message_id", event.message);
  speller.SetText(object, "name", event.name);
  if (!event.properties.empty()) {
    speller.Set(object, "properties", speller.Names(event.properties));
  }
  speller.SetText(object, "url", event.url);
  speller.SetEnum(object, "bounce_kind", static_cast<int>(event.bounce_kind), BounceWord(event.bounce_kind));
  speller.SetFlag(object, "machine", event.machine);
  speller.SetFlag(object, "backfill", event.backfill);
  speller.SetText(object, "retracts", event.retracts);
  speller.SetText(object, "topic", event.topic);
  return object;
}

// A visitor that fills in the action of a command and returns its name.
struct ActionWriter {
  Json& action;
  const Speller& speller;

  const char* operator()(const model::UpdateProfile& update) const {
    if (!update.set.empty()) action["set"] = speller.Names(update.set);
    if (!update.unset.empty()) action["unset"] = update.unset;
    return "update_profile";
  }

  const char* operator()(const model::EditNames& edit) const {
    constexpr const char* kNames[] = {"edit_tags", "edit_lists", "edit_campaigns"};
    const bool assigns = edit.which == model::NameSet::kCampaigns;
    if (!edit.add.empty()) action[assigns ? "assign" : "add"] = edit.add;
    if (!edit.remove.empty()) action["remove"] = edit.remove;
    return kNames[static_cast<size_t>(edit.which)];
  }

  const char* operator()(const model::SetStage& set) const {
    speller.SetEnum(action, "stage", static_cast<int>(set.stage), model::StageName(set.stage));
    return "set_stage";
  }

  const char* operator()(const model::SetQualification& set) const {
    if (set.score) action["score"] = *set.score;
    speller.SetFlag(action, "clear", set.clear);
    return "set_qualification";
  }

  const char* operator()(const model::AssignAgent& assign) const {
    speller.SetText(action, "agent_id", assign.agent);
    return "assign_agent";
  }

  const char* operator()(const model::SetDoNotContact& set) const {
    speller.SetFlag(action, "value", set.value);
    speller.SetText(action, "reason", set.reason);
    return "set_do_not_contact";
  }

  const char* operator()(const model::RecordConsent& record) const {
    speller.SetText(action, "purpose", record.purpose);
    speller.SetFlag(action, "granted", record.granted);
    speller.SetText(action, "source", record.source);
    speller.SetText(action, "version", record.version);
    speller.SetTime(action, "at", record.at);
    return "record_consent";
  }

  const char* operator()(const model::AddNote& add) const {
    speller.SetText(action, "text", add.text);
    return "add_note";
  }

  const char* operator()(const model::RemoveNote& remove) const {
    speller.SetText(action, "command_id", remove.command);
    return "remove_note";
  }

  const char* operator()(const model::Erase& erase) const {
    speller.SetFlag(action, "suppress", erase.suppress);
    return "erase";
  }

  const char* operator()(const model::Withdraw&) const { return "withdraw"; }
};

Json CommandJson(const Command& command, const Speller& speller) {
  Json object = Json::object();
  speller.SetText(object, "tenant_id", command.tenant);
  speller.SetText(object, "lead_id", command.lead);
  speller.SetText(object, "email", command.email);
  speller.SetText(object, "command_id", command.id);
  speller.SetTime(object, "issued_at", command.issued_at);
  speller.SetText(object, "actor", command.actor);
  speller.SetFlag(object, "backfill", command.backfill);
  for (const model::Action& one : command.actions) {
    Json action = Json::object();
    const char* name = std::visit(ActionWriter{action, speller}, one);
    speller.Set(object, name, action);
  }
  return object;
}

}  // namespace

std::string RecordLine(const model::Record& record) {
  const Speller speller(record.spelling);
  if (const auto* event = std::get_if<Event>(&record.content)) {
    return model::Render(Json{{"event", EventJson(*event, speller)}});
  }
  if (const auto* command = std::get_if<Command>(&record.content)) {
    return model::Render(Json{{"command", CommandJson(*command, speller)}});
  }
  return std::get<model::Broken>(record.content).line;
}

}  // namespace leadpulse::workload
