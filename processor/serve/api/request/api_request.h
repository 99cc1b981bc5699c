// A request of the API with what outlives the server's views.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "google/protobuf/repeated_field.h"
#include "leadpulse/v1/query.pb.h"
#include "processor/base/assert.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/http/form.h"
#include "processor/http/handler.h"
#include "processor/serve/access/access_store.h"
#include "processor/serve/access/principal.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/routes.h"

namespace leadpulse::serve {

// The secrets that identify the sender of a request.
struct Credentials {
  std::string bearer;   // the token; empty: none
  std::string session;  // the secret in the cookie (session_cookie.h), if the route accepts one; empty: none
};

struct ApiRequest {
  const Route* route = nullptr;
  std::string id;  // RouteMatch::id
  std::vector<http::FormField> parameters;
  Credentials credentials;
  std::string if_match, idempotency_key, prefer;
  std::string content_type;  // that of the body; empty: the client did not say
  std::string body;
  std::string accept;
  std::string client;                              // http::Request::client
  std::string last_event_id;                       // where a stream continues; empty: it begins now
  std::shared_ptr<http::BodySink> sink = nullptr;  // has the body of an upload
  std::string request_name;                        // its id, for the log

  // Returns the value of the last parameter with that name; empty if none.
  std::string_view Parameter(std::string_view name) const { return http::LastOf(parameters, name); }
};

using Respond = std::function<void(http::Response)>;

// Returns the handler of an action in a table, which must have one.
template <typename Handler, size_t kCount>
Handler HandlerOf(std::string_view action, const std::pair<std::string_view, Handler> (&table)[kCount]) {
  const auto* found = std::ranges::find(table, action, &std::pair<std::string_view, Handler>::first);
  LP_ASSERT(found != std::end(table));
  return found->second;
}

inline constexpr char kJsonType[] = "application/json";
// Answers with a JSON object. `append` appends its members.
template <typename Append>
http::Response JsonResponse(unsigned int code, const Append& append) {
  std::string body;
  JsonObject object(&body);
  append(&object);
  object.End();
  return {code, std::move(body), kJsonType};
}
// Appends the member `"key":[{…},{…}]`. `append` appends the members of the object of an element.
template <typename Elements, typename Append>
void AppendObjects(std::string_view key, const Elements& elements, JsonObject* object, const Append& append) {
  std::string* const out = object->Key(key);
  AppendJsonArray(elements, out, [&](const auto& element) {
    JsonObject one(out);
    append(element, &one);
  });
}
// Appends the member `"key":[…]`, whose elements `append` appends.
template <typename Elements, typename Append>
void AppendArray(std::string_view key, const Elements& elements, JsonObject* object, const Append& append) {
  std::string* const out = object->Key(key);
  AppendJsonArray(elements, out, [&](const auto& element) { append(element, out); });
}
// Appends the member `"key":[…]` of rows.
void AppendRows(std::string_view key, const google::protobuf::RepeatedPtrField<v1::LeadRow>& rows, JsonObject* object);

// The partitions that no run answers for. An answer is then about the other leads.
using MissingPartitions = google::protobuf::RepeatedField<uint32_t>;
// Appends the members `partial` and `missingPartitions`; if no partition is missing, none.
void AppendMissing(const MissingPartitions& missing, JsonObject* object);
// Appends the members of AppendMissing, and the member `indexing` while the index is not ready, so that answers take
// longer.
template <typename Answer>
void AppendRunState(const Answer& answer, JsonObject* object) {
  AppendMissing(answer.missing_partitions(), object);
  if (answer.has_indexing()) object->Number("indexing", answer.indexing());
}
// Adds the header `Leadpulse-Partial`, for answers that are no JSON. Adds none if no partition is missing.
void AddMissingHeader(const MissingPartitions& missing, http::Response* response);

// Reads the parameter `limit`; 50 without one. A problem if it is no number from 1 to 1,000.
std::variant<uint32_t, http::Response> LimitOf(const ApiRequest& request);

// Returns the principal as the caller of a query: an agent sees its own leads and those without an agent.
v1::Caller CallerFor(const access::Principal& principal);

// Returns the tenant that a request is about: the one that the parameter `tenant` names, or that of the principal. The
// problem looks the same for a tenant that does not exist and for one that the principal may not enter.
std::variant<std::string, http::Response> TenantMeant(const ApiRequest& request, const access::Principal& principal,
                                                      access::AccessStore* store);

// An id of a request that begins with it is an address.
inline constexpr std::string_view kByAddress = "email:";
// Returns the id of a contact as the run takes it: `email:ADDRESS` is the address.
std::string LeadIdOf(const std::string& id);
// Makes a query about the contact that the path names. A problem if no contact can have that id.
template <typename Query>
std::variant<Query, http::Response> QueryAbout(const ApiRequest& request, const v1::Caller& caller) {
  auto query = QueryBy<Query>(caller);
  query.set_lead_id(LeadIdOf(request.id));
  if (!IsUtf8(query.lead_id())) return NoSuchContact();
  return query;
}

// Escapes a text for the end of a URL's path, or for a value behind the `?`.
std::string PathEnding(std::string_view text);

// Reads the parameter `sort`: columns separated by commas, `-` before one that descends. If empty, the order is by id.
// A problem if a column has no name.
std::variant<std::vector<v1::SortColumn>, http::Response> SortOf(const ApiRequest& request);
// Sets the order of a query.
template <typename Query>
void SetSort(const std::vector<v1::SortColumn>& sort, Query* query) {
  if (sort.empty()) return;
  query->set_order(sort.front().column());
  query->set_descending(sort.front().descending());
  query->mutable_further_orders()->Add(sort.begin() + 1, sort.end());
}

// Returns the address of a search for the contacts for whom the rule holds; an empty rule finds all. `sort` is as the
// parameter.
std::string SearchLink(std::string_view rule, std::string_view sort = {});

// Returns the object with the member `id` before its own.
std::string WithId(const std::string& id, const std::string& json);
// Returns a contact as the API shows it, with its ETag.
http::Response ContactResponse(unsigned int code, const v1::LeadAnswer& lead);
// Returns 409: a contact has this id or address. `lead` is that contact; nullopt if the principal may not see it.
http::Response ContactExists(const std::optional<v1::LeadAnswer>& lead);
// Answers 412: the contact has another version than the request expects. `detail` is a sentence.
http::Response ContactOvertaken(std::string_view detail, const v1::LeadAnswer& lead);
// Returns the JSON of a contact alone, without what is internal.
std::string ContactJson(const v1::LeadAnswer& lead);

}  // namespace leadpulse::serve
