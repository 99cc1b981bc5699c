#include "processor/serve/api/jobs/bulk_job.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/api_request.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/writes/topic_change.h"

namespace leadpulse::serve {

struct BulkSteps::Page {
  std::vector<std::string> leads;
  std::vector<std::string> addresses;       // each lead's; empty: none
  std::map<std::string, int64_t> left_out;  // by reason
  bool is_last = false;
  Instant at;

  // Leaves out a contact whose id has NUL: it cannot be in the audit log, so nothing is written for it.
  void Add(const v1::LeadRow& contact) {
    std::string lead = contact.lead().lead_id();
    if (lead.find('\0') != std::string::npos) {
      ++left_out["invalid_value"];
    } else {
      leads.push_back(std::move(lead));
      addresses.push_back(AddressOfContact(contact));
    }
  }
};

namespace {

// The routes below `/contacts/{id}/` whose change may be made of many. A consent is given by one person at a time.
constexpr std::array<std::string_view, 9> kActions = {"stage", "agent",  "tags",           "lists",        "campaigns",
                                                      "notes", "topics", "do-not-contact", "qualification"};

const Route* RouteOf(std::string_view action) {
  return std::ranges::find(kActions, action) == kActions.end() ? nullptr : RouteOfAction(action);
}

Status NotStored() { return Status::Rejected("another version of Leadpulse has started the job; start it again"); }

// Each page waits for a commit of the run.
constexpr uint32_t kLeadsOfPage = 500;
constexpr size_t kChangeIdBytes = 16;

// Returns the id of a lead's change. It depends on the job's time, because a job's id is the key of its request, which
// may be sent again once the job is forgotten.
std::string IdOfChange(const access::Job& job, const std::string& lead) {
  return "job-" + access::Base64Url(access::HashOf(job.tenant + '\0' + job.id + '\0' +
                                                   std::to_string(job.created.millis) + '\0' + lead)
                                        .substr(0, kChangeIdBytes));
}

// Whether the change names nothing: `{}`, `{"add": []}`. For one contact that is fine, but a job of it is a mistake.
bool IsEmptyChange(const Route& route, const Json& change) {
  if (!std::ranges::all_of(route.body, [](const BodyMember& member) { return member.type == "strings"; })) return false;
  return std::ranges::all_of(change.members(), [](const auto& member) { return member.second.elements().empty(); });
}

// Describes what an empty change lacks: "it names nothing; fill one of add, remove".
std::string WhatIsMissing(const Route& route) {
  std::vector<std::string> names;
  for (const BodyMember& member : route.body) names.emplace_back(member.name);
  return "it names nothing; fill one of " + Join(names, ", ");
}

}  // namespace

std::variant<BulkAction, http::Response> ReadBulkAction(const Json& body, const v1::OptOut& known, Instant now) {
  const Json &name = body["action"], &change = body["body"];
  const Route* route = name.is_string() ? RouteOf(name.text()) : nullptr;
  if (route == nullptr) {
    std::vector<std::string> names(kActions.begin(), kActions.end());
    return WrongMember("action", "one of " + Join(names, ", "));
  }
  if (!change.is_object()) return WrongMember("body", "an object, as the route of one contact takes it");
  std::string text;
  change.AppendTo(&text);
  LP_ASSIGN_OR_ANSWER(std::string json, ReadAction(*route, text));
  if (IsEmptyChange(*route, change)) return WrongMember("body", WhatIsMissing(*route));
  BulkAction action{route, std::move(json)};
  if (route->kind == RouteKind::kTopic) {
    LP_ASSIGN_OR_ANSWER(const TopicChange topic, ReadTopicChange(*route, action.json));
    if (auto problem = CheckDeclared(topic, known)) return std::move(*problem);
    return action;
  }
  const CommandAction one{std::string(route->command), action.json, ""};
  auto made = MakeCommand({"tenant", "lead", "id", "actor", "", now}, {&one, 1});
  if (auto* problem = std::get_if<http::Response>(&made)) return std::move(*problem);
  return action;
}

Result<codec::Record> RecordOf(const BulkAction& action, const LeadKey& key, const std::string& address,
                               const std::string& id, const std::string& actor, Instant at) {
  if (action.route->kind == RouteKind::kTopic) {
    const auto topic = ReadTopicChange(*action.route, action.json);
    if (std::holds_alternative<http::Response>(topic)) return NotStored();
    auto event = TopicEvent(key, address, id, at, std::get<TopicChange>(topic));
    if (std::holds_alternative<http::Response>(event)) return NotStored();
    return codec::Record(std::get<codec::Event>(std::move(event)));
  }
  const CommandAction one{std::string(action.route->command), action.json, ""};
  auto made = MakeCommand({key.tenant, key.lead, id, actor, "", at}, {&one, 1});
  if (std::holds_alternative<http::Response>(made)) return NotStored();
  return codec::Record(std::get<codec::Command>(std::move(made)));
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
  const Result<Json> json = Json::Parse(stored);
  if (!json.ok()) return NotStored();
  BulkJobRequest request;
  for (const Route& route : Routes()) {
    if (route.action == (*json)["route"].text()) request.action.route = &route;
  }
  if (request.action.route == nullptr) return NotStored();
  (*json)["body"].AppendTo(&request.action.json);
  request.selection.rule = (*json)["rule"].text();
  for (const Json& id : (*json)["ids"].elements()) request.selection.ids.emplace_back(id.text());
  return request;
}

Result<bool> BulkSteps::Step(access::Job* job) {
  LP_ASSIGN_OR_RETURN(const BulkJobRequest request, ReadStoredBulk(job->request));
  if (job->page.empty()) {
    const bool has_ids = !request.selection.ids.empty();
    LP_ASSIGN_OR_RETURN(Page next, has_ids ? NextOfIds(request.selection, job) : NextFound(request.selection, job));
    JsonObject json(&job->page);
    json.Number("at", next.at.millis);
    JsonObject left_out(json.Key("leftOut"));
    for (const auto& [reason, count] : next.left_out) left_out.Number(reason, count);
    left_out.End();
    json.Boolean("last", next.is_last);
    json.Texts("leads", next.leads);
    if (request.action.route->kind == RouteKind::kTopic) json.Texts("addresses", next.addresses);
    json.End();
    job->state = access::JobState::kRunning;
    LP_RETURN_IF_ERROR(jobs_.StartPage(*job, "bulk." + std::string(request.action.route->action), next.leads, next.at));
  }
  LP_ASSIGN_OR_RETURN(const Json page, Json::Parse(job->page));
  const Instant at{StoredNumber(page["at"].text())};
  std::vector<codec::Record> records;
  const auto &leads = page["leads"].elements(), &addresses = page["addresses"].elements();
  for (size_t i = 0; i < leads.size(); ++i) {
    const LeadKey key{job->tenant, std::string(leads[i].text())};
    const std::string address(i < addresses.size() ? addresses[i].text() : "");
    LP_ASSIGN_OR_RETURN(codec::Record record,
                        RecordOf(request.action, key, address, IdOfChange(*job, key.lead), job->who, at));
    records.push_back(std::move(record));
  }
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> reasons, writer_.Write(job->tenant + '\0' + job->id, records));
  for (const std::string& reason : reasons) {
    if (!reason.empty()) CountWrong(reason, job);
  }
  job->done += static_cast<int64_t>(reasons.size());
  for (const auto& [reason, count] : page["leftOut"].members()) {
    const int64_t left_out = StoredNumber(count.text());
    for (int64_t i = 0; i < left_out; ++i) CountWrong(reason, job);
    job->done += left_out;
  }
  job->page.clear();
  return page["last"].truth();
}

