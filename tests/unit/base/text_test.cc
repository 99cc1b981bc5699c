#include "processor/base/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::text_test {

TEST(TextTest, TrimsAsciiWhiteSpaceOnly) {
  EXPECT_EQ(TrimAsciiSpace(" \t\n\v\f\r a b \r"), "a b");
  EXPECT_EQ(TrimAsciiSpace(" \t "), "");
  EXPECT_EQ(TrimAsciiSpace("\u00A0a"), "\u00A0a");
}

TEST(TextTest, FindsOtherCharactersThanLettersDigitsAndMarks) {
  EXPECT_TRUE(IsAlphanumeric("azAZ09", ""));
  EXPECT_TRUE(IsAlphanumeric("a_b-1", "_-"));
  EXPECT_TRUE(IsAlphanumeric("", ""));
  for (const char* text : {"a_", "@", "[", "`", "{", "/", ":", "ä"}) EXPECT_FALSE(IsAlphanumeric(text, "-")) << text;
}

TEST(TextTest, ParsesIntegersOfTheWholeTextAndTheTypesRange) {
  EXPECT_EQ(ParseInteger<int64_t>("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ParseInteger<uint32_t>("4294967295"), 4'294'967'295U);
  EXPECT_EQ(ParseInteger<uint32_t>("007"), 7U);
  for (const char* text : {"", "4294967296", "-1", "+1", " 1", "1 ", "1.0", "0x1"}) {
    EXPECT_EQ(ParseInteger<uint32_t>(text), std::nullopt) << text;
  }
}

TEST(TextTest, SplitsAHeaderOutsideOfQuotedStrings) {
  using Elements = std::vector<std::string_view>;
  EXPECT_EQ(ListElements(""), Elements{""});
  EXPECT_EQ(ListElements("a, b,"), (Elements{"a", " b", ""}));
  EXPECT_EQ(ListElements(R"("a,b",c="d\",e",`f,g`)"), (Elements{R"("a,b")", R"(c="d\",e")", "`f", "g`"}));
  EXPECT_EQ(ListElements(R"(a,"b,c)"), (Elements{"a", R"("b,c)"}));
  EXPECT_EQ(ListElements(R"("a\)"), Elements{R"("a\)"});
}

TEST(TextTest, GroupsDigits) {
  EXPECT_EQ(GroupDigits(0), "0");
  EXPECT_EQ(GroupDigits(999), "999");
  EXPECT_EQ(GroupDigits(1000), "1,000");
  EXPECT_EQ(GroupDigits("1234567"), "1,234,567");
}

TEST(TextTest, LowersAsciiOnly) { EXPECT_EQ(AsciiLower("AbC@Ä.COM"), "abc@Ä.com"); }

TEST(TextTest, FoldsByUnicodeSimpleFolding) {
  EXPECT_EQ(FoldCase("Hello, World and MORE"), "hello, world and more");
  EXPECT_EQ(FoldCase("MÜNCHEN"), "münchen");
  EXPECT_EQ(FoldCase("Straße"), "straße");  // full folding would give strasse
  EXPECT_EQ(FoldCase("ẞ"), "ß");
  EXPECT_EQ(FoldCase("ΣΊΣΥΦΟς"), "σίσυφοσ");
  EXPECT_EQ(FoldCase("\u212A"), "k");  // the Kelvin sign
  EXPECT_EQ(FoldCase("İI"), "İi");     // the Turkish rules are not applied
  EXPECT_EQ(FoldCase("\U00010400"), "\U00010428");
}

TEST(TextTest, FoldingKeepsInvalidBytes) {
  EXPECT_EQ(FoldCase("A\xFF\xC3"), "a\xFF\xC3");
  EXPECT_EQ(FoldCase("\xED\xA0\x80Z"), "\xED\xA0\x80z");
}

TEST(TextTest, ComparesRawWithFolded) {
  for (std::string tail : {"", "É"}) {  // the ASCII path and the other one
    const std::string raw = "Acme Inc" + tail;
    const std::string folded_tail = FoldCase(tail);
    EXPECT_TRUE(EqualsFolded(raw, "acme inc" + folded_tail));
    EXPECT_FALSE(EqualsFolded(raw, "acme in"));
    EXPECT_FALSE(EqualsFolded(raw, "Acme Inc" + folded_tail)) << "the second text must be folded";
    EXPECT_TRUE(StartsWithFolded(raw, "acme"));
    EXPECT_TRUE(StartsWithFolded(raw, ""));
    EXPECT_FALSE(StartsWithFolded(raw, "cme"));
    EXPECT_FALSE(StartsWithFolded(raw, "acme inc and more"));
    EXPECT_TRUE(EndsWithFolded(raw, "inc" + folded_tail));
    EXPECT_FALSE(EndsWithFolded(raw, "in"));
    EXPECT_TRUE(ContainsFolded(raw, "me i"));
    EXPECT_TRUE(ContainsFolded(raw, ""));
    EXPECT_FALSE(ContainsFolded(raw, "mei"));
  }
  EXPECT_TRUE(ContainsFolded("", ""));
  EXPECT_TRUE(EqualsFolded("10 \u212A", "10 k"));
}

TEST(TextTest, NormalizesNames) {
  EXPECT_EQ(NormalizeName("Company Name"), "company_name");
  EXPECT_EQ(NormalizeName("COMPANY_ _  NAME"), "company_name");
  EXPECT_EQ(NormalizeName("plan.Tier-2"), "plan.tier-2");
  EXPECT_EQ(NormalizeName("Größe  Ä"), "größe_ä");
  EXPECT_EQ(NormalizeName(" Industry\t"), "industry");
  EXPECT_EQ(NormalizeName("\r\n Job Title \v\f"), "job_title");
  EXPECT_EQ(NormalizeName("_ x _"), "_x_");
  EXPECT_EQ(NormalizeName("a\tb"), "a\tb");
  EXPECT_EQ(NormalizeName(" "), "");
  EXPECT_EQ(NormalizeName(""), "");
}

TEST(TextTest, ReadsTheNumberGrammar) {
  EXPECT_EQ(ParseNumber("12"), 12);
  EXPECT_EQ(ParseNumber("-3.50"), -3.5);
  EXPECT_EQ(ParseNumber("007"), 7);
  EXPECT_EQ(ParseNumber("0.1"), 0.1);
  for (const char* text :
       {"", "-", "+1", ".5", "1.", "1e3", " 1", "1 ", "1,000", "0x10", "inf", "nan", "--1", "1.2.3"}) {
    EXPECT_FALSE(ParseNumber(text)) << text;
  }
}

TEST(TextTest, ReadsNumbersAtTheEndsOfTheRange) {
  EXPECT_FALSE(ParseNumber("1" + std::string(400, '0')));
  EXPECT_EQ(ParseNumber("1" + std::string(308, '0')), 1e308);
  EXPECT_EQ(ParseNumber("0." + std::string(400, '0') + "1"), 0);
  EXPECT_FALSE(std::signbit(*ParseNumber("-0")));
}

TEST(TextTest, SpellsNumbersAsEcmaScript) {
  const std::pair<double, const char*> kCases[] = {{0, "0"},
                                                   {-0.0, "0"},
                                                   {1, "1"},
                                                   {-1.5, "-1.5"},
                                                   {1e20, "100000000000000000000"},
                                                   {1e21, "1e+21"},
                                                   {1.5e21, "1.5e+21"},
                                                   {123456789012345680, "123456789012345680"},
                                                   {0.1, "0.1"},
                                                   {0.000001, "0.000001"},
                                                   {0.0000012, "0.0000012"},
                                                   {1e-7, "1e-7"},
                                                   {1.25e-9, "1.25e-9"},
                                                   {5e-324, "5e-324"},
                                                   {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                   {-1e-7, "-1e-7"},
                                                   {9007199254740993, "9007199254740992"},
                                                   {12345.678, "12345.678"},
                                                   {333333333.33333329, "333333333.3333333"},
                                                   {295147905179352830000.0, "295147905179352830000"},
                                                   {999999999999999.9, "999999999999999.9"}};
  for (const auto& [number, spelled] : kCases) EXPECT_EQ(SpellNumber(number), spelled);
}

TEST(TextTest, SetsATextOverOneOfAnyLength) {
  for (const size_t before : {0, 1, 15, 16, 300}) {
    for (const size_t after : {0, 1, 15, 16, 300}) {
      std::string text(before, 'x');
      SetText(std::string(after, 'y'), &text);
      EXPECT_EQ(text, std::string(after, 'y')) << before;
    }
  }
}

TEST(TextTest, SpelledNumbersReadBackTheSame) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const uint64_t bits = random();
    double number;
    std::memcpy(&number, &bits, sizeof number);
    if (i % 2 == 0) number = static_cast<double>(static_cast<int64_t>(bits >> (i % 60))) / 1000;
    if (!std::isfinite(number)) continue;
    EXPECT_EQ(std::strtod(SpellNumber(number).c_str(), nullptr), number);
  }
}

TEST(TextTest, KnowsUtf8) {
  for (std::string valid : {"", "ascii, long enough for a word", "é", "€uro", "\U0001F600", "\U0010FFFF", "\uD7FF"}) {
    EXPECT_TRUE(IsUtf8(valid)) << valid;
  }
  for (std::string invalid : {"\x80", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\xFF",
                              "12345678\x80", "\xF0\x8F\xBF\xBF"}) {
    EXPECT_FALSE(IsUtf8(invalid)) << ::testing::PrintToString(invalid);
  }
}

}  // namespace leadpulse::text_test
