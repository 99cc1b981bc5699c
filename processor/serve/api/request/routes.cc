#include "processor/serve/api/request/routes.h"

#include <algorithm>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::serve {
namespace {

using access::RequestClass;
using access::Role;
using access::Scope;

constexpr std::string_view kId = "{id}";

constexpr Parameter kShared = {"shared", "boolean",
                               "true: the contact may get an address that another contact has; for managers"};
constexpr Parameter kAfterPosition = {"after", "string", "a Leadpulse-Position: answer once the run has read that far",
                                      "position"};

// Adds a route and returns it, as the functions below do.
Route& Read(std::vector<Route>* routes, std::string_view action, std::string_view path, RouteResponse answer,
            RequestClass request_class, std::vector<Parameter> parameters, std::string_view summary) {
  routes->push_back({.method = "GET",
                     .path = path,
                     .kind = RouteKind::kRead,
                     .least = Role::kAgent,
                     .scope = Scope::kRead,
                     .request_class = request_class,
                     .action = action,
                     .parameters = std::move(parameters),
                     .summary = summary,
                     .answer = answer});
  return routes->back();
}

Route& Write(std::vector<Route>* routes, std::string_view method, std::string_view path, RouteKind kind,
             std::string_view action, std::string_view example, std::string_view summary) {
  const RouteResponse contact = {"Contact", "The contact as it is now"};
  Route& route = Read(routes, action, path, contact, RequestClass::kWrite, {}, summary);
  route.method = method;
  route.kind = kind;
  route.scope = Scope::kWrite;
  route.example = example;
  return route;
}

Route& Act(std::vector<Route>* routes, std::string_view path, std::string_view action, std::string_view command,
           std::vector<BodyMember> body, std::string_view example, std::string_view summary) {
  Route& route = Write(routes, "POST", path, RouteKind::kAct, action, example, summary);
  route.command = command;
  route.body = std::move(body);
  return route;
}

constexpr Parameter kLimit = {"limit", "integer", "entries of a page, 50 unless given, at most 1000", "page"};
constexpr Parameter kCursor = {
    "cursor", "string",
    "of the page before. 410 with code cursor_expired, if it is too old: another version of the program made it, the "
    "definitions have changed how a column of sort compares (tiers, declared types), or, with sort, the front has "
    "restarted or has forgotten the pages before. Begin with the first page again",
    "cursor"};
constexpr std::string_view kSortSummary =
    "columns, separated by commas: each decides between contacts that are equal in those before. -score is descending";

// Adds routes before `/contacts/{id}`, whose paths include theirs: the first route that fits is taken.
void AddReadsOfLeads(std::vector<Route>* routes) {
  Read(routes, "contact.duplicates", "/contacts/duplicates", {"DuplicatesAnswer", "A page of shared addresses"},
       RequestClass::kScan, {kLimit, kCursor, kAfterPosition}, "Find addresses that several contacts share")
      .least = Role::kManager;
  Read(routes, "contact.explain", "/contacts/{id}/explain", {"Explanation", "Why the contact is where it is"},
       RequestClass::kRead, {kAfterPosition},
       "Get why a contact's score, stage and segments are what they are, and when they change");
  Read(routes, "contact.timeline", "/contacts/{id}/timeline", {"Timeline", "A page of what happened, the latest first"},
       RequestClass::kRead, {kLimit, kCursor, kAfterPosition}, "Get what happened to a contact, the latest first");
  Read(routes, "contact.export", "/contacts/{id}/export", {"Export", "All that is stored of the contact"},
       RequestClass::kRead, {kAfterPosition}, "Get all that is stored of a contact (GDPR, articles 15 and 20)")
      .least = Role::kManager;
}

void AddCounts(std::vector<Route>* routes) {
  Read(routes, "segment.list", "/segments", {"SegmentsAnswer", "The segments"}, RequestClass::kScan, {kAfterPosition},
       "Get the segments with their rules, and how many contacts are in each");
  Read(routes, "pipeline.get", "/pipeline", {"Pipeline", "The columns of the stages"}, RequestClass::kScan,
       {{"sort", "string", kSortSummary, "columns"},
        {"limit", "integer", "contacts of a column's page, 50 unless given, at most 1000", "page"},
        kAfterPosition},
       "Get a column for each stage: how many contacts it has, and the first of them");
  Read(routes, "campaign.list", "/campaigns", {"CampaignsAnswer", "The campaigns"}, RequestClass::kScan,
       {kAfterPosition}, "Get the campaigns, and how many contacts each is assigned to and has reached");
  Read(routes, "tag.list", "/tags", {"TagsAnswer", "The tags"}, RequestClass::kScan, {kAfterPosition},
       "Get the tags that contacts have, and how many have each");
  Read(routes, "list.list", "/lists", {"ListsAnswer", "The lists"}, RequestClass::kScan, {kAfterPosition},
       "Get the lists that are declared or that contacts are in, and how many are in each");
  Read(routes, "agent.list", "/agents", {"AgentsAnswer", "The agents"}, RequestClass::kScan, {kAfterPosition},
       "Get the agents that contacts are assigned to, and how many each has");
  Read(routes, "field.list", "/fields", {"FieldsAnswer", "The fields"}, RequestClass::kRead, {kAfterPosition},
       "Get the fields that are declared, with their types");
  Read(routes, "name.list", "/names", {"Names", "The names"}, RequestClass::kRead, {kAfterPosition},
       "Get what the definitions call the company, its lists and its campaigns");
  Read(routes, "topic.list", "/topics", {"TopicsAnswer", "The topics"}, RequestClass::kRead, {kAfterPosition},
       "Get the topics that contacts can unsubscribe from");
}

void AddStream(std::vector<Route>* routes) {
  Read(routes, "change.stream", "/stream", {}, RequestClass::kRead,
       {{"touched", "boolean", "false: without CONTACT_TOUCHED, for each contact that a record was applied to"},
        {"updates", "boolean", "has no effect; `touched` has taken its place"}},
       "Follow the changes of contacts as server-sent events")
      .kind = RouteKind::kStream;
}

void AddReports(std::vector<Route>* routes) {
  const auto add = [&](std::string_view action, std::string_view path, std::string_view summary) {
    Read(routes, action, path, {"Report", "The report"}, RequestClass::kScan,
         {{"format", "string", "json, csv or html; without it, what the header Accept says", "report format"},
          kAfterPosition},
         summary)
        .least = Role::kManager;
  };
  add("report.pipeline", "/reports/pipeline", "Get how many contacts are in each stage, and reached it");
  add("report.tiers", "/reports/tiers", "Get how many contacts are in each tier");
  add("report.segments", "/reports/segments", "Get how many contacts are in each segment");
  add("report.campaigns", "/reports/campaigns", "Get what the mail of each campaign led to");
  add("report.scores", "/reports/scores", "Get how the scores are distributed");
  add("report.days", "/reports/days", "Get what happened on each day, by numbers");
  routes->back().answer.schema = "DayReport";
  std::vector<Parameter>& parameters = routes->back().parameters;
  parameters.insert(
      parameters.begin(),
      {{"from", "string", "the first day, YYYY-MM-DD; without it, 29 days before `to`", "day"},
       {"to", "string", "the last day; without it, today. At most 800 days are counted", "day"},
       {"campaign", "string", "only what belongs to this campaign; not with `owner` or `segment`"},
       {"owner", "string", "only what belongs to contacts of this agent; not with `campaign` or `segment`"},
       {"segment", "string", "only how many contacts entered and left this segment; not with `campaign` or `owner`"}});
}

void AddReads(std::vector<Route>* routes) {
  const std::vector<Parameter> search = {
      {"query", "string", "as typed into a search bar: industry:SaaS score>5 -tag:cold", "search or none"},
      {"where", "string", "a rule, instead of query", "rule or none"},
      {"sort", "string", kSortSummary, "columns"},
      {"limit", "integer", "contacts of a page, 50 unless given, at most 1000", "page"},
      kCursor,
      {"count", "string",
       "the contacts of all pages: none, exact, or estimate: exact up to 10,000, and faster above; "
       "count_is_estimate says which",
       "count"},
      {"fields", "string", "of each contact only these members, or columns as in sort: id,score,profile,city",
       "columns"},
      kAfterPosition};
  constexpr std::pair<std::string_view, std::string_view> kSearches[] = {{"contact.list", "/contacts"},
                                                                         {"contact.search", "/contacts/search"}};
  for (const auto& [action, path] : kSearches) {
    Read(routes, action, path, {"Page", "A page of contacts"}, RequestClass::kScan, search, "Find contacts");
  }
  Read(routes, "contact.unsubscribe_link", "/contacts/{id}/unsubscribe-link", {"Link", "The link"}, RequestClass::kRead,
       {{"topic", "string", "what the link unsubscribes from; without it everything", "topic or none"}},
       "Get a link for the header List-Unsubscribe (RFC 8058)");
  AddReadsOfLeads(routes);
  Read(routes, "contact.get", "/contacts/{id}", {"Contact", "The contact as it is now"}, RequestClass::kRead,
       {{"fields", "string", "internal: also the ids of its latest commands, command_ids", "internal"}, kAfterPosition},
       "Get a contact");
  Read(routes, "command.get", "/commands/{id}", {"Command", "The outcome of the write"}, RequestClass::kRead, {},
       "Get the outcome of a write, by its Idempotency-Key");
}

void AddWrites(std::vector<Route>* routes) {
  Write(routes, "POST", "/contacts", RouteKind::kCreate, "contact.create",
        R"({"email": "lead@example.com", "first_name": "Jane", "attributes": {"industry": "SaaS"}})",
        "Create a contact");
  routes->back().parameters = {{"upsert", "boolean",
                                "true: update the contact if one has the id or the address; an id that it does not "
                                "get is in warnings"},
                               kShared};
  Write(routes, "POST", "/contacts/batch", RouteKind::kBatch, "contact.batch",
        R"({"rows": [{"action": "upsert", "contact": {"email": "lead@example.com", "first_name": "Jane"}},
                     {"action": "update", "id": "email:lead@example.com", "contact": {"phone": null}}]})",
        "Create, update and upsert up to 1,000 contacts; each has an outcome, and counts as a write");
  routes->back().body = {{"rows", "objects", true, "batch"}};
  routes->back().parameters = {
      kShared, {"fields", "string", "unsubscribe_url: with each outcome the link of its contact", "link"}};
  routes->back().answer = {"Batch", "The outcome of each row, in their order"};
  Write(routes, "PATCH", "/contacts/{id}", RouteKind::kUpdate, "contact.update",
        R"({"last_name": "Doe", "phone": null})", "Set attributes; null unsets (RFC 7396)");
  routes->back().parameters = {kShared};
  Write(routes, "DELETE", "/contacts/{id}", RouteKind::kErase, "contact.erase", "", "Erase a contact, for good");
  routes->back().answer = {"Erased", "The contact is erased"};
  routes->back().parameters = {{"confirm", "string", "the id of the contact"},
                               {"suppress", "boolean", "true: also opt out of everything"}};
  routes->back().least = Role::kAdmin;
  routes->back().scope = Scope::kAdmin;
  Write(routes, "POST", "/commands/{id}/undo", RouteKind::kUndo, "command.undo", "",
        "Take back a write of yours, by its Idempotency-Key, within 24 hours, unless somebody has changed the same "
        "since");
}

