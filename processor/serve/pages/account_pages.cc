// Users, API tokens and tenants.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/page_table.h"
#include "processor/serve/pages/shown_time.h"

namespace leadpulse::serve {
namespace {

// Returns the roles that the user may give.
PageData RoleOptions(const PageRequest& request, std::string_view selected) {
  PageList options;
  for (const access::Role role :
       {access::Role::kAgent, access::Role::kManager, access::Role::kAdmin, access::Role::kOperator}) {
    const std::string_view name = access::NameOf(role);
    if (role <= request.user.role) options.push_back(OptionOf(name, LabelOf(name), name == selected));
  }
  return options;
}

// Moves the message about a refused new user, token or tenant to its form, and to the field there if one is at fault.
// Keeps what was typed in these fields.
void AddRefusedForm(const PageRequest& request, std::span<const std::string_view> fields, PageData* data,
                    PageNotice* notice) {
  AddTyped(request, fields, data);
  const bool is_of_field = std::ranges::find(fields, notice->field) != fields.end();
  (*data)[is_of_field ? Concat({"at_", notice->field}) : "at_form"] = std::exchange(notice->problem, "");
}

http::Response UsersPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewSettings(request, "Users");
  const ApiReply reply = CallApi({.action = "user.list"}, request);
  const bool is_refused = !notice.problem.empty();
  const bool is_typed = is_refused && request.Field("what") == "add";
  const std::string_view changed = is_refused && request.Field("what") == "change" ? request.Field("user") : "";
  NoteRefusal(reply, &notice);
  data["rows"] = ListOf(reply.json["users"].elements(), [&](const Json& user) {
    PageData row = DataOf(user);
    row["roles"] = RoleOptions(request, user["role"].text());
    if (user["name"].text() == changed) {
      row["roles"] = RoleOptions(request, request.Field("role"));
      row["agent"] = TextData(request.Field("agent"));
      row["disabled"] = request.Has("disabled");
    }
    row["may_change"] = access::ParseRole(user["role"].text()) <= request.user.role;
    row["role_label"] = LabelOf(user["role"].text());
    return row;
  });
  data["roles"] = RoleOptions(request, is_typed ? request.Field("role") : "agent");
  if (is_typed) AddRefusedForm(request, {{"name", "agent"}}, &data, &notice);
  AddNotice(notice, &data);
  return Page(notice.code, "users", data);
}

// A scope of a token, and what it allows.
struct ShownScope {
  std::string_view name;
  std::string_view label;
  bool is_usual;  // checked at first
};
constexpr auto kScopes = std::to_array<ShownScope>({{"read", "Read leads", true},
                                                    {"scan", "Search and count", true},
                                                    {"write", "Change leads", false},
                                                    {"import", "Import", false},
                                                    {"admin", "Administer", false}});

// Returns the labels of scopes, which the API writes with commas between them.
std::string LabelsOfScopes(std::string_view scopes) {
  std::vector<std::string> labels;
  for (const std::string_view scope : SplitAtCommas(scopes)) {
    const auto shown = std::ranges::find(kScopes, scope, &ShownScope::name);
    labels.emplace_back(shown == kScopes.end() ? scope : shown->label);
  }
  return Join(labels, ", ");
}

// Returns the boxes of a new token's scopes, checked as typed, or at first as usual.
PageList ScopeBoxes(const PageRequest& request, bool is_typed) {
  const std::vector<std::string> typed = request.Fields("scope");
  PageList boxes;
  for (const ShownScope& scope : kScopes) {
    const bool is_checked = is_typed ? std::ranges::find(typed, scope.name) != typed.end() : scope.is_usual;
    boxes.push_back(
        PageRow{{"value", std::string(scope.name)}, {"label", std::string(scope.label)}, {"is_checked", is_checked}});
  }
  return boxes;
}

http::Response TokensPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewSettings(request, "API tokens");
  const ApiReply reply = CallApi({.action = "token.list"}, request);
  const bool is_typed = !notice.problem.empty() && request.Field("what") == "create";
  NoteRefusal(reply, &notice);
  const ShownTimes times = ShownTimes::For(request);
  const auto row_of = [&times](const Json& token) {
    PageData row = DataOf(token);
    for (const char* name : {"created", "expires", "revoked"}) row[name] = times.Of(token[name]);
    constexpr size_t kDate = 10;
    row["last_used"] = times.OfDay(token["lastUsed"].text().substr(0, kDate));
    row["is_valid"] = token["revoked"].text().empty();
    row["scopes"] = LabelsOfScopes(token["scopes"].text());
    return row;
  };
  AddList("rows", ListOf(reply.json["tokens"].elements(), row_of), &data);
  data["roles"] = RoleOptions(request, is_typed ? request.Field("role") : "manager");
  data["scopes"] = ScopeBoxes(request, is_typed);
  if (is_typed) AddRefusedForm(request, {{"label", "agent", "expires"}}, &data, &notice);
  AddNotice(notice, &data);
  return Page(notice.code, "tokens", data);
}

