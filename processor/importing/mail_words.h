// Phrases by which people and products say who gets no mail, in many languages: data of suppressions.h. Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "processor/importing/plain_text.h"

namespace leadpulse::importing {

// What a phrase says.
enum class MailPhrase : uint8_t {
  kOptedOut,  // also that consent was never given
  kDoNotContact,
  kNoAddress,  // that the address is not known: nothing about mail, though it sounds so
  // Read only as answers to whether somebody wants mail (mail_answers.h):
  kRefused,
  kNoAnswer,  // that nobody has asked, or that no answer came
};

// The phrases of one language. `|` separates them.
struct MailPhrases {
  MailPhrase says;
  std::string_view language;  // ISO 639-1
  std::string_view phrases;
};
std::span<const MailPhrases> AllMailPhrases();

// Whether a phrase that says this begins at a word of the text: `no email` is in `wants no emails`, not in
// `telefono email`.
bool HasPhrase(MailPhrase says, const PlainText& text);

// Whether the text is such a phrase, or its last word is a longer form: `pas intéressée`.
bool IsPhrase(MailPhrase says, const PlainText& text);

}  // namespace leadpulse::importing
