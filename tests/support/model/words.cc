#include "tests/support/model/words.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <map>
#include <vector>

namespace leadpulse::model {
namespace {

using Words = std::vector<std::string>;

// Returns letters that NFKD leaves as they are, in ASCII.
const std::map<UChar32, const char*>& PlainLetters() {
  static const std::map<UChar32, const char*> kLetters = {{U'ß', "ss"}, {U'æ', "ae"}, {U'ð', "d"}, {U'ø', "o"},
                                                          {U'þ', "th"}, {U'đ', "d"},  {U'ħ', "h"}, {U'ı', "i"},
                                                          {U'ł', "l"},  {U'ŋ', "n"},  {U'œ', "oe"}};
  return kLetters;
}

icu::UnicodeString Decomposed(std::string_view text) {
  const icu::UnicodeString whole =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfkd = unorm2_getNFKDInstance(&error);
  std::vector<UChar> parts(static_cast<size_t>(whole.length()) * 18 + 1);
  const int32_t length = unorm2_normalize(nfkd, whole.getBuffer(), whole.length(), parts.data(),
                                          static_cast<int32_t>(parts.size()), &error);
  return U_SUCCESS(error) ? icu::UnicodeString(parts.data(), length) : icu::UnicodeString();
}

bool IsJoiner(UChar32 point) {
  static const std::u32string kJoiners = U"&'-._`´·ʻʼʽ׳״‘’′‐‑‒–—―";
  return kJoiners.find(static_cast<char32_t>(point)) != std::u32string::npos;
}

bool IsLeftOut(UChar32 point) {
  const bool is_accent = point >= 0x300 && point <= 0x36F;
  return is_accent || u_charType(point) == U_FORMAT_CHAR ||
         u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

// Splits a text into folded words; `joins`: hyphens, apostrophes and the like do not split.
Words WordsOf(std::string_view text, bool joins) {
  Words words;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) words.push_back(word);
    word.clear();
  };
  const icu::UnicodeString parts = Decomposed(text);
  for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) {
    const UChar32 point = u_foldCase(parts.char32At(i), U_FOLD_CASE_DEFAULT);
    if (IsLeftOut(point)) continue;
    const auto plain = PlainLetters().find(point);
    if (plain != PlainLetters().end()) {
      word += plain->second;
    } else if (u_isdigit(point) != 0) {
      word += static_cast<char>('0' + u_charDigitValue(point));
    } else if (u_isalnum(point) != 0) {
      icu::UnicodeString(point).toUTF8String(word);
    } else if (!joins || !IsJoiner(point)) {
      end();
    }
  }
  end();
  return words;
}

bool Follow(const Words& sought, const Words& words) {
  for (size_t begin = 0; begin + sought.size() <= words.size(); ++begin) {
    bool are_there = true;
    for (size_t i = 0; i < sought.size(); ++i) {
      const bool is_last = i + 1 == sought.size();
      const std::string& word = words[begin + i];
      are_there = are_there && (is_last ? word.starts_with(sought[i]) : word == sought[i]);
    }
    if (are_there) return true;
  }
  return false;
}

// Returns the digits before the first letter, without a `(0)`, if there are at least five.
std::string PhoneOf(std::string_view text) {
  std::string whole(text);
  const size_t zero = whole.find("(0)");
  if (zero != std::string::npos) whole.erase(zero, 3);
  std::string digits;
  for (const std::string& word : WordsOf(whole, /*joins=*/false)) {
    const size_t letter = word.find_first_not_of("0123456789");
    digits += word.substr(0, letter);
    if (letter != std::string::npos) break;
  }
  return digits.size() < 5 ? "" : digits;
}

}  // namespace

bool FindsWords(std::string_view sought, std::string_view text) {
  const Words apart = WordsOf(sought, false);
  if (apart.empty()) return false;
  if (Follow(apart, WordsOf(text, false)) || Follow(WordsOf(sought, true), WordsOf(text, true))) return true;
  const auto is_number = [](const std::string& word) { return word.find_first_not_of("0123456789") == word.npos; };
  if (!std::all_of(apart.begin(), apart.end(), is_number)) return false;
  std::string digits = PhoneOf(sought);
  for (int zeros = 0; zeros < 2 && digits.size() > 4 && digits.front() == '0'; ++zeros) digits.erase(0, 1);
  return !digits.empty() && PhoneOf(text).find(digits) != std::string::npos;
}

bool HasSeveralWords(std::string_view text) { return WordsOf(text, false).size() > 1; }

}  // namespace leadpulse::model
