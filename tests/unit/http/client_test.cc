// The client, as far as it works without a server.
#include "processor/http/client.h"

#include <gtest/gtest.h>

namespace leadpulse::http::client_test {

TEST(ClientTest, AnAddressIsShownWithoutWhatMayBeASecret) {
  EXPECT_EQ(ShownAddress("https://crm.example/hook/s3cret?token=s3cret#s3cret"), "https://crm.example");
  EXPECT_EQ(ShownAddress("http://me:s3cret@127.0.0.1:8080/"), "http://127.0.0.1:8080");
  EXPECT_EQ(ShownAddress("s3cret at no address"), "the address");
}

}  // namespace leadpulse::http::client_test
