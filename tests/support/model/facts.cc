#include "tests/support/model/facts.h"

#include <algorithm>

#include "tests/support/model/addresses.h"

namespace leadpulse::model {

Facts::Facts(const Lead& of_lead, const TenantDefinitions& in_force, AddressStanding of_address)
    : lead(of_lead),
      definitions(in_force),
      zone(Zone::Named(in_force.timezone)),
      tallies(of_lead.folded),
      status(StatusEventsOf(of_lead)),
      standing(std::move(of_address)) {
  for (const Entry& entry : lead.journal) {
    if (entry.type == EventType::kRetract) continue;
    if (IsRetracted(lead, entry)) continue;
    visible.push_back(&entry);
    if (entry.machine) continue;
    tallies[entry.type].Add(entry.at);
  }
  for (const auto& [name, sent] : lead.attributes) {
    const auto value = Convert(sent, FieldTypeOf(definitions.fields, name), zone);
    if (value && value->is_set()) attributes[name] = *value;
  }
}

int64_t Facts::CountOf(EventType type) const {
  const auto found = tallies.find(type);
  return found == tallies.end() ? 0 : found->second.count;
}

std::optional<Millis> Facts::LastOf(EventType type) const {
  const auto found = tallies.find(type);
  if (found == tallies.end() || found->second.count == 0) return std::nullopt;
  return found->second.last;
}

std::optional<Millis> Facts::LastOf(const std::vector<EventType>& types) const {
  std::optional<Millis> last;
  for (EventType type : types) {
    const auto instant = LastOf(type);
    if (instant && (!last || *last < *instant)) last = instant;
  }
  return last;
}

std::optional<Millis> Facts::Created() const {
  std::optional<Millis> created = lead.oldest_command;
  if (lead.oldest_folded_own) created = std::min(created.value_or(*lead.oldest_folded_own), *lead.oldest_folded_own);
  for (const Entry* entry : visible) {
    if (entry->machine || entry->origin != lead.id) continue;
    created = std::min(created.value_or(entry->at), entry->at);
  }
  return created;
}

Value Facts::Attribute(const std::string& normal_name) const {
  const auto found = attributes.find(normal_name);
  if (found != attributes.end()) {
    Value value = found->second;
    if (normal_name == "email" && value.kind == Value::Kind::kText) value.text = NormalAddress(value.text);
    return value;
  }
  if (normal_name == "email" && lead.id.find('@') != std::string::npos) {
    Value id = Value::Text(NormalAddress(lead.id));
    id.undeclared = !FieldTypeOf(definitions.fields, "email").has_value();
    return id;
  }
  return Value();
}

}  // namespace leadpulse::model
