#include "state/lead/names_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "processor/base/text.h"

namespace leadpulse::state::names_edit_test {

using ::testing::ElementsAre;
using ::testing::EndsWith;

using Attributes = std::map<std::string, Attribute, std::less<>>;

NameSet Names(const std::vector<std::string>& names) {
  NameSet set;
  for (const std::string& name : names) set.Add(name);
  return set;
}

std::string Write(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  return WriteNamesEdit(Names(before), Names(after));
}

TEST(NamesEditTest, HasTheNamesThatOnlyOneOfTwoSetsHas) {
  const NamesEdit edit = ReadNamesEdit(Write({"Cold", "same", "Zoo"}, {"VIP", "same", "a"}));
  EXPECT_THAT(edit.added, ElementsAre("a", "VIP"));
  EXPECT_THAT(edit.removed, ElementsAre("Cold", "Zoo"));
  EXPECT_EQ(Write({"a", "b"}, {"a", "b"}), "");
}

TEST(NamesEditTest, AnAttributeChangesWithTheValueThatItReadsAs) {
  const Attributes before = {{"age", {"12", 12.0}}, {"city", {"Bern", "Bern"}}, {"phone", {"1", "1"}}};
  const Attributes after = {{"age", {12.0, 12.0}}, {"city", {"Basel", "Basel"}}, {"name", {"Ada", "Ada"}}};
  EXPECT_EQ(WriteNamesEdit({"age", "city", "fax", "name", "phone"}, before, after), "+city\n+name\n-phone");
}

TEST(NamesEditTest, IsReadAsItWasWritten) {
  const NamesEdit edit = ReadNamesEdit(Write({"+plus", "cold"}, {"-minus", "Straße", "two\nlines"}));
  EXPECT_THAT(edit.added, ElementsAre("-minus", "Straße", "two lines"));
  EXPECT_THAT(edit.removed, ElementsAre("+plus", "cold"));
  EXPECT_EQ(ReadNamesEdit(""), NamesEdit());
}

TEST(NamesEditTest, SkipsWhatItDoesNotWrite) {
  const NamesEdit edit = ReadNamesEdit("\n\nvip\n-cold\n\xE2\n+");
  EXPECT_THAT(edit.added, ElementsAre(""));
  EXPECT_THAT(edit.removed, ElementsAre("cold"));
}

TEST(NamesEditTest, IsCutBetweenTwoCharacters) {
  const std::string whole(kMaxNamesEditBytes - 1, 'x');
  EXPECT_THAT(ReadNamesEdit(Write({}, {whole})).added, ElementsAre(whole));
  for (size_t length = kMaxNamesEditBytes - 12; length < kMaxNamesEditBytes + 12; ++length) {
    const std::string text = Write({"ä"}, {std::string(length, 'x'), "yß", "z", "ü" + std::string(300, 'y')});
    EXPECT_LE(text.size(), kMaxNamesEditBytes);
    EXPECT_TRUE(IsUtf8(text)) << text;
    const NamesEdit read = ReadNamesEdit(text);
    EXPECT_THAT(read.removed.empty() ? read.added.back() : read.removed.back(), EndsWith("…")) << length;
  }
}

}  // namespace leadpulse::state::names_edit_test
