// Spellings of one mailbox have one normal form, and different mailboxes have different ones.
#include <gtest/gtest.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/text.h"

namespace leadpulse::address_forms_test {
namespace {

std::string Nfd(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  std::string decomposed;
  icu::StringByteSink<std::string> sink(&decomposed);
  icu::Normalizer2::getNFDInstance(error)->normalizeUTF8(0, text, sink, nullptr, error);
  EXPECT_TRUE(U_SUCCESS(error));
  return decomposed;
}

std::string FullWidth(const std::string& ascii) {
  std::string wide;
  for (const char c : ascii) {
    char bytes[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c - '!' + 0xff01);
    wide.append(bytes, length);
  }
  return wide;
}

std::string Upper(std::string ascii) {
  for (char& c : ascii) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return ascii;
}

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
      {"J\u00f6rg@x.example", "j\u00f6rg@x.example"},
      {"Jo\u0308rg@x.example", "j\u00f6rg@x.example"},
      {"J\u00d6RG@x.example", "j\u00d6rg@x.example"},
      {"H\u0331@x.example", "\u1e96@x.example"},
      {"\u212a@x.example", "k@x.example"},
      {"a\u200cb@x.example", "a\u200cb@x.example"},
      {"stra\u00dfe@x.example", "stra\u00dfe@x.example"},
      {"\"A@b\"@X.example", "\"a@b\"@x.example"},
      {"XN--bcher-KVA@x.example", "xn--bcher-kva@x.example"},
  };
  for (const auto& [written, normal] : kForms) EXPECT_EQ(NormalizeAddress(written), normal) << written;
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

// Labels with an ASCII form that another program computed.
const std::vector<std::pair<std::string, std::string>> kLabels = {
    {"b\u00fccher", "xn--bcher-kva"},
    {"\u00e9cole", "xn--cole-9oa"},
    {"\u043f\u0440\u0438\u043c\u0435\u0440", "xn--e1afmkfd"},
    {"\u4f8b\u3048", "xn--r8jz45g"},
    {"\u03c0\u03b1\u03c1\u03ac\u03b4\u03b5\u03b9\u03b3\u03bc\u03b1", "xn--hxajbheg2az3al"},
    {"\u0645\u062b\u0627\u0644", "xn--mgbh0fb"},
    {"\uc2e4\ub840", "xn--9n2bp8q"},
    {"fa\u00df", "xn--fa-hia"},
    {"plain", "plain"},
    {"mail-1", "mail-1"},
};
const std::vector<std::string> kLocals = {"ann",      "ann.b",   "j\u00f6rg", "\u0438\u0432\u0430\u043d",
                                          "o'neil+n", "\u1e96x", "\u4e00"};

class Spellings {
 public:
  explicit Spellings(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  // Makes the normal form of a mailbox and another spelling of it.
  std::pair<std::string, std::string> Make() {
    const std::string& local = kLocals[Below(kLocals.size())];
    std::string normal = local + "@", spelled = Spell(local) + "@";
    const size_t labels = 1 + Below(3);
    for (size_t i = 0; i < labels; ++i) {
      if (i > 0) normal += ".", spelled += Dot();
      const auto& [text, ascii] = kLabels[Below(kLabels.size())];
      normal += ascii, spelled += Below(2) == 0 ? SpellAscii(ascii) : Spell(text);
      if (Below(4) == 0) spelled += "\u200b";
    }
    if (Below(3) == 0) spelled = " \u00a0" + spelled + "\u3000";
    return {normal, spelled};
  }

 private:
  std::string Spell(const std::string& text) {
    const std::string cased = Below(2) == 0 ? Upper(text) : text;
    return Below(2) == 0 ? Nfd(cased) : cased;
  }
  std::string SpellAscii(const std::string& ascii) {
    const size_t way = Below(3);
    return way == 0 ? Upper(ascii) : way == 1 ? FullWidth(ascii) : ascii;
  }
  std::string Dot() {
    const std::vector<std::string> dots = {".", "\u3002", "\uff0e", "\uff61"};
    return dots[Below(dots.size())];
  }

  std::mt19937_64 random_;
};

TEST(AddressFormsTest, SpellingsOfOneMailboxHaveOneForm) {
  constexpr uint64_t kSeed = 20260310;
  Spellings random(kSeed);
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
    ASSERT_EQ(IsMailboxId(text), text == normal && text.find('@') != std::string::npos) << text;
  }
}

// NFC would sort the marks, in time that grows with the square of their number.
TEST(AddressFormsTest, ALongTextIsNoAddressAndStays) {
  std::string marks = "\u0301\u0316";
  EXPECT_NE(NormalizeAddress("a" + marks + "@x.de"), "a" + marks + "@x.de");
  while (marks.size() < 500'000) marks += marks;
  for (const std::string text : {"a" + marks + "@x.de", "a@b" + marks + ".de", "a" + marks}) {
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
