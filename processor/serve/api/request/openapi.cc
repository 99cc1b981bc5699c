#include "processor/serve/api/request/openapi.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/api/request/openapi_schemas.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/routes.h"

#include <nlohmann/json.hpp>

namespace leadpulse::serve {
namespace {

using openapi::Document;
using openapi::SchemaOf;
using openapi::WithForm;

Document DescribeParameter(std::string_view in, const Parameter& described) {
  Document parameter = {{"name", described.name},
                        {"in", in},
                        {"description", described.summary},
                        {"schema", WithForm(described.type, described.form)}};
  if (in == "path") parameter["required"] = true;
  return parameter;
}

std::string_view IdOf(const Route& route) {
  if (route.action == "command.get") return "the Idempotency-Key of a write";
  if (route.path.starts_with("/tags")) return "a tag";
  if (route.kind == RouteKind::kJob || route.kind == RouteKind::kJobStart) return "the id of a job";
  if (route.kind == RouteKind::kDefinitions) {
    if (route.path.starts_with("/fields")) return "the name of a field";
    return route.path.starts_with("/lists") ? "the id of a list" : "the id of a segment";
  }
  if (route.kind != RouteKind::kAdministration) return "the id of a contact, or email:ADDRESS, with / as %2F";
  if (route.path.starts_with("/webhooks/deliveries")) return "the id of a delivery";
  if (route.path.starts_with("/webhooks")) return "the id of a webhook";
  return route.path.starts_with("/users") ? "the name of a user" : "the number of a token";
}

Document ParametersOf(const Route& route) {
  Document parameters = Document::array();
  const auto add_header = [&parameters](std::string_view name, std::string_view summary, std::string_view form = {}) {
    parameters.push_back(DescribeParameter("header", {name, "string", summary, form}));
  };
  if (route.path.find("{id}") != std::string_view::npos) {
    parameters.push_back(DescribeParameter("path", {"id", "string", IdOf(route)}));
  }
  for (const Parameter& parameter : route.parameters) {
    parameters.push_back(DescribeParameter("query", parameter));
  }
  if (route.kind == RouteKind::kStream) {
    add_header("Last-Event-ID", "the id of the last event that the client has received");
  }
  if (route.answer.schema == "Page") {
    add_header("Prefer",
               "wait=SECONDS: answer what was found until then, and how many percent of "
               "the contacts were searched; the cursor goes on");
  }
  if (route.compares_text()) {
    add_header("If-Match", "the ETag that the caller has seen, or *; required to change what exists", "tag");
  }
  if (!route.takes_key()) return parameters;
  add_header("Idempotency-Key",
             route.is_kept() ? "the same key again has the same answer, for an hour"
                             : "the same key again is the same write, for a week",
             "key");
  if (!route.sends_record() && route.kind != RouteKind::kBatch) return parameters;
  add_header("Prefer", "wait=SECONDS, or respond-async");
  if (!route.takes_version()) return parameters;
  add_header("If-Match", "the ETag that the caller has seen", "tag");
  return parameters;
}

Document ContentOf(std::string_view schema, std::string_view type = "application/json") {
  return {{std::string(type), {{"schema", {{"$ref", "#/components/schemas/" + std::string(schema)}}}}}};
}

Document AnswerOf(std::string_view description, std::string_view schema) {
  Document answer = {{"description", description}, {"content", ContentOf(schema)}};
  if (schema == "Contact") answer["headers"]["ETag"] = {{"schema", {{"type", "string"}}}};
  return answer;
}

// Describes the one answer that is no JSON.
Document StreamResponse() {
  constexpr char kExample[] =
      "id: bjQLnP-zepicpUTmu3gKLHiQHT-zNzh2hRGjBhevoB1L9RIvNEVUxTveLruM0rfj0WAK1jHD"
      "haXXzOI8d4VFmtvBtMkA_-SNV1tdpcY4BAEl9l2w_j4kSUt26phkV9mGCE_tCLl4r019GWp0\n"
      "event: STAGE_CHANGED\n"
      R"(data: {"tenant_id":"acme","lead_id":"lead@example.com","seq":"2","at":"2026-03-01T09:00:00Z",)"
      R"("kind":"STAGE_CHANGED","from":"new","to":"qualified","cause":{"kind":"COMMAND","id":"order-17"}})"
      "\n\n";
  return {{"description",
           "Events, without an end: changes by their kind, as JSON; LEAD_GONE when the token no longer sees the "
           "contact; CONTACT_TOUCHED when a record was applied to the contact, after a command with its version, and "
           "with agent_id if it was assigned to another agent; "
           "reset when changes may be missing"},
          {"content", {{"text/event-stream", {{"schema", SchemaOf("string")}, {"example", kExample}}}}}};
}

// Whether success is 201, and never 200.
bool AlwaysCreates(const Route& route) {
  const bool adds = route.kind == RouteKind::kAdministration && route.method == "POST" &&
                    route.path.find("{id}") == std::string_view::npos;
  return adds || route.action == "import.upload";
}

// Returns the errors that requests of the route may get, whatever state the front is in. Others, such as 503, are
// those of any request.
std::vector<unsigned int> ErrorsOf(const Route& route) {
  std::vector<unsigned int> codes = {http::kBadRequest, http::kUnauthorized, http::kForbidden};
  const bool changes = route.method != "GET";
  const auto is_tenant = [](const Parameter& parameter) { return parameter.name == "tenant"; };
  const bool names_something = route.path.find("{id}") != std::string_view::npos;
  if (names_something || std::ranges::any_of(route.parameters, is_tenant)) codes.push_back(http::kNotFound);
  // A file may not be there yet.
  if (changes || route.answer.schema == "File") codes.push_back(http::kConflict);
  const auto is_cursor = [](const Parameter& parameter) { return parameter.form == "cursor"; };
  if (std::ranges::any_of(route.parameters, is_cursor)) codes.push_back(http::kGone);
  if (route.takes_version() || route.compares_text()) codes.push_back(http::kPreconditionFailed);
  if (route.has_body()) codes.insert(codes.end(), {http::kContentTooLarge, http::kUnsupportedMediaType});
  const auto is_topic = [](const Parameter& parameter) { return parameter.name == "topic"; };
  if (changes || std::ranges::any_of(route.parameters, is_topic)) codes.push_back(http::kUnprocessableContent);
  if (route.compares_text()) codes.push_back(http::kPreconditionRequired);
  codes.push_back(http::kTooManyRequests);
  return codes;
}

Document ResponsesOf(const Route& route) {
  Document responses;
  if (route.kind == RouteKind::kStream) {
    responses["200"] = StreamResponse();
  } else if (route.answer.schema == "File") {
    const Document file = {{"schema", SchemaOf("string")}};
    responses["200"] = {{"description", route.summary}, {"content", {{"text/csv", file}}}};
    if (route.action == "export.file") responses["200"]["content"]["application/x-ndjson"] = file;
  } else {
    const bool starts_job = route.kind == RouteKind::kJobStart || route.action == "import.run";
    if (starts_job) responses["202"] = AnswerOf("The job, which Location shows", route.answer.schema);
    if (route.kind != RouteKind::kJobStart) {
      const std::string_view summary = route.answer.summary.empty() ? route.summary : route.answer.summary;
      responses[AlwaysCreates(route) ? "201" : "200"] = AnswerOf(summary, route.answer.schema);
    }
  }
  if (route.answer.schema.ends_with("Report")) {
    for (const char* type : {"text/csv", "text/html"}) {
      responses["200"]["content"][type] = {{"schema", {{"type", "string"}}}};
    }
  }
  if (route.kind == RouteKind::kCreate) responses["201"] = AnswerOf("The new contact", "Contact");
  if (route.action == "bulk.start") responses["200"] = AnswerOf("What a dry run has found", "DryRun");
  if (route.sends_record()) {
    responses["202"] = AnswerOf("The write is durable and not yet applied: ask at Location", "Command");
  }
  for (const unsigned int code : ErrorsOf(route)) {
    responses[std::to_string(code)] = {{"$ref", "#/components/responses/Problem"}};
  }
  responses["default"] = {{"$ref", "#/components/responses/Problem"}};
  return responses;
}

Document BodyOf(const Route& route) {
  const bool is_json = route.body_type == "application/json";
  // Any bytes may be a file: what is wrong with them is said of its columns.
  if (!is_json) return {{"schema", {{"contentMediaType", route.body_type}}}, {"example", route.example}};
  return {{"schema", openapi::BodySchemaOf(route)}, {"example", Document::parse(route.example)}};
}

Document OperationOf(const Route& route) {
  access::Scopes scope;
  scope.Add(route.scope);
  Document operation = {{"operationId", route.action},
                        {"tags", Document::array({ResourceOf(route)})},
                        {"summary", route.summary},
                        {"description", "For tokens with the role " + std::string(access::NameOf(route.least)) +
                                            " or a higher one, and the scope " + scope.Text() + "."},
                        {"parameters", ParametersOf(route)}};
  if (route.has_body()) {
    operation["requestBody"] = {{"required", true}, {"content", {{std::string(route.body_type), BodyOf(route)}}}};
  }
  operation["responses"] = ResponsesOf(route);
  return operation;
}

}  // namespace

std::string OpenApiJson() {
  Document document = {{"openapi", "3.1.0"},
                       {"info",
                        {{"title", "Leadpulse"},
                         {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
                         {"version", "1"},
                         {"description", "Contacts of an e-mail team: what they did, who may be mailed, who is hot."}}},
                       {"servers", Document::array({{{"url", kApiBase}}})},
                       {"security", Document::array({{{"token", Document::array()}}})}};
  for (const Route& route : Routes()) {
    const Document tag = {{"name", ResourceOf(route)}};
    if (std::ranges::find(document["tags"], tag) == document["tags"].end()) document["tags"].push_back(tag);
    document["paths"][std::string(route.path)][AsciiLower(route.method)] = OperationOf(route);
  }
  document["components"] = {
      {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}},
      {"responses",
       {{"Problem", {{"description", "An error (RFC 9457)"}, {"content", ContentOf("Problem", kProblemType)}}}}},
      {"schemas", openapi::Schemas()}};
  return document.dump();
}

}  // namespace leadpulse::serve
