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
// The date of the version, in the header API-Version of each answer.
inline constexpr char kApiVersion[] = "2026-11-29";

enum class RouteKind : uint8_t {
  kRead,  // what the run answers; also unsubscribe links and outcomes of writes
  kStream,
  kCreate,
  kUpdate,
  kAct,
  kTopic,
  kRemoveNote,
  kErase,
  kUndo,
  kBatch,
  kDefinitions,
  kAdministration,
  kJobStart,
  kJob,
};

// A member of a body.
struct BodyMember {
  std::string_view name;
  std::string_view
      type;  // as in JSON schema: `string`, `boolean`, `integer`; `object`; `strings`: an array of strings; `objects`
  bool required = false;
  std::string_view form = {};  // what values of the type fit: a name of openapi::WithForm; empty: all
  bool is_choice = false;      // a body has one of its choices
};

// A parameter behind the `?`.
struct Parameter {
  std::string_view name;
  std::string_view type;  // as in JSON schema
  std::string_view summary;
  std::string_view form = {};  // as of a BodyMember
};

// The answer to a request that succeeds, as OpenAPI describes it. A stream has none.
struct RouteResponse {
  std::string_view schema;        // `File`: a file, no JSON
  std::string_view summary = {};  // empty: that of the route
};

struct Route {
  std::string_view method;
  std::string_view path;  // below kApiBase; `{id}` is any text that is not empty
  RouteKind kind;
  access::Role least;  // a token with a lesser role is refused
  access::Scope scope;
  access::RequestClass request_class;
  std::string_view action;        // `contact.stage`: its name in OpenAPI, in metrics and in the audit log
  std::string_view command = {};  // for kAct: the member of LeadCommand that the body becomes
  std::vector<BodyMember> body = {};
  std::vector<Parameter> parameters = {};
  std::string_view example = {};  // a body; empty: the route has none
  std::string_view summary;
  std::string_view body_type = "application/json";
  RouteResponse answer = {};
  bool needs_choice = true;  // whether a body must have one of its choices, if it has any

  // Whether a request sent again with its Idempotency-Key is the same.
  bool takes_key() const { return sends_record() || method == "POST"; }
  // Whether the front keeps its answers for that (recent_answers.h): it is no command and starts no job.
  bool is_kept() const {
    return takes_key() && !sends_record() && kind != RouteKind::kBatch && kind != RouteKind::kJobStart;
  }
  bool has_body() const { return !example.empty(); }
  // Whether the caller may say which version of the contact it has seen. An event has no expected version.
  bool takes_version() const { return sends_record() && kind != RouteKind::kCreate && kind != RouteKind::kTopic; }
  // Whether the caller must say which version of the definitions' text it has seen, to change what exists.
  bool compares_text() const {
    return action == "definitions.put" || action == "segment.put" || action == "segment.remove";
  }
  // Whether the request becomes a record for the run. Other routes that change something change the front alone.
  bool sends_record() const {
    return kind == RouteKind::kCreate || kind == RouteKind::kUpdate || kind == RouteKind::kAct ||
           kind == RouteKind::kTopic || kind == RouteKind::kRemoveNote || kind == RouteKind::kErase ||
           kind == RouteKind::kUndo;
  }
};

std::span<const Route> Routes();
// Adds those that the front answers itself: definitions, users and tokens, jobs.
void AddFrontRoutes(std::vector<Route>* routes);

struct RouteMatch {
  const Route* route = nullptr;  // null: there is none with this path and method
  std::string id;                // what stands for `{id}`
  std::string allowed;           // the methods that the path has, for the header Allow; empty: no route has this path
};
// Finds the route of `path`, that of http::Request. An id may contain slashes; one that ends as another route does
// needs them escaped.
RouteMatch FindRoute(std::string_view method, std::string_view path);
// Returns the first part of the path: `contacts` for `/contacts/{id}/stage`.
std::string_view ResourceOf(const Route& route);
// Returns the value of Allow for the path of routes with these methods.
std::string AllowedOf(std::string_view methods);
// Returns the route `POST /contacts/{id}/NAME`; null if none.
const Route* RouteOfAction(std::string_view name);

}  // namespace leadpulse::serve
