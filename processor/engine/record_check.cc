#include "processor/engine/record_check.h"

#include "processor/base/text.h"

namespace leadpulse::engine {

std::optional<codec::Rejection> CheckCommand(const codec::Command& command, const config::Definitions& definitions) {
  const auto* update = std::get_if<codec::UpdateProfile>(&command.action);
  if (update == nullptr) return std::nullopt;
  const config::TenantDefinitions& tenant = definitions.For(command.key.tenant);
  for (const auto& [name, value] : update->set) {
    const auto declared = tenant.fields.find(NormalizeName(name));
    if (declared == tenant.fields.end() || IsUnset(value)) continue;
    if (ConvertValue(value, declared->second, tenant.calendar)) continue;
    const std::string type(FieldTypeName(declared->second));
    return codec::Rejection{codec::Reason::kInvalidValue,
                            "the value of `" + declared->first + "` does not convert to the declared type " + type +
                                "; send a " + type + " or change the field's type in the definitions"};
  }
  return std::nullopt;
}

}  // namespace leadpulse::engine
