// The routes of the API: one table, which dispatches requests and describes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processor/serve/access/principal.h"
#include "processor/serve/access/rate_limiter.h"

namespace leadpulse::serve {

inline constexpr std::string_view kApiBase = "/api/v1";

enum class RouteKind : uint8_t {
  kSearch,
  kGet,
  kLink,
  kExplain,
  kTimeline,
  kExport,
  kDuplicates,
  kSegments,
  kPipeline,
  kCampaigns,
  kReport,
  kCreate,
  kUpdate,
  kAct,
  kErase,
  kCommand,
  kDefinitions,
  kAdministration,
};

// A member of a body.
struct BodyMember {
  std::string_view name;
  std::string_view type;  // as in JSON schema: `string`, `boolean`, `integer`; `strings`: an array of strings
  bool required = false;
};

// A parameter behind the `?`.
struct Parameter {
  std::string_view name;
  std::string_view type;  // as in JSON schema
  std::string_view summary;
};

struct Route {
  std::string_view method;
  std::string_view path;  // below kApiBase; `{id}` is any text that is not empty
  RouteKind kind;
  access::Role least;  // a token with a lesser role is refused
  access::Scope scope;
  access::RequestClass request_class;
  std::string_view action;   // `contact.stage`: its name in OpenAPI, in metrics and in the audit log
  std::string_view command;  // of kAct: the member of LeadCommand that the body becomes
  std::vector<BodyMember> body;
  std::vector<Parameter> parameters;
  std::string_view example;  // a body; empty: the route has none
  std::string_view summary;
  // The answer's schema in OpenAPI, if `kind` is kDefinitions or kAdministration.
  std::string_view answer = {};

  // Whether it becomes a command to the run.
  bool writes() const { return answer.empty() && (scope == access::Scope::kWrite || scope == access::Scope::kAdmin); }
};

std::span<const Route> Routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: there is none with this path and method
  std::string id;                // what stands for `{id}`
  std::string allowed;           // without a route: the methods that the path has; empty: no route has this path
};
// `path`: unescaped. An id may contain slashes.
RouteMatch FindRoute(std::string_view method, std::string_view path);

}  // namespace leadpulse::serve
