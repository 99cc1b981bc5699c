// What the reason of a failure, as a receiver or provider words it, says about an address.
#pragma once

#include <span>
#include <string_view>

#include "processor/base/engagement.h"

namespace leadpulse {

// Whether the reasons of a bounce say that the address may be right: a full mailbox (5.2.2), a mail that is too large
// (5.3.4), a wrong sender (5.1.8), a block by policy or reputation (5.7.…), or a temporary fault (4.…). The first
// status of RFC 3463 decides, unless it is as vague as 5.0.0 or 5.5.0; without one, an SMTP code of 4xx or 552, or a
// word such as `mailbox full`.
bool SaysSoftBounce(std::span<const std::string_view> reasons);

// Whether a reason says that the mail was answered by a program, such as an out-of-office note. A status of RFC 3463
// says that it was not.
bool SaysAutomaticReply(std::span<const std::string_view> reasons);

// Returns what a provider knows about an address if it withholds mail for this reason: kUnsubscribe, kComplaint, or
// kBounce for a hard one. Addresses that the sender blocked by hand count as opted out. kUnspecified: the reason is not
// about the address.
EventType KnownOfAddress(std::string_view reason);

}  // namespace leadpulse
