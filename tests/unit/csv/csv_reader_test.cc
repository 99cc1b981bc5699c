// The reader against RFC 4180 and its extensions, its bounds, and the delimiters it detects.
#include "processor/csv/csv_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "processor/base/text.h"
#include "processor/csv/csv_writer.h"
#include "processor/csv/name_list.h"
#include "tests/unit/csv/csv_rows.h"

namespace leadpulse::csv::csv_reader_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadAll;
using testing::ReadFile;
using Table = std::vector<std::vector<std::string>>;

const ReadOptions kComma{',', Encoding()};

TEST(CsvReader, ReadsRowsByRfc4180) {
  const struct {
    const char* what;
    std::string text;
    Table rows;
  } cases[] = {
      {"1: CR LF after each row", "a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
      {"2: none after the last", "a,b\r\nc,d", {{"a", "b"}, {"c", "d"}}},
      {"4: spaces belong to a cell", " a , b\r\n", {{" a ", " b"}}},
      {"4: empty cells", ",\r\na,,\r\n", {{"", ""}, {"a", "", ""}}},
      {"5: quotes around some", "\"a\",b\r\n", {{"a", "b"}}},
      {"6: breaks and delimiters in quotes", "\"a\r\nb\",\"c,d\"\r\n", {{"a\r\nb", "c,d"}}},
      {"7: doubled quotes", "\"a\"\"b\",\"\"\"\",\"\"\r\n", {{"a\"b", "\"", ""}}},
      {"LF alone", "a\nb\n", {{"a"}, {"b"}}},
      {"CR alone", "a,1\rb,2\r", {{"a", "1"}, {"b", "2"}}},
      {"mixed", "a\r\nb\nc\rd", {{"a"}, {"b"}, {"c"}, {"d"}}},
      {"blank lines are no rows", "\r\na\r\n\n\nb\n\r", {{"a"}, {"b"}}},
      {"a quoted empty cell is a row", "\"\"\r\n", {{""}}},
      {"a quote within a cell is a character", "a\"b,5\"\r\n", {{"a\"b", "5\""}}},
      {"spaces around quotes", "a, \"b, c\" ,d\r\n  \"e\"  \r\n", {{"a", "b, c", "d"}, {"e"}}},
      {"spaces within quotes", "\" a \", \" \"\" \"\r\n", {{" a ", " \" "}}},
      {"spaces without quotes", " ,  a \"b\" , \r\n   \r\n", {{" ", "  a \"b\" ", " "}, {"   "}}},
      {"a quote that closes at the end", "a,\"b\"", {{"a", "b"}}},
      {"a delimiter at the end", "a,", {{"a", ""}}},
      {"nothing", "", {}},
      {"line breaks only", "\r\n\n\r", {}},
      {"a zero is a character", std::string("a\0b,c", 5), {{std::string("a\0b", 3), "c"}}},
  };
  for (const auto& each : cases) {
    for (const size_t piece : {1U, 2U, 3U, 1000U}) {
      const ReadFile file = ReadAll(each.text, kComma, piece);
      EXPECT_EQ(file.cells(), each.rows) << each.what << ", in pieces of " << piece;
      EXPECT_EQ(file.error, "") << each.what;
    }
  }
}

TEST(CsvReader, CountsLinesAsEditorsDo) {
  const ReadFile file = ReadAll("a\r\n\"b\r\nb\nb\rb\"\r\n\r\nc\rd\n\ne", kComma);
  std::vector<uint64_t> lines;
  for (const auto& row : file.rows) lines.push_back(row.line);
  EXPECT_THAT(lines, ElementsAre(1, 2, 7, 8, 10));
}

TEST(CsvReader, TextBehindAQuoteIsTheRowsProblemOnly) {
  const ReadFile file = ReadAll("\"a\"x,1\r\n\"b\" x,2\r\nc,3\r\n", kComma);
  ASSERT_EQ(file.rows.size(), 3U);
  EXPECT_EQ(file.rows[0].problem, RowProblem::kTextBehindQuote);
  EXPECT_EQ(file.rows[1].problem, RowProblem::kTextBehindQuote);
  EXPECT_EQ(file.rows[2].problem, RowProblem::kNone);
  EXPECT_THAT(file.rows[2].cells, ElementsAre("c", "3"));
}

TEST(CsvReader, ARowThatIsTooLargeIsSkipped) {
  const std::string most(kMaxRowBytes - 2, 'x');
  for (const std::string quote : {"", "\""}) {
    const ReadFile file =
        ReadAll("a,b\n1," + quote + most + "xxxx\n" + (quote.empty() ? "" : "\"\n") + "2,c\n", kComma);
    ASSERT_EQ(file.rows.size(), 3U) << quote;
    EXPECT_EQ(file.rows[1].problem, RowProblem::kTooLarge);
    EXPECT_LE(file.rows[1].cells[1].size(), kMaxRowBytes);
    EXPECT_THAT(file.rows[2].cells, ElementsAre("2", "c"));
  }
  EXPECT_EQ(ReadAll("1," + most + "\n", kComma).rows[0].problem, RowProblem::kNone);
  EXPECT_EQ(ReadAll(std::string(kMaxCells - 1, ',') + "\n", kComma).rows[0].problem, RowProblem::kNone);
  const ReadFile wide = ReadAll(std::string(kMaxCells, ',') + "\n", kComma);
  EXPECT_EQ(wide.rows[0].problem, RowProblem::kTooLarge);
  EXPECT_EQ(wide.rows[0].cells.size(), kMaxCells);
}

TEST(CsvReader, AQuoteThatNeverClosesIsNamedByItsLine) {
  const ReadFile file = ReadAll("a,b\r\nc,d\r\n\r\ne,\"f\r\ng,h\r\n", kComma);
  EXPECT_EQ(file.cells(), (Table{{"a", "b"}, {"c", "d"}}));
  EXPECT_THAT(file.error, HasSubstr("line 4: the quote that opens here is never closed"));
  const ReadFile long_file = ReadAll("a\n\"" + std::string(kMaxQuotedBytes + (1 << 20), 'x') + "\"\nb\n", kComma);
  EXPECT_THAT(long_file.error, HasSubstr("line 2: the quote"));
}

TEST(CsvReader, FindsTheDelimiter) {
  const struct {
    const char* text;
    char delimiter;
  } cases[] = {
      {"a,b\n1,2\n", ','},
      {"a;b\n1,5;2\n3,5;4\n", ';'},
      {"a\tb, c\n1\t2\n", '\t'},
      {"a|b|c\nx;y|1|2\n", '|'},
      {"name;note\nx;\"a,b,c,d\"\ny;\"e,f,g,h\"\n", ';'},
      {"\"last, first\";mail;tags\n\"b, a\";m;x|y|z\n", ';'},
      {"email\na@x.org\n", ','},
      {"a;b;c", ';'},
      {"sep=|\r\na;b|c;d\r\n", '|'},
      {"", ','},
  };
  for (const auto& each : cases) EXPECT_EQ(ReadAll(each.text).delimiter, each.delimiter) << each.text;
}

TEST(CsvReader, TheSeparatorLineIsNoRowAndCounts) {
  const ReadFile file = ReadAll("sep=;\r\na;b\r\n");
  EXPECT_EQ(file.cells(), (Table{{"a", "b"}}));
  EXPECT_EQ(file.rows[0].line, 2U);
  EXPECT_EQ(ReadAll("sep=;\na,b\n", kComma).cells(), (Table{{"a", "b"}}));
  EXPECT_EQ(ReadAll("sep=,\n").cells(), Table{});
}

TEST(CsvWriter, IsReadAsTheSame) {
  const Table table = {{"a", "b;c", "d\"e"}, {""}, {"", ""}, {" x ", "l\r\nm", "\""}, {"\t,|"}};
  for (const char delimiter : {',', ';', '\t', '|'}) {
    std::string text;
    for (const auto& row : table) AppendRow({row.begin(), row.end()}, delimiter, &text);
    EXPECT_EQ(ReadAll(text, {delimiter, Encoding()}).cells(), table) << delimiter;
  }
  std::string text;
  AppendRow({"a", "b,c", "d\"e"}, ',', &text);
  EXPECT_EQ(text, "a,\"b,c\",\"d\"\"e\"\r\n");
}

TEST(CsvWriter, GuardedTextsAndJoinedNamesAreReadAsTheyWere) {
  constexpr std::array<std::string_view, 14> kParts = {"=", "+",  "-",  "@",    "'", "''", ",",
                                                       ";", "\t", "\"", "\"\"", " ", "a",  "1"};
  std::mt19937 random(7);
  const auto text = [&] {
    std::string made;
    for (size_t parts = random() % 7; parts > 0; --parts) made += kParts[random() % kParts.size()];
    return made;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string cell = text();
    EXPECT_EQ(Unguarded(Guarded(cell)), cell);
    EXPECT_FALSE(Guarded(cell).starts_with('=')) << cell;
    std::vector<std::string> names;
    for (size_t count = random() % 4; count > 0; --count) {
      if (std::string name = text(); !TrimAsciiSpace(name).empty()) names.push_back(std::move(name));
    }
    EXPECT_EQ(SplitNames(Unguarded(Guarded(JoinNames(names)))), names) << JoinNames(names);
  }
  EXPECT_EQ(Guarded("'t Hooft"), "'t Hooft");
  EXPECT_EQ(JoinNames({"a", "b;c", "d\"e"}), "a;\"b;c\";d\"e");
}

}  // namespace leadpulse::csv::csv_reader_test
