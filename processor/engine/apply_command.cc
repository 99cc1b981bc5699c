#include "processor/engine/apply_command.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "config/strict_fields.h"
#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/sort_once.h"
#include "processor/base/text.h"
#include "processor/engine/lead_address.h"
#include "state/lead/names_edit.h"

namespace leadpulse::engine {
namespace {

using codec::Reason;
using codec::Rejection;
using state::Profile;
using Attributes = std::map<std::string, state::Attribute, std::less<>>;

// Rejects a value that is no address, because leads of one person find each other by it. `converted`: in normal form.
std::variant<Value, Rejection> CheckEmail(Value converted) {
  const auto* text = std::get_if<std::string>(&converted);
  if (text != nullptr && IsEmailText(*text)) return converted;
  return Rejection{Reason::kInvalidValue,
                   "the value of `email` is no e-mail address; send one address as a text of at most 320 bytes, "
                   "without white space, commas, semicolons and angle brackets inside"};
}

// Converts an attribute's value as the definitions read it: as sent where nothing is declared. The rejection is an
// invalid_value. `name` is normalised; the value is not unset.
std::variant<Value, Rejection> ConvertAttribute(const std::string& name, const Value& sent,
                                                const config::TenantDefinitions& definitions) {
  const auto declared = definitions.fields.find(name);
  std::optional<Value> converted = sent;
  if (declared != definitions.fields.end()) converted = ConvertValue(sent, declared->second, definitions.calendar);
  const bool is_email = name == state::kEmailAttribute;
  if (converted && is_email) state::NormalizeEmail(&*converted);
  const bool is_address = is_email && definitions.identity_by_email;
  if (converted) return is_address ? CheckEmail(*std::move(converted)) : *std::move(converted);
  const std::string type(FieldTypeName(declared->second));
  return Rejection{Reason::kInvalidValue, "the value of `" + name + "` does not convert to the declared type " + type +
                                              "; send a " + type + " or change the field's type in the definitions"};
}

Rejection FinalStage(const Profile& profile, std::string_view action) {
  const std::string stage(StageName(profile.set_stage->stage));
  return {Reason::kFinalStage, "the lead is " + stage + ", which is final: " + std::string(action) +
                                   " is refused; erase the lead or use a new one to start over"};
}

// Drops the oldest consents of the ledger first.
std::optional<Rejection> CheckSize(Profile* profile) {
  if (profile->attributes.size() > state::kMaxAttributes) {
    return Rejection{Reason::kTooManyAttributes, "the lead would have " + std::to_string(profile->attributes.size()) +
                                                     " attributes; the limit is " +
                                                     std::to_string(state::kMaxAttributes) + ": unset some first"};
  }
  if (state::ProfileBytes(*profile) <= state::kMaxProfileBytes) return std::nullopt;
  auto ledger = profile->extras->consent_ledger;
  const size_t bytes = state::DropConsentEntries(state::kMaxProfileBytes, profile);
  if (bytes > state::kMaxProfileBytes) {
    profile->extras.Get().consent_ledger = std::move(ledger);
    return Rejection{Reason::kLeadTooLarge, "attributes, tags, lists, campaigns and consents would take " +
                                                std::to_string(bytes) + " bytes; the limit is " +
                                                std::to_string(state::kMaxProfileBytes) + ": remove some first"};
  }
  return std::nullopt;
}

// Whether a command may not move the lead: it is in a final stage before the command.
std::optional<Rejection> CheckStage(const codec::Command& command, const Profile& profile) {
  if (!profile.set_stage || !IsFinal(profile.set_stage->stage)) return std::nullopt;
  if (command.actions.Find<codec::SetStage>() != nullptr) return FinalStage(profile, "set_stage");
  if (command.actions.Find<codec::AssignAgent>() != nullptr) return FinalStage(profile, "assign_agent");
  return std::nullopt;
}

// Applies one action to a profile. A command's only action checks the size of the profile, too: a rejection then leaves
// the profile as it was.
struct ActionApplier {
  const codec::Command& command;
  const config::TenantDefinitions& definitions;
  Profile* profile;