void AddActions(std::vector<Route>* routes) {
  const std::vector<BodyMember> names = {{"add", "strings", false, "names"}, {"remove", "strings", false, "names"}};
  Act(routes, "/contacts/{id}/stage", "contact.stage", "setStage", {{"stage", "string", true, "Stage"}},
      R"({"stage": "qualified"})", "Set the stage");
  Act(routes, "/contacts/{id}/agent", "contact.agent", "assignAgent", {{"agent_id", "string", true, "short text"}},
      R"({"agent_id": "ben"})", "Assign an agent; an empty one clears")
      .least = Role::kManager;
  Act(routes, "/contacts/{id}/qualification", "contact.qualification", "setQualification",
      {{"score", "integer", false, "qualification", true}, {"clear", "boolean", false, "true", true}},
      R"({"score": 80})", "Set or clear the qualification");
  Act(routes, "/contacts/{id}/do-not-contact", "contact.do_not_contact", "setDoNotContact",
      {{"value", "boolean", true}, {"reason", "string", false, "short text"}},
      R"({"value": true, "reason": "asked by phone"})", "Say whether the contact must not be mailed");
  Act(routes, "/contacts/{id}/consents", "contact.consent", "recordConsent",
      {{"purpose", "string", true, "name"},
       {"granted", "boolean", true},
       {"at", "string", false, "past time"},
       {"source", "string", false, "short text"},
       {"version", "string", false, "short text"}},
      R"({"purpose": "newsletter", "granted": true, "source": "sign-up form"})", "Record a consent or its withdrawal");
  Act(routes, "/contacts/{id}/notes", "contact.note", "addNote", {{"text", "string", true, "note"}},
      R"({"text": "wants a demo in May"})", "Add a note");
  Write(routes, "DELETE", "/contacts/{id}/notes", RouteKind::kRemoveNote, "contact.remove_note", "",
        "Remove a note of yours; a manager may remove every note")
      .parameters = {{"command_id", "string", "that of the note, as the contact and its timeline show it"}};
  Act(routes, "/contacts/{id}/tags", "contact.tags", "editTags", names, R"({"add": ["vip"]})", "Add and remove tags");
  Act(routes, "/contacts/{id}/lists", "contact.lists", "editLists", names, R"({"add": ["newsletter"]})",
      "Add to and remove from lists");
  Act(routes, "/contacts/{id}/campaigns", "contact.campaigns", "editCampaigns",
      {{"assign", "strings", false, "names"}, {"remove", "strings", false, "names"}}, R"({"assign": ["spring"]})",
      "Assign to and remove from campaigns");
  Write(routes, "POST", "/contacts/{id}/topics", RouteKind::kTopic, "contact.topics",
        R"({"topic": "news", "subscribed": false})",
        "Unsubscribe from a topic that the definitions declare, or subscribe to it again");
  routes->back().body = {{"topic", "string", true, "topic"}, {"subscribed", "boolean", true}};
  const auto add = [&](std::string_view path, std::string_view action, std::string_view summary) {
    Write(routes, "POST", path, RouteKind::kTopic, action,
          R"({"at": "2026-03-01T09:00:00Z", "source": "phone call", "actor": "kim"})", summary)
        .body = {{"topic", "string", false, "topic"},
                 {"at", "string", false, "past time"},
                 {"source", "string", false, "short text"},
                 {"actor", "string", false, "short text"}};
  };
  add("/contacts/{id}/opt-outs", "contact.opt_out",
      "Say that the person has unsubscribed from everything, or from a topic");
  add("/contacts/{id}/opt-ins", "contact.opt_in", "Say that the person has subscribed again, to everything or a topic");
}

