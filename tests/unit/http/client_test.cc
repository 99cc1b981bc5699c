// The client, as far as it works without a server.
#include "processor/http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace leadpulse::http::client_test {

TEST(ClientTest, AnAddressIsShownWithoutWhatMayBeASecret) {
  EXPECT_EQ(ShownAddress("https://crm.example/hook/s3cret?token=s3cret#s3cret"), "https://crm.example");
  EXPECT_EQ(ShownAddress("http://me:s3cret@127.0.0.1:8080/"), "http://127.0.0.1:8080");
  EXPECT_EQ(ShownAddress("s3cret at no address"), "the address");
}

TEST(ClientTest, ParsesAnAddress) {
  const UrlParts parts = *ParseUrl("HTTPS://me:s3cret@crm.example:8080/hook?token=s3cret");
  EXPECT_EQ(parts.scheme, "https");
  EXPECT_EQ(parts.host, "crm.example");
  EXPECT_EQ(parts.port, "8080");
  EXPECT_TRUE(parts.has_login);
  EXPECT_TRUE(parts.is_http());
  EXPECT_FALSE(ParseUrl("ftp://crm.example")->is_http());
  EXPECT_FALSE(ParseUrl("http://crm.example")->has_login);
  EXPECT_THAT(ParseUrl("s3cret at no address").status().message(), ::testing::Not(::testing::HasSubstr("s3cret")));
}

TEST(ClientTest, OnlyAddressesWithoutALoginArePostedTo) {
  const std::atomic<bool> stop{false};
  for (const char* url : {"", "not an address", "ftp://crm.example/", "https://me:s3cret@crm.example/"}) {
    const auto client = MakeClient({.url = url}, stop);
    ASSERT_FALSE(client.ok()) << url;
    EXPECT_EQ(client.status().kind(), ErrorKind::kRejected);
    EXPECT_THAT(client.status().message(), ::testing::Not(::testing::HasSubstr("s3cret")));
    EXPECT_THAT(client.status().message(), ::testing::Not(::testing::HasSubstr("--")));
  }
  EXPECT_TRUE(MakeClient({.url = "https://crm.example/"}, stop).ok());
}

TEST(ClientTest, ConnectsToPublicAddressesOnlyIfAsked) {
  const std::atomic<bool> stop{false};
  for (const char* url : {"http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/", "http://169.254.169.254/"}) {
    ClientOptions options;
    options.url = url;
    options.public_only = true;
    const auto client = MakeClient(options, stop);
    ASSERT_TRUE(client.ok()) << url;
    const auto answer = (*client)->Post("{}", {});
    ASSERT_FALSE(answer.ok()) << url;
    EXPECT_EQ(answer.status().kind(), ErrorKind::kRetriable);
    EXPECT_THAT(answer.status().message(), ::testing::HasSubstr("only public ones are posted to")) << url;
  }
}

}  // namespace leadpulse::http::client_test
