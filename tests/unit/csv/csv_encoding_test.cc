// Encodings, given and detected.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "processor/base/text.h"
#include "processor/csv/encoding_guess.h"
#include "processor/csv/utf8_input.h"
#include "tests/support/pieces.h"
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
std::string Utf32(std::u32string_view text, bool big_endian) {
  std::string bytes;
  for (const char32_t unit : text) {
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(unit >> 8 * (big_endian ? 3 - i : i) & 0xFF);
  }
  return bytes;
}

const std::u32string kWideText = U"name,city\r\nŁukasz 😀,Kraków\r\n";
const std::vector<std::vector<std::string>> kRows = {{"name", "city"}, {"Łukasz 😀", "Kraków"}};

TEST(CsvEncoding, IsFound) {
  const struct {
    const char* what;
    std::string bytes;
    const char* encoding;
  } cases[] = {
      {"UTF-8", "name,city\r\nŁukasz 😀,Kraków\r\n", "UTF-8"},
      {"UTF-8 with a mark", "\xEF\xBB\xBFname,city\r\nŁukasz 😀,Kraków\r\n", "UTF-8"},
      {"UTF-16LE", Utf16(kText, false), "UTF-16LE"},
      {"UTF-16LE with a mark", "\xFF\xFE" + Utf16(kText, false), "UTF-16LE"},
      {"UTF-16BE", Utf16(kText, true), "UTF-16BE"},
      {"UTF-16BE with a mark", "\xFE\xFF" + Utf16(kText, true), "UTF-16BE"},
      {"UTF-32LE", Utf32(kWideText, false), "UTF-32LE"},
      {"UTF-32LE with a mark", Utf32(U"\uFEFF" + kWideText, false), "UTF-32LE"},
      {"UTF-32BE", Utf32(kWideText, true), "UTF-32BE"},
      {"UTF-32BE with a mark", Utf32(U"\uFEFF" + kWideText, true), "UTF-32BE"},
  };
  for (const auto& each : cases) {
    for (const size_t piece : {1U, 3U, 1U << 20}) {
      const ReadFile file = ReadAll(each.bytes, {}, piece);
      EXPECT_EQ(file.cells(), kRows) << each.what << ", in pieces of " << piece;
      EXPECT_EQ(file.encoding.name, each.encoding) << each.what;
    }
  }
}

EncodingGuess Guess(std::string_view bytes, size_t piece = 1 << 20) {
  return GuessEncoding(leadpulse::testing::InPieces(bytes, piece));
}

// Returns UTF-8 in another encoding; nullopt if it has no such characters.
std::optional<std::string> In(const std::string& encoding, const std::string& utf8) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(encoding.c_str(), &error), &ucnv_close);
  ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  const icu::UnicodeString text = icu::UnicodeString::fromUTF8(utf8);
  std::string bytes(utf8.size() * 8 + 8, '\0');
  bytes.resize(text.extract(bytes.data(), bytes.size(), converter.get(), error));
  return U_SUCCESS(error) ? std::optional(bytes) : std::nullopt;
}

std::vector<std::string> EncodingsOfIcu() {
  std::vector<std::string> names;
  for (int32_t i = 0; i < ucnv_countAvailable(); ++i) names.emplace_back(ucnv_getAvailableName(i));
  return names;
}

const std::vector<std::string> kNames = {"J\u00fcrgen M\u00fcller,caf\u00e9",
                                         "\u0141\u00f3d\u017a,Krak\u00f3w",
                                         "Ji\u0159\u00ed,\u017di\u017ekov",
                                         "\u041c\u043e\u0441\u043a\u0432\u0430,\u0411\u043e\u0440\u0438\u0441",
                                         "\u0391\u03b8\u03ae\u03bd\u03b1,\u039d\u03af\u03ba\u03bf\u03c2",
                                         "\u6771\u4eac,\u30c6\u30b9\u30c8",
                                         "\u5317\u4eac,\u738b\u82b3",
                                         "\uc11c\uc6b8,\uae40\uc9c0",
                                         "\u05d7\u05d9\u05e4\u05d4,\u05d3\u05d5\u05d3",
                                         "\u0e01\u0e23\u0e38\u0e07,\u0e40\u0e17\u0e1e"};

