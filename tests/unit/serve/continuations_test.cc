#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "processor/serve/queries/change_reads.h"

namespace leadpulse::serve::position_seal_test {
namespace {

TEST(PositionSealTest, OpensWhatItHasSealed) {
  const PositionSeal seal;
  std::set<std::string> sealed;
  for (const pipeline::FeedPosition position : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{256}, uint64_t{1} << 40,
                                                std::numeric_limits<uint64_t>::max()}) {
    const std::string text = seal.Seal(position);
    EXPECT_EQ(text.size(), 32u);
    EXPECT_EQ(seal.Open(text), position);
    EXPECT_EQ(seal.Seal(position), text);
    EXPECT_TRUE(sealed.insert(text).second);
  }
}

TEST(PositionSealTest, OpensNothingElse) {
  const PositionSeal seal;
  const std::string text = seal.Seal(7);
  EXPECT_EQ(PositionSeal().Open(text), std::nullopt);  // sealed by another process
  for (size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_EQ(seal.Open(other), std::nullopt) << other;
  }
  for (const std::string& wrong :
       {std::string(), text.substr(1), text + "0", std::string(32, 'g'), std::string(32, '\0')}) {
    EXPECT_EQ(seal.Open(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace leadpulse::serve::position_seal_test