std::vector<Route> MakeRoutes() {
  std::vector<Route> routes;
  AddReads(&routes);
  AddCounts(&routes);
  AddStream(&routes);
  AddWrites(&routes);
  AddActions(&routes);
  AddReports(&routes);
  AddFrontRoutes(&routes);
  return routes;
}

// Whether the path is that of the route. `id` gets the text in the place of `{id}`.
bool Fits(std::string_view path, std::string_view pattern, std::string_view* id) {
  const size_t at = pattern.find(kId);
  if (at == std::string_view::npos) return path == pattern;
  const std::string_view before = pattern.substr(0, at), after = pattern.substr(at + kId.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
  *id = path.substr(before.size(), path.size() - before.size() - after.size());
  return true;
}

// Returns an id as it is: http::Request::path has NUL for an escaped slash.
std::string WithSlashes(std::string_view id) {
  std::string text(id);
  std::ranges::replace(text, '\0', '/');
  return text;
}

}  // namespace

std::span<const Route> Routes() {
  static const std::vector<Route> routes = MakeRoutes();
  return routes;
}

std::string_view ResourceOf(const Route& route) {
  const std::string_view path = route.path.substr(1);
  return path.substr(0, path.find('/'));
}

std::string AllowedOf(std::string_view methods) {
  std::string allowed(methods);
  if (allowed.starts_with("GET")) allowed.replace(0, 3, "GET, HEAD");
  return allowed + ", OPTIONS";
}

