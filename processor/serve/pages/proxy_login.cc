#include "processor/serve/pages/proxy_login.h"

#include <algorithm>

#include "processor/base/text.h"
#include "processor/serve/access/secrets.h"

namespace leadpulse::serve {
namespace {

// Returns the value of a header; empty without it. Rejected if there are several.
Result<std::string_view> OnlyHeader(std::span<const http::Header> headers, std::string_view lower_case_name) {
  const auto count = std::ranges::count_if(
      headers, [&](const http::Header& header) { return EqualsFolded(header.name, lower_case_name); });
  if (count <= 1) return http::HeaderOf(headers, lower_case_name);
  return Status::Rejected(Concat(
      {"The request has the header ", lower_case_name, " several times. The proxy must replace what clients send."}));
}

}  // namespace

Result<std::optional<ProxyUser>> ProxyUserIn(std::span<const http::Header> headers, const ProxySettings& settings) {
  if (settings.user_header.empty()) return std::optional<ProxyUser>();
  LP_ASSIGN_OR_RETURN(const std::string_view name, OnlyHeader(headers, settings.user_header));
  if (name.empty()) return std::optional<ProxyUser>();
  LP_ASSIGN_OR_RETURN(const std::string_view secret, OnlyHeader(headers, kProxySecretHeader));
  if (!access::EqualInConstantTime(secret, settings.secret)) {
    return Status::Rejected(Concat({"The request names a user, but its header ", kProxySecretHeader,
                                    " has not the secret of --proxy-secret-file."}));
  }
  ProxyUser user{.name = std::string(name), .tenant = {}};
  if (settings.tenant_header.empty()) return std::optional(std::move(user));
  LP_ASSIGN_OR_RETURN(const std::string_view tenant, OnlyHeader(headers, settings.tenant_header));
  if (tenant.empty()) {
    return Status::Rejected(Concat({"The proxy names the user ", name, ", but no tenant in ", settings.tenant_header}));
  }
  user.tenant = tenant;
  return std::optional(std::move(user));
}

}  // namespace leadpulse::serve
