// Rows: their head, the joined form of appends, independent of who joins them, and bytes that are neither.
#include "state/codec/row_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "state/lead/encoded_journal.h"
#include "tests/support/row_examples.h"

namespace leadpulse::state::row_form_test {

using testing::AppendOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RowOf;
using testing::SealFirstVersion;

std::string Appended(std::string row, const std::string& append) {
  AppendToRow(append, &row);
  return row;
}

std::string Joined(std::optional<std::string_view> row, std::vector<std::string_view> appends) {
  std::string joined = "something before";
  JoinRow(row, appends, &joined);
  return joined;
}

TEST(RowFormTest, ANumberReadsAsItWasWritten) {
  std::string bytes(4, '\0');
  for (const uint32_t number : {0U, 1U, 255U, 256U, 0x01020304U, 0xffffffffU}) {
    StoreNumber(number, bytes.data());
    EXPECT_EQ(LoadNumber(bytes), number);
  }
  StoreNumber(0x01020304, bytes.data());
  EXPECT_EQ(bytes, "\x04\x03\x02\x01");
}

TEST(RowFormTest, AFrontEndsWhereTheEntriesBegin) {
  EXPECT_EQ(FrontSize(RowOf("message", "entries")), kRowBodyAt + 7);
  EXPECT_EQ(FrontSize(RowOf("", "")), kRowBodyAt);
  const std::string row = RowOf("message", "");
  for (size_t size = 0; size < row.size(); ++size) EXPECT_FALSE(FrontSize(row.substr(0, size))) << size;
  std::string wrong = row;
  wrong[0] = 1;
  EXPECT_FALSE(FrontSize(wrong));
  wrong = row;
  StoreNumber(kRowBodyAt - 1, &wrong[kFrontSizeAt]);
  EXPECT_FALSE(FrontSize(wrong));
}

TEST(RowFormTest, AnAppendRenewsTheFrontAndAddsEntries) {
  EXPECT_EQ(Appended(RowOf("one", "ab"), AppendOf("the second", "cd")), RowOf("the second", "abcd"));
  EXPECT_EQ(Appended(RowOf("the first", "ab"), AppendOf("2", "")), RowOf("2", "ab"));
  EXPECT_EQ(Appended(RowOf("", ""), AppendOf("2", "cd")), RowOf("2", "cd"));
}

// A reader beside a commit finds the row before it or after it.
TEST(RowFormTest, ARowThatIsAppendedToAlreadyStaysAsItIs) {
  const std::string append = AppendOf("two", "cd");
  const std::string once = Appended(RowOf("one", "ab"), append);
  EXPECT_EQ(Appended(once, append), once);
}

TEST(RowFormTest, ManyAppendsAreAsOneAfterTheOther) {
  const std::string row = RowOf("0", "ab");
  const std::vector<std::string> appends = {AppendOf("first", "c"), AppendOf("2", ""), AppendOf("third", "def")};
  std::string in_turn = row;
  for (const std::string& append : appends) AppendToRow(append, &in_turn);
  EXPECT_EQ(in_turn, RowOf("third", "abcdef"));
  EXPECT_EQ(Joined(row, {appends[0], appends[1], appends[2]}), in_turn);
  for (size_t begin = 0; begin < 3; ++begin) {
    for (size_t end = begin + 1; end <= 3; ++end) {
      std::vector<std::string_view> parts(appends.begin(), appends.end());
      std::string some;
      ASSERT_TRUE(JoinAppends(std::span(parts).subspan(begin, end - begin), &some));
      parts.erase(parts.begin() + static_cast<ptrdiff_t>(begin), parts.begin() + static_cast<ptrdiff_t>(end));
      parts.insert(parts.begin() + static_cast<ptrdiff_t>(begin), some);
      EXPECT_EQ(Joined(row, parts), in_turn) << begin << " to " << end;
    }
  }
}

// Nothing is left out, so that the checksum of the lead does not match.
TEST(RowFormTest, WhatDoesNotFitTogetherIsPutBehindEachOther) {
  const std::string append = AppendOf("two", "cd");
  EXPECT_EQ(Joined(std::nullopt, {append}), append);
  for (const std::string& row : {std::string(), std::string("\x01 of the first version"), append}) {
    EXPECT_EQ(Appended(row, append), row + append);
    EXPECT_EQ(Joined(row, {append, append}), row + append + append);
  }
  const std::string row = RowOf("one", "ab");
  for (const std::string& no_append : {std::string(), std::string(1, kAppendMark), row, append.substr(0, 9)}) {
    EXPECT_EQ(Appended(row, no_append), row + no_append);
    EXPECT_EQ(Joined(row, {append, no_append}), row + append + no_append);
    const std::array<std::string_view, 2> both{append, no_append};
    std::string joined;
    EXPECT_FALSE(JoinAppends(both, &joined));
  }
}

const LeadKey kAnn{"acme", "ann"};
constexpr std::string_view kBody = "front";
constexpr std::string_view kEntries = "entries";

std::string SealedRow() {
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

TEST(RowFormTest, TheBodyIsWhatFollowsTheHead) {
  const std::string row = SealedRow();
  std::string_view body;
  EXPECT_THAT(UnsealRow(kAnn, row, &body), IsEmpty());
  EXPECT_EQ(body, std::string(kBody) + std::string(kEntries));
  EXPECT_EQ(FrontSize(row), kRowBodyAt + kBody.size());
}

TEST(RowFormTest, EachByteIsCovered) {
  const std::string row = SealedRow();
  for (size_t i = 0; i < row.size(); ++i) {
    std::string damaged = row;
    damaged[i] ^= 0x10;
    EXPECT_NE(Wrong(kAnn, damaged), "") << "byte " << i;
  }
  EXPECT_THAT(Wrong(kAnn, row + "x"), HasSubstr("its bytes are damaged (checksum "));
  EXPECT_THAT(Wrong(kAnn, row.substr(0, row.size() - 1)), HasSubstr("damaged"));
}

TEST(RowFormTest, ARowUnderAnotherKeyIsDamaged) {
  EXPECT_THAT(Wrong({"acme", "bob"}, SealedRow()), HasSubstr("damaged"));
  EXPECT_THAT(Wrong({"other", "ann"}, SealedRow()), HasSubstr("damaged"));
  EXPECT_THAT(Wrong({"other", "ann"}, SealFirstVersion(kAnn, kBody)), HasSubstr("damaged"));
}

TEST(RowFormTest, TheFirstVersionIsRead) {
  const std::string row = SealFirstVersion(kAnn, kBody);
  std::string_view body;
  EXPECT_THAT(UnsealRow(kAnn, row, &body), IsEmpty());
  EXPECT_EQ(body, kBody);
  EXPECT_THAT(Wrong(kAnn, row.substr(0, 4)), HasSubstr("ends within its checksum"));
}

TEST(RowFormTest, OtherBytesAreNoRow) {
  EXPECT_EQ(Wrong(kAnn, ""), "it is empty");
  EXPECT_THAT(Wrong(kAnn, std::string(1, kAppendMark) + SealedRow()), HasSubstr("the row is missing"));
  EXPECT_THAT(Wrong(kAnn, "\x07"), HasSubstr("format version 7"));
  EXPECT_THAT(Wrong(kAnn, SealedRow().substr(0, kRowBodyAt - 1)), HasSubstr("ends within its head"));
}

}  // namespace leadpulse::state::row_form_test
