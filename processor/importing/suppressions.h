// What the cells of a column (status_columns.h) say about mail: who opted out, bounced, complained, or must not be
// contacted. Knows the words of the products whose exports people import, in several languages. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "processor/base/engagement.h"
#include "processor/importing/plain_text.h"
#include "processor/importing/status_columns.h"

namespace leadpulse::importing {

// Whether the cell is the number of a status: `2`.
bool IsCode(std::string_view cell);
// Returns the word for `values` by which an unknown cell of the column stops mail: `bounced`, `unsubscribed`.
std::string_view WordAgainstMail(StatusColumn column);

// Whether a cell of a column of wishes says yes or no in words that hardly are the name of a newsletter. nullopt: it
// says neither so, nor anything else; it may be empty, a time, or a longer answer.
std::optional<bool> IsAnswer(StatusColumn column, std::string_view cell);

// The share of answers (IsAnswer) among the cells of a column of wishes that say something. If some are answers, the
// others have to be known, too. If most are, a cell that begins with a word for no is one; else it may be a newsletter.
enum class Answers : uint8_t { kNone, kSome, kMost };

// What a cell says against mail. All false: nothing.
struct Suppression {
  bool opted_out = false, bounced = false, complained = false, do_not_contact = false;
  bool doubtful = false;  // it may say one of these in a word that is not known

  bool suppresses() const { return opted_out || bounced || complained || do_not_contact; }
  void Add(const Suppression& other);
};

// Reads words, wherever they stand. Doubtful: they are not known, and a part of one may mean that nobody may mail.
Suppression ReadWord(const PlainText& text);

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
