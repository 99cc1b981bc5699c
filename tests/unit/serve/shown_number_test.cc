// Numbers with the separators of a locale.
#include "processor/serve/pages/shown_number.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace leadpulse::serve::shown_number_test {

TEST(ShownNumbers, HaveTheSeparatorsOfTheLocale) {
  const auto of = [](const char* locale, const char* number) { return ShownNumbers(locale).Of(number); };
  EXPECT_EQ(of("en-GB", "1234567.5"), "1,234,567.5");
  EXPECT_EQ(of("de", "1234567.5"), "1.234.567,5");
  EXPECT_EQ(of("de-CH", "1234567.5"), "1’234’567.5");
  EXPECT_EQ(of("fr-FR", "1234567.5"), "1\u202f234\u202f567,5");
  EXPECT_EQ(of("en-IN", "1234567.5"), "12,34,567.5");
  EXPECT_EQ(of("es", "1234"), "1234") << "four digits stay together";
  EXPECT_EQ(of("es", "12345"), "12.345");
  EXPECT_EQ(of("ar-EG", "1234.5"), of("en", "1234.5")) << "its digits are those of what people type";
}

TEST(ShownNumbers, WithoutALocaleAreEnglish) {
  for (const char* locale : {"", "no tag"}) EXPECT_EQ(ShownNumbers(locale).Of("1234.5"), "1,234.5") << locale;
}

TEST(ShownNumbers, KeepTheirDigitsAndSign) {
  const ShownNumbers numbers;
  EXPECT_EQ(numbers.Of("0.12345678901234567890123"), "0.12345678901234567890123");
  EXPECT_EQ(numbers.Of("12345678901234567890"), "12,345,678,901,234,567,890");
  EXPECT_EQ(numbers.Of(uint64_t{0}), "0");
  EXPECT_EQ(numbers.Of(std::numeric_limits<int64_t>::min()), "−9,223,372,036,854,775,808");
  EXPECT_EQ(numbers.Signed(1200), "+1,200");
  EXPECT_EQ(numbers.Signed(-5), "−5");
  EXPECT_EQ(numbers.Signed(0), "0");
}

TEST(ShownNumbers, WhatIsNoNumberStays) {
  for (const char* text : {"", "-", "n/a", "1 day", "–"}) EXPECT_EQ(ShownNumbers("de").Of(text), text);
}

TEST(ShownNumbers, AreCounted) {
  EXPECT_EQ(ShownNumbers().Counted("1", "row"), "1 row");
  EXPECT_EQ(ShownNumbers("de").Counted("1234", "row"), "1.234 rows");
}

TEST(Share, BelowOnePerCentHasADigit) {
  const ShownNumbers numbers;
  EXPECT_EQ(numbers.Share(0), "0 %");
  EXPECT_EQ(numbers.Share(0.0001), "<0.1 %");
  EXPECT_EQ(numbers.Share(0.0005), "0.1 %");
  EXPECT_EQ(numbers.Share(0.004), "0.4 %");
  EXPECT_EQ(numbers.Share(0.0094), "0.9 %");
  EXPECT_EQ(numbers.Share(0.0096), "1 %");
  EXPECT_EQ(numbers.Share(0.546), "55 %");
  EXPECT_EQ(ShownNumbers("de").Share(0.004), "0,4 %");
}

TEST(Share, OnlyAllIsAHundredPerCent) {
  EXPECT_EQ(ShownNumbers().Share(0.999), "99 %");
  EXPECT_EQ(ShownNumbers().Share(1), "100 %");
}

}  // namespace leadpulse::serve::shown_number_test
