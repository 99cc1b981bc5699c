#include "processor/delivery/change_filter.h"

#include <nlohmann/json.hpp>

namespace leadpulse::delivery {

Result<bool> ChangeFilter::Selects(std::string_view line) const {
  if (kinds.empty() && tenants.empty() && !skip_backfill) return true;
  const nlohmann::json change = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!change.is_object()) return Status::Rejected("is not a change: no JSON object");
  const auto text = [](const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!kinds.empty() && !kinds.contains(text(change, "kind"))) return false;
  if (!tenants.empty() && !tenants.contains(text(change, "tenantId"))) return false;
  if (!skip_backfill) return true;
  const auto cause = change.find("cause");
  const bool by_definitions = cause != change.end() && cause->is_object() && text(*cause, "kind") == "DEFINITIONS";
  const auto backfill = change.find("backfill");
  return !by_definitions && !(backfill != change.end() && backfill->is_boolean() && backfill->get<bool>());
}

}  // namespace leadpulse::delivery
