#include "processor/serve/api/jobs/bulk_request.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/writes/topic_change.h"

namespace leadpulse::serve {
namespace {

// The routes below `/contacts/{id}/` whose change may be made of many. A consent is given by one person at a time.
constexpr std::array<std::string_view, 9> kActions = {"stage", "agent",  "tags",           "lists",        "campaigns",
                                                      "notes", "topics", "do-not-contact", "qualification"};

const Route* RouteOf(std::string_view action) {
  return std::ranges::find(kActions, action) == kActions.end() ? nullptr : RouteOfAction(action);
}

Status NotStored() { return Status::Rejected("another version of Leadpulse has started the job; start it again"); }

}  // namespace

std::variant<BulkAction, http::Answer> ReadBulkAction(const webhooks::Json& body, const v1::OptOut& known,
                                                      Instant now) {
  const webhooks::Json &name = body["action"], &change = body["body"];
  const Route* route = name.is_text() ? RouteOf(name.text()) : nullptr;
  if (route == nullptr) {
    std::vector<std::string> names(kActions.begin(), kActions.end());
    return WrongMember("action", "one of " + Join(names, ", "));
  }
  if (!change.is_object()) return WrongMember("body", "an object, as the route of one contact takes it");
  std::string text;
  change.AppendTo(&text);
  LP_ASSIGN_OR_ANSWER(std::string json, ReadAction(*route, text));
  BulkAction action{route, std::move(json)};
  if (route->kind == RouteKind::kTopic) {
    LP_ASSIGN_OR_ANSWER(const TopicChange topic, ReadTopicChange(*route, action.json));
    if (auto problem = CheckDeclared(topic, known)) return std::move(*problem);
    return action;
  }
  auto made = MakeCommand({"tenant", "lead", "id", "actor", "", now}, route->command, action.json);
  if (auto* problem = std::get_if<http::Answer>(&made)) return std::move(*problem);
  return action;
}

Result<receiver::Batch> RecordOf(const BulkAction& action, const LeadKey& key, const std::string& address,
                                 const std::string& id, const std::string& actor, Instant at) {
  receiver::Batch batch;
  if (action.route->kind == RouteKind::kTopic) {
    const auto topic = ReadTopicChange(*action.route, action.json);
    if (std::holds_alternative<http::Answer>(topic)) return NotStored();
    batch.events.push_back(TopicEvent(key, address, id, at, std::get<TopicChange>(topic)));
    return batch;
  }
  auto made = MakeCommand({key.tenant, key.lead, id, actor, "", at}, action.route->command, action.json);
  if (std::holds_alternative<http::Answer>(made)) return NotStored();
  batch.commands.push_back(std::get<codec::Command>(std::move(made)));
  return batch;
}

std::string StoredBulk(const BulkAction& action, const LeadSelection& selection) {
  std::string stored;
  JsonObject json(&stored);
  json.Text("route", action.route->action);
  json.Key("body")->append(action.json);
  json.Text("rule", selection.rule);
  json.Texts("ids", selection.ids);
  json.End();
  return stored;
}

Result<BulkJobRequest> ReadStoredBulk(std::string_view stored) {
  const Result<webhooks::Json> json = webhooks::Json::Parse(stored);
  if (!json.ok()) return NotStored();
  BulkJobRequest request;
  for (const Route& route : Routes()) {
    if (route.action == (*json)["route"].text()) request.action.route = &route;
  }
  if (request.action.route == nullptr) return NotStored();
  (*json)["body"].AppendTo(&request.action.json);
  request.selection.rule = (*json)["rule"].text();
  for (const webhooks::Json& id : (*json)["ids"].elements()) request.selection.ids.emplace_back(id.text());
  return request;
}

}  // namespace leadpulse::serve
