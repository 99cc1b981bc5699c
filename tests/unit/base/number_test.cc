// Exact numbers: forms of one value are equal, others compare as their digits do, and no digit is lost.
#include "processor/base/number.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace leadpulse::number_test {
namespace {

class RandomNumbers {
 public:
  explicit RandomNumbers(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }

  // Draws a plain number without leading noughts, in bounds. Few digits vary, so that numbers are often near each
  // other.
  std::string Plain() {
    static const std::vector<std::string> kWhole = {"0", "1", "9007199254740992", "9007199254740993",
                                                    "1234567890123456789012345678901234567890"};
    static const std::vector<std::string> kFraction = {"", "5", "00000000000000000001", "50000000000000000001", "25"};
    return (Below(2) == 0 ? "-" : "") + kWhole[Below(kWhole.size())] + Point(kFraction[Below(kFraction.size())]);
  }

  // Draws up to 18 digits, many of them noughts, with a point at any place.
  std::string Digits() {
    std::string digits(1 + Below(18), '0');
    for (char& c : digits) c = static_cast<char>('0' + (Below(3) == 0 ? Below(10) : 0));
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    if (digits == "0") return digits;
    const size_t whole = Below(digits.size() + 1);
    if (whole == digits.size()) return (Below(2) == 0 ? "-" : "") + digits;
    if (whole == 0) return (Below(2) == 0 ? "-0." : "0.") + std::string(Below(8), '0') + digits;
    return digits.substr(0, whole) + Point(digits.substr(whole));
  }

  // Spells it in another way: with noughts, with an exponent.
  std::string Respell(std::string plain) {
    const size_t point = std::min(plain.find('.'), plain.size());
    if (Below(2) == 0) plain += (point == plain.size() ? "." : "") + std::string(1 + Below(40), '0');
    if (Below(2) == 0) return plain;
    const size_t shift = Below(30);
    std::string digits = plain.substr(0, point), rest = plain.substr(std::min(point + 1, plain.size()));
    if (rest.size() < shift) rest.append(shift - rest.size(), '0');
    digits += rest.substr(0, shift);
    const size_t first = digits[0] == '-' ? 1 : 0;
    digits.erase(first, std::min(digits.find_first_not_of('0', first), digits.size() - 1) - first);
    return digits + Point(rest.substr(shift)) + (Below(2) == 0 ? "e-" : "E-0") + std::to_string(shift);
  }

 private:
  static std::string Point(const std::string& fraction) { return fraction.empty() ? "" : "." + fraction; }

  std::mt19937_64 random_;
};

// Returns a text that orders as plain numbers do.
std::string Order(const std::string& plain) {
  const bool is_negative = plain[0] == '-' && plain.find_first_of("123456789") != std::string::npos;
  const std::string digits = plain.substr(plain[0] == '-' ? 1 : 0);
  const size_t point = std::min(digits.find('.'), digits.size());
  std::string order = std::string(40 - point, '0') + digits.substr(0, point);
  order += digits.substr(std::min(point + 1, digits.size()));
  order.resize(60, '0');
  if (is_negative) {
    for (char& c : order) c = static_cast<char>('0' + '9' - c);
  }
  return (is_negative ? "a" : "b") + order;
}

TEST(NumberTest, FormsOfOneValueAreEqualAndOthersCompareAsTheirDigits) {
  RandomNumbers random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string one = random.Plain(), other = random.Plain();
    const std::string spelled = random.Respell(one), respelled = random.Respell(other);
    const auto a = Number::ParseJson(spelled), b = Number::ParseJson(respelled);
    ASSERT_TRUE(a && b) << spelled << " " << respelled;
    EXPECT_EQ(*a <=> *b, Order(one) <=> Order(other)) << spelled << " " << respelled;
    EXPECT_TRUE(a->InBounds()) << spelled;
    EXPECT_EQ(Number::ParseJson(a->Spelling())->Spelling(), a->Spelling());
    EXPECT_EQ(*Number::ParseJson(a->Plain()), *a) << spelled;
  }
}

TEST(NumberTest, KeepsWhatWasSent) {
  for (const char* text : {"0", "1.50", "1e3", "-2.5E-07", "9007199254740993", "0.10", "100.00", "1e40", "1e-400"}) {
    EXPECT_EQ(Number::ParseJson(text)->Spelling(), text);
  }
  RandomNumbers random(2);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random.Digits();
    ASSERT_EQ(Number::ParseJson(text)->Spelling(), text);
  }
  EXPECT_EQ(Number::ParseJson("-0")->Spelling(), "0");
  EXPECT_EQ(Number::ParseJson("-0.00")->Spelling(), "0.00");
  EXPECT_EQ(Number::Parse("-007.50")->Spelling(), "-7.50");
  EXPECT_EQ(Number::Parse("000")->Spelling(), "0");
  EXPECT_EQ(Number::ParseJson("1.5" + std::string(100, '0') + "e1")->Spelling(), "15");
  EXPECT_EQ(Number(0.1).Spelling(), "0.1");
}

TEST(NumberTest, BoundsCountByValue) {
  const auto in_bounds = [](const std::string& text) { return Number::ParseJson(text)->InBounds(); };
  for (const char* text : {"1e39", "-9.99e39", "1e-20", "0e999", "0.0000000000000000000100", "10e-21"}) {
    EXPECT_TRUE(in_bounds(text)) << text;
    EXPECT_TRUE(Number::ParseJson(text).has_value()) << text;
  }
  for (const char* text : {"1e40", "1e-21", "-1e400", "1e-400", "1e999999999999999999999", "1.000000000000000000001",
                           "12345678901234567890123456789012345678901"}) {
    EXPECT_FALSE(in_bounds(text)) << text;
  }
  EXPECT_FALSE(Number(1e300).InBounds());
  EXPECT_FALSE(Number(5e-324).InBounds());
  EXPECT_TRUE(Number(1.2345678901234567e-3).InBounds());
}

TEST(NumberTest, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", "+1", ".5", "1.", "1e", "1e+", " 1", "1 ", "0x1", "inf", "nan", "1,5", "--1"}) {
    EXPECT_FALSE(Number::ParseJson(text)) << text;
    EXPECT_FALSE(Number::Parse(text)) << text;
  }
  EXPECT_FALSE(Number::ParseJson("01"));
  EXPECT_FALSE(Number::Parse("1e3"));
  EXPECT_FALSE(Number::Parse("1" + std::string(40, '0')));
}

}  // namespace
}  // namespace leadpulse::number_test
