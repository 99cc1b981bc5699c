#include "config/strict_fields.h"

#include <optional>

#include "processor/base/nearest.h"
#include "processor/base/text.h"

namespace leadpulse::config {

bool MustBeDeclared(const TenantDefinitions& definitions, std::string_view name) {
  return definitions.strict_fields && name != "email" && !definitions.fields.contains(name);
}

std::string UndeclaredInWords(const TenantDefinitions& definitions, const std::vector<std::string>& names) {
  std::vector<std::string> declared;
  for (const auto& [name, type] : definitions.fields) declared.push_back(name);
  const std::optional<std::string> nearest = NearestName(names.front(), declared);
  return Concat({Join(names, ", "), names.size() == 1 ? " is" : " are",
                 " not declared under fields, and strict_fields is true",
                 nearest ? " (did you mean " + *nearest + "?)" : ""});
}

}  // namespace leadpulse::config
