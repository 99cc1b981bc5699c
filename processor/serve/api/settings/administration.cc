#include "processor/serve/api/settings/administration.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "processor/base/instant.h"
#include "processor/base/json.h"
#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/access/access_input.h"
#include "processor/serve/access/secrets.h"
#include "processor/serve/api/request/contact_body.h"
#include "processor/serve/api/request/problem.h"

namespace leadpulse::serve {
namespace {

using access::Role;
using access::Scopes;

http::Response WrongRole() { return WrongMember("role", "agent, manager, admin or operator"); }

http::Response BeyondOwnRights() {
  return Problem(http::kForbidden, "forbidden", "the token may not give or change rights that it does not have");
}

// Whether the principal has all rights of somebody with this role and these scopes.
bool MayGive(const access::Principal& principal, Role role, Scopes scopes) {
  return role <= principal.role && scopes.IsWithin(principal.scopes);
}

// Answers a change that does not fit the present state. `field` is the member at fault, or empty.
http::Response InConflict(const Status& status, std::string_view code, std::string_view field = {}) {
  if (status.kind() != ErrorKind::kRejected) return Failed(status);
  return Problem(http::kConflict, code, status.message(), field);
}

void AppendUser(const access::User& user, JsonObject* object) {
  object->Text("name", user.name);
  object->Text("tenant", user.tenant);
  object->Text("role", NameOf(user.role));
  object->Text("agent", user.agent_id);
  object->Boolean("disabled", user.disabled);
}

http::Response UserResponse(unsigned int code, const access::User& user, const std::optional<std::string>& password) {
  return JsonResponse(code, [&](JsonObject* object) {
    AppendUser(user, object);
    if (password) object->Text("password", *password);
  });
}

void AppendToken(const access::TokenRecord& record, JsonObject* object) {
  const access::NewToken& token = record.token;
  object->Number("id", record.id);
  object->Text("label", token.label);
  object->Text("tenant", token.tenant);
  object->Text("role", NameOf(token.role));
  object->Text("agent", token.agent_id);
  object->Text("scopes", token.scopes.Text());
  object->Time("created", record.created);
  object->Time("expires", token.expires.value_or(Instant::Never()));
  object->Time("revoked", record.revoked.value_or(Instant::Never()));
  object->Time("lastUsed", record.last_used_day ? Instant{*record.last_used_day * kMillisPerDay} : Instant::Never());
}

// Appends a line, with what its command changed of a lead as far as that is still known; never of an erased one.
void AppendLine(const access::AuditLine& line, const AdministrationParts& parts, JsonObject* object) {
  const access::AuditEntry& entry = line.entry;
  object->Number("number", line.number);
  object->Time("at", entry.at);
  object->Text("who", entry.who);
  object->Text("action", entry.action);
  line.erased ? object->Null("subject") : object->Text("subject", entry.subject);
  object->Text("outcome", entry.outcome);
  if (line.erased || entry.subject.empty()) return;
  const auto undo = parts.commands->UndoOf(entry.tenant, entry.who, entry.subject, entry.at);
  if (undo.ok() && !undo->empty()) parts.append_changes(*undo, object);
}

// Answers `{"NAME":[…]}`, each element an object that `append` fills.
template <typename Elements, typename Append>
http::Response ListResponse(std::string_view name, const Elements& elements, const Append& append) {
  return JsonResponse(http::kOk, [&](JsonObject* object) { AppendObjects(name, elements, object, append); });
}

// Answers with a JSON object with one member.
http::Response Done(unsigned int code, std::string_view name, std::string_view json) {
  return JsonResponse(code, [&](JsonObject* object) { object->Key(name)->append(json); });
}

std::optional<int64_t> NumberIn(std::string_view text) {
  const auto number = ParseInteger<int64_t>(text);
  return number && *number > 0 ? number : std::nullopt;
}

constexpr size_t kFingerprintBytes = 8;  // in a cursor

// Makes a cursor, which belongs to the filter of its page. It holds nothing that the page does not.
std::string CursorOf(int64_t number, const access::AuditFilter& filter) {
  std::string bytes = std::to_string(number);
  std::string belongs;
  for (const std::string& part : {filter.tenant.value_or(""), filter.who, filter.action, filter.lead.value_or("")}) {
    belongs += part + '\0';
  }
  return access::Base64Url(access::HashOf(belongs + bytes).substr(0, kFingerprintBytes) + bytes);
}

std::optional<int64_t> LineOfCursor(std::string_view cursor, const access::AuditFilter& filter) {
  const std::optional<std::string> bytes = access::FromBase64Url(cursor);
  if (!bytes || bytes->size() <= kFingerprintBytes) return std::nullopt;
  const std::optional<int64_t> number = NumberIn(std::string_view(*bytes).substr(kFingerprintBytes));
  return number && CursorOf(*number, filter) == cursor ? number : std::nullopt;
}

std::variant<access::NewToken, http::Response> TokenOf(const Json& body, const std::string& tenant) {
  access::NewToken token;
  token.label = body["label"].text();
  token.tenant = tenant;
  const std::optional<Role> role = access::ParseRole(body["role"].text());
  if (!role) return WrongRole();
  token.role = *role;
  token.agent_id = body["agent"].text();
  token.scopes = Scopes::Of(token.role);
  if (!body["scopes"].is_null()) {
    const Result<Scopes> scopes = Scopes::Parse(body["scopes"].text());
    if (!scopes.ok()) return WrongMember("scopes", scopes.status().message());
    token.scopes = *scopes;
  }
  if (!body["expires"].is_null()) {
    token.expires = ParseRfc3339(body["expires"].text());
    if (!token.expires) return WrongMember("expires", "a time such as 2030-01-31T00:00:00Z");
  }
  return token;
}

// A check of the right to change a user, within the transaction of the change.
class ChangeCheck {
 public:
  // Returns whether a principal may change such a user.
  using May = std::function<bool(const access::User& user)>;
  explicit ChangeCheck(May may) : may_(std::move(may)) {}

