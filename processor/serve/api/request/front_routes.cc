// The routes that the front answers itself.
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {
namespace {

using access::RequestClass;
using access::Role;
using access::Scope;

constexpr Parameter kTenantParameter = {"tenant", "string", "another tenant than that of the token; for operators"};

// Adds a route for admins, with kTenantParameter, and returns it. `answer` is the schema of its answer.
Route& FrontRoute(std::vector<Route>* routes, RouteKind kind, std::string_view method, std::string_view path,
                  std::string_view action, std::string_view answer, std::string_view summary,
                  std::vector<BodyMember> body = {}, std::string_view example = {}) {
  routes->push_back({.method = method,
                     .path = path,
                     .kind = kind,
                     .least = Role::kAdmin,
                     .scope = Scope::kAdmin,
                     .request_class = method == "GET" ? RequestClass::kRead : RequestClass::kWrite,
                     .action = action,
                     .body = std::move(body),
                     .parameters = {kTenantParameter},
                     .example = example,
                     .summary = summary,
                     .answer = {answer}});
  return routes->back();
}

// ---- Definitions and segments (definition_api.h) ----

Route& Define(std::vector<Route>* routes, std::string_view method, std::string_view path, std::string_view action,
              std::string_view answer, std::string_view summary, std::vector<BodyMember> body = {},
              std::string_view example = {}) {
  return FrontRoute(routes, RouteKind::kDefinitions, method, path, action, answer, summary, std::move(body), example);
}

void AddLists(std::vector<Route>* routes) {
  Define(routes, "PUT", "/lists/{id}", "list.put", "DeclaredList",
         "Declare a list or give it another name; it may be empty", {{"name", "string", false, "short text"}},
         R"({"name": "Newsletter"})");
  Define(routes, "DELETE", "/lists/{id}", "list.remove", "Done",
         "Remove a list from those that are declared; contacts that are in it stay in it");
  for (Route& route : std::span(*routes).last(2)) {
    route.least = Role::kManager;
    route.scope = Scope::kWrite;
  }
}

void AddFields(std::vector<Route>* routes) {
  Define(routes, "PUT", "/fields/{id}", "field.put", "Field",
         "Declare a field, or give it another type; values of contacts are read with it from then on",
         {{"type", "string", true, "field type"}}, R"({"type": "number"})");
  Define(routes, "DELETE", "/fields/{id}", "field.remove", "Done",
         "Remove a field from those that are declared; contacts keep their values");
}

void AddDefinitions(std::vector<Route>* routes) {
  Route& preview = Define(routes, "POST", "/segments/preview", "segment.preview", "SegmentPreview",
                          "Try a rule: how many contacts match, and who would enter and leave the segment",
                          {{"rule", "string", true, "rule"}, {"id", "string", false, "segment"}},
                          R"({"rule": "score > 50", "id": "hot"})");
  preview.least = Role::kManager;
  preview.scope = Scope::kRead;
  preview.request_class = RequestClass::kScan;
  preview.parameters = {};
  Route& get = Define(routes, "GET", "/segments/{id}", "segment.get", "Segment", "Get a segment's name and rule");
  get.least = Role::kAgent;
  get.scope = Scope::kRead;
  Define(routes, "PUT", "/segments/{id}", "segment.put", "Segment", "Change or create a segment",
         {{"rule", "string", true, "rule"}, {"name", "string", false, "short text"}},
         R"({"name": "Hot", "rule": "score > 50"})");
  Define(routes, "DELETE", "/segments/{id}", "segment.remove", "Done",
         "Remove a segment, whose contacts stay; If-Match is required");
  AddLists(routes);
  AddFields(routes);
  Define(routes, "GET", "/definitions", "definitions.get", "Definitions", "Get the text of the definitions");
  Define(routes, "PUT", "/definitions", "definitions.put", "Definitions",
         "Replace the definitions; If-Match is required", {{"text", "string", true}},
         R"({"text": "tenants: {acme: {tiers: [{name: all}]}}"})");
}

// ---- Users, tokens, tenants and the audit log (administration.h) ----

Route& Administer(std::vector<Route>* routes, std::string_view method, std::string_view path, std::string_view action,
                  std::string_view answer, std::string_view summary, std::vector<BodyMember> body = {},
                  std::string_view example = {}) {
  return FrontRoute(routes, RouteKind::kAdministration, method, path, action, answer, summary, std::move(body),
                    example);
}

void AddAdministration(std::vector<Route>* routes) {
  Administer(routes, "GET", "/users", "user.list", "UsersAnswer", "Get the users");
  Administer(
      routes, "POST", "/users", "user.add", "User", "Add a user; only this answer has the password",
      {{"name", "string", true, "user"}, {"role", "string", true, "Role"}, {"agent", "string", false, "short text"}},
      R"({"name": "ann", "role": "agent", "agent": "ann"})");
  Administer(routes, "PATCH", "/users/{id}", "user.change", "User", "Change or disable a user",
             {{"role", "string", false, "Role"}, {"agent", "string", false, "short text"}, {"disabled", "boolean"}},
             R"({"role": "manager", "disabled": true})");
  Administer(routes, "POST", "/users/{id}/password", "user.password", "User",
             "Give a user a new password; only this answer has it");
  Administer(routes, "POST", "/users/{id}/invitation", "user.invite", "Invitation",
             "Make a link with which a user sets a password, once, within three days; only this answer has it");
  Administer(routes, "DELETE", "/users/{id}", "user.remove", "Done", "Remove a user");
  Administer(routes, "GET", "/tokens", "token.list", "TokensAnswer", "Get the API tokens, without their secrets");
  Administer(routes, "POST", "/tokens", "token.create", "Token", "Create an API token; only this answer has its secret",
             {{"label", "string", true, "name"},
              {"role", "string", true, "Role"},
              {"agent", "string", false, "short text"},
              {"scopes", "string", false, "scopes"},
              {"expires", "string", false, "time"}},
             R"({"label": "crm", "role": "manager", "scopes": "read,write", "expires": "2100-01-31T00:00:00Z"})");
  Administer(routes, "DELETE", "/tokens/{id}", "token.revoke", "Done", "Revoke an API token for good");
  Administer(routes, "GET", "/audit", "audit.list", "AuditPage", "Get who did what, the latest first");
  routes->back().parameters = {{"who", "string", "only lines of this user or token"},
                               {"lead", "string", "only lines about the contact with this id"},
                               {"action", "string", "only lines of this action, such as contact.stage"},
                               {"limit", "integer", "lines of a page, 50 unless given, at most 1000", "page"},
                               {"cursor", "string", "of the page before", "cursor"},
                               kTenantParameter};
  Administer(routes, "GET", "/tenants", "tenant.list", "TenantsAnswer", "Get the tenants");
  routes->back().least = Role::kOperator;
  routes->back().parameters = {};
  Administer(routes, "POST", "/tenants", "tenant.add", "Tenant", "Add a tenant", {{"tenant", "string", true, "tenant"}},
             R"({"tenant": "blue"})");
  routes->back().least = Role::kOperator;
  routes->back().parameters = {};
}

// ---- Webhooks (webhook_api.h) ----

void AddWebhooks(std::vector<Route>* routes) {
  const std::vector<BodyMember> settings = {{"url", "string", false, "address"},
                                            {"events", "strings", false, "change kinds"},
                                            {"secret", "string", false, "secret"},
                                            {"contact", "boolean"},
                                            {"active", "boolean"}};
  Administer(routes, "GET", "/webhooks", "webhook.list", "WebhooksAnswer", "Get the webhooks");
  Administer(routes, "POST", "/webhooks", "webhook.create", "Webhook",
             "Make a webhook; it posts changes of contacts, signed, and only this answer has its secret", settings,
             R"({"url": "https://crm.example/leads", "events": ["TIER_CHANGED"], "contact": true})");
  routes->back().body.front().required = true;
  Administer(routes, "POST", "/webhooks/{id}/test", "webhook.test", "Delivery",
             "Test a webhook; its deliveries tell what became of the post");
  Administer(routes, "GET", "/webhooks/{id}/deliveries", "webhook.deliveries", "DeliveriesAnswer",
             "Get the latest 100 deliveries, the latest first");
  Administer(routes, "POST", "/webhooks/deliveries/{id}/send-again", "webhook.send_again", "Delivery",
             "Send a delivery of a webhook again; one of the latest, once");
  Administer(routes, "GET", "/webhooks/{id}", "webhook.get", "Webhook", "Get a webhook");
  Administer(routes, "PATCH", "/webhooks/{id}", "webhook.change", "Webhook",
             "Change a webhook; one that was stopped goes on where it was once it is active", settings,
             R"({"active": true, "missed": null})");
  routes->back().body.push_back({"missed", "null"});
  Administer(routes, "DELETE", "/webhooks/{id}", "webhook.remove", "Done", "Remove a webhook");
}

// ---- Jobs (jobs.h) ----

Route& JobRoute(std::vector<Route>* routes, std::string_view method, std::string_view path, std::string_view action,
                std::string_view answer, std::string_view summary) {
  Route& route = FrontRoute(routes, RouteKind::kJob, method, path, action, answer, summary);
  route.least = Role::kAgent;
  route.scope = method == "GET" ? Scope::kRead : Scope::kWrite;
  route.parameters = {};
  return route;
}

// Adds a route that starts a job, for managers.
Route& Starts(std::vector<Route>* routes, std::string_view path, std::string_view action, Scope scope,
              std::vector<BodyMember> body, std::string_view example, std::string_view summary) {
  Route& route = JobRoute(routes, "POST", path, action, "Job", summary);
  route.body = std::move(body);
  route.example = example;
  route.kind = RouteKind::kJobStart;
  route.least = Role::kManager;
  route.scope = scope;
  route.request_class = RequestClass::kImport;
  return route;
}

void AddImports(std::vector<Route>* routes) {
  Starts(routes, "/imports", "import.upload", Scope::kImport, {}, "E-Mail,City\nlead@example.com,Bern\n",
         "Upload a CSV file, and get what its columns mean and what it would do as contacts");
  routes->back().kind = RouteKind::kJob;
  routes->back().answer = {"Import", "The upload, which Location shows"};
  routes->back().body_type = "text/csv";
  // These come before `/imports/{id}`, whose path includes theirs.
  Starts(routes, "/imports/{id}/run", "import.run", Scope::kImport,
         {{"kind", "string"},          {"map", "object"},
          {"lead_id", "string"},       {"at", "string"},
          {"values", "object"},        {"consents", "object"},
          {"tags", "strings"},         {"lists", "strings"},
          {"campaigns", "strings"},    {"stage", "string", false, "Stage"},
          {"date_format", "string"},   {"date_formats", "object"},
          {"number_format", "string"}, {"number_formats", "object"},
          {"empty_words", "strings"},  {"encoding", "string"},
          {"delimiter", "string"},     {"header_row", "integer"},
          {"timezone", "string"},      {"empty_unsets", "boolean"},
          {"update_only", "boolean"},  {"create_only", "boolean"},
          {"shared", "boolean"},       {"dry_run", "boolean"}},
         R"({"map": {"Internal note": ""}, "tags": ["fair"], "dry_run": true})",
         "Import an upload as contacts, as unsubscribe, bounce or complaint, or as a log of events; a dry "
         "run only says what that would do");
  routes->back().kind = RouteKind::kJob;
  routes->back().answer = {"Import", "What a dry run has found, or the job"};
  JobRoute(routes, "GET", "/imports/{id}/wrong.csv", "import.wrong_rows", "File",
           "Get the rows of an import that were wrong, with the reasons");
  Starts(routes, "/imports/{id}/undo", "import.undo", Scope::kImport, {}, "",
         "Take an import back, for 30 days: withdraw the contacts that it made and nothing has touched since, and set "
         "back what it changed and nobody has changed since");
  JobRoute(routes, "GET", "/imports/{id}/contacts", "import.contacts", "Imported",
           "Get the contacts that an import has made or changed, for 30 days or until it is taken back");
  routes->back().least = Role::kManager;
  routes->back().parameters = {{"limit", "integer", "contacts of a page, 50 unless given, at most 1000", "page"},
                               {"cursor", "string", "of the page before", "cursor"}};
  JobRoute(routes, "GET", "/imports/{id}", "import.get", "ImportJob", "Get how far an import has come");
}

void AddJobs(std::vector<Route>* routes) {
  Starts(routes, "/bulk", "bulk.start", Scope::kWrite,
         {{"where", "string", false, "rule", true},
          {"query", "string", false, "search", true},
          {"ids", "strings", false, "ids", true},
          {"action", "string", true, "bulk action"},
          {"body", "object", true},
          {"dry_run", "boolean"}},
         R"({"where": "stage IS \"new\"", "action": "tags", "body": {"add": ["spring"]}, "dry_run": true})",
         "Change many contacts: those that a rule or a search finds, or those with given ids; a dry run only "
         "counts them");
  Starts(routes, "/tags/{id}", "tag.rename", Scope::kWrite, {{"name", "string", true, "name"}},
         R"({"name": "spring fair"})", "Give a tag another name, or one that is there, at every contact that has it");
  routes->back().method = "PUT";
  Starts(routes, "/tags/{id}", "tag.remove", Scope::kWrite, {}, "", "Remove a tag from every contact that has it");
  routes->back().method = "DELETE";
  Starts(routes, "/exports", "export.start", Scope::kScan,
         {{"where", "string", false, "rule", true},
          {"query", "string", false, "search", true},
          {"columns", "strings", true, "exported columns"},
          {"format", "string", false, "export format"},
          {"name", "string", false, "file name"}},
         R"({"query": "stage:new", "columns": ["lead", "email", "score"], "format": "csv", "name": "new-leads"})",
         "Export contacts, all unless a rule or a search says which, as csv or jsonl; `name` is that of the file, "
         "without its ending")
      .needs_choice = false;
  JobRoute(routes, "GET", "/exports/{id}/file", "export.file", "File", "Get the file of an export");
  routes->back().least = Role::kManager;
  routes->back().scope = Scope::kScan;
  AddImports(routes);
  JobRoute(routes, "GET", "/jobs", "job.list", "JobsAnswer", "Get the jobs, the latest first");
  routes->back().parameters = {{"limit", "integer", "jobs, 50 unless given, at most 1000", "page"}};
  // This comes before `/jobs/{id}`, whose path includes it.
  JobRoute(routes, "POST", "/jobs/{id}/cancel", "job.cancel", "Job", "Cancel a job; its changes so far stay");
  JobRoute(routes, "GET", "/jobs/{id}", "job.get", "Job", "Get how far a job has come");
}

}  // namespace

void AddFrontRoutes(std::vector<Route>* routes) {
  AddDefinitions(routes);
  AddAdministration(routes);
  AddWebhooks(routes);
  AddJobs(routes);
}

}  // namespace leadpulse::serve
