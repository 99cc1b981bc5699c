// Loads `segments` of a tenant: ids, names, rules, and the order of evaluation for rules that refer to other segments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "config/rule_loader.h"
#include "config/yaml_reader.h"

namespace leadpulse::config {

class SegmentsLoader {
 public:
  // Reads ids and names, so that rules can be checked against the ids. `value` null: there are no segments.
  explicit SegmentsLoader(const YamlValue* value);

  // Ascending, each once.
  const std::vector<std::string>& ids() const { return ids_; }
  // Reads the rules and sets segments and segment_order, which are complete only if there are no errors. Circles are
  // errors.
  void Load(const RuleScope& scope, TenantDefinitions* tenant);

 private:
  struct Entry {
    std::string id;  // empty if wrong, which was reported
    std::string name;
    std::optional<YamlValue> rule;
    bool repeated = false;  // another entry has this id already
  };

  void Read(const YamlValue& value);
  void ReportCircle(const std::vector<uint32_t>& circle, const std::vector<const Entry*>& by_index,
                    const TenantDefinitions& tenant) const;

  std::vector<Entry> entries_;                           // in the order of the file
  std::map<std::string, uint32_t, std::less<>> places_;  // by id: where it was first given
  std::vector<std::string> ids_;
};

}  // namespace leadpulse::config
