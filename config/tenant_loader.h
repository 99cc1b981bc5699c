// One tenant of a definitions file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "config/definitions.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

// Tenants of one file often score alike. They then share one copy of the rules, which fits into a near cache where a
// thousand copies would not. Lives while the file is loaded.
class ScoringPool {
 public:
  // Gives a loaded tenant the rules of an earlier one if they mean the same.
  void Share(TenantDefinitions* tenant);

 private:
  absl::flat_hash_map<std::string, std::shared_ptr<const std::vector<ScoringRule>>> known_;
};

// Reports everything that is wrong. The result may be used only if the log has no errors.
std::shared_ptr<const TenantDefinitions> LoadTenant(const YamlEntry& entry, ScoringPool* scorings);

}  // namespace leadpulse::config
