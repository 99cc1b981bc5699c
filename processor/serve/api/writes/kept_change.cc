#include "processor/serve/api/writes/kept_change.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "processor/base/engagement.h"
#include "processor/base/json.h"
#include "processor/base/text.h"
#include "processor/base/value.h"
#include "processor/serve/api/request/api_request.h"
#include "schemas/codec/profile_value.h"
#include "schemas/codec/protobuf_change.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kAttributes = "attributes", kTags = "tags", kLists = "lists", kCampaigns = "campaigns",
                           kConsents = "consents", kNotes = "notes", kStage = "stage", kAgent = "agent",
                           kDoNotContact = "doNotContact", kQualification = "qualification";

std::string AsJson(std::string_view text) {
  std::string json;
  AppendJsonString(text, &json);
  return json;
}

std::string AsJson(const Json& value) {
  std::string json;
  if (!value.is_null()) value.AppendTo(&json);
  return json;
}

// Returns the JSON in the spelling of changes that are stored; empty: it is null.
std::string AsStored(const std::string& json) {
  const Result<Json> value = Json::Parse(json);
  return value.ok() ? AsJson(*value) : std::string();
}

// Returns the text of a JSON string; empty if there is none.
std::string TextInJson(std::string_view json) {
  const Result<Json> value = Json::Parse(json.empty() ? "null" : json);
  return value.ok() ? std::string(value->text()) : std::string();
}

struct Thing {
  std::string_view kind, name;
};
Thing ThingOf(std::string_view thing) {
  const size_t dot = thing.find('.');
  return {thing.substr(0, dot), dot == std::string_view::npos ? std::string_view() : thing.substr(dot + 1)};
}
std::string ThingNamed(std::string_view kind, std::string_view name) { return Concat({kind, ".", name}); }

// Returns the names that the kind has in the record.
const google::protobuf::RepeatedPtrField<std::string>& NamesOf(std::string_view kind, const v1::LeadProfile& lead) {
  return kind == kTags ? lead.tags() : kind == kLists ? lead.lists() : lead.campaigns();
}

std::string SentValueOf(std::string_view name, const v1::WholeRecord& record) {
  std::string json;
  for (const v1::SentAttribute& attribute : record.attributes()) {
    if (attribute.name() == name) codec::AppendProfileValueJson(attribute.sent(), &json);
  }
  return json.empty() ? json : AsStored(json);
}

// Returns the value that the record has; empty: none.
std::string ValueIn(std::string_view thing, const v1::WholeRecord* record) {
  const auto [kind, name] = ThingOf(thing);
  if (record == nullptr) return kind == kStage ? AsJson(StageName(Stage::kNew)) : "";
  const v1::LeadProfile& lead = record->row().lead();
  if (kind == kAttributes) return SentValueOf(name, *record);
  if (kind == kStage) return AsJson(lead.stage());
  if (kind == kAgent) return lead.agent().empty() ? "" : AsJson(lead.agent());
  if (kind == kDoNotContact) return lead.do_not_contact() ? AsJson(record->do_not_contact_reason()) : "";
  if (kind == kQualification) return record->has_qualification_set() ? std::to_string(record->qualification_set()) : "";
  if (kind == kConsents) {
    for (const v1::ProfileConsent& consent : lead.consents()) {
      if (FoldCase(consent.purpose()) == name) return consent.granted() ? AsJson(consent.purpose()) : "";
    }
    return "";
  }
  if (kind == kNotes) return "";
  for (const std::string& element : NamesOf(kind, lead)) {
    if (FoldCase(element) == name) return AsJson(element);
  }
  return "";
}

// Whether two values are one: a name that others have written in another case is the same.
bool IsSame(std::string_view kind, const std::string& a, const std::string& b) {
  if (kind == kTags || kind == kLists || kind == kCampaigns || kind == kConsents) return a.empty() == b.empty();
  return a == b;
}

