#include "processor/kafka/changelog.h"

#include <gtest/gtest.h>

#include <string>

namespace leadpulse::kafka::changelog_test {

state::Erasure PlainErasure() {
  state::Erasure erasure{{60}, {8}, {}, true};
  erasure.facts.complaint = Instant{40};
  return erasure;
}

TEST(ChangelogTest, AnErasureComesBackAsItWas) {
  EXPECT_EQ(*DecodeErasure(EncodeErasure({{60}, {8}})), (state::Erasure{{60}, {8}}));
  EXPECT_EQ(*DecodeErasure(EncodeErasure(PlainErasure())), PlainErasure());
  state::Erasure by_address = PlainErasure();
  by_address.address_facts = {{1, by_address.facts}};
  EXPECT_FALSE(DecodeErasure(EncodeErasure(by_address)).ok()) << "of an unknown address";
  by_address.identity.Get().addresses = {"hash of an address"};
  EXPECT_EQ(*DecodeErasure(EncodeErasure(by_address)), by_address);
}

// Fields 1, 2, 3 and 4 of ErasureRecord, as written before facts by address existed.
TEST(ChangelogTest, AnErasureOfOneAddressHasTheBytesOfBefore) {
  EXPECT_EQ(EncodeErasure(PlainErasure()), "\x08\x3c\x10\x08\x1a\x02\x18\x28\x20\x01");
}

TEST(ChangelogTest, ADamagedErasureIsAnError) {
  EXPECT_FALSE(DecodeErasure("\x2a\x01\xff").ok()) << "addresses";
  EXPECT_FALSE(DecodeErasure("\x1a\x01\xff").ok()) << "facts";
}

TEST(ChangelogTest, ARowIsFoundByEitherOfItsKeys) {
  const std::string row = EncodeLeadKey({"acme", "ann@example.com"});
  const std::string hidden = HiddenLeadKey(row);
  EXPECT_EQ(hidden, std::string("\0hidden\0acme\0ann@example.com", 28));
  EXPECT_EQ(KindOfChangelogKey(row), ChangelogKind::kLead);
  EXPECT_EQ(KindOfChangelogKey(hidden), ChangelogKind::kHiddenLead);
  EXPECT_EQ(RowKeyOf(row), row);
  EXPECT_EQ(RowKeyOf(hidden), row);
  EXPECT_EQ(KindOfChangelogKey(ErasureKey(row)), ChangelogKind::kErasure);
}

}  // namespace leadpulse::kafka::changelog_test
