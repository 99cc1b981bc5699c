#include "processor/serve/api/routes.h"

namespace leadpulse::serve {
namespace {

using access::RequestClass;
using access::Role;
using access::Scope;

constexpr std::string_view kId = "{id}";

Route Read(std::string_view path, RouteKind kind, RequestClass request_class, std::string_view summary) {
  return {"GET", path, kind, Role::kAgent, Scope::kRead, request_class, "", "", {}, summary};
}

Route Act(std::string_view path, std::string_view action, std::string_view command, std::vector<BodyMember> body,
          std::string_view summary, Role least = Role::kAgent) {
  return {"POST", path,    RouteKind::kAct, least,  Scope::kWrite, RequestClass::kWrite,
          action, command, std::move(body), summary};
}

std::vector<Route> MakeRoutes() {
  std::vector<Route> routes;
  routes.push_back(Read("/contacts/search", RouteKind::kSearch, RequestClass::kScan, "Find contacts"));
  routes.push_back(Read("/contacts/{id}", RouteKind::kGet, RequestClass::kRead, "Get a contact"));
  routes.push_back(Read("/commands/{id}", RouteKind::kCommand, RequestClass::kRead,
                        "Get what became of a write, by its Idempotency-Key"));
  const auto write = [&routes](std::string_view method, std::string_view path, RouteKind kind, std::string_view action,
                               std::string_view summary) {
    routes.push_back({method, path, kind, Role::kAgent, Scope::kWrite, RequestClass::kWrite, action, "", {}, summary});
  };
  write("POST", "/contacts", RouteKind::kCreate, "contact.create", "Create a contact");
  write("PATCH", "/contacts/{id}", RouteKind::kUpdate, "contact.update", "Set and unset attributes (RFC 7396)");
  write("DELETE", "/contacts/{id}", RouteKind::kErase, "contact.erase", "Erase a contact");
  routes.back().least = Role::kAdmin;
  routes.back().scope = Scope::kAdmin;
  const std::vector<BodyMember> names = {{"add", "strings"}, {"remove", "strings"}};
  routes.push_back(
      Act("/contacts/{id}/stage", "contact.stage", "setStage", {{"stage", "string", true}}, "Set the stage"));
  routes.push_back(Act("/contacts/{id}/agent", "contact.agent", "assignAgent", {{"agentId", "string", true}},
                       "Assign an agent; an empty one clears", Role::kManager));
  routes.push_back(Act("/contacts/{id}/qualification", "contact.qualification", "setQualification",
                       {{"score", "integer"}, {"clear", "boolean"}}, "Set or clear the qualification"));
  routes.push_back(Act("/contacts/{id}/do-not-contact", "contact.do_not_contact", "setDoNotContact",
                       {{"value", "boolean", true}, {"reason", "string"}},
                       "Say whether the contact must not be mailed"));
  routes.push_back(
      Act("/contacts/{id}/consents", "contact.consent", "recordConsent",
          {{"purpose", "string", true}, {"granted", "boolean", true}, {"source", "string"}, {"version", "string"}},
          "Record a consent or its withdrawal"));
  routes.push_back(Act("/contacts/{id}/notes", "contact.note", "addNote", {{"text", "string", true}}, "Add a note"));
  routes.push_back(Act("/contacts/{id}/tags", "contact.tags", "editTags", names, "Add and remove tags"));
  routes.push_back(Act("/contacts/{id}/lists", "contact.lists", "editLists", names, "Add to and remove from lists"));
  routes.push_back(Act("/contacts/{id}/campaigns", "contact.campaigns", "editCampaigns",
                       {{"assign", "strings"}, {"remove", "strings"}}, "Assign to and remove from campaigns"));
  return routes;
}

// Whether the path is that of the route; `id`: what stands for `{id}`.
bool Fits(std::string_view path, std::string_view pattern, std::string_view* id) {
  const size_t at = pattern.find(kId);
  if (at == std::string_view::npos) return path == pattern;
  const std::string_view before = pattern.substr(0, at), after = pattern.substr(at + kId.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) return false;
  *id = path.substr(before.size(), path.size() - before.size() - after.size());
  return true;
}

}  // namespace

std::span<const Route> Routes() {
  static const std::vector<Route> routes = MakeRoutes();
  return routes;
}

RouteMatch FindRoute(std::string_view method, std::string_view path) {
  RouteMatch match;
  if (!path.starts_with(kApiBase)) return match;
  path.remove_prefix(kApiBase.size());
  for (const Route& route : Routes()) {
    std::string_view id;
    if (!Fits(path, route.path, &id)) continue;
    if (route.method == method) return {&route, std::string(id), ""};
    if (match.allowed.find(route.method) == std::string::npos) {
      match.allowed.append(match.allowed.empty() ? "" : ", ").append(route.method);
    }
  }
  return match;
}

}  // namespace leadpulse::serve
