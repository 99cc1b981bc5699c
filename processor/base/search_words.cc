#include "processor/base/search_words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/text.h"

namespace leadpulse {
namespace {

struct PlainLetter {
  UChar32 letter;  // case-folded
  std::string_view ascii;
};
// Letters without a decomposition, by code point. Source: Unicode CLDR, common/transforms/Latin-ASCII.xml.
constexpr auto kPlainLetters = std::to_array<PlainLetter>({
    {0xDF, "ss"}, {0xE6, "ae"}, {0xF0, "d"},  {0xF8, "o"},   {0xFE, "th"},  {0x111, "d"},  {0x127, "h"},  {0x131, "i"},
    {0x138, "q"}, {0x142, "l"}, {0x14B, "n"}, {0x153, "oe"}, {0x167, "t"},  {0x180, "b"},  {0x183, "b"},  {0x188, "c"},
    {0x18C, "d"}, {0x192, "f"}, {0x199, "k"}, {0x19A, "l"},  {0x19E, "n"},  {0x1A5, "p"},  {0x1AD, "t"},  {0x1B4, "y"},
    {0x1B6, "z"}, {0x1E5, "g"}, {0x221, "d"}, {0x225, "z"},  {0x234, "l"},  {0x235, "n"},  {0x236, "t"},  {0x237, "j"},
    {0x23C, "c"}, {0x23F, "s"}, {0x240, "z"}, {0x247, "e"},  {0x249, "j"},  {0x24D, "r"},  {0x24F, "y"},  {0x253, "b"},
    {0x256, "d"}, {0x257, "d"}, {0x260, "g"}, {0x268, "i"},  {0x26B, "l"},  {0x271, "m"},  {0x272, "n"},  {0x27D, "r"},
    {0x288, "t"}, {0x289, "u"}, {0x28B, "v"}, {0x1D7D, "p"}, {0x1EFF, "y"}, {0x2C65, "a"}, {0x2C66, "t"},
});
static_assert(std::ranges::is_sorted(kPlainLetters, {}, &PlainLetter::letter));

// Hyphens, apostrophes and dots between letters. The dashes U+2010 to U+2015 are tested apart.
constexpr std::array<UChar32, 16> kJoiners = {'&',   '\'',  '-',   '.',   '_',   '`',    0xB4,   0xB7,
                                              0x2BB, 0x2BC, 0x2BD, 0x5F3, 0x5F4, 0x2018, 0x2019, 0x2032};

enum class Kind : uint8_t { kIgnored, kLetter, kIdeograph, kJoiner, kSeparator };

bool IsJoiner(UChar32 c) { return (c >= 0x2010 && c <= 0x2015) || std::ranges::find(kJoiners, c) != kJoiners.end(); }

// Whether a mark is an accent, by its canonical combining class (UAX #44, table 15): overlays, the points of Hebrew,
// Arabic and Syriac, and everything attached to or around a letter.
bool IsAccent(UChar32 c) {
  const uint8_t combining = u_getCombiningClass(c);
  return combining == 1 || (combining >= 10 && combining <= 36) || combining >= 200;
}

Kind KindOf(UChar32 c) {
  constexpr UChar32 kTatweel = 0x640;
  constexpr uint32_t kWordMask = U_GC_L_MASK | U_GC_N_MASK | U_GC_MN_MASK | U_GC_MC_MASK;
  if (IsJoiner(c)) return Kind::kJoiner;
  const uint32_t category = U_GET_GC_MASK(c);
  if (c == kTatweel || (category & (U_GC_CF_MASK | U_GC_ME_MASK)) != 0 || IsAccent(c) ||
      u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) {
    return Kind::kIgnored;
  }
  if ((category & kWordMask) == 0) return Kind::kSeparator;
  return u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) ? Kind::kIdeograph : Kind::kLetter;
}

// A writer of folded words.
class WordFolder {
 public:
  // Starts without words. With `joins`, joiners are left out instead of separating words.
  explicit WordFolder(bool joins) : joins_(joins) {}

  void Add(std::string_view text) {
    folded_.reserve(text.size() + 1);
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    for (size_t i = 0; i < text.size();) {
      if (bytes[i] < 0x80) {
        AddAscii(text[i++]);
        continue;
      }
      UChar32 c;
      U8_NEXT(bytes, i, text.size(), c);
      c < 0 ? Separate() : AddCharacter(c);
    }
  }

  std::string Take() && { return std::move(folded_); }
  bool has_joined() const { return has_joined_; }

 private:
  void Separate() {
    is_between_ = true;
    is_joiner_between_ = false;
  }
  void Join() {
    if (joins_ || is_between_) return;
    is_between_ = is_joiner_between_ = true;
  }
  void Append(std::string_view letters) {
    if (is_between_) folded_ += ' ';
    has_joined_ = has_joined_ || is_joiner_between_;
    is_between_ = is_joiner_between_ = false;
    folded_ += letters;
  }

