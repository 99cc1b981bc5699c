#include "processor/query/addresses/contact_outlook.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "processor/base/address.h"
#include "processor/base/text.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
#include "processor/query/leads/row_text.h"
#include "processor/query/state_access.h"
#include "processor/view/email_status.h"

namespace leadpulse::query {
namespace {

using state::Lead;
using state::LeadIdentity;
using state::Registration;

// A lead as its next record will find it.
struct FoundLead {
  Lead lead;
  bool is_held = false;
  bool was_erased = false;  // not held, because it was erased
};

Result<FoundLead> Find(const state::LeadReader& store, const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(std::optional<Lead> row, FindRow(store, key));
  if (row) return FoundLead{*std::move(row), true, false};
  LP_ASSIGN_OR_RETURN(std::optional<state::Erasure> erasure, FindErasure(store, key));
  FoundLead found;
  found.lead.key = key;
  found.was_erased = erasure.has_value();
  engine::BeginLife(std::move(erasure).value_or(state::Erasure()), &found.lead);
  return found;
}

// Returns the lead that gets a command with an empty lead_id (spec §9, rule 4).
std::string RecipientOf(const Lead& mailbox) {
  if (mailbox.profile.newest_command_at) return mailbox.key.lead;
  const std::vector<std::string> users = UsersOf(mailbox);
  return users.size() == 1 ? users.front() : mailbox.key.lead;
}

void Apply(std::span<const codec::Command* const> commands, const config::TenantDefinitions& definitions,
           state::Profile* profile) {
  for (const codec::Command* command : commands) {
    if (command->actions.removes_lead()) continue;
    if (!engine::IsApplied(*profile, command->command_id)) engine::ApplyCommand(*command, definitions, profile);
  }
}

std::string Pseudonym(const state::LeadReader& store, const LeadKey& key) {
  return engine::PseudonymOf(store.ErasureHash(EncodeLeadKey(key)));
}

// Returns the slot of an address other than the lead's own, which may be new to the lead, known, or erased.
state::AddressSlot SlotOf(const state::LeadReader& store, std::string_view address, Lead* lead) {
  std::vector<std::string>& addresses = lead->identity->addresses;
  const auto erased = std::ranges::find(addresses, Pseudonym(store, {lead->key.tenant, std::string(address)}));
  if (erased != addresses.end()) *erased = address;
  return lead->identity->SlotOf(address);
}

// Gives the lead what was sent for the mailbox.
void TakeEntries(const state::LeadReader& store, const Lead& mailbox, Lead* lead) {
  const std::shared_ptr<const state::Journal> entries = engine::OwnEntriesOf(mailbox);
  if (entries == nullptr) return;
  const std::vector<std::string> addresses =
      mailbox.identity ? mailbox.identity->addresses : std::vector<std::string>();
  const auto slot_of = [&](std::string_view address) { return SlotOf(store, address, lead); };
  engine::TakePassedOn(*entries, addresses, slot_of(mailbox.key.lead), slot_of, lead);
}

// Makes the lead a user of the mailbox, as after the mailbox's answer.
void Use(const state::LeadReader& store, const Lead& mailbox, Lead* lead) {
  LeadIdentity& identity = lead->identity.Get();
  const std::string& address = mailbox.key.lead;
  const bool is_known = identity.mailbox == address && identity.registration == Registration::kRegistered;
  if (is_known) return;
  SlotOf(store, address, lead);
  identity.mailbox = address;
  identity.registration = Registration::kRegistered;
  const LeadIdentity of_mailbox = mailbox.identity ? *mailbox.identity : LeadIdentity();
  const auto user = of_mailbox.leads.find(lead->key.lead);
  const bool is_user = user != of_mailbox.leads.end() && user->second.uses;
  if (!is_user && of_mailbox.users() >= state::kMaxMailboxLeads) identity.registration = Registration::kRefused;
  // Facts of an earlier life of the lead are its own.
  const std::string erased_self = Pseudonym(store, lead->key);
  const std::string& self = of_mailbox.leads.contains(erased_self) ? erased_self : lead->key.lead;
  identity.standing = StandingWithout(of_mailbox, state::FactsOfAddress(mailbox, state::kOwnSlot), self);
  if (identity.registration == Registration::kRegistered && of_mailbox.users() + !is_user <= state::kMaxUsersPassedOnTo)
    TakeEntries(store, mailbox, lead);
}

// Finds the first lead that must not be contacted: the mailbox, if it is another lead, or one of `users`. Empty: none.
Result<std::string> FindDoNotContact(const state::LeadReader& store, const Lead* mailbox,
                                     const std::vector<std::string>& users, const std::string& tenant) {
  if (mailbox != nullptr && mailbox->profile.do_not_contact) return mailbox->key.lead;
  for (size_t i = 0; i < std::min(users.size(), kMostUsersNamed); ++i) {
    LP_ASSIGN_OR_RETURN(const std::optional<Lead> user, FindRow(store, {tenant, users[i]}));
    if (user && user->profile.do_not_contact) return users[i];
  }
  return std::string();
}

// Fills in how the mailbox, another lead, affects the contact.
Status LookAtMailbox(const state::LeadReader& store, const config::TenantDefinitions& definitions,
                     const FoundLead& mailbox, Lead* lead, ContactOutlook* outlook) {
  if (definitions.identity_by_email) Use(store, mailbox.lead, lead);
  outlook->users = UsersOf(mailbox.lead);
  std::erase(outlook->users, outlook->lead);
  if (mailbox.is_held && mailbox.lead.is_lead()) {
    const bool stays = mailbox.lead.profile.newest_command_at.has_value() || !definitions.identity_by_email;
    outlook->mailbox = stays ? MailboxOutlook::kStays : MailboxOutlook::kMerges;
  }
  LP_ASSIGN_OR_RETURN(outlook->do_not_contact_lead,
                      FindDoNotContact(store, &mailbox.lead, outlook->users, lead->key.tenant));
  return Status::Ok();
}

void Evaluate(const Lead& lead, const config::TenantDefinitions& definitions, ContactOutlook* outlook) {
  const view::MailStatus status = view::EvaluateMailStatus(lead, lead.journal.Totals(), definitions);
  outlook->email_status = status.email_status;
  outlook->no_room = status.is_withheld;
  outlook->is_domain_suppressed = status.is_domain_suppressed;
  outlook->do_not_contact = lead.profile.do_not_contact;
  if (status.email_status == EmailStatus::kActive) return;
  Lead without_own = lead;
  without_own.journal = {};
  outlook->is_of_address = view::EvaluateMailStatus(without_own, {}, definitions).email_status == outlook->email_status;
}

// Finds the lead that gets the commands.
Result<FoundLead> FindRecipient(const codec::Command& command, const state::LeadReader& store) {
  LP_ASSIGN_OR_RETURN(FoundLead found, Find(store, command.key));
  if (!command.by_address) return found;
  const std::string recipient = RecipientOf(found.lead);
  if (recipient == command.key.lead) return found;
  const Instant erased_at = found.lead.erased_at;
  LP_ASSIGN_OR_RETURN(found, Find(store, {command.key.tenant, recipient}));
  // A command by address that is older than the mailbox's erasure reaches no lead.
  found.lead.erased_at = std::max(found.lead.erased_at, erased_at);
  return found;
}

// Returns the instant until which commands make no lead.
Instant ErasedUntil(const Lead& lead, const Lead& mailbox, const config::TenantDefinitions& definitions) {
  const bool begins = !lead.identity || lead.identity->mailbox != mailbox.key.lead;
  if (!begins || !definitions.identity_by_email || !mailbox.identity) return lead.erased_at;
  return std::max(lead.erased_at, mailbox.identity->users_erased_at);
}

// Fills in the outlook of a contact that has no address but its own id.
Status LookAtOwn(const state::LeadReader& store, Lead* lead, ContactOutlook* outlook) {
  outlook->users = UsersOf(*lead);
  if (lead->identity) {
    LeadIdentity& identity = *lead->identity;
    identity.mailbox.clear();  // may still be a former address
    identity.registration = Registration::kNone;
    identity.standing = {};
    if (IsMailboxId(lead->key.lead)) identity.standing = StandingWithout(identity, {}, lead->key.lead);
  }
  LP_ASSIGN_OR_RETURN(outlook->do_not_contact_lead, FindDoNotContact(store, nullptr, outlook->users, lead->key.tenant));
  return Status::Ok();
}

// A comparison of a profile with the values that an action sets; true if they differ.
struct Differs {
  const state::Profile& profile;
  const config::TenantDefinitions& definitions;

