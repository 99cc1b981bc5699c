#include "processor/base/address.h"

#include <gtest/gtest.h>

#include "processor/base/mailbox_syntax.h"

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

TEST(AddressTest, TellsWhatMailCouldReach) {
  for (const char* text : {"ann@x.example", "\u00e4nn@ex\u00e4mple.org", "o'neil+news@x.co.uk", "a@localhost",
                           "a@[192.0.2.1]", "a@x.\u0440\u0444"}) {
    EXPECT_TRUE(IsPlausibleAddress(text)) << text;
  }
  for (const char* text : {"ann", "@", "@x.org", "ann@", "a@b@x.org", "a@.org", "a@x..org", "a@x.org.", "'a@x.org'",
                           "mailto:a@x.org", "\"a\"@x.org", "a\u200b@x.org", "a@x.org\u00a0"}) {
    EXPECT_FALSE(IsPlausibleAddress(text)) << text;
  }
}

TEST(AddressTest, TellsMailboxesBySyntax) {
  const std::string label63(63, 'b'), local64(64, 'a');
  for (const std::string& text :
       {std::string("ann@x.example"), std::string("a@localhost"), std::string("o'neil+news/x=y@x.co.uk"),
        std::string("\u00e4nn@ex\u00e4mple.org"), std::string("\u0438\u0432\u0430\u043d@x.\u0440\u0444"),
        std::string("a@xn--bcher-kva.example"), std::string("\u20ac@\u6771\u4eac.example"),
        std::string("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc@x.ir"), std::string("\"a.@b\"@x.org"),
        std::string("\"a\\\"b\"@x.org"), std::string("a@[192.0.2.1]"), std::string("a@[ipv6:2001:db8::1]"),
        local64 + "@" + label63 + ".org"}) {
    EXPECT_TRUE(HasMailboxSyntax(text)) << text;
  }
  for (const std::string& text : {std::string(""),
                                  std::string("ann"),
                                  std::string("@"),
                                  std::string("@x.org"),
                                  std::string("ann@"),
                                  std::string("a@b..c"),
                                  std::string("a@.b"),
                                  std::string("a@b."),
                                  std::string(".a@b.c"),
                                  std::string("a.@b.c"),
                                  std::string("a..b@c.d"),
                                  std::string("a@b@c.d"),
                                  std::string("a b@c.d"),
                                  std::string("a(b)@c.d"),
                                  std::string("a@b_c.d"),
                                  std::string("a@-b.c"),
                                  std::string("a@b-.c"),
                                  std::string("a@b.c:25"),
                                  std::string("mailto:a@b.c"),
                                  std::string("\"a@b.c"),
                                  std::string("\"a\"b\"@c.d"),
                                  std::string("\"a\\\"@b.c"),
                                  std::string("\"a\\\\\"b\"@c.d"),
                                  std::string("a@[192.0.2]"),
                                  std::string("a@[x]"),
                                  std::string("a@[192.0.2.1"),
                                  std::string("a\u200b@x.org"),
                                  std::string("a\u3000b@x.org"),
                                  std::string("a\u202eb@x.org"),
                                  std::string("a@x\u00a0.org"),
                                  std::string("\u201ca@x.org"),
                                  std::string("a\u2019b@x.org"),
                                  NormalizeAddress("a@x.org\u201d"),
                                  NormalizeAddress("a@x.org\u00bb"),
                                  "a" + local64 + "@x.org",
                                  "a@b" + label63 + ".org"}) {
    EXPECT_FALSE(HasMailboxSyntax(text)) << text;
  }
}

TEST(AddressTest, WhatNobodySeesIsTakenAway) {
  EXPECT_EQ(WithoutInvisible(" \u00a0\ufeff ann@x.org\u200b \u00a0"), "ann@x.org");
  EXPECT_EQ(WithoutInvisible("a\u00a0b"), "a\u00a0b");
  EXPECT_EQ(WithoutInvisible("\u00a0 \u200b"), "");
}

}  // namespace leadpulse::address_test
