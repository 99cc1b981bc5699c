// Tenants, for operators.
#include <string>
#include <string_view>

#include "processor/base/json_object.h"
#include "processor/base/text.h"
#include "processor/serve/pages/api_reply.h"
#include "processor/serve/pages/page_answers.h"
#include "processor/serve/pages/settings_pages.h"

namespace leadpulse::serve {
namespace {

http::Answer TenantsPage(const PageRequest& request, const PageParts& parts, PageNotice notice) {
  PageData data = NewSettings(request, "Tenants");
  const ApiReply reply = CallApi({.action = "tenant.list"}, request, parts);
  if (!reply.is_done() && notice.problem.empty()) notice = RefusalOf(reply);
  data["rows"] = ListOf(reply.json["tenants"].elements(), [&request](const webhooks::Json& tenant) {
    PageData row;
    row["tenant_name"] = TextData(tenant.text());
    row["is_own"] = PageData(tenant.text() == request.user.tenant);
    return row;
  });
  data["done"] = PageData(request.Parameter("done") == "1");
  AddNotice(notice, &data);
  if (!notice.problem.empty()) AddTyped(request, {{"new_tenant", "admin"}}, &data);
  return Page(notice.code, "tenants", data);
}

ApiReply AddTenantNamed(std::string_view tenant, const PageRequest& request, const PageParts& parts) {
  ApiCall call{.action = "tenant.add"};
  {
    JsonObject body(&call.body);
    body.Text("tenant", tenant);
  }
  return CallApi(call, request, parts);
}

ApiReply AddAdminOf(const std::string& tenant, std::string_view admin, const PageRequest& request,
                    const PageParts& parts) {
  ApiCall call{.action = "user.add", .parameters = {{"tenant", tenant}}};
  {
    JsonObject body(&call.body);
    body.Text("name", admin);
    body.Text("role", access::NameOf(access::Role::kAdmin));
  }
  return CallApi(call, request, parts);
}

}  // namespace

http::Answer ShowTenants(const PageRequest& request, const PageParts& parts) { return TenantsPage(request, parts, {}); }

http::Answer AddTenant(const PageRequest& request, const PageParts& parts) {
  const std::string tenant(TrimAsciiSpace(request.Field("new_tenant")));
  const std::string admin(TrimAsciiSpace(request.Field("admin")));
  const ApiReply added = AddTenantNamed(tenant, request, parts);
  if (!added.is_done()) return TenantsPage(request, parts, RefusalOf(added));
  if (admin.empty()) return Redirect("/settings/tenants?done=1");
  const ApiReply made = AddAdminOf(tenant, admin, request, parts);
  if (!made.is_done()) {
    return TenantsPage(
        request, parts,
        {.code = made.code, .problem = Concat({"The tenant is added, without an admin. ", made.sentence()})});
  }
  return TenantsPage(
      request, parts,
      {.secret_of = Concat({admin, " of ", tenant}), .secret = std::string(made.json["password"].text())});
}

}  // namespace leadpulse::serve
