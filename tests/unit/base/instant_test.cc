#include "processor/base/instant.h"

#include <gtest/gtest.h>

#include <random>

namespace leadpulse::instant_test {

TEST(InstantTest, NeverAndDistantPastAbsorbDurations) {
  EXPECT_EQ(Instant::Never() + Millis{5}, Instant::Never());
  EXPECT_EQ(Instant::DistantPast() - Millis{5}, Instant::DistantPast());
  EXPECT_LT(Instant::DistantPast(), Instant{0});
  EXPECT_EQ(Instant{1000} - Instant{400}, Millis{600});
}

TEST(InstantTest, ReadsRfc3339) {
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:00Z"), Instant{0});
  EXPECT_EQ(ParseRfc3339("2026-03-10T09:30:00Z"), Instant{1773135000000});
  EXPECT_EQ(ParseRfc3339("2026-03-10T09:30:00.1Z"), Instant{1773135000100});
  EXPECT_EQ(ParseRfc3339("2026-03-10T09:30:00.1239999999999999999Z"), Instant{1773135000123});
  EXPECT_EQ(ParseRfc3339("2026-03-10T11:30:00+02:00"), Instant{1773135000000});
  EXPECT_EQ(ParseRfc3339("2026-03-10T04:00:00-05:30"), Instant{1773135000000});
  EXPECT_EQ(ParseRfc3339("2026-03-10T09:30:00-00:00"), Instant{1773135000000});
  EXPECT_EQ(ParseRfc3339("2024-02-29T00:00:00Z"), Instant{1709164800000});
  EXPECT_EQ(ParseRfc3339("1969-12-31T23:59:59.9999Z"), Instant{-1});
  EXPECT_EQ(ParseRfc3339("0001-01-01T00:00:00Z"), Instant{-62135596800000});
  EXPECT_EQ(ParseRfc3339("9999-12-31T23:59:59.999Z"), Instant{253402300799999});
}

TEST(InstantTest, ReadsLettersInEitherCase) {
  for (const char* text :
       {"2026-03-10t09:30:00Z", "2026-03-10T09:30:00z", "2026-03-10t09:30:00.000z", "2026-03-10t10:30:00+01:00"}) {
    EXPECT_EQ(ParseRfc3339(text), Instant{1773135000000}) << text;
  }
  EXPECT_EQ(FormatRfc3339(*ParseRfc3339("2026-03-10t09:30:00z")), "2026-03-10T09:30:00Z");
}

TEST(InstantTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           "2026-03-10",
                           "2026-03-10 09:30:00Z",
                           "2026-03-10T09:30Z",
                           "2026-03-10T09:30:00",
                           "2026-03-10T09:30:00.Z",
                           "2026-03-10T09:30:60Z",
                           "2026-03-10T24:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-03-10T09:30:00+2:00",
                           "2026-03-10T09:30:00+0200",
                           "2026-03-10T09:30:00+24:00",
                           "2026-03-10T09:30:00+02:60",
                           "0000-12-31T00:00:00Z",
                           "0001-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "12026-03-10T09:30:00Z",
                           " 2026-03-10T09:30:00Z",
                           "2026-03-10T09:30:00Z ",
                           "2026-03-10T09:30:00ZZ",
                           "+026-03-10T09:30:00Z",
                           "2026-3-10T09:30:00Z",
                           "2026-03-10T09:60:00Z"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(InstantTest, FormatsWithMillisecondsOnlyWhereThereAreSome) {
  EXPECT_EQ(FormatRfc3339({1773135000000}), "2026-03-10T09:30:00Z");
  EXPECT_EQ(FormatRfc3339({1773135000070}), "2026-03-10T09:30:00.070Z");
  EXPECT_EQ(FormatRfc3339({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatRfc3339({-62135596800000}), "0001-01-01T00:00:00Z");
}

TEST(InstantTest, FormattedInstantsReadBackTheSame) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<int64_t> millis(-62135596800000, 253402300799999);
  for (int i = 0; i < 20'000; ++i) {
    const Instant t{millis(random)};
    EXPECT_EQ(ParseRfc3339(FormatRfc3339(t)), t);
  }
}

}  // namespace leadpulse::instant_test