  bool operator()(const codec::UpdateProfile& update) const {
    const auto differs = [&](const auto& named) {
      const std::string name = NormalizeName(named.first);
      const auto found = profile.attributes.find(name);
      return found == profile.attributes.end() || Read(name, found->second.sent) != Read(name, named.second);
    };
    const auto is_set = [&](const std::string& name) { return profile.attributes.contains(NormalizeName(name)); };
    return std::ranges::any_of(update.set, differs) || std::ranges::any_of(update.unset, is_set);
  }
  // Whether an export shows the profile's value in the same way.
  bool IsShownAlike(const std::pair<std::string, Value>& named) const {
    const std::string name = NormalizeName(named.first);
    const auto found = profile.attributes.find(name);
    return found != profile.attributes.end() &&
           CsvText(Read(name, found->second.sent)) == CsvText(Read(name, named.second));
  }
  bool operator()(const codec::EditTags& edit) const { return Misses(profile.extras->tags, edit.add); }
  bool operator()(const codec::EditLists& edit) const { return Misses(profile.extras->lists, edit.add); }
  bool operator()(const codec::EditCampaigns& edit) const { return Misses(profile.extras->campaigns, edit.assign); }
  bool operator()(const codec::SetStage& set) const {
    return !profile.set_stage || profile.set_stage->stage != set.stage;
  }
  bool operator()(const codec::AssignAgent& assign) const { return profile.extras->agent_id != assign.agent_id; }
  bool operator()(const codec::SetDoNotContact& set) const { return profile.do_not_contact != set.value; }
  bool operator()(const codec::RecordConsent& record) const {
    const auto found = profile.extras->consents.find(FoldCase(record.purpose));
    return found == profile.extras->consents.end() || found->second.granted != record.granted;
  }
  template <typename Other>
  bool operator()(const Other&) const {
    return true;
  }

