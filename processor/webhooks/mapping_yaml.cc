#include "processor/webhooks/mapping_yaml.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace leadpulse::webhooks {

void LoadPath(const config::YamlValue& value, JsonPath* path) {
  constexpr size_t kMaxPathBytes = 1024;
  const std::optional<std::string> text = value.Name("a path such as contact.emails[0]", kMaxPathBytes);
  if (!text) return;
  auto parsed = JsonPath::Parse(*text);
  if (auto* fault = std::get_if<JsonPath::Fault>(&parsed)) {
    value.log().Error(value.log().source().OffsetInScalar(value.node(), fault->at), value.path(),
                      fault->message + " in the path " + config::Quoted(*text));
    return;
  }
  *path = std::get<JsonPath>(std::move(parsed));
}

void LoadPathOrText(const config::YamlValue& value, JsonPath* path, std::string* always) {
  if (value.node().kind != config::YamlKind::kMap) return LoadPath(value, path);
  static const auto& known = *new std::vector<std::string>{"always"};
  const std::optional<config::YamlKeys> keys = value.Keys("a path, or {always: NAME}", known);
  if (!keys) return;
  const config::YamlEntry* entry = keys->Find("always");
  if (entry == nullptr) return value.Error("expected a path, or {always: NAME}");
  *always = entry->value.Name("a name", kMaxMappedNameBytes).value_or("");
}

}  // namespace leadpulse::webhooks
