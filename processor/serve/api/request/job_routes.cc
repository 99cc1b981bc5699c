#include <string_view>
#include <utility>

#include "processor/serve/api/request/route_parts.h"

namespace leadpulse::serve {
namespace {

using access::RequestClass;
using access::Role;
using access::Scope;

Route JobRoute(std::string_view method, std::string_view path, std::string_view action, std::string_view answer,
               std::string_view summary) {
  Route route = FrontRoute(RouteKind::kJob, method, path, action, answer, summary);
  route.least = Role::kAgent;
  route.scope = method == "GET" ? Scope::kRead : Scope::kWrite;
  route.parameters = {};
  return route;
}

// A route that starts a job, for managers.
Route Starts(std::string_view path, std::string_view action, Scope scope, std::vector<BodyMember> body,
             std::string_view example, std::string_view summary) {
  Route route = WithBody(JobRoute("POST", path, action, "Job", summary), std::move(body), example);
  route.kind = RouteKind::kJobStart;
  route.least = Role::kManager;
  route.scope = scope;
  route.request_class = RequestClass::kImport;
  return route;
}

void AddImports(std::vector<Route>* routes) {
  routes->push_back(Starts("/imports", "import.upload", Scope::kImport, {}, "E-Mail,City\nlead@example.com,Bern\n",
                           "Upload a CSV file, and get what its columns mean and what it would do as contacts"));
  routes->back().kind = RouteKind::kJob;
  routes->back().answer = "Import";
  routes->back().body_type = "text/csv";
  // Before `/imports/{id}`, whose path includes theirs.
  routes->push_back(
      Starts("/imports/{id}/run", "import.run", Scope::kImport,
             {{"kind", "string"},
              {"map", "object"},
              {"lead_id", "string"},
              {"consents", "object"},
              {"tags", "strings"},
              {"lists", "strings"},
              {"campaigns", "strings"},
              {"date_format", "string"},
              {"timezone", "string"},
              {"empty_unsets", "boolean"},
              {"dry_run", "boolean"}},
             R"({"map": {"Internal note": ""}, "tags": ["fair"], "dry_run": true})",
             "Import an upload as contacts, as unsubscribe, bounce or complaint, or as a log of events; a dry "
             "run only says what that would do"));
  routes->back().kind = RouteKind::kJob;
  routes->push_back(JobRoute("GET", "/imports/{id}/wrong.csv", "import.wrong_rows", "File",
                             "Get the rows of an import that were wrong, with the reasons"));
  routes->push_back(JobRoute("GET", "/imports/{id}", "import.get", "Job", "Get how far an import has come"));
}

}  // namespace

void AddJobs(std::vector<Route>* routes) {
  routes->push_back(
      Starts("/bulk", "bulk.start", Scope::kWrite,
             {{"where", "string"},
              {"query", "string"},
              {"ids", "strings"},
              {"action", "string", true},
              {"body", "object", true},
              {"dry_run", "boolean"}},
             R"({"where": "stage IS \"new\"", "action": "tags", "body": {"add": ["spring"]}, "dry_run": true})",
             "Change many contacts: those that a rule or a search finds, or those with given ids; a dry run only "
             "counts them"));
  routes->push_back(
      Starts("/exports", "export.start", Scope::kScan,
             {{"where", "string"}, {"query", "string"}, {"columns", "strings", true}, {"format", "string"}},
             R"({"query": "stage:new", "columns": ["lead", "email", "score"], "format": "csv"})",
             "Export contacts, all unless a rule or a search says which, as csv or jsonl"));
  routes->push_back(JobRoute("GET", "/exports/{id}/file", "export.file", "File", "Get the file of an export"));
  routes->back().least = Role::kManager;
  routes->back().scope = Scope::kScan;
  AddImports(routes);
  routes->push_back(JobRoute("GET", "/jobs", "job.list", "Jobs", "Get the jobs, the latest first"));
  routes->back().parameters = {{"limit", "integer", "jobs, 50 unless given, at most 1000"}};
  // Before `/jobs/{id}`, whose path includes it.
  routes->push_back(
      JobRoute("POST", "/jobs/{id}/cancel", "job.cancel", "Job", "Cancel a job; its changes so far stay"));
  routes->push_back(JobRoute("GET", "/jobs/{id}", "job.get", "Job", "Get how far a job has come"));
}

}  // namespace leadpulse::serve