// A text in any encoding is read if the user names it. If nobody does, it is asked for, or right.
TEST(CsvEncoding, WhatIsSaidIsUsedAndNothingIsGuessed) {
  size_t read = 0, asked = 0;
  for (const std::string& encoding : EncodingsOfIcu()) {
    for (const std::string& name : kNames) {
      const std::string rows = "name,city\n" + name + "\n";
      const auto bytes = In(encoding, rows);
      if (!bytes || std::string_view(rows) == *bytes) continue;
      const auto cells = ReadAll(rows, {',', Encoding()}).cells();
      for (const size_t piece : {1U, 5U, 1U << 20}) {
        const ReadFile file = ReadAll(*bytes, {',', EncodingFromName(encoding)}, piece);
        ++read;
        EXPECT_EQ(file.cells(), cells) << encoding << ": " << name;
        EXPECT_EQ(file.encoding.why, "your choice");
      }
      const bool is_ascii = std::ranges::none_of(
          *bytes, [](char c) { return static_cast<signed char>(c) < 0 || c == '\x1B' || c == '\x0E' || c == '\x0F'; });
      if (is_ascii) continue;  // UTF-7 and its like
      const EncodingGuess guess = Guess(*bytes, 3);
      asked += guess.encoding ? 0 : 1;
      if (guess.encoding) {
        EXPECT_EQ(ReadAll(*bytes, {',', guess.encoding}).cells(), cells) << encoding << ": " << name;
      } else {
        EXPECT_FALSE(guess.choices.empty()) << encoding << ": " << name;
      }
    }
  }
  EXPECT_GT(read, 1'000U);
  EXPECT_GT(asked, 200U);
}

// The encodings that people have are among the choices, mostly as the first.
TEST(CsvEncoding, SeveralThatFitAreChoicesWithWordsOfTheFile) {
  const std::pair<const char*, size_t> kUsual[] = {
      {"windows-1252", 0}, {"windows-1250", 1}, {"windows-1250", 2}, {"windows-1251", 3},
      {"windows-1253", 4}, {"Shift_JIS", 5},    {"EUC-JP", 5},       {"GB18030", 6},
      {"Big5", 6},         {"EUC-KR", 7},       {"windows-1255", 8}, {"windows-874", 9},
      {"KOI8-R", 3},       {"IBM866", 3},       {"IBM850", 0},       {"macintosh", 0}};
  size_t first = 0;
  for (const auto& [encoding, name] : kUsual) {
    const std::string rows = "name,city\n" + kNames[name] + "\n";
    const EncodingGuess guess = Guess(*In(encoding, rows));
    std::set<std::string> samples;
    std::string shown;
    bool is_there = false;
    for (const auto& choice : guess.choices) {
      EXPECT_TRUE(samples.insert(choice.sample).second) << choice.encoding << ": " << choice.sample;
      shown += choice.encoding + " (" + choice.sample + "), ";
      const auto cells = ReadAll(*In(encoding, rows), {',', EncodingFromName(choice.encoding)}).cells();
      if (cells != ReadAll(rows).cells()) continue;
      is_there = true;
      first += &choice == &guess.choices.front() ? 1 : 0;
    }
    EXPECT_TRUE(is_there) << encoding << ": " << shown;
  }
  EXPECT_GE(first, 10U);
}

// A choice that reads the first words like another one, and later ones differently, is a choice of its own.
TEST(CsvEncoding, ChoicesDifferInAnyWordOfTheFile) {
  std::string rows = "name\n";
  for (int i = 0; i < 100'000; ++i) rows += "J\xFCrgen" + std::to_string(i) + "\n";
  const EncodingGuess guess = Guess(rows + "\xA3\xF3\x64\x9F\n");
  const auto of_poland = std::ranges::find(guess.choices, "windows-1250", &EncodingGuess::Choice::encoding);
  ASSERT_NE(of_poland, guess.choices.end());
  EXPECT_THAT(of_poland->sample, ::testing::HasSubstr("\u0141\u00f3d\u017a"));
}

// One row of another encoding before many of UTF-8 turned all names.
TEST(CsvEncoding, TheWholeFileDecides) {
  std::string rows = "name,n\n";
  while (rows.size() < 300'000) rows += "somebody,1\n";
  EXPECT_EQ(Guess(rows).encoding->why, "it is ASCII");
  EXPECT_EQ(Guess(rows + "J\u00fcrgen,2\n").encoding->why, "all of it fits");
  EXPECT_FALSE(Guess(rows + "J\xFCrgen,2\n").encoding);
  std::string mixed = "J\xFCrgen,2\n" + rows;
  for (int i = 0; i < 1'000; ++i) mixed += "J\u00fcrgen,2\n";
  const EncodingGuess guess = Guess(mixed, 4096);
  EXPECT_EQ(guess.encoding->name + ", " + guess.encoding->why, "UTF-8, most of it fits");
  const ReadFile file = ReadAll(mixed, {',', guess.encoding});
  EXPECT_EQ(file.rows.front().cells[0], "J\xFCrgen");
  EXPECT_EQ(file.rows.back().cells[0], "J\u00fcrgen");
}

TEST(CsvEncoding, BytesThatDoNotFitAreNoUtf8) {
  for (const auto& [encoding, bytes] :
       std::vector<std::pair<const char*, std::string>>{{"Shift_JIS", "a\x81,b\n"},
                                                        {"UTF-16LE", std::string("a\0\x00\xD8,\0b\0\n\0", 10)},
                                                        {"GB18030", "a,b\xFF\n"},
                                                        {"UTF-16BE", std::string("\0a\0,\0b\0", 7)}}) {
    const ReadFile file = ReadAll(bytes, {',', EncodingFromName(encoding)}, 1);
    ASSERT_EQ(file.rows.size(), 1U) << encoding;
    std::string all;
    for (const std::string& cell : file.rows[0].cells) all += cell;
    EXPECT_FALSE(IsUtf8(all)) << encoding << ": " << all;
  }
}

TEST(CsvEncoding, Utf8IsNotTakenForAnotherEncoding) {
  const auto is_utf8 = [](const std::string& bytes, const char* said) {
    return IsUtf8Instead(leadpulse::testing::InPieces(bytes, 3), *EncodingFromName(said));
  };
  for (const char* said :
       {"windows-1252", "windows-1250", "windows-1251", "KOI8-R", "IBM850", "Shift_JIS", "GB18030"}) {
    EXPECT_TRUE(
        is_utf8("\xEF\xBB\xBF"
                "a;b\n",
                said))
        << said;
    EXPECT_TRUE(is_utf8("Name\nJörg Müller, Zoë Łódź, Привет\n", said)) << said;
    EXPECT_FALSE(is_utf8("Name\nAnn\n", said)) << said;
    EXPECT_FALSE(is_utf8("Name\nJ\xF6rg\n", said)) << said;
    EXPECT_FALSE(is_utf8("Name\nJörg J\xF6rg\n", said)) << said;
  }
  EXPECT_TRUE(is_utf8("Jörg\n", "windows-1252"));
  EXPECT_FALSE(is_utf8("\xC4\xA3\n", "GB18030"));  // one character, which fits UTF-8, too
  EXPECT_FALSE(is_utf8("Jörg\n", "utf8"));
  EXPECT_FALSE(is_utf8(std::string("\xFF\xFEJ\0\xF6\0", 6), "UTF-16LE"));
}

TEST(CsvEncoding, NamesAreTakenInEverySpelling) {
  const std::pair<const char*, const char*> kSpellings[] = {{"UTF8", "UTF-8"},
                                                            {"utf-16le", "UTF-16LE"},
                                                            {"latin1", "windows-1252"},
                                                            {"Latin-1", "windows-1252"},
                                                            {"ISO-8859-1", "windows-1252"},
                                                            {"cp1252", "windows-1252"},
                                                            {"CP1250", "windows-1250"},
                                                            {"windows-1251", "windows-1251"},
                                                            {"sjis", "Shift_JIS"},
                                                            {"gbk", "GBK"},
                                                            {"koi8-r", "KOI8-R"},
                                                            {"ibm037", "IBM037"}};
  for (const auto& [name, known] : kSpellings) {
    const auto encoding = EncodingFromName(name);
    ASSERT_TRUE(encoding) << name;
    EXPECT_EQ(encoding->name, known);
  }
  for (const char* name : {"", "ebcdic", "utf-9"}) EXPECT_FALSE(EncodingFromName(name)) << name;
}

}  // namespace leadpulse::csv::csv_encoding_test
