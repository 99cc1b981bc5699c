#include "processor/serve/api/request/continuations.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "processor/serve/api/writes/unsubscribe.h"
#include "processor/serve/queries/change_reads.h"
#include "tests/support/scratch_directory.h"

namespace leadpulse::serve::continuations_test {
namespace {

class ContinuationsTest : public ::testing::Test {
 protected:
  access::LinkKeys Keys() const { return *access::LinkKeys::Open(directory_.path().string()); }

  leadpulse::testing::ScratchDirectory directory_;
  const access::LinkKeys keys_ = Keys();
  const Continuations continuations_{&keys_};
};

TEST_F(ContinuationsTest, OpensWhatItHasSealedAsWhatItIs) {
  for (const std::string& text : {std::string(), std::string("2-0a"), std::string(300, 'x')}) {
    const std::string sealed = continuations_.Seal(Continuation::kCursor, "acme", text);
    EXPECT_EQ(continuations_.Open(Continuation::kCursor, "acme", sealed), text);
    EXPECT_EQ(continuations_.Open(Continuation::kPosition, "acme", sealed), std::nullopt);
    EXPECT_EQ(continuations_.Open(Continuation::kCursor, "acm", sealed), std::nullopt);
    EXPECT_EQ(ReadLink(sealed, keys_), std::nullopt);
    EXPECT_EQ(continuations_.Seal(Continuation::kCursor, "acme", text), sealed);
    EXPECT_NE(continuations_.Seal(Continuation::kCursor, "blue", text), sealed);
  }
  EXPECT_EQ(continuations_.Seal(Continuation::kChange, "acme", "a").size(),
            continuations_.Seal(Continuation::kChange, "acme", "a longer text").size());
}

TEST_F(ContinuationsTest, OpensNothingThatIsChanged) {
  const std::string sealed = continuations_.Seal(Continuation::kCursor, "acme", "2-0a");
  for (size_t at = 0; at < sealed.size(); ++at) {
    std::string other = sealed;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    EXPECT_EQ(continuations_.Open(Continuation::kCursor, "acme", other), std::nullopt) << other;
    EXPECT_EQ(continuations_.Open(Continuation::kCursor, "acme", sealed.substr(0, at)), std::nullopt);
  }
  EXPECT_EQ(continuations_.Open(Continuation::kCursor, "acme", MakeLink({"acme", "ann", "", ""}, keys_).substr(3)),
            std::nullopt);
}

TEST_F(ContinuationsTest, OpensWhatAnEarlierKeyHasSealed) {
  const std::string sealed = continuations_.Seal(Continuation::kCursor, "acme", "2-0a");
  ASSERT_TRUE(access::LinkKeys::Rotate(directory_.path().string()).ok());
  const access::LinkKeys rotated = Keys();
  EXPECT_EQ(Continuations(&rotated).Open(Continuation::kCursor, "acme", sealed), "2-0a");
}

TEST(FeedPositionsTest, AreThoseOfOneProcess) {
  const FeedPositions positions;
  const std::string text = positions.Write(7);
  EXPECT_EQ(positions.Read(text), 7u);
  for (const std::string& wrong : {std::string(), text + "x", text.substr(1), text.substr(0, text.size() - 1)}) {
    EXPECT_EQ(positions.Read(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(FeedPositions().Read(text), std::nullopt);
}

}  // namespace
}  // namespace leadpulse::serve::continuations_test
