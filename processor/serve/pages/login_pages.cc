#include "processor/serve/pages/login_pages.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "processor/base/text.h"
#include "processor/serve/api/request/session_cookie.h"
#include "processor/serve/pages/lead_edit.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"

namespace leadpulse::serve {
namespace {

// Returns the page without the note that something is saved, which was true before the login.
std::string WithoutNote(std::string_view page) {
  const size_t end = std::min(page.find('?'), page.size());
  auto fields = FieldsIn(page.substr(std::min(end + 1, page.size())), kQueryType);
  const auto is_note = [](const http::FormField& field) { return field.name == "done"; };
  if (!fields || std::erase_if(*fields, is_note) == 0) return std::string(page);
  const std::string query = QueryOf(*fields);
  return Concat({page.substr(0, end), query.empty() ? "" : "?", query});
}

// Returns the texts that the form of a lead, a segment or the definitions would have saved.
std::string WrittenIn(const PageRequest& request) {
  std::string written;
  for (const AttributeEdit& edit : EditsOf(request))
    AppendParts({LabelOf(edit.name), ": ", edit.value, "\n"}, &written);
  for (const std::string_view name : {"text", "rule"}) {
    if (!request.Field(name).empty()) AppendParts({request.Field(name), "\n"}, &written);
  }
  return written;
}

http::Response LoginPage(unsigned int code, const PageRequest& request, std::string_view next, std::string_view problem,
                         std::string_view written = "") {
  PageData data = NewPage(request, "Log in");
  data["next"] = PageAfter(next);
  data["next_page"] = PageAfter(next).substr(1);
  data["name"] = std::string(request.Field("name"));
  data["tenant_name"] = std::string(request.Field("tenant"));
  data["problem"] = TextData(problem);
  data["written"] = TextData(written);
  data["by_proxy"] = request.proxy_user.has_value();
  const auto tenants = request.parts->store->Tenants();
  data["asks_tenant"] = !tenants.ok() || tenants->size() != 1;
  return Page(code, "login", data);
}

// Begins a session and goes to the page. The browser is a known device of the user from then on.
http::Response Enter(const access::Principal& user, std::string target, const PageRequest& request) {
  const auto secret = ReplaceSession(user, request);
  if (!secret.ok()) return DatabaseFailed(request, secret.status());
  const bool is_known = request.parts->sessions->KnownDevice(request.device, user.tenant, user.who).has_value();
  const std::string device = is_known ? request.device : request.parts->sessions->MakeDevice(user);
  http::Response response = Redirect(std::move(target));
  response.headers.emplace_back("Set-Cookie", DeviceCookie(device, request.parts->is_secure));
  response.headers.emplace_back("Set-Cookie", SessionCookie(*secret, request.parts->is_secure));
  return response;
}

// Limits how often a client may try invitations. Returns the seconds to wait; 0 if it may go on.
int64_t WaitToTryInvitation(const PageRequest& request) {
  return request.parts->logins->Take("invitation " + request.client, "", access::RequestClass::kScan);
}

// Shows the form of an invitation. Unknown, used and expired ones look the same.
http::Response InvitationPage(unsigned int code, const PageRequest& request, std::string_view secret,
                              const access::Principal& user, std::string_view problem) {
  PageData data = NewPage(request, "Choose your password");
  data["problem"] = TextData(problem);
  data["code"] = TextData(secret);
  data["invited"] = user.who;
  return Page(code, "invite", data);
}

http::Response NoInvitation(const PageRequest& request) {
  return Message(http::kForbidden, request, "This link does not work any more",
                 "It was used, it is older than three days, or there is a newer one. Ask an admin of your company for "
                 "another link.");
}

http::Response TooManyInvitations(const PageRequest& request, int64_t seconds) {
  http::Response wait =
      Message(http::kTooManyRequests, request, "Too many attempts", "Wait a moment, and open the link again.");
  wait.headers.emplace_back("Retry-After", std::to_string(seconds));
  return wait;
}

http::Response PasswordPage(unsigned int code, const PageRequest& request, std::string_view problem) {
  PageData data = NewPage(request, "Change your password");
  data["problem"] = TextData(problem);
  return Page(code, "password", data);
}

}  // namespace

access::RateLimits LoginRates() {
  constexpr access::BucketSize kOneASecond{1, 20}, kOfAll{20, 200};
  access::RateLimits limits;
  limits.classes.fill({kOfAll, kOneASecond});
  return limits;
}

std::string PageAfter(std::string_view next) {
  // A browser reads `//` and `/\` as another site, and removes tabs and line ends first.
  const bool is_plain = std::ranges::all_of(next, [](char c) { return c > ' ' && c < 127 && c != '\\'; });
  const bool is_here = is_plain && next.starts_with('/') && !next.starts_with("//");
  return is_here ? WithoutNote(next) : "/leads";
}

Result<std::string> ReplaceSession(const access::Principal& user, const PageRequest& request) {
  if (!request.session.empty()) LP_RETURN_IF_ERROR(request.parts->sessions->End(request.session));
  return request.parts->sessions->Begin(user, request.parts->clock->Now());
}

Result<std::string> TenantOf(std::string_view named, access::AccessStore* store) {
  if (!named.empty()) return std::string(named);
  LP_ASSIGN_OR_RETURN(const std::vector<std::string> tenants, store->Tenants());
  return tenants.size() == 1 ? tenants.front() : std::string();
}

http::Response ShowLogin(const PageRequest& request) {
  return LoginPage(http::kOk, request, request.Parameter("next"), "");
}

LoginAttempt AttemptOf(const PageRequest& request) {
  const std::string_view tenant = request.Field("tenant"), name = request.Field("name");
  const auto device = request.parts->sessions->KnownDevice(request.device, tenant, name);
  return {request.client, Concat({tenant, std::string_view("\0", 1), name}), device.value_or("")};
}

http::Response LoginRefused(const PageRequest& request, bool is_stopping) {
  if (is_stopping) return {http::kUnavailable, "The server is stopping. Try again later.\n"};
  http::Response response = LoginPage(http::kTooManyRequests, request, request.Field("next"),
                                      "Too many people are logging in. Wait a moment and try again.");
  response.headers.emplace_back("Retry-After", std::to_string(kLongestLoginWait.count()));
  return response;
}

http::Response LogIn(const PageRequest& request) {
  const std::string_view next = request.Field("next");
  const auto tenant = TenantOf(request.Field("tenant"), request.parts->store);
  if (!tenant.ok()) return DatabaseFailed(request, tenant.status());
  const auto user =
      request.parts->store->AuthenticateUser(*tenant, std::string(request.Field("name")), request.Field("password"));
  if (!user.ok()) return DatabaseFailed(request, user.status());
  if (!*user) {
    return LoginPage(http::kForbidden, request, next,
                     "The name or the password is wrong. After several wrong passwords, each answer takes longer.");
  }
  return Enter(**user, PageAfter(next), request);
}

http::Response SessionEnded(const PageRequest& request) {
  PageRequest shown = request;
  shown.form.clear();  // its names are not those of the login
  const std::string_view back = request.Field("back");
  const std::string next = back.empty() ? "/leads" : Concat({"/leads?", back});
  return LoginPage(http::kForbidden, shown, next, "You were logged out, so nothing was saved. Log in and try again.",
                   WrittenIn(request));
}

http::Response LogOut(const PageRequest& request) {
  const Status ended = request.parts->sessions->End(request.session);
  if (!ended.ok()) return DatabaseFailed(request, ended);
  http::Response response = Redirect("/login");
  response.headers.emplace_back("Set-Cookie", SessionCookie("", request.parts->is_secure));
  return response;
}

http::Response ShowStart(const PageRequest&) { return Redirect("/leads"); }

http::Response ShowPassword(const PageRequest& request) { return PasswordPage(http::kOk, request, ""); }

http::Response ChangePassword(const PageRequest& request) {
  const access::Principal& user = request.user;
  const Instant now = request.parts->clock->Now();
  if (request.Field("new") != request.Field("again")) {
    return PasswordPage(http::kUnprocessableContent, request, "The two new passwords differ.");
  }
  if (const int64_t seconds = request.parts->logins->Take(Concat({"password ", user.tenant, " ", user.who}), "",
                                                          access::RequestClass::kScan)) {
    http::Response wait = PasswordPage(http::kTooManyRequests, request, "Too many attempts. Wait a moment.");
    wait.headers.emplace_back("Retry-After", std::to_string(seconds));
    return wait;
  }
  const auto known = request.parts->store->AuthenticateUser(user.tenant, user.who, request.Field("old"));
  if (!known.ok()) return DatabaseFailed(request, known.status());
  if (!*known) return PasswordPage(http::kForbidden, request, "The current password is wrong.");
  const Status changed =
      request.parts->store->SetPassword(user.tenant, user.who, request.Field("new"), {user.who, now});
  if (!changed.ok() && changed.kind() == ErrorKind::kRejected) {
    return PasswordPage(http::kUnprocessableContent, request, changed.message());
  }
  if (!changed.ok()) return DatabaseFailed(request, changed);
  return Enter(user, "/leads", request);
}

http::Response ShowInvitation(const PageRequest& request) {
  if (const int64_t seconds = WaitToTryInvitation(request)) return TooManyInvitations(request, seconds);
  const std::string_view secret = request.Parameter("code");
  const auto user = request.parts->store->Invited(secret, request.parts->clock->Now());
  if (!user.ok()) return DatabaseFailed(request, user.status());
  return *user ? InvitationPage(http::kOk, request, secret, **user, "") : NoInvitation(request);
}

http::Response AcceptInvitation(const PageRequest& request) {
  if (const int64_t seconds = WaitToTryInvitation(request)) return TooManyInvitations(request, seconds);
  const std::string_view secret = request.Field("code");
  access::AccessStore* const store = request.parts->store;
  const Instant now = request.parts->clock->Now();
  const auto invited = store->Invited(secret, now);
  if (!invited.ok()) return DatabaseFailed(request, invited.status());
  if (!*invited) return NoInvitation(request);
  if (request.Field("new") != request.Field("again")) {
    return InvitationPage(http::kUnprocessableContent, request, secret, **invited, "The two passwords differ.");
  }
  const auto user = store->AcceptInvitation(secret, request.Field("new"), now);
  if (!user.ok() && user.status().kind() == ErrorKind::kRejected) {
    return InvitationPage(http::kUnprocessableContent, request, secret, **invited, user.status().message());
  }
  if (!user.ok()) return DatabaseFailed(request, user.status());
  return *user ? Enter(**user, "/leads", request) : NoInvitation(request);
}

}  // namespace leadpulse::serve
