#include "processor/base/address.h"

#include <gtest/gtest.h>

namespace leadpulse::address_test {

TEST(AddressTest, IsNormalizedInAsciiOnly) {
  EXPECT_EQ(NormalizeAddress(" \tAnn.B@Example.COM\r\n"), "ann.b@example.com");
  EXPECT_EQ(NormalizeAddress("\u00c4nn@X"), "\u00c4nn@x");
  EXPECT_EQ(NormalizeAddress(" \v "), "");
}

TEST(AddressTest, TellsAddressesFromOtherText) {
  struct Case {
    std::string text;
    bool is_email_text, is_address;
  };
  for (const Case& one :
       {Case{"ann@x.example", true, true}, Case{"@", true, true}, Case{"ann", true, false}, Case{"", true, false},
        Case{"a b@x", false, false}, Case{"a@x,b@x", false, false}, Case{"a@x;b@x", false, false},
        Case{"<a@x>", false, false}, Case{"a>@x", false, false}, Case{"a\n@x", false, false},
        Case{std::string(319, 'a') + "@", true, true}, Case{std::string(320, 'a') + "@", false, false}}) {
    EXPECT_EQ(IsEmailText(one.text), one.is_email_text) << one.text;
    EXPECT_EQ(IsAddress(one.text), one.is_address) << one.text;
  }
}

}  // namespace leadpulse::address_test
