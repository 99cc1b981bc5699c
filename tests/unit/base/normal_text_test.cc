// Texts that look the same have one normal form, which is its own normal form.
#include "processor/base/normal_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse::normal_text_test {
namespace {

const std::vector<std::string> kMarks = {"\u00ad", "\u200b", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d",
                                         "\u202e", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff"};
const std::vector<std::string> kSpaces = {" ",      "\t",     "\n",     "\u0085", "\u00a0", "\u1680",
                                          "\u2003", "\u2028", "\u202f", "\u205f", "\u3000"};
// Pairs of one text in NFC and NFD.
const std::vector<std::pair<std::string, std::string>> kForms = {{"a", "a"},
                                                                 {"ä", "a\u0308"},
                                                                 {"\u00c5", "\u212b"},
                                                                 {"\u1e69", "s\u0307\u0323"},
                                                                 {"\uac01", "\u1100\u1161\u11a8"},
                                                                 {"ß", "ß"},
                                                                 {"\U0001F469", "\U0001F469"}};

class RandomSpellings {
 public:
  explicit RandomSpellings(uint64_t seed) : random_(seed) {}

  size_t Below(size_t bound) { return random_() % bound; }
  const std::string& OneOf(const std::vector<std::string>& texts) { return texts[Below(texts.size())]; }
  std::string Marks() { return Below(3) == 0 ? OneOf(kMarks) : ""; }

  // Makes a text and another spelling of it.
  std::pair<std::string, std::string> Make() {
    std::string normal, spelled;
    for (size_t words = 0; words < 1 + Below(3); ++words) {
      if (words > 0) normal += " ", spelled += Below(2) == 0 ? "\u00a0" : "\u202f";
      for (size_t i = 0; i < 1 + Below(3); ++i) {
        const auto& [nfc, nfd] = kForms[Below(kForms.size())];
        normal += nfc, spelled += Marks() + (Below(2) == 0 ? nfc : nfd) + Marks();
      }
    }
    for (size_t i = Below(3); i > 0; --i) spelled = OneOf(kSpaces) + Marks() + spelled + Marks() + OneOf(kSpaces);
    return {normal, spelled};
  }

 private:
  std::mt19937_64 random_;
};

TEST(NormalTextTest, SpellingsOfOneTextHaveOneForm) {
  RandomSpellings random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto [normal, spelled] = random.Make();
    ASSERT_EQ(NormalText(spelled), normal) << spelled;
    ASSERT_EQ(NormalText(normal), normal);
    ASSERT_EQ(NormalizeName(spelled), NormalizeName(normal)) << spelled;
  }
}

// Any bytes: a second application changes nothing, and UTF-8 stays UTF-8.
TEST(NormalTextTest, TheFormIsItsOwnForm) {
  RandomSpellings random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (size_t length = random.Below(12); length > 0; --length) {
      const size_t kind = random.Below(12);
      text += kind == 0   ? std::string(1, static_cast<char>(random.Below(256)))
              : kind < 3  ? random.OneOf(kMarks)
              : kind < 5  ? random.OneOf(kSpaces)
              : kind < 6  ? "\u200d"
              : kind < 8  ? "\u0301"
              : kind < 10 ? "\u0958"
                          : std::string(1, static_cast<char>('a' + random.Below(26)));
    }
    const std::string normal = NormalText(text);
    ASSERT_EQ(NormalText(normal), normal);
    ASSERT_EQ(NormalTextPart(NormalTextPart(text)), NormalTextPart(text));
    ASSERT_EQ(IsUtf8(normal), IsUtf8(text));
  }
}

TEST(NormalTextTest, KeepsWhatIsNoMark) {
  EXPECT_EQ(NormalText(" Ada  Lovelace\t"), "Ada  Lovelace");
  EXPECT_EQ(NormalText("\u2460\ufb01\u00bd"), "\u2460\ufb01\u00bd");  // NFC, not NFKC
  EXPECT_EQ(NormalText("a\u2003b"), "a\u2003b");
  EXPECT_EQ(NormalText("\u0645\u200c\u06cc\u200d"), "\u0645\u200c\u06cc\u200d");
  EXPECT_EQ(NormalText("\ufeff\u200b\u00a0"), "");
  EXPECT_EQ(NormalTextPart(" \u00ada\u0308\u00a0"), " ä ");
}

TEST(NormalTextTest, ComparisonsLeaveJoinersOut) {
  EXPECT_EQ(FoldCase("\u0645\u200c\u06cc"), FoldCase("\u0645\u06cc"));
  EXPECT_TRUE(EqualsFolded("go\u200dld", "gold"));
  EXPECT_TRUE(ContainsFolded("a go\u200cld b", "gold"));
  EXPECT_EQ(NormalizeName("Go\u200dld  Plan"), "gold_plan");
}

}  // namespace
}  // namespace leadpulse::normal_text_test
