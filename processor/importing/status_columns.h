// Columns that say who gets mail, by their names, as the products whose exports people import and people themselves
// name them, in several languages. What their cells say is in suppressions.h. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace leadpulse::importing {

// How a column says who gets mail.
enum class StatusColumn : uint8_t {
  kNone,
  kState,          // a word, among words about other things: `status`, `state`
  kMailStatus,     // a word about mail: `email_status`, `Subscription status`
  kOptedOut,       // yes, a time or a word: `unsubscribed`, `UNSUB_TIME`
  kBounced,        // likewise: `bounced`, `CLEAN_TIME`
  kBounceReason,   // any text, why mail bounced for good: `Email hard bounce reason`
  kComplained,     // likewise: `spam report`
  kDoNotContact,   // likewise: `dnc`, `do_not_mail`, `blocklisted`
  kOptedIn,        // no, or a word: `subscribed`, `opt_in`, `Accepts marketing`
  kReachable,      // no, or a word: `deliverable`, `valid email`
  kMailing,        // no, or a word: `Newsletter`, `Mailing list`
  kMaybeMailing,   // a word; a no is doubtful: `Newsletter Schweiz`, `Double opt-in`
  kMaybeOptedOut,  // a word; a yes is doubtful: `IsOptInPending`, `Deleted`
  kReason,         // why mail is withheld, in a list of suppressions
};

// Returns what the column with that header says about mail. Never kReason: its cells say that, too.
StatusColumn StatusColumnOf(std::string_view header);
// Whether a column of that name is kReason if most of its cells name one: `Reason`, `Source`.
bool MayBeReason(std::string_view header);

// Whether the header is that of a count of bounces, soft ones, too: `Marketing emails bounced`.
bool CountsBounces(std::string_view header);
// Whether the column is about one mailing. Its yes does not deny an opt-out from all mail.
bool IsOfMailing(StatusColumn column);

// Whether the column says who wants mail: a no in it is one to mail.
bool IsOfWishes(StatusColumn column);

}  // namespace leadpulse::importing
