#include "processor/query/addresses/contact_effect.h"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include "processor/base/text.h"
#include "processor/query/leads/row_text.h"

namespace leadpulse::query {
namespace {

struct Differs {
  const state::Profile& profile;

  bool operator()(const codec::UpdateProfile& update) const {
    const auto differs = [&](const auto& named) {
      const auto found = profile.attributes.find(NormalizeName(named.first));
      return found == profile.attributes.end() || PlainText(found->second.sent) != PlainText(named.second);
    };
    const auto is_set = [&](const std::string& name) { return profile.attributes.contains(NormalizeName(name)); };
    return std::ranges::any_of(update.set, differs) || std::ranges::any_of(update.unset, is_set);
  }
  bool operator()(const codec::EditTags& edit) const { return Misses(profile.extras->tags, edit.add); }
  bool operator()(const codec::EditLists& edit) const { return Misses(profile.extras->lists, edit.add); }
  bool operator()(const codec::EditCampaigns& edit) const { return Misses(profile.extras->campaigns, edit.assign); }
  bool operator()(const codec::SetStage& set) const {
    return !profile.set_stage || profile.set_stage->stage != set.stage;
  }
  bool operator()(const codec::RecordConsent& record) const {
    const auto found = profile.extras->consents.find(FoldCase(record.purpose));
    return found == profile.extras->consents.end() || found->second.granted != record.granted;
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return true;
  }

 private:
  static bool Misses(const state::NameSet& held, const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [&](const std::string& name) { return !held.ContainsFolded(FoldCase(name)); });
  }
};

}  // namespace

bool ChangesProfile(const state::Lead& lead, const codec::Command& command) {
  const auto& applied = lead.profile.applied_command_ids;
  if (std::ranges::find(applied, command.command_id) != applied.end()) return false;
  return std::visit(Differs{lead.profile}, command.action);
}

bool KnowsEvent(const state::Lead& lead, const codec::Event& event) {
  const auto entries = lead.journal.entries();
  return std::ranges::any_of(entries, [&event](const auto& entry) { return entry.event_id() == event.event_id; });
}

}  // namespace leadpulse::query
