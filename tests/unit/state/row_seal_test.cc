#include "state/codec/row_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "state/codec/row_form.h"
#include "state/lead/entries_hash.h"

namespace leadpulse::state::row_seal_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const LeadKey kAnn{"acme", "ann"};
constexpr std::string_view kBody = "front";
constexpr std::string_view kEntries = "entries";

std::string Row() {
  std::string row(kRowBodyAt, '\0');
  row += kBody;
  SealRow(kAnn, EntriesHash().Of(kEntries), row);
  row += kEntries;
  return row;
}

// Returns the error of the row.
std::string Wrong(const LeadKey& key, std::string_view row) {
  std::string_view body;
  return UnsealRow(key, row, &body);
}

TEST(RowSealTest, TheBodyIsWhatFollowsTheHead) {
  const std::string row = Row();
  std::string_view body;
  EXPECT_THAT(UnsealRow(kAnn, row, &body), IsEmpty());
  EXPECT_EQ(body, std::string(kBody) + std::string(kEntries));
  EXPECT_EQ(FrontSize(row), kRowBodyAt + kBody.size());
}

TEST(RowSealTest, EachByteIsCovered) {
  const std::string row = Row();
  for (size_t i = 0; i < row.size(); ++i) {
    std::string damaged = row;
    damaged[i] ^= 0x10;
    EXPECT_NE(Wrong(kAnn, damaged), "") << "byte " << i;
  }
  EXPECT_THAT(Wrong(kAnn, row + "x"), HasSubstr("its bytes are damaged (checksum "));
  EXPECT_THAT(Wrong(kAnn, row.substr(0, row.size() - 1)), HasSubstr("damaged"));
}

TEST(RowSealTest, ARowUnderAnotherKeyIsDamaged) {
  EXPECT_THAT(Wrong({"acme", "bob"}, Row()), HasSubstr("damaged"));
  EXPECT_THAT(Wrong({"other", "ann"}, Row()), HasSubstr("damaged"));
  EXPECT_THAT(Wrong({"other", "ann"}, SealFirstVersion(kAnn, kBody)), HasSubstr("damaged"));
}

TEST(RowSealTest, TheFirstVersionIsRead) {
  const std::string row = SealFirstVersion(kAnn, kBody);
  std::string_view body;
  EXPECT_THAT(UnsealRow(kAnn, row, &body), IsEmpty());
  EXPECT_EQ(body, kBody);
  EXPECT_THAT(Wrong(kAnn, row.substr(0, 4)), HasSubstr("ends within its checksum"));
}

TEST(RowSealTest, OtherBytesAreNoRow) {
  EXPECT_EQ(Wrong(kAnn, ""), "it is empty");
  EXPECT_THAT(Wrong(kAnn, std::string(1, kAppendMark) + Row()), HasSubstr("the row is missing"));
  EXPECT_THAT(Wrong(kAnn, "\x07"), HasSubstr("format version 7"));
  EXPECT_THAT(Wrong(kAnn, Row().substr(0, kRowBodyAt - 1)), HasSubstr("ends within its head"));
}

}  // namespace leadpulse::state::row_seal_test
