// How searches compare words: without case, accents and punctuation, so that `gudrun` finds `Guðrún`.
//
// The fold of a text takes each character for itself:
// - It is case-folded and decomposed (NFKD), and accents are removed: Hebrew and Arabic points, and the marks of Latin,
//   Greek and Cyrillic. Marks that are letters of their own stay, such as vowels of Indic and Thai scripts.
// - A few letters that NFKD does not decompose become ASCII letters, as in the transform Latin-ASCII of the Unicode
//   CLDR: `ß` is `ss`, `ø` is `o`, `ł` is `l`, `æ` is `ae`, `ı` is `i`. `ü` is `u`, and never `ue`.
// - Decimal digits of every script become ASCII digits.
// - Characters that nobody sees and the Arabic tatweel are left out.
// - Letters and digits make words; each ideograph is a word. Everything else separates words, as does a byte that is
//   not UTF-8. Hyphens, apostrophes, `.`, `_` and `&` may also join: `Jean-Luc` is `jean luc` and `jeanluc`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leadpulse {

struct FoldedWords {
  std::string apart;   // each word with a space before it: ` jean luc picard`
  std::string joined;  // the same, with joined words: ` jeanluc picard`. Empty: nothing joins words
  // Returns the words with the joined ones.
  const std::string& joined_or_apart() const { return joined.empty() ? apart : joined; }
};

// Accepts any bytes. Takes time and memory linear in the text.
FoldedWords FoldWords(std::string_view text);

// Calls `visit` with each word of FoldedWords::apart or joined.
template <typename Visit>
void ForEachWord(std::string_view folded, Visit visit) {
  while (!folded.empty()) {
    folded.remove_prefix(1);
    const std::string_view word = folded.substr(0, folded.find(' '));
    visit(word);
    folded.remove_prefix(word.size());
  }
}

// With fewer digits a text is not searched for in phone numbers.
inline constexpr size_t kFewestPhoneDigits = 5;

// Returns the digits of a phone number: of `+49 (0)151 234-567 ext. 8` `49151234567`. They are those before the first
// letter, without a `(0)`. Empty if they are fewer than kFewestPhoneDigits.
std::string PhoneDigits(std::string_view text);

// The words that a search looks for.
class WordSearch {
 public:
  explicit WordSearch(std::string_view sought);

  // Whether there is no word in it; then it finds nothing.
  bool is_empty() const { return words_.apart.empty(); }
  // Whether there are several words in it.
  bool has_several() const { return words_.apart.find(' ', 1) != std::string::npos; }

  // Whether the words follow each other in the text, the last as the beginning of a word: `jean p` finds `Jean Picard`.
  // Joined words find words that stand apart, and the other way round. What looks like a phone number finds texts whose
  // phone digits contain its digits; the `0` or `00` at its beginning does not count.
  bool Finds(std::string_view text) const;

  const FoldedWords& words() const { return words_; }
  // Returns the digits that a phone number must contain, at least four; empty if it is no number.
  const std::string& digits() const { return digits_; }

 private:
  FoldedWords words_;
  std::string digits_;
};

}  // namespace leadpulse
