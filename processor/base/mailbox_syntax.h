// The syntax of e-mail addresses that people enter. What other sources send is kept as it is (address.h).
#pragma once

#include <string_view>

namespace leadpulse {

// Whether a normalised address has the syntax of a mailbox (RFC 5321 §4.1.2, with UTF-8 by RFC 6531 §3.3): a dot-atom
// or a quoted string of at most 64 bytes, `@`, and a domain of at most 255 bytes or an IP address in brackets. Stricter
// in a quoted string, where IsAddress allows no white space; and for UTF-8, where no space or mark that nobody sees is
// right.
bool HasMailboxSyntax(std::string_view normalized);

// Whether a person may give a lead this address, in any spelling: its normal form has that syntax, and its ends have no
// marks that nobody sees.
bool IsEnteredAddress(std::string_view text);

}  // namespace leadpulse
