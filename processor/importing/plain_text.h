// Finds phrases in texts without regard to case, accents, blanks and punctuation. Thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace leadpulse::importing {

// A text without case, accents, blanks and punctuation, in all scripts. It knows where its words begin.
class PlainText {
 public:
  explicit PlainText(std::string_view text);

  // Returns `desinscrit` for `Désinscrit`, `donotemail` for `Do not e-mail` and `DoNotEmail`.
  const std::string& text() const { return text_; }
  // Whether a word begins at that byte of the text. A capital letter behind a small one begins a word, as each letter
  // of Chinese, Japanese and Korean does.
  bool BeginsWord(size_t at) const { return begins_[at]; }

 private:
  std::string text_;
  std::vector<bool> begins_;  // by byte
};

// Calls `visit` with each of the words, which spaces separate, until it returns true. Returns whether it did.
template <typename Visit>
bool AnyWord(std::string_view words, Visit visit) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (visit(words.substr(0, end))) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}
// Whether the text holds one of the words, which spaces separate.
inline bool HasPartOf(std::string_view text, std::string_view words) {
  return AnyWord(words, [text](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// A table of phrases. Add all of them before it is used by several threads.
class PhraseTable {
 public:
  // Adds phrases. `|` separates them.
  void Add(std::string_view phrases);

  // Calls `visit` with the end of each phrase that begins at byte `at` of the plain text.
  template <typename Visit>
  void ForEachAt(std::string_view plain, size_t at, Visit visit) const {
    for (const std::string& phrase : by_first_byte_[static_cast<unsigned char>(plain[at])]) {
      if (plain.substr(at).starts_with(phrase)) visit(at + phrase.size());
    }
  }

 private:
  std::array<std::vector<std::string>, 256> by_first_byte_;
};

}  // namespace leadpulse::importing
