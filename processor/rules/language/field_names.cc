#include "processor/rules/language/field_names.h"

#include <optional>
#include <utility>

#include "processor/base/text.h"

namespace leadpulse::rules {

std::variant<BuiltIn, std::string> FieldNamed(std::string normalized) {
  if (const std::optional<BuiltIn> built_in = BuiltInFromName(normalized)) return *built_in;
  const bool has_prefix = normalized.starts_with(kProfilePrefix) && normalized.size() > kProfilePrefix.size();
  if (has_prefix) normalized.erase(0, kProfilePrefix.size());
  return normalized;
}

std::string NameOfAttribute(const std::string& attribute) {
  const bool is_plain = FieldNamed(attribute) == std::variant<BuiltIn, std::string>(attribute);
  return is_plain ? attribute : std::string(kProfilePrefix) + attribute;
}

std::string WarningOfName(const std::string& attribute) {
  const std::string name = NameOfAttribute(attribute);
  if (name == attribute) return {};
  const auto meant = FieldNamed(attribute);
  const auto* built_in = std::get_if<BuiltIn>(&meant);
  const std::string other = built_in != nullptr ? "the lead's own " + std::string(BuiltInName(*built_in))
                                                : "the attribute " + std::get<std::string>(meant);
  return Concat({"in rules \"", attribute, "\" is ", other, "; this attribute is ", name});
}

}  // namespace leadpulse::rules
