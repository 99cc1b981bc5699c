#include "processor/replay/record_selection.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "processor/base/engagement.h"
#include "processor/replay/record_line.h"

namespace leadpulse::replay {
namespace {

// In the order of codec::Action.
constexpr std::array<std::string_view, std::variant_size_v<codec::Action>> kActionNames = {
    "update_profile", "edit_tags",          "edit_lists",     "edit_campaigns", "set_stage",   "set_qualification",
    "assign_agent",   "set_do_not_contact", "record_consent", "add_note",       "remove_note", "erase"};

template <typename Names>
std::string Listed(std::string_view what, const Names& names) {
  std::string text;
  for (const std::string& name : names) text += " " + std::string(what) + " " + name;
  return text;
}

}  // namespace

std::vector<std::string> RecordTypeNames() {
  std::vector<std::string> names;
  for (int type = 1; type < kEventTypeCount; ++type) names.emplace_back(EventTypeName(static_cast<EventType>(type)));
  names.insert(names.end(), kActionNames.begin(), kActionNames.end());
  return names;
}

bool RecordSelection::Takes(const codec::Decoded& record) const {
  if (const auto* event = std::get_if<codec::Event>(&record)) {
    return TakesRecord(event->key, event->occurred_at, EventTypeName(event->type));
  }
  const auto* command = std::get_if<codec::Command>(&record);
  return command == nullptr || std::ranges::any_of(command->actions, [&](const codec::Action& action) {
           return TakesRecord(command->key, command->issued_at, kActionNames[action.index()]);
         });
}

bool RecordSelection::TakesRecord(const LeadKey& key, Instant time, std::string_view type) const {
  return (tenants.empty() || tenants.contains(key.tenant)) && (leads.empty() || leads.contains(key.lead)) &&
         (types.empty() || types.contains(type)) && (!from || *from <= time) && (!until || time < *until);
}

input::ApplyToRecord TransformOf(RecordSelection selection, bool as_backfill) {
  return [selection = std::move(selection), as_backfill](codec::Decoded* record) {
    if (!selection.Takes(*record)) return false;
    if (as_backfill) MarkAsBackfill(record);
    return true;
  };
}

std::string RecordSelection::Describe() const {
  std::string text = Listed("--tenant", tenants) + Listed("--lead", leads) + Listed("--type", types);
  if (from) text += " --from " + FormatRfc3339(*from);
  if (until) text += " --until " + FormatRfc3339(*until);
  return text;
}

}  // namespace leadpulse::replay
