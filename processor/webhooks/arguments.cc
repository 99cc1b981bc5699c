#include "processor/webhooks/arguments.h"

namespace leadpulse::webhooks {

Json ParseArgument(std::string_view text) {
  if (text.size() > kMaxArgumentBytes) return Json();
  Result<Json> read = Json::Parse(text);
  return read.ok() ? *std::move(read) : Json();
}

void Arguments::Add(std::string_view name, std::string_view text) {
  if (!name.empty() && !text.empty()) members_.emplace_back(name, text);
}

void Arguments::AddMembers(const Json& object) {
  for (const auto& [name, value] : object.members()) Add(name, value.text());
}

void Arguments::AddPairs(const Json& pairs) {
  for (const Json& pair : pairs.elements()) Add(pair["name"].text(), pair["value"].text());
}

}  // namespace leadpulse::webhooks
