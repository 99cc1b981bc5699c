// What the cells of a status-like column say about mail: who opted out, bounced, complained, or must not be contacted.
// Knows the words of the products whose exports people import, in several languages. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/engagement.h"

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

// Whether the header is that of a count of bounces, soft ones, too: `Marketing emails bounced`.
bool CountsBounces(std::string_view header);
// Whether the cell is the number of a status: `2`.
bool IsCode(std::string_view cell);
// Returns the word for `values` by which an unknown cell of the column stops mail: `bounced`, `unsubscribed`.
std::string_view WordAgainstMail(StatusColumn column);

// Whether the column is about one mailing. Its yes does not deny an opt-out from all mail.
bool IsOfMailing(StatusColumn column);

// Whether the column says who wants mail: a no in it is one to mail.
bool IsOfWishes(StatusColumn column);
// Whether a cell of a column of wishes says yes or no in words that hardly are the name of a newsletter. nullopt: it
// says neither so, nor anything else; it may be empty, a time, or a longer answer.
std::optional<bool> IsAnswer(StatusColumn column, std::string_view cell);

// The share of answers (IsAnswer) among the cells of a column of wishes that say something. If some are answers, the
// others have to be known, too. If most are, a cell that begins with a word for no is one; else it may be a newsletter.
enum class Answers : uint8_t { kNone, kSome, kMost };

// Returns what the column with that header says about mail. Never kReason: its cells say that, too.
StatusColumn StatusColumnOf(std::string_view header);
// Whether a column of that name is kReason if most of its cells name one: `Reason`, `Source`.
bool MayBeReason(std::string_view header);

// What a cell says against mail. All false: nothing.
struct Suppression {
  bool opted_out = false, bounced = false, complained = false, do_not_contact = false;
  bool doubtful = false;  // it may say one of these in a word that is not known

  bool suppresses() const { return opted_out || bounced || complained || do_not_contact; }
  void Add(const Suppression& other);
};

// Reads a cell of such a column, which has so many answers.
Suppression ReadStatus(StatusColumn column, std::string_view cell, Answers answers = Answers::kNone);

// A memo of ReadStatus: files repeat few texts, and each is searched for hundreds of words. Used by one thread.
class StatusMemo {
 public:
  // Returns what the cell says. The reference is valid until the next call.
  const Suppression& Read(StatusColumn column, std::string_view cell, Answers answers = Answers::kNone);

 private:
  std::map<std::pair<StatusColumn, Answers>, std::map<std::string, Suppression, std::less<>>> read_;
};

// Whether the cell says that its person gets mail: `subscribed`, `active`, `no` in a column `unsubscribed`.
bool AllowsMail(StatusColumn column, std::string_view cell);

// Whether the cell, in a list of people to whom `opt_out` happened (UNSUBSCRIBE, BOUNCE, COMPLAINT), denies that.
// `active` in a column `status` may be about something else.
bool DeniesOptOut(StatusColumn column, EventType opt_out, std::string_view cell);

}  // namespace leadpulse::importing