  void AddAscii(char c) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    if (IsLetter(c) || IsDigit(c)) return Append({&c, 1});
    IsJoiner(c) ? Join() : Separate();
  }

  void AddCharacter(UChar32 c) {
    if (c < 0x80) return AddAscii(static_cast<char>(c));
    const UChar32 folded = u_foldCase(c, U_FOLD_CASE_DEFAULT);
    if (folded < 0x80) return AddAscii(static_cast<char>(folded));
    const auto* plain = std::ranges::lower_bound(kPlainLetters, folded, {}, &PlainLetter::letter);
    if (plain != kPlainLetters.end() && plain->letter == folded) return Append(plain->ascii);
    if (IsJoiner(c)) return Join();  // before the decomposition: that of ´ begins with a space
    icu::UnicodeString parts;
    if (Nfkd().getDecomposition(folded, parts)) {
      for (int32_t i = 0; i < parts.length(); i = parts.moveIndex32(i, 1)) AddPart(parts.char32At(i));
      return;
    }
    AddWhole(folded);
  }

  // Adds a character of a decomposition. Alone, the iota below folds to a letter.
  void AddPart(UChar32 c) {
    if (!IsAccent(c)) AddCharacter(c);
  }

  // Adds a character that has no decomposition.
  void AddWhole(UChar32 c) {
    switch (KindOf(c)) {
      case Kind::kIgnored:
        return;
      case Kind::kJoiner:
        return Join();
      case Kind::kSeparator:
        return Separate();
      case Kind::kIdeograph:
        Separate();
        AppendCharacter(c);
        return Separate();
      case Kind::kLetter:
        break;
    }
    const int32_t digit = u_charType(c) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(c) : -1;
    AppendCharacter(digit < 0 ? c : '0' + digit);
  }

  void AppendCharacter(UChar32 c) {
    char bytes[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(bytes, length, c);
    Append({bytes, static_cast<size_t>(length)});
  }

  static const icu::Normalizer2& Nfkd() {
    static const icu::Normalizer2* const instance = [] {
      UErrorCode error = U_ZERO_ERROR;
      const icu::Normalizer2* nfkd = icu::Normalizer2::getNFKDInstance(error);
      LP_ASSERT(U_SUCCESS(error));
      return nfkd;
    }();
    return *instance;
  }

  const bool joins_;
  std::string folded_;
  bool is_between_ = true;          // the next letter begins a word
  bool is_joiner_between_ = false;  // only joiners are between it and the last one
  bool has_joined_ = false;
};

// Returns the folded digits before the first letter, without a `(0)`.
std::string LeadingDigits(std::string_view text) {
  std::string digits;
  const auto is_in_word = [](char c) { return IsLetter(c) || IsDigit(c) || static_cast<unsigned char>(c) >= 0x80; };
  const auto first = std::ranges::find_if(text, is_in_word);
  if (first == text.end() || IsLetter(*first)) return digits;  // as most texts
  std::string national(text);
  if (const size_t zero = national.find("(0)"); zero != std::string::npos) national.erase(zero, 3);
  const std::string folded = FoldWords(national).apart;
  for (const char c : folded) {
    if (IsDigit(c)) digits += c;
    if (!IsDigit(c) && c != ' ') break;
  }
  return digits;
}

// Whether a word has a character that is no digit. Phone numbers have none.
bool HasLetters(const FoldedWords& words) {
  return std::ranges::any_of(words.apart, [](char c) { return !IsDigit(c) && c != ' '; });
}

}  // namespace

FoldedWords FoldWords(std::string_view text) {
  FoldedWords words;
  WordFolder apart(/*joins=*/false);
  apart.Add(text);
  const bool has_joined = apart.has_joined();
  words.apart = std::move(apart).Take();
  if (!has_joined) return words;
  WordFolder joined(/*joins=*/true);
  joined.Add(text);
  words.joined = std::move(joined).Take();
  return words;
}

std::string PhoneDigits(std::string_view text) {
  std::string digits = LeadingDigits(text);
  if (digits.size() < kFewestPhoneDigits) digits.clear();
  return digits;
}

WordSearch::WordSearch(std::string_view sought) : words_(FoldWords(sought)) {
  constexpr size_t kFewest = 4;
  if (HasLetters(words_)) return;
  digits_ = PhoneDigits(sought);
  for (int zeros = 0; zeros < 2 && digits_.size() > kFewest && digits_.front() == '0'; ++zeros) digits_.erase(0, 1);
}

bool WordSearch::Finds(std::string_view text) const {
  if (is_empty()) return false;
  const FoldedWords of_text = FoldWords(text);
  if (of_text.apart.find(words_.apart) != std::string::npos) return true;
  const bool can_join = !of_text.joined.empty() || !words_.joined.empty();
  if (can_join && of_text.joined_or_apart().find(words_.joined_or_apart()) != std::string::npos) return true;
  return !digits_.empty() && PhoneDigits(text).find(digits_) != std::string::npos;
}

}  // namespace leadpulse
