// Security scanners by their habit: before a mail is handed on, or right when it is, they follow every link in it.
//
// A mail's clicks are a scanner's where every link of it that was ever clicked was clicked within so long of a delivery
// of it, and these are two links or more. How many links a mail has nobody tells, so of a mail of which one link is
// known nothing can be said. A gateway follows links before it takes a mail: a click counts before the delivery as
// well.
//
// The answer depends on all that is known of the mail, and so on more than one post. It is asked where there is a
// whole: of files that are converted together, of a state. It does not depend on the order in which events came, nor
// on how often.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/webhooks/provider.h"

namespace leadpulse::webhooks {

// What a command line may ask for. A person reads their mail within the hour.
inline constexpr int kMaxScannerSeconds = 3600;

// Of a mail to one lead. Views: the caller keeps what they show.
struct MailClick {
  Instant at;
  std::string_view link;
};

// Which of the clicks a scanner did, by their order. Without a delivery, or where a click names no link: none.
std::vector<bool> ScannersClicks(std::span<const Instant> deliveries, std::span<const MailClick> clicks, Millis within);

// Marks them as a machine's in all that was converted together. Mails are told apart by tenant, lead and message; what
// names no message, or tells no time of its own, is left as it is. Gives how many were not marked before.
size_t MarkScannersClicks(Millis within, std::span<Conversion> history);

}  // namespace leadpulse::webhooks
