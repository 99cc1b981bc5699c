// Recognises columns that say who wants a newsletter or another mailing, by their names: `Newsletter`, `Mailing list`.
// Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "processor/importing/plain_text.h"

namespace leadpulse::importing {

// The words of which such names consist in one language. `|` separates them.
struct MailingWords {
  std::string_view language;  // ISO 639-1
  std::string_view names;     // the mailings: `newsletter`, `mailing list`
  std::string_view beside;    // words that may stand beside one: `wants`, `subscribed`
};
std::span<const MailingWords> AllMailingWords();

// Whether the name of a column is that of a mailing.
enum class NamesMailing : uint8_t {
  kNo,
  kPerhaps,  // it has unknown words, too: `Newsletter Schweiz`, `Newsletter sent`
  kWholly,   // it has nothing but words of the table: `Newsletter`, `Wants e-mail newsletter?`
};
// Returns whether the header names a mailing.
NamesMailing HowItNamesMailing(const PlainText& header);

}  // namespace leadpulse::importing
