#include "state/lead/names_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/base/text.h"

namespace leadpulse::state::names_edit_test {

using ::testing::ElementsAre;
using ::testing::EndsWith;

NameSet Names(std::initializer_list<const char*> names) {
  NameSet set;
  for (const char* name : names) set.Add(name);
  return set;
}

TEST(NamesEditTest, HasTheNamesThatOnlyOneOfTwoSetsHas) {
  const NamesEdit edit = NamesEditOf(Names({"Cold", "same", "Zoo"}), Names({"VIP", "same", "a"}));
  EXPECT_THAT(edit.added, ElementsAre("a", "VIP"));
  EXPECT_THAT(edit.removed, ElementsAre("Cold", "Zoo"));
  EXPECT_EQ(NamesEditOf(Names({"a", "b"}), Names({"a", "b"})), NamesEdit());
}

TEST(NamesEditTest, AnAttributeChangesWithTheValueThatItReadsAs) {
  using Attributes = std::map<std::string, Attribute, std::less<>>;
  const Attributes before = {{"age", {"12", 12.0}}, {"city", {"Bern", "Bern"}}, {"phone", {"1", "1"}}};
  const Attributes after = {{"age", {12.0, 12.0}}, {"city", {"Basel", "Basel"}}, {"name", {"Ada", "Ada"}}};
  const NamesEdit edit = NamesEditOf(before, after);
  EXPECT_THAT(edit.added, ElementsAre("city", "name"));
  EXPECT_THAT(edit.removed, ElementsAre("phone"));
}

TEST(NamesEditTest, IsReadAsItWasWritten) {
  const NamesEdit edit = {{"vip", "-minus", "Straße"}, {"+plus", "cold"}};
  EXPECT_EQ(WriteNamesEdit(edit), "+vip\n+-minus\n+Straße\n-+plus\n-cold");
  EXPECT_EQ(ReadNamesEdit(WriteNamesEdit(edit)), edit);
  EXPECT_EQ(WriteNamesEdit({}), "");
  EXPECT_EQ(ReadNamesEdit(""), NamesEdit());
  EXPECT_THAT(ReadNamesEdit(WriteNamesEdit({{"two\nlines"}, {}})).added, ElementsAre("two lines"));
}

TEST(NamesEditTest, SkipsWhatItDoesNotWrite) {
  const NamesEdit edit = ReadNamesEdit("\n\nvip\n-cold\n\xE2\n+");
  EXPECT_THAT(edit.added, ElementsAre(""));
  EXPECT_THAT(edit.removed, ElementsAre("cold"));
}

TEST(NamesEditTest, IsCutBetweenTwoCharacters) {
  const NamesEdit whole = {{std::string(kMaxNamesEditBytes - 1, 'x')}, {}};
  EXPECT_EQ(ReadNamesEdit(WriteNamesEdit(whole)), whole);
  for (size_t length = kMaxNamesEditBytes - 12; length < kMaxNamesEditBytes + 12; ++length) {
    const std::string text = WriteNamesEdit({{std::string(length, 'x'), "Straße", "ü"}, {"a", std::string(300, 'y')}});
    EXPECT_LE(text.size(), kMaxNamesEditBytes);
    EXPECT_TRUE(IsUtf8(text)) << text;
    const NamesEdit read = ReadNamesEdit(text);
    EXPECT_THAT(read.removed.empty() ? read.added.back() : read.removed.back(), EndsWith("…")) << length;
  }
}

}  // namespace leadpulse::state::names_edit_test
