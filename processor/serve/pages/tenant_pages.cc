// Tenants, for operators.
#include <string>

#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/settings_pages.h"

namespace leadpulse::serve {
namespace {

http::Answer TenantsPage(const PageRequest& request, PageNotice notice) {
  PageData data = NewSettings(request, "Tenants");
  const ApiReply reply = CallApi({.action = "tenant.list"}, request);
  Tell(reply, &notice);
  data["rows"] = ListOf(reply.json["tenants"].elements(), [&request](const webhooks::Json& tenant) {
    PageData row;
    row["tenant_name"] = TextData(tenant.text());
    row["is_own"] = PageData(tenant.text() == request.user.tenant);
    return row;
  });
  AddNotice(notice, &data);
  if (!notice.problem.empty()) AddTyped(request, {{"new_tenant", "admin"}}, &data);
  return Page(notice.code, "tenants", data);
}

}  // namespace

http::Answer ShowTenants(const PageRequest& request) { return TenantsPage(request, {}); }

http::Answer AddTenant(const PageRequest& request) {
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
  return TenantsPage(
      request, {.secret_of = Concat({admin, " of ", tenant}), .secret = std::string(made.json["password"].text())});
}

}  // namespace leadpulse::serve
