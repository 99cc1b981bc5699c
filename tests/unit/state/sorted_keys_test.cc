#include "state/cache/sorted_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "processor/base/ids.h"
#include "state/store/lead_reader.h"

namespace leadpulse::state::sorted_keys_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Returns the encoded keys in order. Checks that each has the value that it was added with.
std::vector<EncodedLeadKey> Sorted(const std::vector<LeadKey>& keys) {
  SortedKeys<size_t> sorted;
  for (size_t i = 0; i < keys.size(); ++i) sorted.Add(keys[i].tenant, keys[i].lead, i);
  std::vector<EncodedLeadKey> encoded;
  for (const auto& entry : sorted.Sort()) {
    encoded.emplace_back(entry.key);
    EXPECT_EQ(encoded.back(), EncodeLeadKey(keys[entry.value]));
  }
  return encoded;
}

TEST(SortedKeysTest, NoKeysAreSorted) { EXPECT_THAT(Sorted({}), IsEmpty()); }

TEST(SortedKeysTest, OneKeyIsSorted) {
  EXPECT_THAT(Sorted({{"acme", "ann"}}), ElementsAre(EncodeLeadKey({"acme", "ann"})));
}

TEST(SortedKeysTest, EqualKeysStay) {
  const LeadKey ann{"acme", "ann"};
  EXPECT_THAT(Sorted({ann, {"acme", "a"}, ann}),
              ElementsAre(EncodeLeadKey({"acme", "a"}), EncodeLeadKey(ann), EncodeLeadKey(ann)));
}

TEST(SortedKeysTest, AKeyIsBeforeOnesThatGoOn) {
  const std::string nul(1, '\0');
  EXPECT_THAT(
      Sorted({{"acme", "person12345678"}, {"acme", "person" + nul}, {"acme", "person1234567"}, {"acme", "person"}}),
      ElementsAre(EncodeLeadKey({"acme", "person"}), EncodeLeadKey({"acme", "person" + nul}),
                  EncodeLeadKey({"acme", "person1234567"}), EncodeLeadKey({"acme", "person12345678"})));
}

TEST(SortedKeysTest, BytesHaveNoSign) {
  EXPECT_THAT(Sorted({{"acme", "\xc3\xa9"}, {"acme", "z"}}),
              ElementsAre(EncodeLeadKey({"acme", "z"}), EncodeLeadKey({"acme", "\xc3\xa9"})));
}

// Keys of few different bytes, so that many share a prefix.
TEST(SortedKeysTest, AnyKeysHaveTheOrderOfTheirBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<LeadKey> keys;
    std::vector<EncodedLeadKey> expected;
    for (size_t i = 0; i < 40; ++i) {
      LeadKey key{random() % 2 == 0 ? "a" : "ab", std::string(random() % 8, 'x')};
      for (uint32_t left = random() % 12; left > 0; --left) key.lead += "\0xy\xff"[random() % 4];
      expected.push_back(EncodeLeadKey(key));
      keys.push_back(std::move(key));
    }
    std::ranges::sort(expected);
    ASSERT_EQ(Sorted(keys), expected);
  }
}

}  // namespace leadpulse::state::sorted_keys_test