  access::UserCheck ForStore() {
    return [this](const access::User& user) {
      is_there_ = true;
      std::string_view field;
      if (!may_(user)) {
        refusal_ = BeyondOwnRights();
      } else if (const Status fits = access::CheckUser(user, &field); !fits.ok()) {
        refusal_ = WrongMember(field, fits.message());
      }
      return refusal_ ? Status::Rejected("the change is refused") : Status::Ok();
    };
  }
  // Answers a change that the store has refused.
  http::Response AnswerTo(const Status& status) const {
    if (refusal_) return *refusal_;
    if (status.kind() == ErrorKind::kRejected && !is_there_) return NothingThere("user");
    return InConflict(status, "last_admin");
  }

 private:
  const May may_;
  bool is_there_ = false;
  std::optional<http::Response> refusal_;
};

// A request within the tenant that it is about.
struct AskedSettings {
  const ApiRequest& request;
  const access::Principal& principal;
  const AdministrationParts& parts;
  access::AccessStore* store;
  std::string tenant;
  access::ChangeStamp change;
};

http::Response ListUsers(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const auto users, OrFailed(asked.store->Users(asked.tenant)));
  return ListResponse("users", users, AppendUser);
}

http::Response AddUser(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  const std::optional<Role> role = access::ParseRole(body["role"].text());
  if (!role) return WrongRole();
  const access::User user{asked.tenant, std::string(body["name"].text()), *role, std::string(body["agent"].text())};
  std::string_view field;
  if (const Status fits = access::CheckUser(user, &field); !fits.ok()) return WrongMember(field, fits.message());
  if (!MayGive(asked.principal, user.role, Scopes::Of(user.role))) return BeyondOwnRights();
  const std::string password = access::MakePassword();
  const Status added = asked.store->AddUser(user, password, asked.change);
  return added.ok() ? UserResponse(http::kCreated, user, password) : InConflict(added, "exists", "name");
}

http::Response ChangeUser(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  access::UserEdit edit;
  if (!body["role"].is_null()) {
    edit.role = access::ParseRole(body["role"].text());
    if (!edit.role) return WrongRole();
  }
  if (!body["agent"].is_null()) edit.agent_id = body["agent"].text();
  if (!body["disabled"].is_null()) edit.disabled = body["disabled"].truth();
  ChangeCheck check(
      [&asked](const access::User& user) { return MayGive(asked.principal, user.role, Scopes::Of(user.role)); });
  const auto changed = asked.store->ChangeUser(asked.tenant, asked.request.id, edit, asked.change, check.ForStore());
  return changed.ok() ? UserResponse(http::kOk, *changed, {}) : check.AnswerTo(changed.status());
}

http::Response GivePassword(const AskedSettings& asked) {
  std::optional<access::User> user;
  ChangeCheck check([&](const access::User& there) {
    user = there;
    return MayGive(asked.principal, there.role, Scopes::Of(there.role));
  });
  const std::string password = access::MakePassword();
  const Status given =
      asked.store->SetPassword(asked.tenant, asked.request.id, password, asked.change, check.ForStore());
  return given.ok() ? UserResponse(http::kOk, *user, password) : check.AnswerTo(given);
}

http::Response InviteUser(const AskedSettings& asked) {
  std::optional<access::User> user;
  ChangeCheck check([&](const access::User& there) {
    user = there;
    return MayGive(asked.principal, there.role, Scopes::Of(there.role));
  });
  const auto secret = asked.store->Invite(asked.tenant, asked.request.id, asked.change, check.ForStore());
  if (!secret.ok()) return check.AnswerTo(secret.status());
  return JsonResponse(http::kOk, [&](JsonObject* object) {
    AppendUser(*user, object);
    object->Text("url", Concat({asked.parts.public_url, kInvitationPath, "?code=", *secret}));
    object->Time("expires", asked.change.at + access::kInvitationLife);
  });
}

http::Response RemoveUser(const AskedSettings& asked) {
  ChangeCheck check([&asked](const access::User& user) { return user.role <= asked.principal.role; });
  const Status removed = asked.store->RemoveUser(asked.tenant, asked.request.id, asked.change, check.ForStore());
  return removed.ok() ? Done(http::kOk, "removed", "true") : check.AnswerTo(removed);
}

http::Response ListTokens(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const auto tokens, OrFailed(asked.store->Tokens(asked.tenant)));
  return ListResponse("tokens", tokens, AppendToken);
}

