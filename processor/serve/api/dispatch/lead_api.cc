#include "processor/serve/api/dispatch/lead_api.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <future>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "processor/base/assert.h"
#include "processor/base/instant.h"
#include "processor/base/json_object.h"
#include "processor/base/nearest.h"
#include "processor/base/text.h"
#include "processor/http/compression.h"
#include "processor/http/form.h"
#include "processor/serve/api/hooks/webhook_api.h"
#include "processor/serve/api/request/docs_page.h"
#include "processor/serve/api/request/member_names.h"
#include "processor/serve/api/request/openapi.h"
#include "processor/serve/api/request/problem.h"
#include "processor/serve/api/request/row_fields.h"
#include "processor/serve/api/request/session_cookie.h"
#include "processor/serve/api/request/write_headers.h"
#include "processor/serve/api/settings/administration.h"
#include "processor/serve/api/writes/kept_change.h"
#include "processor/serve/api/writes/topic_change.h"

namespace leadpulse::serve {
namespace {

constexpr char kForm[] = "application/x-www-form-urlencoded";
constexpr std::string_view kAfter = "after";  // a parameter
constexpr size_t kMaxBodyBytes = 1 << 20, kMaxFormBytes = 4 << 10;
constexpr size_t kMaxDefinitionsBody = 4 << 20;
constexpr std::chrono::seconds kWaitForPosition{2};
constexpr unsigned int kNoContent = 204, kNotModified = 304;

// Returns the call as a request.
ApiRequest RequestOf(const ApiCall& call) {
  const auto route = std::ranges::find(Routes(), call.action, &Route::action);
  LP_ASSERT(route != Routes().end());
  ApiRequest request;
  request.route = &*route;
  request.id = call.id;
  request.parameters = call.parameters;
  request.if_match = call.if_match;
  request.idempotency_key = call.idempotency_key;
  request.prefer = call.prefer;
  request.body = call.body;
  request.sink = call.upload;
  return request;
}

// Returns the token after `Bearer `, which is written in any case (RFC 9110 §11.1); empty if none.
std::string TokenIn(std::string_view authorization) {
  constexpr std::string_view kBearer = "bearer ";
  if (AsciiLower(authorization.substr(0, kBearer.size())) != kBearer) return {};
  return std::string(TrimAsciiSpace(authorization.substr(kBearer.size())));
}

// Returns the value of a header that a request may leave out. One that is there and blank is kBlankHeader, so that it
// is refused, not ignored: a client that has lost its ETag or its key would write without them.
std::string GivenHeader(const http::Request& request, std::string_view name) {
  const auto given =
      std::ranges::find_if(request.headers, [name](const http::Header& each) { return AsciiLower(each.name) == name; });
  if (given == request.headers.end()) return {};
  return std::string(given->value.empty() ? kBlankHeader : given->value);
}

// Returns the parameters; nullopt if they cannot be read.
std::optional<std::vector<http::FormField>> ParametersIn(std::string_view query) {
  std::vector<http::FormField> none;
  if (query.empty()) return none;
  auto fields = http::ParseForm(query, kForm);
  return fields.ok() ? std::optional(std::move(*fields)) : std::nullopt;
}

// Returns what to send in place of an unknown parameter: one of another route, one that other APIs have, or one that is
// misspelled. Empty: nothing comes close. `known` are the parameters of the route.
std::string AdviceOnParameter(const std::string& name, const std::vector<std::string>& known) {
  const auto takes = [&known](std::string_view wanted) { return std::ranges::find(known, wanted) != known.end(); };
  if (name == "where" || name == "query") return "; GET /contacts/search takes it";
  const bool is_place = name == "page" || name == "offset" || name == "skip" || name == "start";
  if (is_place && takes("cursor")) return "; the `cursor` of an answer leads to the next page";
  const bool is_size = name == "page_size" || name == "per_page" || name == "size";
  if (is_size && takes("limit")) return "; `limit` is the size of a page";
  if (const auto nearest = NearestName(name, known)) return "; did you mean " + *nearest + "?";
  return takes("query") ? "; `query=" + name + ":VALUE` searches a field" : "";
}

// Returns a problem that names the first parameter that the route does not have, or whose value is not allowed.
std::optional<http::Response> CheckParameters(const ApiRequest& request) {
  const std::vector<Parameter>& known = request.route->parameters;
  for (const http::FormField& field : request.parameters) {
    const auto parameter = std::ranges::find(known, field.name, &Parameter::name);
    if (parameter == known.end()) {
      std::vector<std::string> names;
      for (const Parameter& each : known) names.emplace_back(each.name);
      const std::string there = names.empty() ? "this route has none" : "there are: " + Join(names, ", ");
      return WrongParameter(field.name,
                            Concat({"there is no such parameter; ", there, AdviceOnParameter(field.name, names)}));
    }
    if (!IsUtf8(field.value)) return WrongParameter(field.name, "it must be UTF-8");
    if (parameter->type == "boolean" && field.value != "true" && field.value != "false") {
      return WrongParameter(field.name, "true or false");
    }
  }
  return std::nullopt;
}

// Media types that JSON is taken as, and those of files to import. curl says the form's unless it is told otherwise.
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kJsonTypes[] = {"", "application/json", "application/merge-patch+json", kFormType};
constexpr std::string_view kUploadTypes[] = {"",
                                             "text/csv",
                                             "text/plain",
                                             "text/tab-separated-values",
                                             "application/csv",
                                             "application/octet-stream",
                                             "application/vnd.ms-excel",
                                             kFormType};

// Whether `content_type`, a header, is one of these types.
bool IsTaken(std::span<const std::string_view> types, std::string_view content_type) {
  const std::string type = AsciiLower(TrimAsciiSpace(content_type.substr(0, content_type.find(';'))));
  return std::ranges::find(types, type) != types.end();
}

// Checks the media type of a JSON body. JSON under the type of a form, as `curl -d` sends it, is accepted; a form is
// not.
std::optional<http::Response> CheckMediaType(const ApiRequest& request) {
  if (!request.route->has_body() || request.route->body_type != kJsonType) return std::nullopt;
  const bool is_form = IsTaken({&kFormType, 1}, request.content_type);
  const std::string_view body = TrimAsciiSpace(request.body);
  const bool looks_like_form = is_form && !body.starts_with('{') && !body.starts_with('[');
  if (IsTaken(kJsonTypes, request.content_type) && !looks_like_form) return std::nullopt;
  return UnsupportedType(kJsonType);
}

// Checks that a change whose If-Match nothing would compare has none: the client would overwrite what it has not seen.
// Other routes read the header, and say more.
std::optional<http::Response> CheckVersion(const ApiRequest& request) {
  const Route& route = *request.route;
  const bool is_read =
      route.method == "GET" || route.sends_record() || route.kind == RouteKind::kBatch || route.compares_text();
  if (is_read || request.if_match.empty() || request.if_match == "*") return std::nullopt;
  return WrongParameter("If-Match", "what this request changes has no version; send it without If-Match");
}

// Adds the headers that all answers have. Nothing of the API may be stored on its way: it is about people.
http::Response ForClient(http::Response response) {
  response.headers.emplace_back("API-Version", kApiVersion);
  const bool has_age =
      std::ranges::any_of(response.headers, [](const auto& header) { return header.first == "Cache-Control"; });
  if (!has_age) response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// Names the members of JSON as clients see them. `fields` is that parameter: the attributes in it keep their names.
void NameForClients(std::string_view fields, http::Response* response) {
  const bool is_json =
      response->content_type.starts_with(kJsonType) || response->content_type.starts_with(kProblemType);
  if (!is_json || response->body.empty()) return;
  auto read = ReadFields(fields);
  const auto* known = std::get_if<RowFields>(&read);
  response->body = WithSnakeNames(response->body, known == nullptr ? std::vector<std::string>() : known->columns);
}

// Returns 304 in place of an answer whose ETag the client has, with the headers that caches need (RFC 9110 §15.4.5).
http::Response UnlessKnown(std::string_view if_none_match, http::Response response) {
  if (if_none_match.empty() || response.code != http::kOk) return response;
  const auto tag = std::ranges::find(response.headers, "ETag", &std::pair<std::string, std::string>::first);
  if (tag == response.headers.end() || !HasTag(if_none_match, tag->second)) return response;
  http::Response known = {kNotModified, "", "", {*tag}};
  const auto vary = std::ranges::find(response.headers, "Vary", &std::pair<std::string, std::string>::first);
  if (vary != response.headers.end()) known.headers.push_back(*vary);
  return known;
}

http::Response Busy() { return Problem(http::kUnavailable, "busy", "too many requests wait; try again"); }

// Adds what the client may send (draft-ietf-httpapi-ratelimit-headers-10): the burst `q` is there again after `w`
// seconds, `r` is left, and is whole again after `t` seconds. A client without a token has no allowance.
void AddAllowance(access::RequestClass request, const access::Allowance& allowance, http::Response* response) {
  const auto is_there = [](const auto& header) { return header.first == "RateLimit"; };
  if (response->code == http::kUnauthorized || response->code == http::kForbidden ||
      std::ranges::any_of(response->headers, is_there)) {
    return;
  }
  const auto seconds = [&](double missing) {
    return std::to_string(static_cast<int64_t>(std::ceil(missing / allowance.size.per_second)));
  };
  const auto whole = [](double number) { return std::to_string(static_cast<int64_t>(number)); };
  const std::string_view name = access::NameOf(request);
  response->headers.emplace_back("RateLimit-Policy", Concat({"\"", name, "\";q=", whole(allowance.size.burst),
                                                             ";w=", seconds(allowance.size.burst)}));
  response->headers.emplace_back("RateLimit", Concat({"\"", name, "\";r=", whole(allowance.left),
                                                      ";t=", seconds(allowance.size.burst - allowance.left)}));
}

// Returns how many wrong tokens a client may send. A token has 256 bits, so nobody guesses one. The limit bounds the
// cost of guesses, and makes a program stop whose token has expired.
access::RateLimits WrongTokens() {
  constexpr access::BucketSize kOneASecond{1, 60};
  access::RateLimits limits;
  limits.classes.fill({kOneASecond, kOneASecond});
  return limits;
}

// Returns the limits of people. One click makes requests for a list, four counts and a contact.
access::RateLimits RatesOfPeople() {
  access::RateLimits limits;
  limits.classes[static_cast<size_t>(access::RequestClass::kScan)] = {{20, 200}, {100, 1'000}};
  // Each preview of an import is one request.
  limits.classes[static_cast<size_t>(access::RequestClass::kImport)] = {{1, 20}, {5, 50}};
  return limits;
}

// Whether the request may wait for a scan of all leads in the run.
bool VisitsManyLeads(const Route& route) {
  return route.request_class == access::RequestClass::kScan || route.request_class == access::RequestClass::kImport;
}

// Appends what the command changed of a lead that was there, for the audit log.
void AppendChanges(std::string_view undo, JsonObject* object) {
  const auto change = KeptChange::Parse(undo);
  if (change.ok() && !change->is_empty() && !change->makes_lead()) change->AppendChanges(object);
}

}  // namespace

LeadApi::LeadApi(const ApiParts& parts, const WebhookOptions& webhooks)
    : parts_(parts),
      wrong_tokens_(WrongTokens(), parts.clock),
      people_(RatesOfPeople(), parts.clock),
      command_writer_(parts.commands),
      watch_(parts.run, parts.clock),
      inbox_check_(parts.inbox_name, parts.run, parts.clock),
      continuations_(parts.link_keys),
      recent_answers_(parts.clock),
      streams_(
          parts.run, &continuations_, [this](const Credentials& credentials) { return Authenticate(credentials); },
          &metrics_, parts.clock),
      changes_(parts.database),
      erased_({parts.database, parts.store, parts.audit, parts.commands, &changes_, parts.views, parts.notices,
               webhooks.store, [this](const std::string& tenant) { return jobs_.ForgetFiles(tenant); }},
              parts.run, parts.clock),
      sent_(parts.commands, &continuations_, parts.run, parts.clock, &erased_),
      writes_({parts.commands, &command_writer_, parts.limiter, &sent_, parts.inbox, &inbox_check_, &continuations_,
               parts.run, &watch_, &queue_, parts.clock,
               [this](const auto&... of_contact) { return LinkOf(of_contact...); }}),
      unsubscribe_(parts.link_keys, parts.reads, parts.inbox, &inbox_check_, parts.limiter, parts.clock),
      jobs_({parts.jobs, &changes_, parts.audit, &continuations_, parts.inbox, &inbox_check_, &watch_, parts.run,
             parts.clock, parts.job_directory,
             [this](const std::string& tenant, const std::string& lead, const std::string& address) {
               return LinkOf(tenant, lead, address);
             }}),
      names_(parts.reads, parts.clock),
      notices_(parts.store, parts.jobs, parts.notices, parts.run, parts.clock),
      webhooks_({webhooks, parts.run, parts.reads, &metrics_, parts.clock}),
      bell_(parts.run, [this] {
        streams_.Ring();
        notices_.Ring();
        webhooks_.Ring();
        erased_.Ring();
      }) {
  writes_.FinishErasures();
  jobs_.Start();
  erased_.Start();
  names_.Start();
  notices_.Start();
  webhooks_.Start();
}

void LeadApi::Stop() {
  bell_.Stop();
  webhooks_.Stop();
  notices_.Stop();
  names_.Stop();
  erased_.Stop();
  streams_.Stop();
  jobs_.Stop();
  watch_.Stop();
  scan_queue_.Stop();
  queue_.Stop();
  command_writer_.Stop();
}

http::HeadDecision LeadApi::CheckHead(const http::Request& head) {
  const bool is_description = head.path == kOpenApiPath || head.path == kDocsPath;
  if (is_description && head.method == "GET") return {};
  if (head.path.starts_with(kLinkPath) && head.method == "GET") return {};
  if (head.path.starts_with(kLinkPath) && head.method == "POST") return {.max_body_bytes = kMaxFormBytes};
  RouteMatch match = FindRoute(head.method, head.path);
  if (is_description) match.allowed = AllowedOf("GET");
  if (head.path.starts_with(kLinkPath)) match.allowed = AllowedOf("GET, POST");
  if (match.route != nullptr && match.route->body_type != kJsonType) return CheckUpload(*match.route, head);
  if (match.route != nullptr) {
    const size_t most = match.route->action == "definitions.put" ? kMaxDefinitionsBody : kMaxBodyBytes;
    return match.route->has_body() ? http::HeadDecision{.max_body_bytes = most} : http::HeadDecision{};
  }
  if (match.allowed.empty()) {
    return {.answer = ForClient(Problem(http::kNotFound, "not_found",
                                        "there is no such address; /docs and /openapi.json have all of them"))};
  }
  http::Response response = head.method == "OPTIONS"
                                ? http::Response{kNoContent, "", ""}
                                : Problem(http::kMethodNotAllowed, "method_not_allowed", "only " + match.allowed);
  response.headers.emplace_back("Allow", match.allowed);
  return {.answer = ForClient(std::move(response))};
}

// Checks before the body arrives, so that strangers cannot fill the disk.
http::HeadDecision LeadApi::CheckUpload(const Route& route, const http::Request& head) {
  ApiRequest request;
  request.route = &route;
  request.credentials.bearer = TokenIn(http::HeaderOf(head.headers, "authorization"));
  request.client = head.client;
  access::Principal principal;
  access::Allowance allowance;
  if (auto problem = Admit(request, &principal, &allowance)) return {.answer = ForClient(std::move(*problem))};
  if (!IsTaken(kUploadTypes, http::HeaderOf(head.headers, "content-type"))) {
    return {.answer = ForClient(UnsupportedType(route.body_type))};
  }
  return {.max_body_bytes = parts_.most_upload_bytes, .sink = jobs_.NewUpload(principal)};
}

http::Response LeadApi::FormOf(std::string_view path, http::Response refusal) {
  return path.starts_with(kApiBase) ? ForClient(ProblemOf(refusal)) : refusal;
}

void LeadApi::Handle(const http::Request& request, std::function<void(http::Response)> send) {
  if (request.path == kOpenApiPath || request.path == kDocsPath) {
    http::Response document =
        request.path == kDocsPath
            ? DocsPage()
            : http::Response{http::kOk, OpenApiJson(), kJsonType, {{"Cache-Control", "no-cache"}}};
    http::CompressFor(http::HeaderOf(request.headers, "accept-encoding"), &document);
    return send(ForClient(std::move(document)));
  }
  const bool is_link = request.path.starts_with(kLinkPath);
  RouteMatch match = is_link ? RouteMatch() : FindRoute(request.method, request.path);
  auto parameters = ParametersIn(request.query);
  const auto header = [&request](std::string_view name) { return std::string(http::HeaderOf(request.headers, name)); };
  const Respond respond =
      [this, send = std::move(send), route = match.route, begun = parts_.clock->Monotonic(),
       if_none_match = header("if-none-match"), accept_encoding = header("accept-encoding"),
       fields = std::string(parameters ? http::LastOf(*parameters, "fields") : "")](http::Response sent) {
        NameForClients(fields, &sent);
        // A secret must not be compressed beside what others have sent.
        if (route != nullptr && route->kind != RouteKind::kAdministration) http::CompressFor(accept_encoding, &sent);
        if (route != nullptr && route->method == "GET") sent = UnlessKnown(if_none_match, std::move(sent));
        metrics_.Count(route, sent.code, parts_.clock->Monotonic() - begun);
        send(ForClient(std::move(sent)));
      };
  if (is_link) return HandleLink(request, respond);
  LP_ASSERT(match.route != nullptr);  // CheckHead has seen it
  if (!parameters) return respond(Problem(http::kBadRequest, "malformed", "the parameters cannot be read"));
  ApiRequest copy;
  copy.route = match.route;
  copy.id = std::move(match.id);
  copy.parameters = std::move(*parameters);
  copy.credentials.bearer = TokenIn(header("authorization"));
  copy.if_match = GivenHeader(request, "if-match");
  copy.idempotency_key = GivenHeader(request, "idempotency-key");
  copy.prefer = header("prefer");
  copy.content_type = header("content-type");
  copy.body = request.body;
  copy.accept = header("accept");
  copy.client = request.client;
  copy.last_event_id = header("last-event-id");
  copy.sink = request.sink;
  copy.request_name = header("x-request-id");
  if (match.route->kind == RouteKind::kStream) copy.credentials.session = SessionIn(header("cookie"));
  queue_.Add([this, copy = std::move(copy), respond] { Answer(copy, respond); }, [respond] { respond(Busy()); });
}

void LeadApi::AddWork(const Route& route, const access::Principal& principal, std::function<void()> work,
                      std::function<void()> refuse) {
  if (!VisitsManyLeads(route)) return queue_.Add(std::move(work), std::move(refuse));
  scan_queue_.Add({principal.tenant, principal.who}, std::move(work),
                  [refuse = std::move(refuse)](int64_t) { refuse(); });
}

void LeadApi::Answer(const ApiRequest& request, const Respond& respond) {
  const RequestInLog in_log(request.request_name);
  access::Principal principal;
  access::Allowance allowance;
  if (request.sink != nullptr) {
    principal = static_cast<UploadSink&>(*request.sink).principal();  // CheckUpload has admitted it
    return AddWork(
        *request.route, principal, [this, request, principal, respond] { Perform(request, principal, respond); },
        [respond] { respond(Busy()); });
  }
  auto problem = Admit(request, &principal, &allowance);
  const Respond limited = [respond, allowance, request_class = request.route->request_class](http::Response response) {
    AddAllowance(request_class, allowance, &response);
    respond(std::move(response));
  };
  if (problem) return limited(std::move(*problem));
  if (!VisitsManyLeads(*request.route)) return Perform(request, principal, limited);
  AddWork(
      *request.route, principal, [this, request, principal, limited] { Perform(request, principal, limited); },
      [limited] { limited(Busy()); });
}

void LeadApi::Perform(const ApiRequest& request, const access::Principal& principal, const Respond& respond) {
  const RequestInLog in_log(request.request_name);
  if (auto problem = CheckParameters(request)) return respond(std::move(*problem));
  if (auto problem = CheckMediaType(request)) return respond(std::move(*problem));
  if (auto problem = CheckVersion(request)) return respond(std::move(*problem));
  if (request.parameters.empty() && request.last_event_id.empty()) return PerformOnce(request, principal, respond);
  ApiRequest opened = request;
  if (auto problem = continuations_.OpenIn(principal.tenant, &opened)) return respond(std::move(*problem));
  PerformOnce(opened, principal, respond);
}

void LeadApi::PerformOnce(const ApiRequest& request, const access::Principal& principal, const Respond& respond) {
  if (request.idempotency_key.empty() || !request.route->is_kept()) return PerformChecked(request, principal, respond);
  if (!IsKey(request.idempotency_key)) return respond(WrongKey());
  const std::string key = principal.tenant + '\0' + principal.who + '\0' + request.idempotency_key;
  std::string hash = RequestHashOf(request, principal.who);
  if (request.sink != nullptr) hash += static_cast<UploadSink&>(*request.sink).Hash();
  if (auto earlier = recent_answers_.Begin(key, hash)) return respond(*std::move(earlier));
  PerformChecked(request, principal, [this, key, respond](http::Response response) {
    recent_answers_.End(key, response);
    respond(std::move(response));
  });
}

void LeadApi::PerformChecked(const ApiRequest& request, const access::Principal& principal, const Respond& respond) {
  if (request.route->path.starts_with(kWebhooksPath)) {
    return respond(AnswerWebhooks(request, principal, parts_.store, &webhooks_));
  }
  if (request.route->kind == RouteKind::kAdministration) {
    return respond(AnswerAdministration(request, principal,
                                        {continuations_, parts_.store, parts_.audit, parts_.commands, parts_.clock,
                                         parts_.public_url(), AppendChanges}));
  }
  if (request.route->kind == RouteKind::kDefinitions) {
    const DefinitionParts parts = {parts_.definitions, parts_.reads, parts_.store, parts_.audit, parts_.clock};
    return respond(AnswerDefinitions(request, principal, parts));
  }
  const bool is_job = request.route->kind == RouteKind::kJobStart || request.route->kind == RouteKind::kJob;
  if (is_job) return respond(jobs_.Answer(request, principal));
  if (request.route->kind == RouteKind::kBatch) return writes_.WriteBatch(request, principal, respond);
  request.route->sends_record() ? writes_.Write(request, principal, respond) : ReadAfter(request, principal, respond);
}

std::optional<http::Response> LeadApi::Admit(const ApiRequest& request, access::Principal* principal,
                                             access::Allowance* allowance) {
  LP_ASSIGN_OR_ANSWER(std::optional<access::Principal> found, OrFailed(Authenticate(request.credentials)));
  if (!found) {
    const int64_t seconds = wrong_tokens_.Take(request.client, "", access::RequestClass::kRead);
    if (seconds > 0)
      return TooManyRequests("too many wrong tokens from your address; wait, as Retry-After says", seconds);
    http::Response response = Problem(http::kUnauthorized, "unauthorized", "give a valid API token");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  *principal = *std::move(found);
  return CheckRights(*request.route, *principal, request.credentials.bearer.empty() ? &people_ : parts_.limiter,
                     allowance);
}

Result<std::optional<access::Principal>> LeadApi::Authenticate(const Credentials& credentials) {
  const Instant now = parts_.clock->Now();
  return credentials.bearer.empty() ? parts_.sessions->Find(credentials.session, now)
                                    : parts_.store->Authenticate(credentials.bearer, now);
}

std::optional<http::Response> LeadApi::CheckRights(const Route& route, const access::Principal& principal,
                                                   access::RateLimiter* limiter, access::Allowance* allowance) {
  if (!principal.scopes.Has(route.scope) || principal.role < route.least) {
    return Problem(http::kForbidden, "forbidden", "the token may not do this: its role or its scopes do not allow it");
  }
  *allowance = limiter->TakeMany(principal.tenant, principal.who, route.request_class, 1);
  if (allowance->retry_after == 0) return std::nullopt;
  return TooManyRequests("wait, as Retry-After says", allowance->retry_after);
}

http::Response LeadApi::Call(const ApiCall& call, const access::Principal& principal) {
  const ApiRequest request = RequestOf(call);
  access::Allowance allowance;
  if (auto problem = CheckRights(*request.route, principal, &people_, &allowance)) return std::move(*problem);
  const auto promise = std::make_shared<std::promise<http::Response>>();
  Perform(request, principal, [promise](http::Response response) { promise->set_value(std::move(response)); });
  return promise->get_future().get();
}

std::optional<http::Response> LeadApi::Ask(
    const ApiCall& call, const access::Principal& principal,
    const std::function<std::optional<http::Response>(const AskedRead& asked)>& read) {
  ApiRequest request = RequestOf(call);
  access::Allowance allowance;
  if (auto problem = CheckRights(*request.route, principal, &people_, &allowance)) return problem;
  if (auto problem = CheckParameters(request)) return problem;
  if (auto problem = continuations_.OpenIn(principal.tenant, &request)) return problem;
  return read(Asked(request, principal));
}

AskedRead LeadApi::Asked(const ApiRequest& request, const access::Principal& principal) const {
  return {
      request, principal, continuations_, parts_.reads, parts_.audit, parts_.clock, [this](const auto&... of_contact) {
        return LinkOf(of_contact...);
      }};
}

void LeadApi::ReadAfter(const ApiRequest& request, const access::Principal& principal, const Respond& respond) {
  const std::string_view after = request.Parameter(kAfter);
  if (after.empty()) return respond(Read(request, principal));
  const auto place = ReadPosition(parts_.inbox_name, after);
  if (!place) {
    return respond(WrongParameter(kAfter, "a Leadpulse-Position, as a write gives it"));
  }
  const auto not_yet = [respond] {
    respond(Problem(http::kUnavailable, "not_yet", "the run has not read that far; try again", kAfter));
  };
  const OutcomeWatch::Time until = parts_.clock->Monotonic() + kWaitForPosition;
  const auto told = [this, request, principal, respond, not_yet, at = *place,
                     until](const std::optional<v1::RecordOutcome>& outcome) {
    if (!outcome || !outcome->is_read()) return not_yet();
    const OutcomeWatch::Time last_look = outcome->reason().empty() ? until : OutcomeWatch::Time::min();
    AddWork(
        *request.route, principal,
        [this, request, principal, respond, at, last_look] {
          ReadOnceThere(request, principal, respond, at, last_look);
        },
        not_yet);
  };
  watch_.Add(*place, until, told);
}

void LeadApi::ReadOnceThere(const ApiRequest& request, const access::Principal& principal, const Respond& respond,
                            const codec::SourcePosition& at, OutcomeWatch::Time until) {
  http::Response response = Read(request, principal);
  const OutcomeWatch::Time now = parts_.clock->Monotonic();
  const bool may_begin = request.route->action == "contact.get" && response.code == http::kNotFound;
  if (!may_begin || IsFolder(at.topic) || now >= until) return respond(std::move(response));
  const auto look = [this, request, principal, respond, at, until] {
    ReadOnceThere(request, principal, respond, at, until);
  };
  const auto told = [this, request, principal, respond, response,
                     look](const std::optional<v1::RecordOutcome>& outcome) {
    if (!outcome) return respond(response);  // the wait is over, or the front stops
    AddWork(*request.route, principal, look, [respond, response] { respond(response); });
  };
  watch_.Add(at, until, told, now + kMailboxPause);
}

http::Response LeadApi::Read(const ApiRequest& request, const access::Principal& principal) {
  if (request.route->kind == RouteKind::kStream) return streams_.Open(request, principal);
  if (request.route->action == "contact.unsubscribe_link") return GetLink(request, principal);
  if (request.route->action == "command.get") return sent_.Get(request.id, principal);
  return ReadLeads(Asked(request, principal));
}

std::string LeadApi::LinkOf(const std::string& tenant, const std::string& lead, const std::string& address) const {
  // A link cannot hold NUL.
  if ((lead + address).find('\0') != std::string::npos) return {};
  return parts_.public_url() + MakeLink({tenant, lead, "", address}, *parts_.link_keys);
}

void LeadApi::HandleLink(const http::Request& request, const Respond& respond) {
  const std::string token(request.path.substr(kLinkPath.size()));
  const auto busy = [respond] { respond(Busy()); };
  if (request.method != "POST") {
    return queue_.Add([this, token, respond] { respond(unsubscribe_.Page(token)); }, busy);
  }
  queue_.Add([this, token, body = std::string(request.body),
              type = std::string(http::HeaderOf(request.headers, "content-type")),
              respond] { unsubscribe_.Post(token, body, type, respond); },
             busy);
}

http::Response LeadApi::GetLink(const ApiRequest& request, const access::Principal& principal) {
  LP_ASSIGN_OR_ANSWER(const v1::GetLead query, QueryAbout<v1::GetLead>(request, CallerFor(principal)));
  const std::string topic(request.Parameter("topic"));
  if (topic.size() > kMaxTopicBytes || topic.find('\0') != std::string::npos) {
    return WrongParameter("topic", "at most 128 bytes, without NUL");
  }
  LP_ASSIGN_OR_ANSWER(const v1::LeadAnswer answered, OrProblem(parts_.reads->Get(query)));
  const std::string& lead = answered.lead_id();
  if (!topic.empty()) {
    LP_ASSIGN_OR_ANSWER(const v1::OptOut known,
                        OrProblem(parts_.reads->OptOutOf(QueryBy<v1::FindOptOut>(query.caller()))));
    if (auto problem = CheckDeclared({topic, false}, known)) return *std::move(problem);
  }
  const LinkContent content{principal.tenant, lead, topic, AddressOfContact(answered.record().row())};
  if ((lead + content.address).find('\0') != std::string::npos) return NoSuchContact();
  return JsonResponse(http::kOk, [&](JsonObject* json) {
    json->Text("id", lead);
    json->Text("url", parts_.public_url() + MakeLink(content, *parts_.link_keys));
  });
}

}  // namespace leadpulse::serve
