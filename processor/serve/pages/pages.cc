#include "processor/serve/pages/pages.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/status.h"
#include "processor/base/text.h"
#include "processor/http/compression.h"
#include "processor/http/multipart.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/jobs/upload_sink.h"
#include "processor/serve/api/request/docs_page.h"
#include "processor/serve/api/request/openapi.h"
#include "processor/serve/api/request/session_cookie.h"
#include "processor/serve/api/writes/unsubscribe.h"
#include "processor/serve/pages/page_answers.h"

namespace leadpulse::serve {
namespace {

constexpr std::string_view kAssets = "/assets/";
constexpr char kForGood[] = "public, max-age=31536000, immutable";  // another version has another address

bool IsOfApi(std::string_view path) {
  return path.starts_with("/api/") || path.starts_with(kLinkPath) || path == kOpenApiPath || path == kDocsPath;
}

const PageRoute* FindPage(std::string_view method, std::string_view path) {
  for (const PageRoute& route : PageRoutes()) {
    if (route.path == path && route.method == method) return &route;
  }
  return nullptr;
}

// Answers that no page has the path and the method. A user who has logged in sees the navigation.
http::Response ShowUnknownPage(const PageRequest& request) {
  const bool is_there = FindPage("GET", request.path) != nullptr || FindPage("POST", request.path) != nullptr;
  return Message(is_there ? http::kMethodNotAllowed : http::kNotFound, request, "Page not found",
                 "Check the address, or go to the home page.");
}
constexpr PageRoute kUnknownPage{
    .path = "", .least = access::Role::kAgent, .answer = ShowUnknownPage, .needs_login = false};

// Allows only the front's own scripts and styles, no frames, and no copies in caches.
http::Response SecurePage(http::Response response) {
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
                                "frame-ancestors 'none'");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("X-Frame-Options", "DENY");
  response.headers.emplace_back("Referrer-Policy", "same-origin");
  const bool has_age =
      std::ranges::any_of(response.headers, [](const auto& header) { return header.first == "Cache-Control"; });
  if (!has_age) response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

// Returns the media type of a file of templates/; empty if it is not for browsers.
std::string_view AssetType(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  return name.ends_with(".svg") ? "image/svg+xml" : "";
}

// Finds a file for browsers; nullopt if the path is not that of one.
std::optional<http::Response> FindAsset(std::string_view path) {
  if (!path.starts_with(kAssets)) return std::nullopt;
  const std::string_view name = path.substr(kAssets.size()), type = AssetType(name);
  const auto content = type.empty() ? std::nullopt : EmbeddedFile(name);
  if (!content) return std::nullopt;
  return http::Response{http::kOk, std::string(*content), std::string(type), {{"Cache-Control", kForGood}}};
}

// A form with a file, on its way into the file of an upload. Used by one thread at a time. The file is removed with
// this, unless the API keeps it.
class FormUpload : public http::BodySink {
 public:
  // Bytes of the other fields together.
  static constexpr size_t kMostFieldBytes = size_t{64} << 10;
  static constexpr size_t kMostFields = 100;

  // Makes a form. `boundary` is of the content type. The content of the field `file` goes into `upload`.
  FormUpload(std::string_view boundary, std::shared_ptr<UploadSink> upload)
      : upload_(std::move(upload)),
        reader_(boundary, [this](const auto& part, std::string_view bytes) { return Take(part, bytes); }) {}

  // Appends bytes. Returns false if the file cannot be stored.
  bool Append(std::string_view bytes) override {
    (void)reader_.Append(bytes);  // Finish returns the error of a form that cannot be read
    return is_stored_;
  }
  // Ends the form. Rejected if it cannot be read.
  Status Finish() { return reader_.Finish(); }
  // Returns all fields but the file; not checked for UTF-8.
  const std::vector<http::FormField>& fields() const { return fields_; }
  // Returns the file; nullptr if the form has none, or an empty one.
  std::shared_ptr<UploadSink> upload() const { return has_file_ ? upload_ : nullptr; }

