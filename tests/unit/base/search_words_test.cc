// Words are found in every spelling: without accents, in other cases, with other punctuation, and as phone numbers.
#include "processor/base/search_words.h"

#include <gtest/gtest.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "processor/base/normal_text.h"
#include "processor/base/text.h"

namespace leadpulse::search_words_test {
namespace {

constexpr UChar32 kLastCodePoint = 0x10FFFF;

std::string Spelled(UChar32 c) {
  char bytes[U8_MAX_LENGTH];
  int32_t length = 0;
  U8_APPEND_UNSAFE(bytes, length, c);
  return {bytes, static_cast<size_t>(length)};
}

bool Finds(std::string_view sought, std::string_view text) { return WordSearch(sought).Finds(text); }

struct Pair {
  std::string_view sought;
  std::string_view text;
};

TEST(SearchWordsTest, FindsOtherSpellings) {
  for (const auto& [sought, text] : std::vector<Pair>{{"gudrun", "Guðrún"},
                                                      {"muller", "Müller"},
                                                      {"MÜLLER", "muller"},
                                                      {"obrien", "O'Brien"},
                                                      {"obrien", "O’Brien"},
                                                      {"o'brien", "OBrien"},
                                                      {"o brien", "O´Brien"},
                                                      {"jean luc", "Jean-Luc Picard"},
                                                      {"jeanluc", "Jean‑Luc Picard"},
                                                      {"jean-luc pic", "JEAN LUC PICARD"},
                                                      {"strasse", "Hauptstr. / Straße"},
                                                      {"STRAẞE", "strasse"},
                                                      {"istanbul", "İSTANBUL"},
                                                      {"yildiz", "Yıldız"},
                                                      {"YILDIZ", "yıldız"},
                                                      {"nguyen", "Nguyễn Thị"},
                                                      {"ngu", "Nguy\u1ec5n"},
                                                      {"lodz", "Łódź"},
                                                      {"soren", "Søren"},
                                                      {"aeroskobing", "Ærøskøbing"},
                                                      {"dordevic", "Đorđević"},
                                                      {"αθηνα", "Αθήνα"},
                                                      {"ΟΔΟΣ", "οδός"},
                                                      {"елкин", "Ёлкин"},
                                                      {"колл·еги", "колл-еги"},
                                                      {"collegi", "Col·legi"},
                                                      {"احمد", "أَحْمَد"},
                                                      {"שלום", "שָׁלוֹם"},
                                                      {"京", "東京都"},
                                                      {"東京", "東京都"},
                                                      {"ﬁnance", "Finance"},
                                                      {"１２３", "123"},
                                                      {"٣٤", "34"},
                                                      {"jane.doe", "jane.doe@acme.com"},
                                                      {"janedoe", "jane.doe@acme.com"},
                                                      {"doe", "jane_doe+news@acme.com"},
                                                      {"acme.com", "jane@acme.com"},
                                                      {"at&t", "AT & T"},
                                                      {"head of", "Head of Sales"},
                                                      {"sal", "Head of Sales"}}) {
    EXPECT_TRUE(Finds(sought, text)) << sought << " in " << text;
  }
}

TEST(SearchWordsTest, DoesNotFindOtherWords) {
  for (const auto& [sought, text] : std::vector<Pair>{{"udrun", "Guðrún"},
                                                      {"brian", "O'Brien"},
                                                      {"luc jean", "Jean-Luc"},
                                                      {"je picard", "Jean Picard"},
                                                      {"mueller", "Müller"},
                                                      {"jeanluc", "Jean Luc"},
                                                      {"jean  x", "Jean"},
                                                      {"कि", "कु"},
                                                      {"", "x"},
                                                      {"&", "&"},
                                                      {"🙂", "🙂"},
                                                      {"5112", "+49 151 1234"},
                                                      {"151234", "Room 151 234 b"}}) {
    EXPECT_FALSE(Finds(sought, text)) << sought << " in " << text;
  }
}

TEST(SearchWordsTest, FindsPhoneNumbersByTheirDigits) {
  constexpr std::string_view kNumber = "+49 (0)151 234-56.78";
  for (const std::string_view sought : {"+4915123456", "4915123456", "0151 234", "0151/2345678", "(0151) 234", "23456",
                                        "004915123", "0049 (0) 151 234", "51234", "5678", "+49 151 2345678"}) {
    EXPECT_EQ(Finds(sought, kNumber), sought != "5678") << sought;
  }
  EXPECT_TRUE(Finds("0151 234", "0151-2345678"));
  EXPECT_TRUE(Finds("151234", "+49151234 ext. 5"));
  EXPECT_FALSE(Finds("12345", "1 2 3 4 x 5"));
  EXPECT_EQ(PhoneDigits("+1 (415) 555-2671"), "14155552671");
  EXPECT_EQ(PhoneDigits("12 34"), "");
  EXPECT_EQ(WordSearch("00000").digits(), "0000");
}

TEST(SearchWordsTest, FoldsOnce) {
  for (UChar32 c = 0; c <= kLastCodePoint; ++c) {
    if (U_IS_SURROGATE(c)) continue;
    const FoldedWords folded = FoldWords("a" + Spelled(c) + "b");
    const FoldedWords again = FoldWords(folded.apart);
    ASSERT_EQ(again.apart, folded.apart) << std::hex << c;
    ASSERT_EQ(again.joined, "") << std::hex << c;
    ASSERT_EQ(FoldWords(folded.joined).apart, folded.joined) << std::hex << c;
  }
}

// The index looks for a part of a text by the words of the part, so a beginning must fold to a beginning.
TEST(SearchWordsTest, ABeginningFoldsToABeginning) {
  std::mt19937 dice(20'261'128);
  const std::vector<std::string> parts = {"a", "É",  "e\u0301", "ß",    "İ",  "-", "'", ".",
                                          " ", "東", "ﬁ",       "K",    "가", "1", "٣", "\u200d",
                                          "@", "ん", "🙂",    "\xff", "Ǆ",  "½", "ŉ", "\u0345"};
  for (int i = 0; i < 20'000; ++i) {
    std::string begin, rest;
    for (unsigned left = dice() % 6; left > 0; --left) begin += parts[dice() % parts.size()];
    for (unsigned left = dice() % 6; left > 0; --left) rest += parts[dice() % parts.size()];
    const FoldedWords whole = FoldWords(begin + rest);
    const FoldedWords part = FoldWords(begin);
    ASSERT_TRUE(whole.apart.starts_with(part.apart)) << begin << "|" << rest;
    ASSERT_TRUE(whole.joined_or_apart().starts_with(part.joined_or_apart())) << begin << "|" << rest;
  }
}

TEST(SearchWordsTest, EqualsWithoutCaseAreEqual) {
  for (UChar32 c = 0; c <= kLastCodePoint; ++c) {
    if (U_IS_SURROGATE(c)) continue;
    const std::string text = NormalText("x" + Spelled(c) + "y");
    ASSERT_EQ(FoldWords(FoldCase(text)).apart, FoldWords(text).apart) << std::hex << c;
  }
}

// Returns the letters of a script that have a canonical decomposition, each with its base.
std::vector<std::pair<std::string, std::string>> AccentedLetters(UScriptCode script) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2& nfd = *icu::Normalizer2::getNFDInstance(error);
  std::vector<std::pair<std::string, std::string>> letters;
  for (UChar32 c = 0x80; c <= 0xFFFF; ++c) {
    icu::UnicodeString parts;
    if (uscript_getScript(c, &error) != script || !u_isalpha(c) || !nfd.getDecomposition(c, parts)) continue;
    letters.emplace_back(Spelled(c), Spelled(parts.char32At(0)));
  }
  return letters;
}

TEST(SearchWordsTest, PlainLettersFindAccentedOnes) {
  for (const UScriptCode script : {USCRIPT_LATIN, USCRIPT_GREEK, USCRIPT_CYRILLIC}) {
    const auto letters = AccentedLetters(script);
    ASSERT_GT(letters.size(), 20U);
    std::mt19937 dice(7);
    for (int i = 0; i < 5'000; ++i) {
      std::string accented, plain;
      for (unsigned left = 1 + dice() % 8; left > 0; --left) {
        const auto& [letter, base] = letters[dice() % letters.size()];
        accented += letter;
        plain += base;
      }
      const std::string text = "Dr. " + accented + " Ltd";
      ASSERT_TRUE(Finds(plain, text)) << plain << " in " << text;
      ASSERT_TRUE(Finds(accented, plain)) << accented << " in " << plain;
    }
  }
}

TEST(SearchWordsTest, EveryLetterFindsItself) {
  int left_out = 0;  // joiners, the tatweel and Arabic points by themselves, which Unicode calls letters
  for (UChar32 c = 0; c <= kLastCodePoint; ++c) {
    if (!u_isalnum(c)) continue;
    const std::string letter = Spelled(c);
    left_out += WordSearch(letter).is_empty() ? 1 : 0;
    ASSERT_EQ(Finds(letter, "x " + letter + letter), !WordSearch(letter).is_empty()) << std::hex << c;
  }
  EXPECT_LT(left_out, 40);
}

// With a time that is not linear, the texts of 1 MiB exceed the time limit of the test.
TEST(SearchWordsTest, TakesAnyBytesInLinearTime) {
  std::mt19937 dice(1);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(dice() % 60, '\0');
    for (char& byte : bytes) byte = static_cast<char>(dice());
    const WordSearch search(bytes);
    ASSERT_EQ(search.Finds(bytes), !search.is_empty());
    size_t words = 0;
    ForEachWord(search.words().apart, [&](std::string_view word) { words += word.empty() ? 100 : 1; });
    ASSERT_LT(words, 100U);
  }
  for (const char* part : {"a", "-", "\u0301", "\ufdfa", "1", "東", "(0)"}) {
    std::string text;
    while (text.size() < (1 << 20)) text += part;
    (void)Finds(text.substr(0, 4096), text);
  }
}

}  // namespace
}  // namespace leadpulse::search_words_test
