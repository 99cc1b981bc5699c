// Numbers and durations as people type them.
#include "processor/serve/pages/typed_value.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leadpulse::serve::typed_value_test {

// Returns the number, or why it is refused.
std::string Read(std::string_view text) {
  const Result<Number> number = ReadTypedNumber(text);
  return number.ok() ? number->Plain() : number.status().message();
}
std::string ReadDuration(std::string_view text, DurationUse use = DurationUse::kRule) {
  const Result<Millis> duration = ReadTypedDuration(text, use);
  if (!duration.ok()) return duration.status().message();
  return use == DurationUse::kRule ? DurationForRules(*duration) : DurationToType(*duration);
}

TEST(TypedNumber, IsReadInEachSpelling) {
  const std::pair<std::string_view, std::string_view> kTyped[] = {{"0", "0"},
                                                                  {"1000", "1000"},
                                                                  {"1,000", "1000"},
                                                                  {"1 000", "1000"},
                                                                  {"1'000", "1000"},
                                                                  {"1\u00a0000", "1000"},
                                                                  {"1\u2009000", "1000"},
                                                                  {"1\u2019000", "1000"},
                                                                  {" 1000 ", "1000"},
                                                                  {"-5", "-5"},
                                                                  {"\u22125", "-5"},
                                                                  {"2.5", "2.5"},
                                                                  {"2,5", "2.5"},
                                                                  {"1,000.5", "1000.5"},
                                                                  {"1.000,5", "1000.5"},
                                                                  {"1.000.000", "1000000"},
                                                                  {"1,000,000", "1000000"},
                                                                  {"0.125", "0.125"},
                                                                  {"1234.567", "1234.567"},
                                                                  {"007", "7"}};
  for (const auto& [typed, number] : kTyped) EXPECT_EQ(Read(typed), number) << typed;
}

TEST(TypedNumber, ThatMayBeTwoIsRefusedWithBoth) {
  EXPECT_EQ(Read("1.000"), "“1.000” may mean two numbers. Type 1000 or 1.");
  EXPECT_EQ(Read("-1.234"), "“-1.234” may mean two numbers. Type -1234 or -1.2340.");
  EXPECT_EQ(Read("1.2340"), "1.234");
}

TEST(TypedNumber, ThatIsNoneIsRefused) {
  for (const std::string_view typed :
       {"",    " ",          "x",    "1x",    "1e3",      "0x10",          "1,00,0",
        "1 0", "1,0000,000", "1..5", "1.5.2", "--5",      "(12)",          "12 EUR",
        "$5",  "5 %",        "1/2",  "½",     "1,000,00", "1 000,000 000", "12 OR score > 0",
        "١٢"}) {
    EXPECT_EQ(Read(typed), "“" + std::string(typed) + "” is no number. Type digits, such as 1000, 1,000 or 2.5.");
  }
  EXPECT_EQ(ReadTypedNumber("3 Times", {"time", "times"})->Plain(), "3");
  EXPECT_EQ(ReadTypedNumber("20 %", {"%"})->Plain(), "20");
  EXPECT_FALSE(ReadTypedNumber("3 times", {"%"}).ok());
  EXPECT_EQ(*ReadTypedInteger("1,000"), 1000);
  EXPECT_EQ(*ReadTypedInteger("7.0"), 7);
  EXPECT_EQ(ReadTypedInteger("7.5").status().message(), "“7.5” is no whole number. Type one such as 1000 or 1,000.");
  EXPECT_FALSE(ReadTypedInteger("12345678901234567890").ok());
}

TEST(TypedDuration, IsReadInEachSpelling) {
  const std::pair<std::string_view, std::string_view> kTyped[] = {{"30", "30 days"},
                                                                  {"1", "1 day"},
                                                                  {"30 days", "30 days"},
                                                                  {" 1 Day ", "1 day"},
                                                                  {"2 weeks", "14 days"},
                                                                  {"2w", "14 days"},
                                                                  {"30d", "30 days"},
                                                                  {"12 hours", "12 hours"},
                                                                  {"1h", "1 hour"},
                                                                  {"24 hrs", "1 day"},
                                                                  {"90 min", "90 minutes"},
                                                                  {"1.5", "36 hours"},
                                                                  {"1,5 days", "36 hours"},
                                                                  {"1,000", "1000 days"},
                                                                  {"0.5 h", "30 minutes"},
                                                                  {"45 s", "45 seconds"},
                                                                  {"4294967295 weeks", "30064771065 days"}};
  for (const auto& [typed, duration] : kTyped) EXPECT_EQ(ReadDuration(typed), duration) << typed;
}

TEST(TypedDuration, ThatIsUncertainIsRefusedWithWhatToType) {
  EXPECT_EQ(ReadDuration("2 months"), "“2 months” has no certain length. Type days: 60 days.");
  EXPECT_EQ(ReadDuration("1 Year"), "“1 Year” has no certain length. Type days: 365 days.");
  EXPECT_EQ(ReadDuration("2.25 months"), "“2.25 months” has no certain length. Type days: 68 days.");
  EXPECT_EQ(ReadDuration("0.0001m"), "“0.0001m” may mean two durations. Type 0.0001 minutes or 1 day.");
  EXPECT_EQ(ReadDuration("99999999999999 years"),
            "“99999999999999 years” has no certain length. Type days: a number of days.");
  EXPECT_EQ(ReadDuration("3m"), "“3m” may mean two durations. Type 3 minutes or 90 days.");
  EXPECT_EQ(ReadDuration("1.000 days"), "“1.000” may mean two numbers. Type 1000 or 1.");
  EXPECT_EQ(ReadDuration("0"), "“0” is not above 0. Type a longer duration, such as 1 day.");
  EXPECT_EQ(ReadDuration("-3 days"), "“-3 days” is not above 0. Type a longer duration, such as 1 day.");
  for (const std::string_view typed : {"0.0001 s", "1500 ms", "99999999999999 weeks", "0.3333333333 days"}) {
    EXPECT_EQ(ReadDuration(typed),
              "“" + std::string(typed) + "” is too long or too exact. Type whole days, hours or minutes.");
  }
  for (const std::string_view typed : {"", "days", "soon"}) {
    EXPECT_EQ(ReadDuration(typed),
              "“" + std::string(typed) +
                  "” is no duration. Type one number and its unit, such as 30 days, 2 weeks or 12 hours.");
  }
  for (const std::string_view typed : {"3 moons", "1 day 2 hours", "3 days OR score > 0", "1h30m", "3 dayss"}) {
    EXPECT_FALSE(ReadTypedDuration(typed, DurationUse::kRule).ok()) << typed;
  }
}

