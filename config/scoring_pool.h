// Tenants of one file often score alike. Their rules are then one piece of memory, which a near cache holds where it
// could not hold a thousand copies.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "config/definitions.h"

namespace leadpulse::config {

// Of one file, while it is loaded.
class ScoringPool {
 public:
  // Gives a tenant that is loaded the rules of an earlier one, where theirs mean the same.
  void Share(TenantDefinitions* tenant);

 private:
  absl::flat_hash_map<std::string, std::shared_ptr<const std::vector<ScoringRule>>> known_;
};

}  // namespace leadpulse::config