Result<BulkSteps::Page> BulkSteps::NextFound(const LeadSelection& selection, access::Job* job) {
  auto question = QueryBy<v1::FindLeads>(WholeTenant(job->tenant));
  question.set_rule(selection.rule);
  question.set_limit(kLeadsOfPage);
  question.set_cursor(job->place);
  LP_ASSIGN_OR_RETURN(const v1::FoundLeads found, OrStatus(run_.Find(question)));
  LP_RETURN_IF_ERROR(CheckComplete(found));
  Page page;
  page.at = clock_.Now();
  job->as_of = Instant{found.clock_ms()};
  for (const v1::LeadRow& row : found.rows()) page.Add(row);
  job->place = found.cursor();
  page.is_last = found.cursor().empty();
  return page;
}

Result<BulkSteps::Page> BulkSteps::NextOfIds(const LeadSelection& selection, access::Job* job) {
  Page page;
  page.at = clock_.Now();
  job->as_of = page.at;
  std::set<std::string> leads;
  size_t next = static_cast<size_t>(StoredNumber(job->place));
  for (uint32_t i = 0; i < kLeadsOfPage && next < selection.ids.size(); ++i, ++next) {
    const std::string id = LeadIdOf(selection.ids[next]);
    LP_ASSIGN_OR_RETURN(const auto lead, FindContact(WholeTenant(job->tenant), id, &run_));
    if (!lead) {
      ++page.left_out["not_found"];
      continue;
    }
    LP_ASSIGN_OR_RETURN(const std::vector<std::string> meant,
                        ContactsMeant(WholeTenant(job->tenant), id, *lead, &run_));
    if (meant.size() > 1) {
      ++page.left_out["ambiguous"];
    } else if (leads.insert(lead->lead_id()).second) {  // two ids of one contact are one change
      page.Add(lead->record().row());
    }
  }
  job->place = std::to_string(next);
  page.is_last = next >= selection.ids.size();
  return page;
}

}  // namespace leadpulse::serve
