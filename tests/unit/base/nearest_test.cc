#include "processor/base/nearest.h"

#include <gtest/gtest.h>

#include <vector>

namespace leadpulse::nearest_test {

const std::vector<std::string> kKnown = {"industry", "location", "job_title", "company_size", "budget", "hot", "Größe"};

TEST(NearestTest, FindsTheMistypedName) {
  EXPECT_EQ(NearestName("industri", kKnown), "industry");
  EXPECT_EQ(NearestName("locatoin", kKnown), "location");
  EXPECT_EQ(NearestName("jobtitle", kKnown), "job_title");
  EXPECT_EQ(NearestName("company_sizes", kKnown), "company_size");
  EXPECT_EQ(NearestName("BUDGET", kKnown), "budget");
  EXPECT_EQ(NearestName("größ", kKnown), "Größe");
}

TEST(NearestTest, AllowsAThirdOfTheLengthAndOneForShortNames) {
  EXPECT_EQ(NearestName("ht", kKnown), "hot");
  EXPECT_EQ(NearestName("hats", kKnown), std::nullopt);
  EXPECT_EQ(NearestName("idstry", kKnown), "industry");
  EXPECT_EQ(NearestName("dstry", kKnown), std::nullopt);
}

TEST(NearestTest, AllowsEightInALongName) {
  const std::string known(60, 'x');
  EXPECT_EQ(NearestName("abcdefgh" + known, std::vector{known}), known);
  EXPECT_EQ(NearestName("abcd" + known + "efgh", std::vector{known}), known);
  EXPECT_EQ(NearestName("abcd" + known + "efghi", std::vector{known}), std::nullopt);
}

TEST(NearestTest, ASwapOfNeighboursIsOneStep) { EXPECT_EQ(NearestName("hto", kKnown), "hot"); }

TEST(NearestTest, TakesTheFirstOfEquals) {
  const std::vector<std::string> known = {"cat", "car"};
  EXPECT_EQ(NearestName("caz", known), "cat");
  EXPECT_EQ(NearestName("car", known), "car");
}

TEST(NearestTest, FindsNothingAmongNothing) {
  EXPECT_EQ(NearestName("", kKnown), std::nullopt);
  EXPECT_EQ(NearestName("budget", {}), std::nullopt);
  EXPECT_EQ(NearestName(std::string(10'000, 'x'), kKnown), std::nullopt);
  EXPECT_EQ(NearestName("\xFF\xFE\xFD", kKnown), std::nullopt);
}

}  // namespace leadpulse::nearest_test
