#include "processor/serve/pages/proxy_login.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace leadpulse::serve {
namespace {

using ::testing::HasSubstr;

constexpr char kSecret[] = "0123456789abcdef";
const ProxySettings kProxy{.user_header = "x-user", .tenant_header = "x-tenant", .secret = kSecret};

std::string Named(const std::vector<http::Header>& headers, const ProxySettings& settings = kProxy) {
  const auto user = ProxyUserIn(headers, settings);
  if (!user.ok()) return user.status().message();
  return *user ? (*user)->tenant + "/" + (*user)->name : "nobody";
}

TEST(ProxyLoginTest, NamesTheUserOfTheTenant) {
  EXPECT_EQ(Named({{"X-User", "kim"}, {"X-TENANT", "acme"}, {"X-Leadpulse-Proxy-Secret", kSecret}}), "acme/kim");
  ProxySettings one = kProxy;
  one.tenant_header.clear();
  EXPECT_EQ(Named({{"X-User", "kim"}, {"X-Leadpulse-Proxy-Secret", kSecret}}, one), "/kim");
}

TEST(ProxyLoginTest, NamesNobodyWithoutTheHeader) {
  EXPECT_EQ(Named({}), "nobody");
  EXPECT_EQ(Named({{"X-User", ""}, {"X-Tenant", "acme"}, {"X-Leadpulse-Proxy-Secret", kSecret}}), "nobody");
  EXPECT_EQ(Named({{"X-User", "kim"}, {"X-Tenant", "acme"}}, ProxySettings()), "nobody") << "no proxy is trusted";
}

TEST(ProxyLoginTest, RefusesWhoIsNotTheProxy) {
  const http::Header user{"X-User", "kim"}, tenant{"X-Tenant", "acme"}, secret{kProxySecretHeader, kSecret};
  EXPECT_THAT(Named({user, tenant}), HasSubstr("has not the secret"));
  EXPECT_THAT(Named({user, tenant, {kProxySecretHeader, "0123456789abcdeF"}}), HasSubstr("has not the secret"));
  EXPECT_THAT(Named({user, secret}), HasSubstr("no tenant in x-tenant"));
  // The first of two may be the client's own.
  for (const http::Header& twice : {user, tenant, secret})
    EXPECT_THAT(Named({user, tenant, secret, twice}), HasSubstr("several times"));
}

}  // namespace
}  // namespace leadpulse::serve