  using Outcome = std::optional<Rejection>;

  Outcome operator()(const codec::UpdateProfile& update) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : update.set) names.push_back(NormalizeName(name));
    for (const std::string& name : update.unset) names.push_back(NormalizeName(name));
    Attributes before;
    const auto exchange = [&] { Exchange(names, &before); };
    exchange();
    Outcome rejection;
    size_t next = 0;
    for (const auto& [name, value] : update.set) {  // ascending: of two equal names the later wins
      if (!rejection) rejection = SetAttribute(names[next++], value);
    }
    for (; !rejection && next < names.size(); ++next) profile->attributes.erase(names[next]);
    rejection = Bounded(std::move(rejection), exchange);
    if (!rejection && !MakesLead()) {
      SortOnce(&names);
      AddNames(state::EditKind::kAttributes, state::WriteNamesEdit(names, before, profile->attributes));
    }
    return rejection;
  }
  Outcome operator()(const codec::EditTags& edit) const {
    return Edit(state::EditKind::kTags, edit.add, edit.remove, &extras().tags);
  }
  Outcome operator()(const codec::EditLists& edit) const {
    return Edit(state::EditKind::kLists, edit.add, edit.remove, &extras().lists);
  }
  Outcome operator()(const codec::EditCampaigns& edit) const {
    return Edit(state::EditKind::kCampaigns, edit.assign, edit.remove, &extras().campaigns);
  }
  Outcome operator()(const codec::SetStage& set) const {
    profile->set_stage = state::StageSetting{set.stage, command.issued_at};
    AddEdit(state::EditKind::kStage, std::string(StageName(set.stage)));
    return std::nullopt;
  }
  Outcome operator()(const codec::SetQualification& set) const {
    if (profile->qualification != set.score) {
      AddEdit(state::EditKind::kQualification, set.score ? std::to_string(*set.score) : "");
    }
    profile->qualification = set.score;
    return std::nullopt;
  }
  Outcome operator()(const codec::AssignAgent& assign) const {
    if (profile->extras->agent_id != assign.agent_id) AddEdit(state::EditKind::kAgent, assign.agent_id);
    extras().agent_id = assign.agent_id;
    return std::nullopt;
  }
  Outcome operator()(const codec::SetDoNotContact& set) const {
    if (profile->do_not_contact != set.value) AddEdit(state::EditKind::kDoNotContact, set.value ? "true" : "false");
    profile->do_not_contact = set.value;
    extras().do_not_contact_reason = set.reason;
    return std::nullopt;
  }
  Outcome operator()(const codec::RecordConsent& record) const {
    auto consents = extras().consents;
    auto ledger = extras().consent_ledger;
    const Instant at = record.at.value_or(command.issued_at);
    state::RecordConsent(
        {{record.purpose, record.granted, record.source, at}, command.actor, record.version, command.issued_at},
        profile);
    Outcome rejection;
    if (is_alone()) rejection = CheckSize(profile);
    if (!rejection) return std::nullopt;
    if (!record.granted) {  // a withdrawal is never refused for size
      state::DropConsentEntries(state::kMaxProfileBytes, profile);
      return std::nullopt;
    }
    extras().consents = std::move(consents);
    extras().consent_ledger = std::move(ledger);
    return rejection;
  }
  Outcome operator()(const codec::AddNote& add) const {
    std::vector<state::Note>& notes = extras().notes;
    notes.push_back({command.issued_at, command.actor, add.text, command.command_id});
    if (notes.size() > state::kMaxNotes) notes.erase(notes.begin());
    return std::nullopt;
  }
  Outcome operator()(const codec::RemoveNote& remove) const {
    std::erase_if(extras().notes, [&](const state::Note& note) { return note.command_id == remove.command_id; });
    return std::nullopt;
  }
  Outcome operator()(const codec::Erase&) const { return Removes(); }
  Outcome operator()(const codec::Withdraw&) const { return Removes(); }

