#include "processor/query/addresses/undo.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "processor/base/text.h"
#include "processor/crypto/digests.h"
#include "state/lead/profile.h"

namespace leadpulse::query {
namespace {

constexpr char kActor[] = "undo";

// Finds the names that the lead does not have.
std::vector<std::string> Missing(const state::NameSet& held, const std::vector<std::string>& names) {
  std::vector<std::string> missing;
  for (const std::string& name : names) {
    if (!held.ContainsFolded(FoldCase(name))) missing.push_back(name);
  }
  return missing;
}

// Makes the action that takes back another one; nullopt if there is nothing to take back.
struct Inverse {
  const state::Lead& before;
  const std::string& command_id;

  std::optional<codec::Action> operator()(const codec::UpdateProfile& update) const {
    const auto& attributes = before.profile.attributes;
    codec::UpdateProfile undo;
    for (const auto& [name, value] : update.set) {
      const auto found = attributes.find(NormalizeName(name));
      if (found == attributes.end()) {
        undo.unset.push_back(name);
      } else if (!(found->second.sent == value)) {
        undo.set.emplace_back(name, found->second.sent);
      }
    }
    for (const std::string& name : update.unset) {
      const auto found = attributes.find(NormalizeName(name));
      if (found != attributes.end()) undo.set.emplace_back(name, found->second.sent);
    }
    if (undo.set.empty() && undo.unset.empty()) return std::nullopt;
    return undo;
  }
  std::optional<codec::Action> operator()(const codec::EditTags& edit) const {
    return Removal<codec::EditTags>(before.profile.extras->tags, edit.add);
  }
  std::optional<codec::Action> operator()(const codec::EditLists& edit) const {
    return Removal<codec::EditLists>(before.profile.extras->lists, edit.add);
  }
  std::optional<codec::Action> operator()(const codec::EditCampaigns& edit) const {
    return Removal<codec::EditCampaigns>(before.profile.extras->campaigns, edit.assign);
  }
  std::optional<codec::Action> operator()(const codec::SetStage& set) const {
    const Stage was = before.view.stage;
    if (set.stage == was || IsFinal(set.stage)) return std::nullopt;
    return codec::SetStage{was};
  }
  std::optional<codec::Action> operator()(const codec::AssignAgent& assign) const {
    const std::string& was = before.profile.extras->agent_id;
    if (assign.agent_id == was) return std::nullopt;
    return codec::AssignAgent{was};
  }
  std::optional<codec::Action> operator()(const codec::RecordConsent& record) const {
    const auto& consents = before.profile.extras->consents;
    const auto was = consents.find(FoldCase(record.purpose));
    const bool was_granted = was != consents.end() && was->second.granted;
    if (!record.granted || was_granted) return std::nullopt;
    return codec::RecordConsent{record.purpose, false, kActor};
  }
  std::optional<codec::Action> operator()(const codec::AddNote&) const { return codec::RemoveNote{command_id}; }
  // Takes back nothing that was said against mail.
  template <typename Other>
  std::optional<codec::Action> operator()(const Other&) const {
    return std::nullopt;
  }

 private:
  template <typename Edit>
  static std::optional<codec::Action> Removal(const state::NameSet& held, const std::vector<std::string>& added) {
    std::vector<std::string> missing = Missing(held, added);
    if (missing.empty()) return std::nullopt;
    return Edit{{}, std::move(missing)};
  }
};

// Makes a command for the lead of another one, at the same time.
codec::Command After(const codec::Command& command, codec::Action action) {
  codec::Command undo = command;
  crypto::StableId id(kActor);
  id.Add(command.command_id);
  undo.command_id = id.Take();
  undo.actor = kActor;
  undo.actions = std::move(action);
  return undo;
}

}  // namespace

std::vector<codec::Command> UndoOf(const state::Lead* held, std::span<const codec::Command* const> commands,
                                   bool has_events) {
  if (held == nullptr && !has_events) {
    if (commands.empty()) return {};
    return {After(*commands.front(), codec::Withdraw{})};
  }
  state::Lead none;
  none.view.stage = Stage::kNew;
  std::vector<codec::Command> undo;
  for (const codec::Command* command : commands) {
    for (const codec::Action& action : command->actions) {
      auto inverse = std::visit(Inverse{held == nullptr ? none : *held, command->command_id}, action);
      if (inverse) undo.push_back(After(*command, *std::move(inverse)));
    }
  }
  return undo;
}

}  // namespace leadpulse::query