TEST(TypedDuration, OfDefinitionsHasAUnit) {
  EXPECT_EQ(ReadDuration("14", DurationUse::kDefinition), "“14” has no unit. Type it, too: 14 days.");
  for (const std::string_view spelled : {"14d", "36h", "90 minutes", "45s", "1500ms"}) {
    EXPECT_EQ(ReadDuration(spelled, DurationUse::kDefinition), spelled);
  }
}

// A random number with its spellings: in each the number is read, or two are possible and it is refused.
class Spelled {
 public:
  explicit Spelled(std::mt19937* random) {
    const auto pick = [random](uint64_t below) { return (*random)() % below; };
    whole_ = std::to_string(pick(2) == 0 ? pick(2'000) : pick(4'000'000'000));
    for (uint64_t digits = pick(3) == 0 ? pick(5) : 0; digits > 0; --digits)
      decimals_ += static_cast<char>('0' + pick(10));
    is_negative_ = pick(4) == 0;
  }

  Number number() const { return *Number::Parse(In("", ".")); }
  // Whether a point before the decimals may be one between groups.
  bool may_be_groups() const { return decimals_.size() == 3 && whole_.size() <= 3 && whole_ != "0"; }
  std::string In(std::string_view group_mark, std::string_view decimal_mark) const {
    std::string text = whole_;
    if (!group_mark.empty()) {
      for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, group_mark);
    }
    if (!decimals_.empty()) text.append(decimal_mark).append(decimals_);
    return (is_negative_ ? "-" : "") + text;
  }
  bool has_decimals() const { return !decimals_.empty(); }
  size_t groups() const { return (whole_.size() + 2) / 3; }

 private:
  std::string whole_, decimals_;
  bool is_negative_ = false;
};

TEST(TypedNumber, IsTheNumberOrRefusedInRandomSpellings) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  size_t refused = 0;
  for (int i = 0; i < 5'000 && !HasFailure(); ++i) {
    const Spelled one(&random);
    const std::string number = one.number().Plain();
    for (const std::string_view mark : {"", ",", " ", "'", "\u00a0", "\u202f"}) {
      const std::string typed = one.In(mark, ".");
      const Result<Number> read = ReadTypedNumber(typed);
      if (one.may_be_groups()) {
        ++refused;
        EXPECT_FALSE(read.ok()) << typed;
      } else {
        EXPECT_EQ(Read(typed), number) << typed;
      }
    }
    // With a comma before the decimals: never another number, but for what pages themselves show as groups.
    for (const std::string_view mark : {"", ".", " "}) {
      const std::string typed = one.In(mark, ",");
      const bool is_shown_so = one.may_be_groups();
      const bool are_groups = mark == "." && !one.has_decimals() && one.groups() == 2;
      const bool is_number = ReadTypedNumber(typed).ok();
      EXPECT_TRUE(is_shown_so || is_number != are_groups) << typed;
      EXPECT_TRUE(is_shown_so || are_groups || Read(typed) == number) << typed;
    }
    EXPECT_EQ(Read(NumberToType(one.number())), number);
    // One character too many, or another one: refused, or the number that it spells with a decimal point.
    std::string wrong = one.In(",", ".");
    wrong.insert(random() % (wrong.size() + 1), 1, "xe%/_"[random() % 5]);
    EXPECT_FALSE(ReadTypedNumber(wrong).ok()) << wrong;
  }
  EXPECT_GT(refused, 50U);
}

TEST(TypedDuration, IsTheDurationInRandomSpellings) {
  const uint32_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  struct Unit {
    int64_t millis;
    std::vector<std::string> words;
  };
  const std::vector<Unit> units = {{604'800'000, {"w", " w", " week", " weeks", "wks"}},
                                   {86'400'000, {"d", " day", " Days", ""}},
                                   {3'600'000, {"h", " hr", " hours", "HRS"}},
                                   {60'000, {" min", " minutes", "mins"}},
                                   {1'000, {"s", " sec", " seconds"}}};
  for (int i = 0; i < 5'000 && !HasFailure(); ++i) {
    const Unit& unit = units[random() % units.size()];
    const int64_t count = 1 + static_cast<int64_t>(random() % 100'000);
    const std::string typed = (random() % 2 == 0 ? std::to_string(count) : Number::OfInteger(count).Plain()) +
                              unit.words[random() % unit.words.size()];
    const Result<Millis> read = ReadTypedDuration(typed, DurationUse::kRule);
    ASSERT_TRUE(read.ok()) << typed;
    EXPECT_EQ(read->count(), count * unit.millis) << typed;
    EXPECT_EQ(*ReadTypedDuration(DurationForRules(*read), DurationUse::kRule), *read);
    EXPECT_EQ(*ReadTypedDuration(DurationToType(*read), DurationUse::kDefinition), *read);
  }
}

}  // namespace leadpulse::serve::typed_value_test