  static Outcome Removes() {
    LP_ASSERT(false);  // the engine removes the lead; no profile is left to apply it to
    return std::nullopt;
  }

  bool is_alone() const { return command.actions.size() == 1; }
  state::ProfileExtras& extras() const { return profile->extras.Get(); }
  void AddEdit(state::EditKind kind, std::string value) const {
    state::RecordEdit({kind, command.issued_at, command.actor, std::move(value)}, profile);
  }
  // Whether the command is one of those that make the lead: the first, or one issued at the same instant, because a row
  // of an import or a form may take several. Their edits are not recorded: everybody sees them in the lead itself.
  bool MakesLead() const { return !profile->first_command_at || command.issued_at == *profile->first_command_at; }
  void AddNames(state::EditKind kind, std::string names) const {
    if (!names.empty()) AddEdit(kind, std::move(names));
  }
  // Takes the attributes with these names out of the profile, and puts the others in.
  void Exchange(const std::vector<std::string>& names, Attributes* others) const {
    Attributes taken;
    for (const std::string& name : names) taken.insert(profile->attributes.extract(name));
    profile->attributes.merge(*others);
    *others = std::move(taken);
  }
  // Checks the limits after a change, and takes it back if it is refused. `exchange` puts what was changed as it was
  // before, and when called again as it is now.
  template <typename ExchangeBoth>
  Outcome Bounded(Outcome rejection, const ExchangeBoth& exchange) const {
    if (!rejection && is_alone()) rejection = CheckSize(profile);
    if (rejection && rejection->reason == Reason::kLeadTooLarge && !Grew(exchange)) rejection.reset();
    if (rejection) exchange();
    return rejection;
  }
  // Whether the profile is larger than before: a withdrawal may have left it above the limit, and what makes it smaller
  // is not refused.
  template <typename ExchangeBoth>
  bool Grew(const ExchangeBoth& exchange) const {
    const size_t bytes = state::ProfileBytes(*profile);
    exchange();
    const size_t bytes_before = state::ProfileBytes(*profile);
    exchange();
    return bytes > bytes_before;
  }
  Outcome Edit(state::EditKind kind, const std::vector<std::string>& add, const std::vector<std::string>& remove,
               state::NameSet* names) const {
    state::NameSet before = *names;
    for (const std::string& name : add) names->Add(name);
    for (const std::string& name : remove) names->Remove(name);
    Outcome rejection = Bounded(std::nullopt, [&] { std::swap(*names, before); });
    if (!rejection && !MakesLead()) AddNames(kind, state::WriteNamesEdit(before, *names));
    return rejection;
  }
  Outcome SetAttribute(const std::string& name, const Value& value) const {
    if (IsUnset(value)) {
      profile->attributes.erase(name);
      return std::nullopt;
    }
    auto converted = ConvertAttribute(name, value, definitions);
    if (auto* rejection = std::get_if<Rejection>(&converted)) return std::move(*rejection);
    profile->attributes.insert_or_assign(name, state::Attribute{value, std::get<Value>(std::move(converted))});
    return std::nullopt;
  }
};

// Applies all actions or none.
std::optional<Rejection> ApplyActions(const codec::Command& command, const config::TenantDefinitions& definitions,
                                      Profile* profile) {
  const ActionApplier applier{command, definitions, profile};
  if (applier.is_alone()) return std::visit(applier, *command.actions.begin());
  Profile before = *profile;
  std::optional<Rejection> rejection;
  for (const codec::Action& action : command.actions) {
    if (!rejection) rejection = std::visit(applier, action);
  }
  if (!rejection) rejection = CheckSize(profile);
  if (rejection && rejection->reason == Reason::kLeadTooLarge) {
    const auto* consent = command.actions.Find<codec::RecordConsent>();
    const bool withdraws = consent != nullptr && !consent->granted;  // a withdrawal is never refused for size
    if (withdraws) state::DropConsentEntries(state::kMaxProfileBytes, profile);
    if (withdraws || state::ProfileBytes(*profile) <= state::ProfileBytes(before)) rejection.reset();
  }
  if (rejection) *profile = std::move(before);
  return rejection;
}

