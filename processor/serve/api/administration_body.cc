#include "processor/serve/api/administration_body.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "processor/serve/api/contact_body.h"
#include "processor/serve/api/problem.h"

namespace leadpulse::serve {

using webhooks::Json;

namespace {

bool HasType(const Json& value, std::string_view type) {
  return type == "boolean" ? value.is_boolean() : value.is_text();
}

}  // namespace

std::variant<Json, http::Answer> ReadBody(const ApiRequest& request) {
  auto read = ReadAction(*request.route, request.body);
  if (auto* problem = std::get_if<http::Answer>(&read)) return std::move(*problem);
  Result<Json> body = Json::Parse(std::get<std::string>(read));
  if (!body.ok()) return Problem(http::kBadRequest, "malformed", "the body cannot be read: " + body.status().message());
  for (const BodyMember& member : request.route->body) {
    const bool is_there =
        std::ranges::any_of(body->members(), [&](const auto& has) { return has.first == member.name; });
    if (is_there && !HasType((*body)[member.name], member.type)) {
      return WrongMember(member.name, "it must be a " + std::string(member.type));
    }
  }
  return std::move(*body);
}

std::optional<http::Answer> EnterTenant(const ApiRequest& request, const access::Principal& principal,
                                        access::AccessStore* store, std::string* tenant) {
  const std::string_view other = request.Parameter("tenant");
  if (other.empty()) return std::nullopt;
  const Result<std::vector<std::string>> tenants = store->Tenants();
  if (!tenants.ok()) return Failed(tenants.status());
  if (!principal.MayEnter(other) || std::ranges::find(*tenants, other) == tenants->end()) {
    return NothingThere("tenant");
  }
  *tenant = other;
  return std::nullopt;
}

http::Answer WrongMember(std::string_view field, std::string_view detail) {
  return Problem(http::kUnprocessableContent, "invalid_value", detail, field);
}

http::Answer NothingThere(const std::string& what) {
  return Problem(http::kNotFound, "not_found", "there is no such " + what);
}

}  // namespace leadpulse::serve
