// Mailings and what follows a mail: deliveries, bounces, opens, clicks, visits, replies, complaints, unsubscribing.
//
// Each tenant sends a newsletter to most of its leads on Tuesdays, and a campaign to a part of them on about every
// second other weekday, in office hours, within one to four hours. Whom it reaches follows from the options alone; how
// leads react is drawn once a mail is sent, by rates that e-mail marketers see (the constants in mail.cc).
#pragma once

#include <cstdint>
#include <optional>

#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// One mailing of one tenant: at most one a day.
struct Mailing {
  bool newsletter = false;
  Instant begin;
  uint64_t audience = 0;  // parts per million of the leads
};

// Nothing: on that day (since 1970-01-01) the tenant sends nothing.
std::optional<Mailing> MailingOf(uint64_t seed, uint32_t tenant, int64_t day);

// What is sent within the slice, and all that follows it.
void SendMail(const Slice& slice, World* world);

}  // namespace leadpulse::simulate