// Returns the normalised text of `email` as outputs show it, or the JSON of a value that is not a text.
std::string AnyEmailOf(const Profile& profile) {
  const auto found = profile.attributes.find(state::kEmailAttribute);
  if (found == profile.attributes.end() || IsUnset(found->second.converted)) return {};
  const Value& value = state::ShownValue(state::kEmailAttribute, found->second);
  if (const auto* day = std::get_if<CalendarDay>(&value)) return FormatDay(day->day);
  const auto* text = std::get_if<std::string>(&value);
  return NormalizeAddress(text != nullptr ? *text : ValueToJson(value));
}

std::string StandInAddress(const LeadKey& key) {
  return key.lead.find('@') == std::string::npos ? std::string() : NormalizeAddress(key.lead);
}

// Notes when the lead's address changes: the one of spec §9, or without `by_email` any value of `email` (spec §4).
// Compares without case, because the normal form keeps the case of letters beyond ASCII before the `@`.
void NoteAddress(const codec::Command& command, bool by_email, Profile* profile) {
  const std::string last = NormalizeAddress(profile->last_address);
  std::string address = by_email ? AddressOf(command.key, *profile) : AnyEmailOf(*profile);
  if (!by_email && address.empty()) address = StandInAddress(command.key);
  if (address.empty() || address == last) return;
  const bool had_one = by_email ? last.find('@') != std::string::npos : !last.empty();
  const bool differs = FoldCase(address) != FoldCase(last);
  if (had_one && differs) profile->address_changed_at = command.issued_at;
  profile->last_address = std::move(address);
}

void NoteApplied(const codec::Command& command, Profile* profile) {
  const Instant at = command.issued_at;
  profile->first_command_at = std::min(profile->first_command_at.value_or(at), at);
  profile->newest_command_at = std::max(profile->newest_command_at.value_or(at), at);
  auto& applied = profile->applied_command_ids;
  applied.push_back(command.command_id);
  if (applied.size() > state::kMaxAppliedCommandIds) applied.erase(applied.begin());
}

}  // namespace

std::optional<Rejection> CheckCommand(const codec::Command& command, const config::Definitions& definitions) {
  const auto* update = command.actions.Find<codec::UpdateProfile>();
  if (update == nullptr) return std::nullopt;
  const config::TenantDefinitions& tenant = definitions.For(command.key.tenant);
  for (const auto& [name, value] : update->set) {
    if (IsUnset(value)) continue;
    auto converted = ConvertAttribute(NormalizeName(name), value, tenant);
    if (auto* rejection = std::get_if<Rejection>(&converted)) return std::move(*rejection);
  }
  return std::nullopt;
}

std::vector<std::string> UndeclaredAttributes(const codec::Command& command,
                                              const config::TenantDefinitions& definitions) {
  std::vector<std::string> undeclared;
  const auto* update = command.actions.Find<codec::UpdateProfile>();
  if (update == nullptr || !definitions.strict_fields) return undeclared;
  for (const auto& [name, value] : update->set) {
    if (!IsUnset(value) && config::MustBeDeclared(definitions, NormalizeName(name))) undeclared.push_back(name);
  }
  return undeclared;
}

state::Profile NewProfile(const LeadKey& key) {
  Profile profile;
  profile.last_address = StandInAddress(key);
  return profile;
}

bool IsApplied(const Profile& profile, std::string_view command_id) {
  return std::ranges::find(profile.applied_command_ids, command_id) != profile.applied_command_ids.end();
}

std::optional<Rejection> ApplyCommand(const codec::Command& command, const config::TenantDefinitions& definitions,
                                      Profile* profile) {
  if (auto rejection = CheckStage(command, *profile)) return rejection;
  if (auto rejection = ApplyActions(command, definitions, profile)) return rejection;
  NoteAddress(command, definitions.identity_by_email, profile);
  NoteApplied(command, profile);
  return std::nullopt;
}

}  // namespace leadpulse::engine
