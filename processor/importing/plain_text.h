// Finds phrases in texts without regard to case, accents, blanks and punctuation. Thread-safe.
#pragma once

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