http::Response TenantsPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewSettings(request, "Tenants");
  const ApiReply reply = CallApi({.action = "tenant.list"}, request);
  if (!notice.problem.empty()) AddRefusedForm(request, {{"new_tenant", "admin"}}, &data, &notice);
  NoteRefusal(reply, &notice);
  data["rows"] = ListOf(reply.json["tenants"].elements(), [&request](const Json& tenant) {
    return PageRow{{"tenant_name", TextData(tenant.text())}, {"is_own", tenant.text() == request.user.tenant}};
  });
  AddNotice(notice, &data);
  return Page(notice.code, "tenants", data);
}

// Makes a link with which the user sets a password. `tenant`: empty for that of the request.
PageNotice Invite(const std::string& name, const std::string& tenant, const PageRequest& request) {
  ApiCall call{.action = "user.invite", .id = name};
  if (!tenant.empty()) call.parameters = {{"tenant", tenant}};
  const ApiReply reply = CallApi(call, request);
  if (!reply.is_done()) return {.code = reply.code, .problem = Concat({"There is no link yet. ", reply.sentence()})};
  const auto expires = ParseRfc3339(reply.json["expires"].text());
  const std::string until = expires ? ShownTimes::For(request).FullTextOf(*expires) : "";
  return {.secret_of = tenant.empty() ? name : Concat({name, " of ", tenant}),
          .secret = std::string(reply.json["url"].text()),
          .secret_hint = Concat({"This link sets a password, once, until ", until, "."})};
}

ApiCall UserCall(std::string_view what, const PageRequest& request) {
  const std::string user(request.Field("user"));
  if (what == "remove") return {.action = "user.remove", .id = user};
  const bool adds = what == "add";
  ApiCall call{.action = adds ? "user.add" : "user.change", .id = adds ? "" : user};
  JsonObject body(&call.body);
  AddTexts(request, {{"role"}}, &body);
  if (adds) {
    AddTexts(request, {{"name", "agent"}}, &body);
  } else {
    body.Text("agent", TrimAsciiSpace(request.Field("agent")));
    body.Boolean("disabled", request.Has("disabled"));
  }
  body.End();
  return call;
}

}  // namespace

http::Response ShowUsers(const PageRequest& request) { return UsersPage(request, {}); }

http::Response EditUsers(const PageRequest& request) {
  const std::string_view what = request.Field("what");
  std::string name(request.Field("user"));
  if (what != "invite") {
    const ApiReply reply = CallApi(UserCall(what, request), request);
    if (!reply.is_done()) return UsersPage(request, RefusalOf(reply));
    if (what != "add") return Redirect("/settings/users?done=1");
    name = reply.json["name"].text();  // nobody sees the password that the answer has
  }
  return UsersPage(request, Invite(name, "", request));
}

http::Response ShowTokens(const PageRequest& request) { return TokensPage(request, {}); }

http::Response EditTokens(const PageRequest& request) {
  ApiCall call{.action = "token.revoke", .id = std::string(request.Field("token"))};
  if (request.Field("what") != "revoke") {
    call = {.action = "token.create"};
    JsonObject body(&call.body);
    AddTexts(request, {{"label", "role", "agent"}}, &body);
    if (request.Has("scope")) body.Text("scopes", Join(request.Fields("scope"), ","));
    const std::string expires(TrimAsciiSpace(request.Field("expires")));
    if (!expires.empty()) body.Text("expires", expires + "T00:00:00Z");
  }
  const ApiReply reply = CallApi(call, request);
  if (!reply.is_done()) return TokensPage(request, RefusalOf(reply));
  const std::string secret(reply.json["token"].text());
  if (secret.empty()) return Redirect("/settings/tokens?done=1");
  return TokensPage(request, {.secret_of = std::string(reply.json["label"].text()), .secret = secret});
}

http::Response ShowTenants(const PageRequest& request) { return TenantsPage(request, {}); }

http::Response AddTenant(const PageRequest& request) {
  const std::string tenant(TrimAsciiSpace(request.Field("new_tenant")));
  const std::string admin(TrimAsciiSpace(request.Field("admin")));
  const ApiReply added = CallApi({.action = "tenant.add", .body = BodyOfTexts({{"tenant", tenant}})}, request);
  if (!added.is_done()) return TenantsPage(request, RefusalOf(added));
  if (admin.empty()) return Redirect("/settings/tenants?done=1");
  const ApiReply made = CallApi({.action = "user.add",
                                 .parameters = {{"tenant", tenant}},
                                 .body = BodyOfTexts({{"name", admin}, {"role", "admin"}})},
                                request);
  if (!made.is_done()) {
    return TenantsPage(
        request, {.code = made.code, .problem = Concat({"The tenant is added, without an admin. ", made.sentence()})});
  }
  return TenantsPage(request, Invite(admin, tenant, request));
}

}  // namespace leadpulse::serve
