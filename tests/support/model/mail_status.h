// Whether a lead may be written to, by its own events and those of its address.
#pragma once

#include <set>
#include <string>

#include "tests/support/model/facts.h"

namespace leadpulse::model {

struct MailStatus {
  bool is_complained = false;
  bool is_bounced = false;
  std::set<std::string> scopes_out;  // folded topics, or `kEverything`
};

MailStatus MailStatusOf(const Facts& facts);

}  // namespace leadpulse::model
