#include "processor/serve/api/request/definition_routes.h"

#include <string_view>
#include <utility>

namespace leadpulse::serve {
namespace {

using access::RequestClass;
using access::Role;
using access::Scope;

Route Base(std::string_view method, std::string_view path, std::string_view action, std::string_view answer,
           std::string_view summary) {
  return {.method = method,
          .path = path,
          .kind = RouteKind::kDefinitions,
          .least = Role::kAdmin,
          .scope = Scope::kAdmin,
          .request_class = method == "GET" ? RequestClass::kRead : RequestClass::kWrite,
          .action = action,
          .command = "",
          .body = {},
          .parameters = {{"tenant", "string", "another tenant than that of the token; for operators"}},
          .example = "",
          .summary = summary,
          .answer = answer};
}

Route Put(std::string_view path, std::string_view action, std::string_view answer, std::vector<BodyMember> body,
          std::string_view example, std::string_view summary) {
  Route route = Base("PUT", path, action, answer, summary);
  route.body = std::move(body);
  route.example = example;
  return route;
}

}  // namespace

void AddDefinitions(std::vector<Route>* routes) {
  Route preview = Base("POST", "/segments/preview", "segment.preview", "SegmentPreview",
                       "Try a rule: how many contacts match, and who would enter and leave the segment");
  preview.least = Role::kManager;
  preview.scope = Scope::kRead;
  preview.request_class = RequestClass::kScan;
  preview.parameters = {};
  preview.body = {{"rule", "string", true}, {"id", "string"}};
  preview.example = R"({"rule": "score > 50", "id": "hot"})";
  routes->push_back(std::move(preview));
  Route get = Base("GET", "/segments/{id}", "segment.get", "Segment", "Get a segment's name and rule");
  get.least = Role::kAgent;
  get.scope = Scope::kRead;
  routes->push_back(std::move(get));
  routes->push_back(Put("/segments/{id}", "segment.put", "Segment", {{"rule", "string", true}, {"name", "string"}},
                        R"({"name": "Hot", "rule": "score > 50"})", "Change a segment, or make one"));
  routes->push_back(Base("GET", "/definitions", "definitions.get", "Definitions", "Get the text of the definitions"));
  routes->push_back(Put("/definitions", "definitions.put", "Definitions", {{"text", "string", true}},
                        R"({"text": "tenants: {acme: {tiers: [{name: all}]}}"})",
                        "Replace the definitions; If-Match is required"));
}

}  // namespace leadpulse::serve
