// Recognises security scanners by their habit: they follow every link of a mail just before or after its delivery.
//
// The clicks of a mail are a scanner's if two or more of its links were clicked and each of them was clicked within a
// given time of a delivery. The number of links in a mail is unknown, so one clicked link proves nothing. A gateway
// follows links before it accepts a mail, so clicks before the delivery count as well.
//
// The result depends on all known events of a mail, and so on more than one post. It is computed for files that are
// converted together, or for a state. It does not depend on the order of the events or on repetitions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"

namespace leadpulse::bots {

// The longest time that a command line accepts: a person may read a mail within the hour.
inline constexpr int kMaxScannerSeconds = 3600;

// A click in a mail to one lead; views into memory of the caller.
struct MailClick {
  Instant at;
  std::string_view link;
};

// Returns, for each click, whether a scanner did it. None without a delivery, or if a click has no link.
std::vector<bool> ScannersClicks(std::span<const Instant> deliveries, std::span<const MailClick> clicks, Millis within);

}  // namespace leadpulse::bots
