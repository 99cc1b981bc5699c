// Makes mailings and their consequences: deliveries, bounces, opens, clicks, visits, replies, complaints,
// unsubscribing.
//
// Each tenant sends a newsletter to most of its leads on Tuesdays, and a campaign to a part of them on about every
// second other weekday, in office hours, within one to four hours. The options alone decide who gets it. When a mail is
// sent, the lead's reaction is drawn by the usual rates of email marketing (the constants in mail.cc).
#pragma once

#include <cstdint>
#include <optional>

#include "tools/simulate/world.h"

namespace leadpulse::simulate {

// One mailing of one tenant: at most one a day.
struct Mailing {
  bool newsletter = false;
  Instant begin;
  uint64_t audience_per_million = 0;  // share of the leads that get it
};

// Returns the tenant's mailing on that day (since 1970-01-01); nullopt if none.
std::optional<Mailing> MailingOf(uint64_t seed, uint32_t tenant, int64_t day);

// Makes the mails that are sent within the slice, and all their consequences.
void SendMail(const Slice& slice, World* world);

}  // namespace leadpulse::simulate
