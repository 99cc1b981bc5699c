#include "processor/engine/updated_names.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

#include "processor/base/value.h"

namespace leadpulse::engine {
namespace {

constexpr std::string_view kAgent = "agent", kCampaigns = "campaigns", kConsents = "consents",
                           kDoNotContact = "do_not_contact", kLists = "lists", kNotes = "notes",
                           kQualification = "qualification", kStage = "stage", kTags = "tags";
constexpr std::array kParts = {kAgent, kCampaigns,     kConsents, kDoNotContact, kLists,
                               kNotes, kQualification, kStage,    kTags};

// Returns what leads.jsonl shows of an attribute; empty if it is unset.
std::string Shown(const state::Profile& profile, const std::string& name) {
  const auto found = profile.attributes.find(name);
  if (found == profile.attributes.end() || IsUnset(found->second.converted)) return "";
  return ValueToJson(state::ShownValue(name, found->second));
}

std::string NameOf(const std::string& attribute) {
  const bool is_part = std::ranges::find(kParts, attribute) != kParts.end();
  return is_part ? "profile." + attribute : attribute;
}

template <typename Action>
bool Holds(const codec::Command& command) {
  return command.actions.Find<Action>() != nullptr;
}

}  // namespace

std::vector<std::string> FindUpdated(const codec::Command& command, const state::Profile& before,
                                     const state::Profile& after) {
  std::vector<std::string> updated;
  const auto add = [&](std::string_view part, bool is_updated) {
    if (is_updated) updated.emplace_back(part);
  };
  const auto add_attribute = [&](const std::string& name) {
    if (Shown(before, name) != Shown(after, name)) updated.push_back(NameOf(name));
  };
  for (const auto& [name, attribute] : before.attributes) add_attribute(name);
  for (const auto& [name, attribute] : after.attributes) {
    if (!before.attributes.contains(name)) add_attribute(name);
  }
  const state::ProfileExtras& was = *before.extras;
  const state::ProfileExtras& is = *after.extras;
  add(kAgent, was.agent_id != is.agent_id);
  add(kCampaigns, was.campaigns != is.campaigns);
  add(kConsents, Holds<codec::RecordConsent>(command));
  add(kDoNotContact, before.do_not_contact != after.do_not_contact);
  add(kLists, was.lists != is.lists);
  add(kNotes, Holds<codec::AddNote>(command) || was.notes.size() != is.notes.size());
  add(kQualification, before.qualification != after.qualification);
  add(kStage, Holds<codec::SetStage>(command));
  add(kTags, was.tags != is.tags);
  std::ranges::sort(updated);
  return updated;
}

void AddUpdated(const std::vector<std::string>& names, std::vector<std::string>* updated) {
  std::vector<std::string> both;
  std::ranges::set_union(*updated, names, std::back_inserter(both));
  *updated = std::move(both);
}

}  // namespace leadpulse::engine