// The actions of one command.
class Restoring {
 public:
  void Attribute(std::string_view name, const std::string& was) {
    if (was.empty()) {
      unset_.emplace_back(name);
    } else {
      set_.emplace_back(name, was);
    }
  }
  void Name(std::string_view kind, const std::string& was, const std::string& is) {
    Edit& edit = kind == kTags ? tags_ : kind == kLists ? lists_ : campaigns_;
    (was.empty() ? edit.remove : edit.add).push_back(TextInJson(was.empty() ? is : was));
  }
  void Single(std::string_view kind, const std::string& was) {
    std::string text;
    JsonObject action(&text);
    std::string_view member;
    if (kind == kStage) {
      member = "setStage";
      std::string stage = TextInJson(was);
      std::ranges::transform(stage, stage.begin(), [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
      action.Text("stage", stage);
    } else if (kind == kAgent) {
      member = "assignAgent";
      action.Text("agentId", TextInJson(was));
    } else if (kind == kDoNotContact) {
      member = "setDoNotContact";
      action.Boolean("value", !was.empty());
      if (!was.empty()) action.Text("reason", TextInJson(was));
    } else {
      member = "setQualification";
      was.empty() ? action.Boolean("clear", true) : static_cast<void>(action.Key("score")->append(was));
    }
    action.End();
    singles_.emplace_back(member, std::move(text));
  }

  // Returns them as members of a command; empty: there are none.
  std::string Take() const {
    std::string text;
    JsonObject command(&text);
    if (!set_.empty() || !unset_.empty()) {
      JsonObject update(command.Key("updateProfile"));
      {
        JsonObject set(update.Key("set"));
        for (const auto& [name, was] : set_) set.Key(name)->append(was);
      }
      update.Texts("unset", unset_);
    }
    AppendEdit("editTags", "add", tags_, &command);
    AppendEdit("editLists", "add", lists_, &command);
    AppendEdit("editCampaigns", "assign", campaigns_, &command);
    for (const auto& [member, action] : singles_) command.Key(member)->append(action);
    command.End();
    return text == "{}" ? "" : text;
  }

 private:
  struct Edit {
    std::vector<std::string> add, remove;
  };
  static void AppendEdit(std::string_view member, std::string_view adds, const Edit& edit, JsonObject* command) {
    if (edit.add.empty() && edit.remove.empty()) return;
    JsonObject action(command->Key(member));
    action.Texts(adds, edit.add);
    action.Texts("remove", edit.remove);
  }

  std::vector<std::pair<std::string, std::string>> set_, singles_;
  std::vector<std::string> unset_;
  Edit tags_, lists_, campaigns_;
};

std::string CommandWith(std::string_view member, const std::string& action) {
  return Concat({"{\"", member, "\":", action, "}"});
}

}  // namespace

void KeptChange::Set(const std::string& thing, std::string is, const v1::WholeRecord* before) {
  const auto known = things_.find(thing);
  if (known != things_.end()) {
    known->second.is = std::move(is);
    return;
  }
  std::string was = ValueIn(thing, before);
  if (!IsSame(ThingOf(thing).kind, was, is)) things_.emplace(thing, Values{std::move(was), std::move(is)});
}

void KeptChange::Add(const codec::Command& command, const v1::WholeRecord* before, Source source) {
  at_ = std::max(at_, command.issued_at);
  if (makes_lead_) return;
  const auto names = [&](std::string_view kind, const std::vector<std::string>& add,
                         const std::vector<std::string>& remove) {
    for (const std::string& name : add) Set(ThingNamed(kind, FoldCase(name)), AsJson(name), before);
    for (const std::string& name : remove) Set(ThingNamed(kind, FoldCase(name)), "", before);
  };
  if (const auto* update = command.actions.Find<codec::UpdateProfile>()) {
    for (const auto& [name, value] : update->set) {
      Set(ThingNamed(kAttributes, NormalizeName(name)), AsStored(ValueToJson(value)), before);
    }
    for (const std::string& name : update->unset) Set(ThingNamed(kAttributes, NormalizeName(name)), "", before);
  }
  if (const auto* tags = command.actions.Find<codec::EditTags>()) names(kTags, tags->add, tags->remove);
  if (const auto* lists = command.actions.Find<codec::EditLists>()) names(kLists, lists->add, lists->remove);
  if (const auto* edit = command.actions.Find<codec::EditCampaigns>()) names(kCampaigns, edit->assign, edit->remove);
  const auto* stage = command.actions.Find<codec::SetStage>();
  if (stage != nullptr && !IsFinal(stage->stage)) Set(std::string(kStage), AsJson(StageName(stage->stage)), before);
  if (const auto* agent = command.actions.Find<codec::AssignAgent>()) {
    Set(std::string(kAgent), agent->agent_id.empty() ? "" : AsJson(agent->agent_id), before);
  }
  if (const auto* set = command.actions.Find<codec::SetQualification>()) {
    Set(std::string(kQualification), set->score ? std::to_string(*set->score) : "", before);
  }
  const auto* stop = command.actions.Find<codec::SetDoNotContact>();
  if (stop != nullptr && source == Source::kPerson) {
    Set(std::string(kDoNotContact), stop->value ? AsJson(stop->reason) : "", before);
  }
  const auto* consent = command.actions.Find<codec::RecordConsent>();
  if (consent != nullptr && consent->granted) {
    Set(ThingNamed(kConsents, FoldCase(consent->purpose)), AsJson(consent->purpose), before);
  }
  if (command.actions.Find<codec::AddNote>() != nullptr) Set(ThingNamed(kNotes, command.command_id), "true", nullptr);
}

void KeptChange::Add(const KeptChange& later) {
  at_ = std::max(at_, later.at_);
  if (makes_lead_) return;
  for (const auto& [thing, values] : later.things_) {
    const auto [known, is_new] = things_.emplace(thing, values);
    if (!is_new) known->second.is = values.is;
  }
}

TakenBack KeptChange::WithdrawIfUntouched(const v1::WholeRecord* now) const {
  if (now == nullptr) return {};
  if (!now->events().empty()) return {.left = kHasEvents};
  const v1::LeadRow& row = now->row();
  if (row.has_updated() && codec::GetTime(true, row.updated()) > at_) return {.left = kChangedSince};
  return {.commands = {CommandWith("withdraw", "{}")}, .withdraws = true};
}

TakenBack KeptChange::TakeBack(const v1::WholeRecord* now) const {
  if (makes_lead_) return WithdrawIfUntouched(now);
  if (now == nullptr) return {};
  const std::optional<Stage> stage = StageFromName(TextInJson(ValueIn(std::string(kStage), now)));
  const bool is_final = stage && IsFinal(*stage);
  TakenBack back;
  Restoring actions;
  std::vector<std::string> further;  // a command has one consent and one note
  for (const auto& [thing, values] : things_) {
    const auto [kind, name] = ThingOf(thing);
    if (kind == kNotes) {
      further.push_back(CommandWith("removeNote", Concat({"{\"commandId\":", AsJson(name), "}"})));
      continue;
    }
    const std::string present = ValueIn(thing, now);
    if (IsSame(kind, present, values.was)) continue;
    // A lead in a final stage keeps it, and its agent.
    if (is_final && (kind == kStage || kind == kAgent)) {
      back.left = kIsFinal;
    } else if (!IsSame(kind, present, values.is)) {
      back.left = kChangedSince;
    } else if (kind == kAttributes) {
      actions.Attribute(name, values.was);
    } else if (kind == kConsents) {
      further.push_back(
          CommandWith("recordConsent", Concat({"{\"purpose\":", values.is, R"(,"granted":false,"source":"undo"})"})));
    } else if (name.empty()) {
      actions.Single(kind, values.was);
    } else {
      actions.Name(kind, values.was, values.is);
    }
  }
  if (std::string first = actions.Take(); !first.empty()) back.commands.push_back(std::move(first));
  std::ranges::move(further, std::back_inserter(back.commands));
  return back;
}

bool KeptChange::assigns_agent() const { return things_.contains(std::string(kAgent)); }

std::vector<std::string> KeptChange::Names() const {
  std::set<std::string> names;
  for (const auto& [thing, values] : things_) {
    const auto [kind, name] = ThingOf(thing);
    names.emplace(kind == kAttributes ? name : kind);
  }
  return {names.begin(), names.end()};
}

void KeptChange::AppendChanges(JsonObject* object) const {
  const auto append = [](std::string_view name, const std::string& value, JsonObject* change) {
    value.empty() ? change->Null(name) : static_cast<void>(change->Key(name)->append(value));
  };
  AppendObjects("changes", things_, object, [&append](const auto& thing, JsonObject* change) {
    const auto [kind, name] = ThingOf(thing.first);
    if (kind == kDoNotContact) {
      change->Text("name", "do_not_contact");
      change->Boolean("old", !thing.second.was.empty());
      return change->Boolean("new", !thing.second.is.empty());
    }
    change->Text("name", kind == kAttributes ? name : kind);
    append("old", thing.second.was, change);
    append("new", thing.second.is, change);
  });
}

std::string KeptChange::ToJson() const {
  std::string text;
  JsonObject json(&text);
  json.Boolean("new", makes_lead_);
  json.Number("at", at_.millis);
  {
    JsonObject things(json.Key("things"));
    for (const auto& [thing, values] : things_) {
      JsonObject one(things.Key(thing));
      if (!values.was.empty()) one.Key("was")->append(values.was);
      if (!values.is.empty()) one.Key("is")->append(values.is);
    }
  }
  json.End();
  return text;
}

Result<KeptChange> KeptChange::Parse(std::string_view text) {
  LP_ASSIGN_OR_RETURN(const Json json, Json::Parse(text));
  KeptChange change;
  change.makes_lead_ = json["new"].truth();
  change.at_ = Instant{ParseInteger<int64_t>(json["at"].text()).value_or(0)};
  for (const auto& [thing, values] : json["things"].members()) {
    change.things_.emplace(thing, Values{AsJson(values["was"]), AsJson(values["is"])});
  }
  return change;
}

}  // namespace leadpulse::serve
