// Which parts of two definitions differ in meaning. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "config/definitions.h"

namespace leadpulse::query {

struct DefinitionsDifference {
  bool same_text = true;
  // `acme: scoring`, `acme: segment lapsing`, by tenant; those that only one of the two has say so. Empty although the
  // texts differ: comments and spelling only.
  std::vector<std::string> changed;
  std::vector<std::string> only_left;
  std::vector<std::string> only_right;
};

// Both as understood (config::ShowDefinitions), so that neither order nor spelling counts.
DefinitionsDifference CompareDefinitions(const config::Definitions& left, const config::Definitions& right);

}  // namespace leadpulse::query
