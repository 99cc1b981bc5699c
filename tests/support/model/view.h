// The view of a lead, evaluated from scratch.
#pragma once

#include <string>
#include <vector>

#include "tests/support/model/evaluate.h"
#include "tests/support/model/facts.h"

namespace leadpulse::model {

// All values that are published about a lead at an instant.
struct View : Standing {
  std::vector<std::string> segments;    // sorted
  std::vector<std::string> topics_out;  // declared ids, sorted

  bool operator==(const View& other) const;
};

View ViewOf(const Facts& facts, Millis now);

// Returns the view with which a new lead is compared.
View EmptyView(const TenantDefinitions& definitions);

}  // namespace leadpulse::model
