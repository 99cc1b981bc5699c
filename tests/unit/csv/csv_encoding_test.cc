// Encodings, given and detected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "processor/csv/utf8_input.h"
#include "tests/unit/csv/csv_rows.h"

namespace leadpulse::csv::csv_encoding_test {

using testing::ReadAll;
using testing::ReadFile;

std::string Utf16(std::u16string_view text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : text) {
    const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

const std::u16string kText = u"name,city\r\nŁukasz 😀,Kraków\r\n";
const std::vector<std::vector<std::string>> kRows = {{"name", "city"}, {"Łukasz 😀", "Kraków"}};

TEST(CsvEncoding, IsFound) {
  const struct {
    const char* what;
    std::string bytes;
    Encoding encoding;
  } cases[] = {
      {"UTF-8", "name,city\r\nŁukasz 😀,Kraków\r\n", Encoding::kUtf8},
      {"UTF-8 with a mark", "\xEF\xBB\xBFname,city\r\nŁukasz 😀,Kraków\r\n", Encoding::kUtf8},
      {"UTF-16LE", Utf16(kText, false), Encoding::kUtf16Le},
      {"UTF-16LE with a mark", "\xFF\xFE" + Utf16(kText, false), Encoding::kUtf16Le},
      {"UTF-16BE", Utf16(kText, true), Encoding::kUtf16Be},
      {"UTF-16BE with a mark", "\xFE\xFF" + Utf16(kText, true), Encoding::kUtf16Be},
  };
  for (const auto& each : cases) {
    for (const size_t piece : {1U, 3U, 1U << 20}) {
      const ReadFile file = ReadAll(each.bytes, {}, piece);
      EXPECT_EQ(file.cells(), kRows) << each.what << ", in pieces of " << piece;
      EXPECT_EQ(file.encoding, each.encoding) << each.what;
    }
  }
}

TEST(CsvEncoding, Windows1252IsReadForWhatIsNotUtf8) {
  const ReadFile file = ReadAll("name,price\nJ\xFCrgen,5 \x80\n");
  EXPECT_EQ(file.encoding, Encoding::kWindows1252);
  EXPECT_EQ(file.rows[1].cells[0], "Jürgen");
  EXPECT_EQ(file.rows[1].cells[1], "5 €");
}

// The first non-ASCII character decides, even if it is after everything that was read to find the delimiter.
TEST(CsvEncoding, TheFirstCharacterThatTellsDecides) {
  std::string rows = "name,n\n";
  while (rows.size() < 300'000) rows += "somebody,1\n";
  const ReadFile latin = ReadAll(rows + "J\xFCrgen,2\n");
  EXPECT_EQ(latin.rows.back().cells[0], "Jürgen");
  const ReadFile utf8 = ReadAll(rows + "Jürgen,2\n");
  EXPECT_EQ(utf8.encoding, Encoding::kUtf8);
  EXPECT_EQ(utf8.rows.back().cells[0], "Jürgen");
  EXPECT_EQ(ReadAll(rows).encoding, Encoding::kUtf8);
}

TEST(CsvEncoding, OneDamagedCharacterDoesNotTurnAFile) {
  const ReadFile file = ReadAll("Jürgen,Łódź\nAn\xFF\xC3,1\n");
  EXPECT_EQ(file.encoding, Encoding::kUtf8);
  EXPECT_EQ(file.rows[0].cells[0], "Jürgen");
  EXPECT_EQ(file.rows[1].cells[0], "An\xFF\xC3");
}

TEST(CsvEncoding, WhatIsSaidIsUsed) {
  EXPECT_EQ(ReadAll("\xC3\xBC\n", {{}, Encoding::kWindows1252}).rows[0].cells[0], "Ã¼");
  EXPECT_EQ(ReadAll(Utf16(u"ü,ł\n", true), {{}, Encoding::kUtf16Be}).rows[0].cells[1], "ł");
  EXPECT_EQ(ReadAll("\xEF\xBB\xBFx\n", {{}, Encoding::kUtf8}).rows[0].cells[0], "x");
}

TEST(CsvEncoding, NamesAreTakenInEverySpelling) {
  EXPECT_EQ(EncodingFromName("UTF8"), Encoding::kUtf8);
  EXPECT_EQ(EncodingFromName("utf-16le"), Encoding::kUtf16Le);
  EXPECT_EQ(EncodingFromName("UTF-16BE"), Encoding::kUtf16Be);
  for (const char* name : {"latin1", "Latin-1", "ISO-8859-1", "cp1252", "Windows-1252"}) {
    EXPECT_EQ(EncodingFromName(name), Encoding::kWindows1252) << name;
  }
  EXPECT_EQ(EncodingFromName("ebcdic"), std::nullopt);
}

}  // namespace leadpulse::csv::csv_encoding_test