 private:
  // Returns a value as outputs show it.
  Value Read(const std::string& name, const Value& sent) const {
    const auto declared = definitions.fields.find(name);
    if (declared == definitions.fields.end()) return sent;
    const auto converted = ConvertValue(sent, declared->second, definitions.calendar);
    return state::ShownValue(name, {sent, converted.value_or(Value())});
  }

  static bool Misses(const state::NameSet& held, const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [&](const std::string& name) { return !held.ContainsFolded(FoldCase(name)); });
  }
};

}  // namespace

std::vector<std::string> ContactOutlook::OthersWithAddress() const {
  std::vector<std::string> others = users;
  if (mailbox == MailboxOutlook::kStays) others.insert(others.begin(), address);
  return others;
}

Result<ContactOutlook> OutlookOf(std::span<const codec::Command* const> commands, const state::LeadReader& store,
                                 const config::TenantDefinitions& definitions) {
  const codec::Command& first = *commands.front();
  LP_ASSIGN_OR_RETURN(FoundLead found, FindRecipient(first, store));
  Lead& lead = found.lead;
  const bool is_contact = found.is_held && lead.is_lead();
  const std::string present = is_contact ? engine::AddressOf(lead.key, lead.profile) : std::string();
  Apply(commands, definitions, &lead.profile);
  ContactOutlook outlook;
  outlook.lead = lead.key.lead;
  outlook.is_lead = is_contact;
  outlook.address = engine::AddressOf(lead.key, lead.profile);
  outlook.is_new_address = outlook.address != present;
  FoundLead mailbox;
  const bool is_user = !outlook.address.empty() && outlook.address != lead.key.lead;
  if (is_user) {
    LP_ASSIGN_OR_RETURN(mailbox, Find(store, {lead.key.tenant, outlook.address}));
  }
  const Instant erased_at = is_user ? ErasedUntil(lead, mailbox.lead, definitions) : lead.erased_at;
  if (first.issued_at <= erased_at) {
    outlook.erased_at = erased_at;
    return outlook;
  }
  outlook.after_erasure = !found.is_held && (found.was_erased || mailbox.was_erased);
  LP_RETURN_IF_ERROR(is_user ? LookAtMailbox(store, definitions, mailbox, &lead, &outlook)
                             : LookAtOwn(store, &lead, &outlook));
  Evaluate(lead, definitions, &outlook);
  return outlook;
}

bool ChangesProfile(const state::Lead& lead, const codec::Command& command,
                    const config::TenantDefinitions& definitions) {
  const auto& applied = lead.profile.applied_command_ids;
  if (std::ranges::find(applied, command.command_id) != applied.end()) return false;
  const Differs differs{lead.profile, definitions};
  return std::ranges::any_of(command.actions,
                             [&differs](const codec::Action& action) { return std::visit(differs, action); });
}

std::vector<std::string> ShownAlike(const state::Lead& lead, const codec::Command& command,
                                    const config::TenantDefinitions& definitions) {
  std::vector<std::string> names;
  const auto* update = command.actions.Find<codec::UpdateProfile>();
  if (update == nullptr) return names;
  const Differs differs{lead.profile, definitions};
  for (const auto& named : update->set) {
    if (differs.IsShownAlike(named)) names.push_back(named.first);
  }
  return names;
}

bool KnowsEvent(const state::Lead& lead, const codec::Event& event) {
  const auto entries = lead.journal.entries();
  return std::ranges::any_of(entries, [&event](const auto& entry) { return entry.event_id() == event.event_id; });
}

}  // namespace leadpulse::query
