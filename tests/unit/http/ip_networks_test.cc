// Which addresses are public.
#include "processor/http/ip_networks.h"

#include <gtest/gtest.h>

namespace leadpulse::http::ip_networks_test {

TEST(IpNetworksTest, OnlyAddressesOfOtherMachinesInTheInternetArePublic) {
  for (const char* address : {"8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "169.253.0.1", "2606:4700::1111",
                              "::ffff:8.8.8.8", "2a00:1450::1"}) {
    EXPECT_TRUE(IsPublic(*ParseIpAddress(address))) << address;
  }
  for (const char* address : {"0.0.0.0",         "10.1.2.3",    "100.64.0.1",      "127.0.0.1",    "127.255.0.1",
                              "169.254.169.254", "172.16.0.1",  "172.31.255.255",  "192.168.1.1",  "198.19.0.1",
                              "224.0.0.1",       "240.0.0.1",   "255.255.255.255", "::",           "::1",
                              "fe80::1",         "fc00::1",     "fd12::1",         "ff02::1",      "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a00:1",  "2002:a00:1::", "2001::1",
                              "2001:db8::1"}) {
    EXPECT_FALSE(IsPublic(*ParseIpAddress(address))) << address;
  }
}

}  // namespace leadpulse::http::ip_networks_test
