// Phrases by which people and products say who gets no mail, in many languages: data of suppressions.h. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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

// What a phrase says.
enum class MailPhrase : uint8_t {
  kOptedOut,  // also that consent was never given
  kDoNotContact,
  kNoAddress,  // that the address is not known: nothing about mail, though it sounds so
};

// The phrases of one language, with `|` between, as they are written.
struct MailPhrases {
  MailPhrase says;
  std::string_view language;  // ISO 639-1
  std::string_view phrases;
};
std::span<const MailPhrases> AllMailPhrases();

// Whether a phrase that says this begins at a word of the text: `no email` is in `wants no emails`, not in
// `telefono email`.
bool HasPhrase(MailPhrase says, const PlainText& text);

// The words of one language in names of columns that say who wants mail, with `|` between, as they are written.
struct MailingWords {
  std::string_view language;  // ISO 639-1
  std::string_view names;     // of mail that many people get: `newsletter`, `mailing list`
  std::string_view beside;    // what may stand beside a name: `wants`, `subscribed`
};
std::span<const MailingWords> AllMailingWords();

// How the name of a column names mail that many people get.
enum class NamesMailing : uint8_t {
  kNo,
  kPerhaps,  // beside words that are not known: `Newsletter Schweiz`, `Newsletter sent`
  kWholly,   // and says nothing else: `Newsletter`, `Wants e-mail newsletter?`
};
NamesMailing HowItNamesMailing(const PlainText& header);

}  // namespace leadpulse::importing
