#include <algorithm>
#include <utility>

#include "tests/support/workload/record_parts.h"

namespace leadpulse::workload {
namespace {

using model::Command;
using model::Json;
using model::Stage;

Json PickAddress(Random& random, const World& world) {
  if (world.theme == Theme::kMailboxes) return PickSharedAddress(random, world);
  static const std::vector<Json> kAddresses = {
      "ann@example.com", "ANN@example.com", "x@y.example", "X@Y.example", "z@y.example", nullptr, ""};
  return random.OneOf(kAddresses);
}

Json PickAttribute(Random& random, const World& world, const std::string& name) {
  static const std::vector<Json> kSources = {"referral", "REFERRAL", "import", "Gold", 7, "elsewhere"};
  if (name == "email") return PickAddress(random, world);
  if (name == "source") return random.OneOf(kSources);
  return AnyValue(random, world, name);
}

model::UpdateProfile PickUpdate(Random& random, const World& world) {
  model::UpdateProfile update;
  const int64_t count = random.Between(1, 4);
  for (int64_t i = 0; i < count; ++i) {
    const std::string& name = random.OneOf(Words().attributes);
    update.set[Respell(random, name)] = PickAttribute(random, world, name);
    if (random.Chance(10)) update.set[Respell(random, name)] = PickAttribute(random, world, name);
  }
  // Names are not trimmed: this is another attribute than `plan`.
  if (random.Chance(3)) update.set[" plan"] = PickAttribute(random, world, "plan");
  if (random.Chance(25)) update.unset.push_back(Respell(random, random.OneOf(Words().attributes)));
  return update;
}

model::UpdateProfile PickMove(Random& random, const World& world) {
  model::UpdateProfile update;
  if (random.Chance(80)) update.set["email"] = PickAddress(random, world);
  if (random.Chance(25)) update.unset.push_back("EMAIL");
  return update;
}

model::EditNames PickEdit(Random& random) {
  model::EditNames edit;
  edit.which = static_cast<model::NameSet>(random.Below(3));
  std::vector<std::string> names = Words().tags;
  if (edit.which == model::NameSet::kCampaigns) {
    names = {"spring", "SUMMER", "Spring"};
  }
  for (int64_t i = random.Below(3); i > 0; --i) edit.add.push_back(random.OneOf(names));
  for (int64_t i = random.Below(2); i > 0; --i) edit.remove.push_back(random.OneOf(names));
  return edit;
}

model::SetStage PickStage(Random& random) {
  if (random.Chance(80)) return {static_cast<Stage>(random.Between(1, 6))};
  return {static_cast<Stage>(random.Between(7, 9))};
}

model::SetQualification PickQualification(Random& random) {
  model::SetQualification set;
  if (random.Chance(70)) set.score = random.Between(0, 100);
  set.clear = !set.score;
  return set;
}

// Picks a consent; a third were given at a time of their own, before the command or, rarely, after it.
model::RecordConsent PickConsent(Random& random, World& world) {
  model::RecordConsent record{random.OneOf(Words().purposes), random.Chance(60), random.Chance(50) ? "form" : "",
                              random.Chance(30) ? "2025-01" : ""};
  if (random.Chance(35)) record.at = TimeText(random, PickTime(random, world));
  return record;
}

model::Action PickRemoval(Random& random) {
  if (random.Chance(35)) return model::Withdraw();
  return model::Erase{random.Chance(40)};
}

model::Action PickNote(Random& random) {
  if (random.Chance(25)) return model::RemoveNote{SmallId(random, "c")};
  return model::AddNote{SmallId(random, "note ")};
}

model::Action PickAction(Random& random, World& world) {
  if (world.theme == Theme::kAddresses && random.Chance(60)) return PickMove(random, world);
  if (world.theme == Theme::kJournal && random.Chance(10)) return PickRemoval(random);
  if (world.theme == Theme::kOptOuts) {
    if (random.Chance(25)) return PickRemoval(random);
    if (random.Chance(20)) return model::SetDoNotContact{random.Chance(65), ""};
    if (random.Chance(40)) return PickMove(random, world);
  }
  if (world.theme == Theme::kMailboxes) {
    if (random.Chance(40)) return PickMove(random, world);
    if (random.Chance(20)) return PickRemoval(random);
    if (random.Chance(15)) return model::SetDoNotContact{random.Chance(65), ""};
    if (random.Chance(10)) return PickConsent(random, world);
  }
  if (world.theme == Theme::kProfile && random.Chance(40)) return PickNote(random);
  const int64_t kind = random.Below(100);
  if (kind < 45) return PickUpdate(random, world);
  if (kind < 60) return PickEdit(random);
  if (kind < 70) return PickStage(random);
  if (kind < 76) return PickQualification(random);
  if (kind < 81) return model::AssignAgent{random.Chance(70) ? "Agent-1" : ""};
  if (kind < 86) return model::SetDoNotContact{random.Chance(50), "asked"};
  if (kind < 93) return PickConsent(random, world);
  if (kind < 97) return PickNote(random);
  return PickRemoval(random);
}

// Whether a command can hold both: they are of different kinds, and neither stands alone or, rarely, one does.
bool FitTogether(Random& random, const model::Action& one, const model::Action& other) {
  const auto* edit = std::get_if<model::EditNames>(&one);
  const auto* other_edit = std::get_if<model::EditNames>(&other);
  if (edit != nullptr && other_edit != nullptr) return edit->which != other_edit->which;
  const auto removes = [](const model::Action& action) {
    return std::holds_alternative<model::Erase>(action) || std::holds_alternative<model::Withdraw>(action);
  };
  return one.index() != other.index() && ((!removes(one) && !removes(other)) || random.Chance(3));
}

model::Actions PickActions(Random& random, World& world) {
  model::Actions actions = PickAction(random, world);
  for (int64_t more = random.Chance(30) ? random.Between(1, 4) : 0; more > 0; --more) {
    model::Action action = PickAction(random, world);
    const auto fits = [&](const model::Action& one) { return FitTogether(random, one, action); };
    if (std::all_of(actions.begin(), actions.end(), fits)) actions.push_back(std::move(action));
  }
  return actions;
}

}  // namespace

Command MakeCommand(Random& random, World& world) {
  Command command;
  command.tenant = world.tenant;
  command.lead = random.OneOf(world.leads);
  command.id = SmallId(random, "c");
  command.issued_at = TimeText(random, PickTime(random, world));
  if (random.Chance(40)) command.actor = "mia";
  command.backfill = random.Chance(10);
  command.actions = PickActions(random, world);
  return command;
}

}  // namespace leadpulse::workload
