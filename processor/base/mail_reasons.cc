#include "processor/base/mail_reasons.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "processor/base/text.h"

namespace leadpulse {
namespace {

constexpr size_t kMaxReasonBytes = 4096;  // the beginning of a longer one counts

constexpr std::string_view kSoftWords[] = {"mailboxfull",
                                           "mailbox full",
                                           "mailbox is full",
                                           "inbox is full",
                                           "quota",
                                           "over storage",
                                           "storage exceeded",
                                           "out of storage",
                                           "exceeded storage",
                                           "insufficient storage",
                                           "greylist",
                                           "graylist",
                                           "reputation",
                                           "blacklist",
                                           "blocklist",
                                           "block list",
                                           "spam",
                                           "policy",
                                           "espblock",
                                           "sender blocked",
                                           "rate limit",
                                           "content blocked",
                                           "content reject",
                                           "contentrejected",
                                           "frequency or volume",
                                           "dmarc",
                                           "too many messages",
                                           "message expired",
                                           "temporarily deferred"};

constexpr std::string_view kAutomaticWords[] = {"auto reply",      "autoreply",     "auto responder", "autoresponder",
                                                "automatic reply", "auto response", "out of office",  "vacation reply"};

struct KnownWord {
  std::string_view word;
  EventType type;
};

// Reasons that are the word alone. Mandrill: `spam`, `custom`, `invalid`. SendGrid: `Invalid`. Mailjet: the others.
constexpr KnownWord kWholeReasons[] = {
    {"spam", EventType::kComplaint},          {"custom", EventType::kUnsubscribe},
    {"invalid", EventType::kBounce},          {"invalid address", EventType::kBounce},
    {"preblocked", EventType::kBounce},       {"user unknown", EventType::kBounce},
    {"mailbox inactive", EventType::kBounce}, {"invalid domain", EventType::kBounce},
    {"no mail host", EventType::kBounce},
};

// The first that a reason holds decides. Postmark's sentence about inactive recipients goes on to name all causes. A
// soft bounce says nothing for good.
constexpr KnownWord kKnownWords[] = {
    {"marked as inactive", EventType::kUnsubscribe},
    {"inactive recipient", EventType::kUnsubscribe},
    {"inactiverecipient", EventType::kUnsubscribe},
    {"soft bounce", EventType::kUnspecified},
    {"softbounce", EventType::kUnspecified},
    {"unsub", EventType::kUnsubscribe},
    {"opt out", EventType::kUnsubscribe},
    {"opted out", EventType::kUnsubscribe},
    {"complain", EventType::kComplaint},
    {"(fbl)", EventType::kComplaint},
    {"spam report", EventType::kComplaint},
    {"reported spam", EventType::kComplaint},
    {"flagged as spam", EventType::kComplaint},
    {"flaggedasspam", EventType::kComplaint},
    {"marked your messages as spam", EventType::kComplaint},
    {"bounce", EventType::kBounce},
    {"system policy", EventType::kBounce},
    {"customer policy", EventType::kUnsubscribe},
    {"blacklist", EventType::kUnsubscribe},
    {"blocklist", EventType::kUnsubscribe},
    {"block list", EventType::kUnsubscribe},
    {"denylist", EventType::kUnsubscribe},
    {"admin blocked", EventType::kUnsubscribe},
    {"adminblocked", EventType::kUnsubscribe},
    {"manual", EventType::kUnsubscribe},
    {"on suppression list", EventType::kUnsubscribe},
    {"in suppression list", EventType::kUnsubscribe},
};

// Returns the beginning in lower case, with a space for `_` and `-`.
std::string Folded(std::string_view reason) {
  std::string folded = AsciiLower(TrimAsciiSpace(reason.substr(0, kMaxReasonBytes)));
  std::ranges::replace_if(
      folded, [](char c) { return c == '_' || c == '-'; }, ' ');
  return folded;
}

bool HoldsAny(std::string_view reason, std::span<const std::string_view> words) {
  const std::string folded = Folded(reason);
  return std::ranges::any_of(words, [&](std::string_view word) { return folded.find(word) != std::string::npos; });
}

// A status of RFC 3463: `5.2.2`.
struct EnhancedStatus {
  char status_class = 0;
  std::string_view subject, detail;
};

std::string_view TakeDigits(std::string_view* text) {
  const std::string_view digits = text->substr(0, std::min(text->find_first_not_of("0123456789"), text->size()));
  text->remove_prefix(digits.size());
  return digits;
}

// Reads a status at the beginning of the text; nullopt if it is longer, such as an IP address.
std::optional<EnhancedStatus> StatusAt(std::string_view text) {
  EnhancedStatus status;
  const std::string_view first = TakeDigits(&text);
  if (first != "4" && first != "5") return std::nullopt;
  status.status_class = first[0];
  for (std::string_view* part : {&status.subject, &status.detail}) {
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
    *part = TakeDigits(&text);
    if (part->empty() || part->size() > 3) return std::nullopt;
  }
  const bool is_longer = text.size() > 1 && text[0] == '.' && IsDigit(text[1]);
  return is_longer ? std::nullopt : std::optional(status);
}

std::optional<EnhancedStatus> StatusIn(std::string_view reason) {
  reason = reason.substr(0, kMaxReasonBytes);
  for (size_t i = 0; i < reason.size(); ++i) {
    if (i > 0 && (IsDigit(reason[i - 1]) || reason[i - 1] == '.')) continue;
    if (const auto status = StatusAt(reason.substr(i))) return status;
  }
  return std::nullopt;
}

// Whether a status of class 5 is about the mail, its sender or the system of the receiver (RFC 3463 §3): a full mailbox
// (2.2), a mail too large (2.3, 3.4), a wrong sender (1.7, 1.8), a time that ran out (4.7). What says that the domain
// takes no mail (4.1, 4.4) is about the address, as are the other statuses of the network, which large systems define.
bool IsNotAboutAddress(const EnhancedStatus& status) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> details) {
    return std::ranges::find(details, status.detail) != details.end();
  };
  if (status.subject == "1") return is_one_of({"7", "8"});
  if (status.subject == "2") return is_one_of({"2", "3"});
  if (status.subject == "4") return is_one_of({"2", "3", "5", "6", "7"});
  if (status.subject == "5") return is_one_of({"3"});
  return status.subject == "3" || status.subject == "6";
}