 private:
  Status Take(const http::MultipartReader::Part& part, std::string_view bytes) {
    if (part.is_file) {
      if (part.name != "file" || bytes.empty()) return Status::Ok();
      has_file_ = true;
      is_stored_ = upload_->Append(bytes);
      return is_stored_ ? Status::Ok() : Status::Retriable("the file cannot be stored");
    }
    if (bytes.empty()) fields_.push_back({part.name, ""});
    fields_.back().value += bytes;
    field_bytes_ += bytes.empty() ? part.name.size() : bytes.size();
    if (fields_.size() <= kMostFields && field_bytes_ <= kMostFieldBytes) return Status::Ok();
    return Status::Rejected("the form has too many fields");
  }

  const std::shared_ptr<UploadSink> upload_;
  http::MultipartReader reader_;
  std::vector<http::FormField> fields_;
  size_t field_bytes_ = 0;
  bool has_file_ = false;
  bool is_stored_ = true;
};

// Returns the fields of the form; nullopt if it cannot be read.
std::optional<std::vector<http::FormField>> FieldsOf(FormUpload* form, std::shared_ptr<UploadSink>* upload) {
  if (!form->Finish().ok()) return std::nullopt;
  for (const http::FormField& field : form->fields()) {
    if (!IsUtf8(field.name) || !IsUtf8(field.value)) return std::nullopt;
  }
  *upload = form->upload();
  return form->fields();
}

// Sets the members that the path and the headers give. Returns an answer if the request names a user and does not come
// from the proxy.
std::optional<http::Response> TakeHeaders(const http::Request& request, const PageParts& parts, PageRequest* taken) {
  taken->parts = &parts;
  taken->path = request.path;
  taken->session = SessionIn(http::HeaderOf(request.headers, "cookie"));
  taken->look = LookIn(http::HeaderOf(request.headers, "cookie"));
  taken->device = DeviceIn(http::HeaderOf(request.headers, "cookie"));
  const std::string_view site = http::HeaderOf(request.headers, "sec-fetch-site");  // not every browser sends it
  taken->is_from_elsewhere = !site.empty() && site != "same-origin";
  auto user = ProxyUserIn(request.headers, parts.proxy);
  if (!user.ok()) {
    return Message(http::kForbidden, {}, "The proxy in front of this page is not trusted", user.status().message());
  }
  taken->proxy_user = std::move(*user);
  return std::nullopt;
}

// Makes HEAD a GET, because both have the same answer (RFC 9110 §9.3.2); the server leaves out the body.
http::Request WithoutHead(http::Request request) {
  if (request.method == "HEAD") request.method = "GET";
  return request;
}

}  // namespace

http::HeadDecision Pages::CheckHead(const http::Request& received) {
  const http::Request head = WithoutHead(received);
  if (IsOfApi(head.path)) return parts_.api->CheckHead(head);
  if (head.method == "GET") return {};  // Handle shows kUnknownPage
  if (const PageRoute* route = FindPage(head.method, head.path)) {
    if (route->takes_file) return CheckFile(*route, head);
    return {.max_body_bytes = route->max_form_bytes};
  }
  PageRequest request;
  request.path = head.path;
  return {.answer = SecurePage(ShowUnknownPage(request))};
}

// Checks before the file arrives, so that strangers cannot fill the disk.
http::HeadDecision Pages::CheckFile(const PageRoute& route, const http::Request& head) {
  PageRequest request;
  request.method = route.method;
  auto refused = TakeHeaders(head, parts_, &request);
  if (!refused) refused = Admit(route, &request);
  if (refused) return {.answer = SecurePage(std::move(*refused))};
  const auto boundary = http::ParameterOf(http::HeaderOf(head.headers, "content-type"), "boundary");
  if (!boundary || boundary->empty()) {
    return {.answer = SecurePage(
                Message(http::kBadRequest, request, "This request cannot be read", "Send the form of the page."))};
  }
  return {.max_body_bytes = parts_.api->most_upload_bytes() + FormUpload::kMostFieldBytes,
          .sink = std::make_shared<FormUpload>(*boundary, parts_.api->NewUpload(request.user))};
}

void Pages::OnRefused(std::string_view path, unsigned int code) {
  if (IsOfApi(path)) parts_.api->OnRefused(path, code);
}

http::Response Pages::FormOf(std::string_view path, http::Response refusal) {
  return IsOfApi(path) ? parts_.api->FormOf(path, std::move(refusal)) : refusal;
}

void Pages::Handle(const http::Request& received, std::function<void(http::Response)> send) {
  const http::Request request = WithoutHead(received);
  if (IsOfApi(request.path)) return parts_.api->Handle(request, std::move(send));
  if (auto asset = FindAsset(request.path)) {
    // Pages are not compressed: they have the secret of forms beside what links may make them show (BREACH).
    http::CompressFor(http::HeaderOf(request.headers, "accept-encoding"), &*asset);
    return send(SecurePage(std::move(*asset)));
  }
  const PageRoute* route = FindPage(request.method, request.path);
  if (route == nullptr) route = &kUnknownPage;
  const auto respond = [this, send = std::move(send), begun = parts_.clock->Monotonic()](http::Response sent) {
    parts_.api->CountPage(parts_.clock->Monotonic() - begun);
    send(SecurePage(std::move(sent)));
  };
  PageRequest copy;
  copy.method = route->method;
  if (auto refused = TakeHeaders(request, parts_, &copy)) return respond(std::move(*refused));
  copy.query = request.query;
  copy.client = request.client;
  auto parameters = FieldsIn(request.query, kQueryType);
  auto form = request.sink == nullptr ? FieldsIn(request.body, http::HeaderOf(request.headers, "content-type"))
                                      : FieldsOf(static_cast<FormUpload*>(request.sink.get()), &copy.upload);
  if (!parameters || !form) {
    return respond(Message(http::kBadRequest, {}, "This request cannot be read", "Go back and try again."));
  }
  copy.parameters = std::move(*parameters);
  copy.form = std::move(*form);
  // Only the redirect after a form says that something is saved, no link or bookmark.
  if (copy.is_from_elsewhere) {
    std::erase_if(copy.parameters, [](const auto& each) { return each.name == "done" || each.name == "undo"; });
  }
  if (route->hashes_password && !route->needs_login) return AddLogin(*route, std::move(copy), respond);
  const auto busy = [respond] { respond({http::kUnavailable, "Too many requests wait. Try again.\n"}); };
  if (route->searches) return AddSearch(*route, std::move(copy), respond, busy);
  (route->hashes_password ? hashes_ : queue_)
      .Add([this, route, copy = std::move(copy), respond] { respond(Answer(*route, copy)); }, busy);
}

void Pages::AddSearch(const PageRoute& route, PageRequest request, const std::function<void(http::Response)>& respond,
                      const std::function<void()>& busy) {
  const auto shared = std::make_shared<PageRequest>(std::move(request));
  const auto search = [this, &route, shared, respond] { respond(WithSession(route.answer(*shared), *shared)); };
  const auto enter = [this, &route, shared, search, respond, busy] {
    if (auto refused = Enter(route, shared.get())) return respond(WithSession(*std::move(refused), *shared));
    search_queue_.Add({shared->user.tenant, shared->user.who}, search, [busy](int64_t) { busy(); });
  };
  queue_.Add(enter, busy);
}

void Pages::AddLogin(const PageRoute& route, PageRequest request, const std::function<void(http::Response)>& respond) {
  const auto shared = std::make_shared<const PageRequest>(std::move(request));
  const auto check = [this, &route, shared, respond] {
    http::Response response = Answer(route, *shared);
    const unsigned int code = response.code;
    respond(std::move(response));
    if (code == http::kForbidden) return LoginResult::kWrong;
    return code == http::kUnavailable ? LoginResult::kUnknown : LoginResult::kRight;
  };
  logins_.Add(AttemptOf(*shared), check,
              [shared, respond](bool is_stopping) { respond(LoginRefused(*shared, is_stopping)); });
}

void Pages::Stop() {
  logins_.Stop();
  hashes_.Stop();
  search_queue_.Stop();
  queue_.Stop();
  numbers_.Stop();
}

http::Response Pages::Answer(const PageRoute& route, PageRequest request) {
  std::optional<http::Response> response = Enter(route, &request);
  if (!response) response = route.answer(request);
  return WithSession(*std::move(response), request);
}

std::optional<http::Response> Pages::Enter(const PageRoute& route, PageRequest* request) {
  if (auto refused = Admit(route, request)) return refused;
  if (!route.needs_login || route.method != "POST" ||
      access::EqualInConstantTime(request->Field("form_token"), request->form_token)) {
    return std::nullopt;
  }
  return Message(http::kForbidden, *request, "This form has expired",
                 "Open the page again, and send the form from there.");
}

http::Response Pages::WithSession(http::Response response, const PageRequest& request) const {
  if (!request.new_session.empty()) {
    response.headers.emplace_back("Set-Cookie", SessionCookie(request.new_session, parts_.is_secure));
  }
  return response;
}

std::optional<http::Response> Pages::Admit(const PageRoute& route, PageRequest* request) {
  if (route.method == "POST" && request->is_from_elsewhere) {
    return Message(http::kForbidden, {}, "This form comes from another site",
                   "Open the page in Leadpulse and send its form.");
  }
  if (auto response = CheckSession(route, request)) return response;
  if (route.needs_login && request->user.role < route.least) {
    return Message(http::kForbidden, *request, "This page is not for your role",
                   "An admin of your company can change your role.");
  }
  return std::nullopt;
}

std::optional<http::Response> Pages::CheckSession(const PageRoute& route, PageRequest* request) {
  auto found = parts_.sessions->Find(request->session, parts_.clock->Now());
  if (!found.ok()) return DatabaseFailed({}, found.status());
  if (request->proxy_user && route.needs_login) {
    if (auto refused = EnterByProxy(route, request, &*found)) return refused;
  }
  if (*found) {
    request->user = **found;
    request->form_token = parts_.sessions->FormToken(request->session);
    return std::nullopt;
  }
  request->session.clear();
  if (!route.needs_login) return std::nullopt;
  if (route.method == "POST" && request->path != "/logout") return SessionEnded(*request);
  std::string target = "/login";
  if (route.method == "GET" && request->path != "/") {
    const std::string next = request->path + (request->query.empty() ? "" : "?" + request->query);
    target += "?" + QueryOf({{"next", next}});
  }
  return Redirect(std::move(target));
}

std::optional<http::Response> Pages::EnterByProxy(const PageRoute& route, PageRequest* request,
                                                  std::optional<access::Principal>* user) {
  const std::string& name = request->proxy_user->name;
  const auto tenant = TenantOf(request->proxy_user->tenant, parts_.store);
  if (!tenant.ok()) return DatabaseFailed({}, tenant.status());
  if (*user && (*user)->who == name && (*user)->tenant == *tenant) return std::nullopt;
  user->reset();
  if (route.method != "GET") return std::nullopt;  // the session of the form has ended
  auto found = parts_.store->FindUser(*tenant, name);
  if (!found.ok()) return DatabaseFailed({}, found.status());
  if (!*found) {
    return Message(http::kForbidden, {}, "You are not a user of Leadpulse",
                   Concat({"You are logged in as ", name, ". An admin of your company can add a user of that name."}));
  }
  // Only the user is limited, not the others of the tenant.
  if (const int64_t seconds =
          parts_.logins->Take(Concat({"proxy ", *tenant, " ", name}), "", access::RequestClass::kScan)) {
    http::Response wait = Message(http::kTooManyRequests, {}, "Too many logins", "Wait a moment and try again.");
    wait.headers.emplace_back("Retry-After", std::to_string(seconds));
    return wait;
  }
  const auto begun = ReplaceSession(**found, *request);
  if (!begun.ok()) return DatabaseFailed({}, begun.status());
  request->session = request->new_session = *begun;
  *user = std::move(*found);
  return std::nullopt;
}

}  // namespace leadpulse::serve
