// Normalises and checks e-mail addresses of records and profiles.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leadpulse {

inline constexpr size_t kMaxAddressBytes = 320;

// Returns the normal form of an address: addresses are one if their normal forms are equal, because mail goes to one
// mailbox then. Unicode white space at both ends goes, and marks that nobody sees (RemoveHiddenMarks). The part before
// the last `@` is in NFC, with ASCII letters in lower case; the domain is what UTS 46 makes of it for DNS
// (normal_domain.h). Text without an `@` is taken as the part before it. Applying it again changes nothing. Text that
// is not UTF-8 loses ASCII white space at its ends, and its ASCII letters are lowered.
//
// ASCII text without `xn--` costs one pass. The second form reuses memory of `out`, which must not hold `email`.
std::string NormalizeAddress(std::string_view email);
void NormalizeAddress(std::string_view email, std::string* out);

// Returns the form that addresses had in states of older engines: without ASCII white space at the ends, ASCII letters
// in lower case. For ASCII text it is the normal form.
std::string FormerAddress(std::string_view email);

// Whether normalised text is an address: it contains an `@` and passes IsEmailText.
bool IsAddress(std::string_view normalized);

// Whether it looks like a real address. Stricter, for what people write: one `@` with a domain behind it, and no quote,
// colon or invisible mark. A run accepts any address, but an opt-out of an address that nobody has stops no mail.
bool IsPlausibleAddress(std::string_view normalized);

// Returns the text without spaces, ASCII or not, and invisible marks at its ends. Copying from a page or a spreadsheet
// leaves them around an address.
std::string_view WithoutInvisible(std::string_view text);

// Returns `ada@example.com` for `Ada <ada@example.com>`, `<ada@example.com>` and ` Ada@Example.com`: as people read it,
// without its display name and what nobody sees around it, with ASCII letters in lower case, the part before the `@` in
// its normal form. Empty if the text holds no `@`.
std::string SpelledAddress(std::string_view text);
// Returns the same in normal form.
std::string ParseAddress(std::string_view text);

// Whether a lead with this id is the mailbox of an address: the id holds an `@` and is normalised.
bool IsMailboxId(std::string_view id);

// Whether a lead's attribute `email` may hold this trimmed text: at most kMaxAddressBytes, and no ASCII white space,
// comma, semicolon or angle bracket inside. Text without an `@` passes, but is not an address.
bool IsEmailText(std::string_view trimmed);

}  // namespace leadpulse