http::Response CreateToken(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const Json wanted, ReadBody(*asked.request.route, asked.request.body));
  LP_ASSIGN_OR_ANSWER(const access::NewToken token, TokenOf(wanted, asked.tenant));
  std::string_view field;
  const Status fits = access::CheckToken(token, asked.change.at, &field);
  if (!fits.ok()) return WrongMember(field, fits.message());
  if (!MayGive(asked.principal, token.role, token.scopes)) return BeyondOwnRights();
  // TenantMeant has found the tenant.
  LP_ASSIGN_OR_ANSWER(const access::CreatedToken created, OrFailed(asked.store->CreateToken(token, asked.change)));
  access::TokenRecord record;
  record.id = created.id;
  record.token = token;
  record.created = asked.change.at;
  return JsonResponse(http::kCreated, [&](JsonObject* object) {
    AppendToken(record, object);
    object->Text("token", created.text);
  });
}

http::Response RevokeToken(const AskedSettings& asked) {
  const std::optional<int64_t> id = NumberIn(asked.request.id);
  LP_ASSIGN_OR_ANSWER(const auto tokens, OrFailed(asked.store->Tokens(asked.tenant)));
  const auto found = std::ranges::find(tokens, id.value_or(0), &access::TokenRecord::id);
  if (found == tokens.end()) return NothingThere("token");
  if (found->token.role > asked.principal.role) return BeyondOwnRights();
  const auto was_valid = asked.store->RevokeToken(*id, asked.tenant, asked.change);
  return was_valid.ok() ? Done(http::kOk, "revoked", "true") : Failed(was_valid.status());
}

http::Response ListAudit(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const uint32_t limit, LimitOf(asked.request));
  access::AuditFilter filter{
      asked.tenant, std::string(asked.request.Parameter("who")), std::string(asked.request.Parameter("action")), {}};
  if (const std::string_view lead = asked.request.Parameter("lead"); !lead.empty()) filter.lead = lead;
  int64_t before = std::numeric_limits<int64_t>::max();
  if (const std::string_view cursor = asked.request.Parameter("cursor"); !cursor.empty()) {
    const auto number = LineOfCursor(cursor, filter);
    if (!number) return WrongParameter("cursor", "a cursor, as a page gives it");
    before = *number;
  }
  LP_ASSIGN_OR_ANSWER(const auto lines, OrFailed(asked.parts.audit->Lines(filter, before, static_cast<int>(limit))));
  return JsonResponse(http::kOk, [&](JsonObject* page) {
    AppendObjects("lines", lines, page, [&asked](const access::AuditLine& line, JsonObject* object) {
      AppendLine(line, asked.parts, object);
    });
    const bool is_last = lines.size() < limit;
    if (is_last) return page->Null("cursor");
    page->Text("cursor", asked.parts.continuations.Seal(Continuation::kCursor, asked.principal.tenant,
                                                        CursorOf(lines.back().number, filter)));
  });
}

http::Response ListTenants(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const std::vector<std::string> tenants, OrFailed(asked.store->Tenants()));
  return JsonResponse(http::kOk, [&tenants](JsonObject* object) { object->Texts("tenants", tenants); });
}

http::Response AddTenant(const AskedSettings& asked) {
  LP_ASSIGN_OR_ANSWER(const Json body, ReadBody(*asked.request.route, asked.request.body));
  const std::string tenant(body["tenant"].text());
  if (const Status fits = access::CheckTenant(tenant); !fits.ok()) return WrongMember("tenant", fits.message());
  const Status added = asked.store->AddTenant(tenant, asked.change);
  return added.ok() ? Done(http::kCreated, "tenant", "\"" + tenant + "\"") : InConflict(added, "exists", "tenant");
}

}  // namespace

http::Response AnswerAdministration(const ApiRequest& request, const access::Principal& principal,
                                    const AdministrationParts& parts) {
  using Handler = http::Response (*)(const AskedSettings&);
  static constexpr std::pair<std::string_view, Handler> kHandlers[] = {
      {"user.list", ListUsers},    {"user.add", AddUser},           {"user.change", ChangeUser},
      {"user.remove", RemoveUser}, {"user.password", GivePassword}, {"user.invite", InviteUser},
      {"token.list", ListTokens},  {"token.create", CreateToken},   {"token.revoke", RevokeToken},
      {"audit.list", ListAudit},   {"tenant.list", ListTenants},    {"tenant.add", AddTenant},
  };
  LP_ASSIGN_OR_ANSWER(std::string tenant, TenantMeant(request, principal, parts.store));
  return HandlerOf(request.route->action, kHandlers)(
      {request, principal, parts, parts.store, std::move(tenant), {principal.who, parts.clock->Now()}});
}

}  // namespace leadpulse::serve
