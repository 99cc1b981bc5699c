// All that is said of a lead, evaluated from scratch.
#pragma once

#include <string>
#include <vector>

#include "tests/support/model/evaluate.h"
#include "tests/support/model/facts.h"

namespace leadpulse::model {

// Everything that is said of a lead at an instant.
struct View : Standing {
  std::vector<std::string> segments;    // sorted
  std::vector<std::string> topics_out;  // declared ids, sorted

  bool operator==(const View& other) const;
};

View ViewOf(const Facts& facts, Millis now);

// What a lead is compared with when it is new.
View EmptyView(const TenantDefinitions& definitions);

}  // namespace leadpulse::model
