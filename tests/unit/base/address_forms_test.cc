// Spellings of one mailbox have one normal form, and different mailboxes have different ones.
#include <gtest/gtest.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/text.h"
#include "tests/support/address_spellings.h"

namespace leadpulse::address_forms_test {
namespace {

using leadpulse::testing::AddressSpellings;

TEST(AddressFormsTest, ADomainHasItsAsciiForm) {
  const std::pair<const char*, const char*> kForms[] = {
      {"a@B\u00fccher.Example", "a@xn--bcher-kva.example"},
      {"a@XN--Bcher-KVA.example", "a@xn--bcher-kva.example"},
      {"a@\uff58n--bcher-kva.example", "a@xn--bcher-kva.example"},
      {"a@bu\u0308cher\u3002example", "a@xn--bcher-kva.example"},
      {"a@stra\u00dfe.example", "a@xn--strae-oqa.example"},
      {"a@STRA\u1e9eE.example", "a@xn--strae-oqa.example"},
      {"a@strasse.example", "a@strasse.example"},
      {"a@\u03c3\u03c2.example", "a@xn--3xab.example"},
      {"a@\u03a3\u03c3.example", "a@xn--4xaa.example"},
      {"a@a\u200cb\u200d.example", "a@xn--ab-j1tf.example"},
      {"a@x\ufe0fy.example", "a@xy.example"},
      // What DNS could not hold is no reason to fail.
      {"a@\u00fc..b", "a@xn--tda..b"},
      {"a@\u00fc.", "a@xn--tda."},
      {"a@-\u00fc-.b", "a@xn-----xka.b"},
      {"a@ab--\u00fc", "a@xn--ab---3ra"},
      {"a@\u00fc_b", "a@xn--_b-wka"},
      {"a@\u05d0a1", "a@xn--a1-uld"},
      {"a@\u2260x", "a@xn--x-tfo"},
      // These fail, so that ASCII letters are lowered only.
      {"a@\u00dcb\ufffd.Example", "a@\u00dcb\ufffd.example"},
      {"a@\u0300\u00dc.Example", "a@\u0300\u00dc.example"},
      {"a@\u00dc.XN--A.example", "a@\u00dc.xn--a.example"},
      {"a@\u00dc.xn--abc-", "a@\u00dc.xn--abc-"},
      {"a@\u00dc.xn--", "a@\u00dc.xn--"},
      {"a@xn--ab-j1tA", "a@xn--ab-j1ta"},
      {"a@\u00dc.xn--n3h\u00fc", "a@\u00dc.xn--n3h\u00fc"},
  };
  for (const auto& [written, normal] : kForms) EXPECT_EQ(NormalizeAddress(written), normal) << written;
}

TEST(AddressFormsTest, ThePartBeforeTheAtIsComposed) {
  const std::pair<const char*, const char*> kForms[] = {
      {"J\u00f6rg@x.example", "j\u00f6rg@x.example"}, {"Jo\u0308rg@x.example", "j\u00f6rg@x.example"},
      {"J\u00d6RG@x.example", "j\u00d6rg@x.example"}, {"JO\u0308RG@x.example", "j\u00d6rg@x.example"},
      {"A\u030a@x.example", "\u00c5@x.example"},      {"\u212b@x.example", "\u00c5@x.example"},
      {"H\u0331@x.example", "\u1e96@x.example"},      {"\u212a@x.example", "k@x.example"},
      {"a\u200cb@x.example", "a\u200cb@x.example"},   {"stra\u00dfe@x.example", "stra\u00dfe@x.example"},
      {"\"A@b\"@X.example", "\"a@b\"@x.example"},     {"XN--bcher-KVA@x.example", "xn--bcher-kva@x.example"},
  };
  for (const auto& [written, normal] : kForms) EXPECT_EQ(NormalizeAddress(written), normal) << written;
}

// Letters are lowered after they are composed, also in what people write around an address.
TEST(AddressFormsTest, ACapitalAndItsMarkAreOneLetterHoweverTheyAreWritten) {
  for (const char* written : {"\u00c5sa@x.example", "A\u030asa@x.example", "A\u030aSA@X.example"}) {
    EXPECT_EQ(NormalizeAddress(written), "\u00c5sa@x.example") << written;
    const std::string named = "Asa <" + std::string(written) + ">";
    EXPECT_EQ(ParseAddress(named), "\u00c5sa@x.example") << written;
    EXPECT_EQ(SpelledAddress(named), "\u00c5sa@x.example") << written;
  }
}

TEST(AddressFormsTest, WhiteSpaceAroundAndMarksInsideAreRemoved) {
  for (const char* written : {"\u00a0a@x.example\u3000", "\u200ba\u200e@\u2060x.ex\u00adample\ufeff",
                              "\u2028 a@x.example\t", "\u2066a@x.example\u2069", "a@x.example \ufe0f"}) {
    EXPECT_EQ(NormalizeAddress(written), "a@x.example") << written;
  }
  EXPECT_EQ(NormalizeAddress("\u200b \u00a0"), "");
}

TEST(AddressFormsTest, TheLengthOfAnAddressIsThatOfItsNormalForm) {
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "\uff41";
  EXPECT_TRUE(IsAddress(NormalizeAddress("a@" + wide)));
  EXPECT_FALSE(IsAddress(NormalizeAddress("a@" + wide + wide)));
  std::string ligatures;  // 18 characters each
  for (int i = 0; i < 40; ++i) ligatures += "\ufdfa";
  EXPECT_FALSE(IsAddress(NormalizeAddress("a@" + ligatures)));
}

TEST(AddressFormsTest, SpellingsOfOneMailboxHaveOneForm) {
  constexpr uint64_t kSeed = 20260310;
  AddressSpellings random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    const auto [normal, spelled] = random.Make();
    ASSERT_EQ(NormalizeAddress(spelled), normal) << spelled << " of seed " << kSeed;
    ASSERT_EQ(NormalizeAddress(normal), normal);
    ASSERT_TRUE(IsMailboxId(normal));
    ASSERT_EQ(IsMailboxId(spelled), spelled == normal) << spelled;
  }
}

// Returns a text of any code points, and of what UTS 46 treats specially.
std::string AnyText(std::mt19937_64* random) {
  const std::vector<std::string> kPieces = {
      "xn--",   "XN--",   "xn--bcher-kva", "\u00fc", "\u00df", "\u1e9e", "\u200c", "\u200d", "\u0300",
      "\u0331", "h",      "\uff20",        "@",      "@",      ".",      "\u3002", "-",      " ",
      "\u00a0", "\ufe00", "\u00ad",        "\u212a", "\ufdfa", "\uff58", "\ufffd", "xn--a",  "xn--zca"};
  const auto below = [&](size_t bound) { return (*random)() % bound; };
  std::string text;
  for (size_t n = below(12); n > 0; --n) {
    if (below(3) > 0) {
      text += kPieces[below(kPieces.size())];
    } else if (below(10) == 0) {
      text += static_cast<char>(below(256));
    } else {
      auto point = static_cast<UChar32>(below(below(2) == 0 ? 0x3000 : 0x30000));
      if (U_IS_SURROGATE(point)) point = 'x';
      char bytes[U8_MAX_LENGTH];
      int32_t length = 0;
      U8_APPEND_UNSAFE(bytes, length, point);
      text.append(bytes, length);
    }
  }
  return text;
}

TEST(AddressFormsTest, ANormalFormIsItsOwn) {
  constexpr uint64_t kSeed = 46;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 200'000; ++i) {
    const std::string text = AnyText(&random), normal = NormalizeAddress(text);
    ASSERT_EQ(NormalizeAddress(normal), normal) << text << " of seed " << kSeed;
    ASSERT_EQ(NormalizeAddress(SpelledAddress(text)), ParseAddress(text)) << text << " of seed " << kSeed;
    ASSERT_EQ(IsMailboxId(text), text == normal && text.find('@') != std::string::npos) << text;
  }
}

// NFC would sort the marks, in time that grows with the square of their number.
TEST(AddressFormsTest, ALongTextIsNoAddressAndStays) {
  std::string marks = "\u0301\u0316";
  EXPECT_NE(NormalizeAddress("a" + marks + "@x.de"), "a" + marks + "@x.de");
  while (marks.size() < 500'000) marks += marks;
  for (const std::string& text : {"a" + marks + "@x.de", "a@b" + marks + ".de", "a" + marks}) {
    EXPECT_EQ(NormalizeAddress("  " + text + "\n"), text);
  }
}

TEST(AddressFormsTest, ALongDomainTakesLinearTime) {
  for (const std::string piece : {"\u4e00", "\u00fc\u4e8c", "\ufdfa", "xn--a", "\u1e9e", "\u0300", "a."}) {
    std::string domain = piece;
    while (domain.size() < 500'000) domain += domain;
    const std::string normal = NormalizeAddress("a@" + domain);
    EXPECT_FALSE(IsAddress(normal));
    EXPECT_EQ(NormalizeAddress(normal), normal);
  }
}

}  // namespace
}  // namespace leadpulse::address_forms_test
