#include "tests/kafka/read_record.h"

#include <vector>

namespace leadpulse::testing {
namespace {

using model::Json;

// Returns an empty value if the member is missing; throws, as nlohmann does, if it has another type.
template <typename Value>
Value Get(const Json& object, const char* name) {
  return object.value(name, Value());
}

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// Finds it by name, as it is or in lower case; an unknown name gives kUnknown.
template <typename Enum>
Enum Named(const std::string& name, int count, std::string (*spell)(Enum)) {
  if (name.empty()) return Enum{};
  for (int number = 0; number < count; ++number) {
    if (spell(static_cast<Enum>(number)) == Lower(name)) return static_cast<Enum>(number);
  }
  return Enum::kUnknown;
}

model::BounceKind BounceOf(const std::string& name) {
  if (name.empty() || name == "UNSPECIFIED") return model::BounceKind::kUnspecified;
  if (name == "HARD") return model::BounceKind::kHard;
  return name == "SOFT" ? model::BounceKind::kSoft : model::BounceKind::kUnknown;
}

model::Event EventOf(const Json& body) {
  model::Event event;
  event.tenant = Get<std::string>(body, "tenantId");
  event.lead = Get<std::string>(body, "leadId");
  event.email = Get<std::string>(body, "email");
  event.id = Get<std::string>(body, "eventId");
  event.type = Named(Get<std::string>(body, "type"), 13, model::TypeName);
  event.occurred_at = Get<std::string>(body, "occurredAt");
  event.campaign = Get<std::string>(body, "campaignId");
  event.message = Get<std::string>(body, "messageId");
  event.name = Get<std::string>(body, "name");
  if (body.contains("properties")) event.properties = body.at("properties");
  event.url = Get<std::string>(body, "url");
  event.bounce_kind = BounceOf(Get<std::string>(body, "bounceKind"));
  event.machine = Get<bool>(body, "machine");
  event.backfill = Get<bool>(body, "backfill");
  event.retracts = Get<std::string>(body, "retracts");
  event.topic = Get<std::string>(body, "topic");
  return event;
}

model::EditNames Names(const Json& edit, model::NameSet which) {
  using Texts = std::vector<std::string>;
  const char* add = which == model::NameSet::kCampaigns ? "assign" : "add";
  return {which, Get<Texts>(edit, add), Get<Texts>(edit, "remove")};
}

model::SetQualification Qualification(const Json& set) {
  model::SetQualification made;
  if (set.contains("score")) made.score = set.at("score").get<int64_t>();
  made.clear = Get<bool>(set, "clear");
  return made;
}

model::UpdateProfile Update(const Json& update) {
  model::UpdateProfile made;
  if (update.contains("set")) made.set = update.at("set");
  made.unset = Get<std::vector<std::string>>(update, "unset");
  return made;
}

struct ActionReader {
  const char* name;
  model::Action (*read)(const Json& body);
};

constexpr ActionReader kActions[] = {
    {"updateProfile", [](const Json& body) -> model::Action { return Update(body); }},
    {"editTags", [](const Json& body) -> model::Action { return Names(body, model::NameSet::kTags); }},
    {"editLists", [](const Json& body) -> model::Action { return Names(body, model::NameSet::kLists); }},
    {"editCampaigns", [](const Json& body) -> model::Action { return Names(body, model::NameSet::kCampaigns); }},
    {"setStage",
     [](const Json& body) -> model::Action {
       return model::SetStage{Named(Get<std::string>(body, "stage"), 10, model::StageName)};
     }},
    {"setQualification", [](const Json& body) -> model::Action { return Qualification(body); }},
    {"assignAgent",
     [](const Json& body) -> model::Action { return model::AssignAgent{Get<std::string>(body, "agentId")}; }},
    {"setDoNotContact",
     [](const Json& body) -> model::Action {
       return model::SetDoNotContact{Get<bool>(body, "value"), Get<std::string>(body, "reason")};
     }},
    {"recordConsent",
     [](const Json& body) -> model::Action {
       return model::RecordConsent{Get<std::string>(body, "purpose"), Get<bool>(body, "granted"),
                                   Get<std::string>(body, "source"), Get<std::string>(body, "version"),
                                   Get<std::string>(body, "at")};
     }},
    {"addNote", [](const Json& body) -> model::Action { return model::AddNote{Get<std::string>(body, "text")}; }},
    {"removeNote",
     [](const Json& body) -> model::Action { return model::RemoveNote{Get<std::string>(body, "commandId")}; }},
    {"erase", [](const Json& body) -> model::Action { return model::Erase{Get<bool>(body, "suppress")}; }},
};

model::Command CommandOf(const Json& body) {
  model::Command command;
  command.tenant = Get<std::string>(body, "tenantId");
  command.lead = Get<std::string>(body, "leadId");
  command.email = Get<std::string>(body, "email");
  command.id = Get<std::string>(body, "commandId");
  command.issued_at = Get<std::string>(body, "issuedAt");
  command.actor = Get<std::string>(body, "actor");
  command.backfill = Get<bool>(body, "backfill");
  for (const auto& [name, read] : kActions) {
    if (body.contains(name)) command.actions.push_back(read(body.at(name)));
  }
  return command;
}

}  // namespace

model::Record ReadRecord(const std::string& json) {
  try {
    const Json record = model::Parse(json);
    if (record.contains("event")) return {EventOf(record.at("event"))};
    if (record.contains("command")) return {CommandOf(record.at("command"))};
  } catch (const Json::exception&) {
  }
  return {model::Broken{json}};
}

}  // namespace leadpulse::testing