RouteMatch FindRoute(std::string_view method, std::string_view path) {
  RouteMatch match;
  if (!path.starts_with(kApiBase)) return match;
  path.remove_prefix(kApiBase.size());
  // An id may be any text, so several paths may fit: that with the most text of its own is meant.
  std::string_view id, pattern;
  size_t most = 0;
  for (const Route& route : Routes()) {
    std::string_view fitting;
    if (!Fits(path, route.path, &fitting)) continue;
    const size_t own = path.size() - fitting.size();
    if (own < most || (own == most && !pattern.empty())) continue;
    most = own;
    pattern = route.path;
    id = fitting;
  }
  if (pattern.empty()) return match;
  std::vector<std::string_view> methods;
  for (const Route& route : Routes()) {
    if (route.path != pattern) continue;
    if (route.method == method) match.route = &route;
    methods.insert(route.method == "GET" ? methods.begin() : methods.end(), route.method);
  }
  match.id = WithSlashes(id);
  match.allowed = AllowedOf(Join(methods, ", "));
  return match;
}

const Route* RouteOfAction(std::string_view name) {
  constexpr std::string_view kActions = "/contacts/{id}/";
  for (const Route& route : Routes()) {
    const bool is_action = route.method == "POST" && route.path.starts_with(kActions);
    if (is_action && route.path.substr(kActions.size()) == name) return &route;
  }
  return nullptr;
}

}  // namespace leadpulse::serve
