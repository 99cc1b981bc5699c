#include "processor/engine/record_check.h"

#include <utility>

#include "processor/base/address.h"
#include "processor/base/text.h"

namespace leadpulse::engine {
namespace {

// An address is how leads of one person find each other, so a value that is none is refused.
std::variant<Value, codec::Rejection> CheckEmail(Value converted) {
  const auto* text = std::get_if<std::string>(&converted);
  if (text != nullptr && IsEmailText(TrimAsciiSpace(*text))) return converted;
  return codec::Rejection{codec::Reason::kInvalidValue,
                          "the value of `email` is no e-mail address; send one address as a text of at most 320 bytes, "
                          "without white space, commas, semicolons and angle brackets inside"};
}

}  // namespace

std::variant<Value, codec::Rejection> ConvertAttribute(const std::string& name, const Value& sent,
                                                       const config::TenantDefinitions& definitions) {
  const auto declared = definitions.fields.find(name);
  std::optional<Value> converted = sent;
  if (declared != definitions.fields.end()) converted = ConvertValue(sent, declared->second, definitions.calendar);
  const bool is_address = name == "email" && definitions.identity_by_email;
  if (converted) return is_address ? CheckEmail(*std::move(converted)) : *std::move(converted);
  const std::string type(FieldTypeName(declared->second));
  return codec::Rejection{codec::Reason::kInvalidValue,
                          "the value of `" + name + "` does not convert to the declared type " + type + "; send a " +
                              type + " or change the field's type in the definitions"};
}

std::optional<codec::Rejection> CheckCommand(const codec::Command& command, const config::Definitions& definitions) {
  const auto* update = std::get_if<codec::UpdateProfile>(&command.action);
  if (update == nullptr) return std::nullopt;
  const config::TenantDefinitions& tenant = definitions.For(command.key.tenant);
  for (const auto& [name, value] : update->set) {
    if (IsUnset(value)) continue;
    auto converted = ConvertAttribute(NormalizeName(name), value, tenant);
    if (auto* rejection = std::get_if<codec::Rejection>(&converted)) return std::move(*rejection);
  }
  return std::nullopt;
}

}  // namespace leadpulse::engine
