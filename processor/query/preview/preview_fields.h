// Counts which of the attributes that a tenant's rules name its leads have.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "config/definitions.h"
#include "processor/query/preview/preview.h"
#include "processor/rules/language/ast.h"
#include "state/lead/lead.h"

namespace leadpulse::query {

class FieldCounter {
 public:
  // The attributes named in the rules of segments, in `when` and in `exclude`.
  explicit FieldCounter(const config::TenantDefinitions& definitions);

  // The lead's profile is converted as the definitions say.
  void Count(const state::Lead& lead);

  std::map<std::string, FieldCoverage> Finish() &&;

 private:
  // What a mistyped name is compared with. Of a tenant that has more, whatever their names, the rest is not looked at,
  // so that memory stays bounded.
  static constexpr size_t kMaxNamesSeen = 4096;

  struct Counted {
    rules::Field field;
    FieldCoverage coverage;
  };
  std::vector<Counted> counted_;  // by ascending name
  std::set<std::string, std::less<>> names_seen_;
};

}  // namespace leadpulse::query
