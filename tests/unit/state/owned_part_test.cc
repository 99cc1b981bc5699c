#include "state/lead/owned_part.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "state/lead/profile.h"

namespace leadpulse::state::owned_part_test {

using Part = OwnedPart<std::string>;

TEST(OwnedPartTest, IsAValue) {
  Part part;
  part.Get() = "a";
  Part copy = part;
  EXPECT_EQ(copy, part);
  copy.Get() = "b";
  EXPECT_NE(copy, part);
  EXPECT_EQ(*part, "a") << "a copy has one of its own";
  part = copy;
  EXPECT_EQ(*part, "b");
  EXPECT_EQ(*Part(std::move(part)), "b");
}

TEST(OwnedPartTest, NoneReadsAsAnEmptyOne) {
  Part part;
  EXPECT_FALSE(part);
  EXPECT_TRUE(part->empty());
  EXPECT_FALSE(part) << "reading creates none";
  part.Get();
  EXPECT_TRUE(part);
  EXPECT_EQ(part, Part());
  part.Get() = "a";
  EXPECT_NE(part, Part());
  EXPECT_NE(Part(), part);
  part.reset();
  EXPECT_FALSE(part);
}

TEST(OwnedPartTest, TakesNoMemoryForAnEmptyValue) {
  Part part;
  part.Set("a");
  EXPECT_EQ(*part, "a");
  part.Set("");
  EXPECT_FALSE(part);
}

// Each cached lead has one, most of them without extras.
TEST(OwnedPartTest, AProfileWithoutExtrasIsSmall) { EXPECT_LE(sizeof(Profile), 200u); }

}  // namespace leadpulse::state::owned_part_test
