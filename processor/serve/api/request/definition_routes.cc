#include <string_view>
#include <utility>

#include "processor/serve/api/request/route_parts.h"

namespace leadpulse::serve {
namespace {

using access::RequestClass;
using access::Role;
using access::Scope;

Route Define(std::string_view method, std::string_view path, std::string_view action, std::string_view answer,
             std::string_view summary) {
  return FrontRoute(RouteKind::kDefinitions, method, path, action, answer, summary);
}

}  // namespace

void AddDefinitions(std::vector<Route>* routes) {
  Route preview = WithBody(Define("POST", "/segments/preview", "segment.preview", "SegmentPreview",
                                  "Try a rule: how many contacts match, and who would enter and leave the segment"),
                           {{"rule", "string", true}, {"id", "string"}}, R"({"rule": "score > 50", "id": "hot"})");
  preview.least = Role::kManager;
  preview.scope = Scope::kRead;
  preview.request_class = RequestClass::kScan;
  preview.parameters = {};
  routes->push_back(std::move(preview));
  Route get = Define("GET", "/segments/{id}", "segment.get", "Segment", "Get a segment's name and rule");
  get.least = Role::kAgent;
  get.scope = Scope::kRead;
  routes->push_back(std::move(get));
  routes->push_back(WithBody(Define("PUT", "/segments/{id}", "segment.put", "Segment", "Change or create a segment"),
                             {{"rule", "string", true}, {"name", "string"}},
                             R"({"name": "Hot", "rule": "score > 50"})"));
  routes->push_back(Define("GET", "/definitions", "definitions.get", "Definitions", "Get the text of the definitions"));
  routes->push_back(WithBody(
      Define("PUT", "/definitions", "definitions.put", "Definitions", "Replace the definitions; If-Match is required"),
      {{"text", "string", true}}, R"({"text": "tenants: {acme: {tiers: [{name: all}]}}"})"));
}

}  // namespace leadpulse::serve