// Whether an SMTP reply, such as `452 4.2.2 …`, has a code that is about no address for good: 4xx, or 552, storage
// exceeded (RFC 5321 §4.2.3). Mailgun has codes of its own from 498, such as for a domain without MX.
bool IsSoftReply(std::string_view reason) {
  reason = TrimAsciiSpace(reason);
  if (AsciiLower(reason.substr(0, 5)) == "smtp;") reason = TrimAsciiSpace(reason.substr(5));
  const std::string_view code = TakeDigits(&reason);
  return code.size() == 3 && ((code[0] == '4' && code[1] <= '7') || code == "552");
}

}  // namespace

bool SaysSoftBounce(std::span<const std::string_view> reasons) {
  for (const std::string_view reason : reasons) {
    const std::optional<EnhancedStatus> status = StatusIn(reason);
    if (!status) continue;
    if (status->status_class == '4' || status->subject == "7") return true;
    if (status->subject != "0" && (status->detail != "0" || status->subject < "3")) return IsNotAboutAddress(*status);
  }
  return std::ranges::any_of(
      reasons, [](std::string_view reason) { return IsSoftReply(reason) || HoldsAny(reason, kSoftWords); });
}

bool SaysAutomaticReply(std::span<const std::string_view> reasons) {
  return std::ranges::none_of(reasons, [](std::string_view reason) { return StatusIn(reason).has_value(); }) &&
         std::ranges::any_of(reasons, [](std::string_view reason) { return HoldsAny(reason, kAutomaticWords); });
}

EventType KnownOfAddress(std::string_view reason) {
  const std::string folded = Folded(reason);
  for (const KnownWord& whole : kWholeReasons) {
    if (folded == whole.word) return whole.type;
  }
  for (const KnownWord& known : kKnownWords) {
    if (folded.find(known.word) != std::string::npos) return known.type;
  }
  return EventType::kUnspecified;
}

}  // namespace leadpulse
