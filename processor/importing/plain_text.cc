#include "processor/importing/plain_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace leadpulse::importing {
namespace {

// Appends the letters and digits of a code point without case and accents.
void AppendPlain(UChar32 letter, std::string* plain) {
  constexpr UChar32 kEndOfAscii = 0x80;
  if (letter < kEndOfAscii) {
    if (u_isalnum(letter) != 0) *plain += static_cast<char>(u_tolower(letter));
    return;
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFKDInstance(error);
  icu::UnicodeString whole(letter);
  if (U_SUCCESS(error)) whole = decompose->normalize(whole.foldCase(), error);
  for (int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    if (u_isalnum(whole.char32At(i))) icu::UnicodeString(whole.char32At(i)).toUTF8String(*plain);
  }
}

// Whether each letter is a word, or may be: the scripts of East Asia write no blanks.
bool IsWordOfItsOwn(UChar32 letter) {
  constexpr UChar32 kFirst = 0x2E80;
  return letter >= kFirst;
}

}  // namespace

PlainText::PlainText(std::string_view text) {
  const icu::UnicodeString whole = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  bool is_in_word = false, is_small = false;
  for (int32_t i = 0; i < whole.length(); i = whole.moveIndex32(i, 1)) {
    const UChar32 letter = whole.char32At(i);
    const size_t start = text_.size();
    AppendPlain(letter, &text_);
    if (text_.size() == start) {
      const bool is_accent = (U_GET_GC_MASK(letter) & U_GC_M_MASK) != 0;
      is_in_word = is_in_word && is_accent;
      continue;
    }
    const bool begins = !is_in_word || (is_small && u_isupper(letter) != 0) || IsWordOfItsOwn(letter);
    is_in_word = true;
    is_small = u_isupper(letter) == 0;
    begins_.resize(text_.size());
    begins_[start] = begins;
  }
}

void PhraseTable::Add(std::string_view phrases) {
  for (std::string_view rest = phrases; !rest.empty();) {
    const size_t end = std::min(rest.find('|'), rest.size());
    const std::string phrase = PlainText(rest.substr(0, end)).text();
    by_first_byte_[static_cast<unsigned char>(phrase.front())].push_back(phrase);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

}  // namespace leadpulse::importing
