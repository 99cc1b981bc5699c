// What a lead does with the addresses that it has and that its events name (spec §9).
#include <algorithm>
#include <string>
#include <utility>

#include "processor/base/status.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/partition_engine.h"

namespace leadpulse::engine {
namespace {

using state::AddressSlot;
using state::Lead;
using state::LeadIdentity;
using state::StatusFacts;

// Whether an id is an address, but not in normal form.
bool IsOtherForm(std::string_view id) { return id.find('@') != std::string_view::npos && !IsMailboxId(id); }

bool IsOptOutOrBack(EventType type) {
  return type == EventType::kUnsubscribe || type == EventType::kResubscribe || type == EventType::kComplaint;
}

// The facts that a lead reports to the mailbox of the address in `slot`.
StatusFacts FactsToShare(const Lead& lead, size_t slot) {
  StatusFacts facts = state::FactsOfAddress(lead, static_cast<AddressSlot>(slot));
  return slot == state::kOwnSlot ? facts : OptOutsOf(std::move(facts));
}

// The journal that carries one event to the users of a mailbox.
std::shared_ptr<const state::Journal> JournalOf(const state::EntryFields& entry) {
  auto journal = std::make_shared<state::Journal>();
  journal->Add(entry, /*max_entries=*/1);
  return journal;
}

}  // namespace

state::StatusFacts OptOutsOf(state::StatusFacts facts) {
  facts.hard_bounce = facts.sign_of_life = Instant::DistantPast();
  return facts;
}

void PartitionEngine::Send(LeadKey to, std::string_view from, MessageContent content,
                           const EvaluationCause& cause) const {
  // In place: a message has many members to move.
  LeadMessage& message = output_->messages.emplace_back();
  message.to = std::move(to);
  message.from = from;
  message.clock = cause.at;
  message.cause.kind = cause.cause;
  message.cause.id = cause.cause_id;
  message.cause.backfill = cause.backfill;
  if (cause.source != nullptr) message.cause.source = *cause.source;
  message.cause.actor = cause.actor;
  message.content = std::move(content);
}

AddressSlot PartitionEngine::SlotOf(std::string_view address, Lead* lead) {
  return address == lead->key.lead ? state::kOwnSlot : KeptSlotOf(address, lead);
}

AddressSlot PartitionEngine::KeptSlotOf(std::string_view address, Lead* lead) {
  has_identities_ = true;
  LeadIdentity& identity = lead->identity.Get();
  const AddressSlot known = identity.FindSlot(address);
  if (known != state::kNowhereSlot || !KnowsPseudonyms(identity)) return identity.SlotOf(address);
  const auto erased = std::ranges::find(identity.addresses, Pseudonym({lead->key.tenant, std::string(address)}));
  if (erased == identity.addresses.end()) return identity.SlotOf(address);
  *erased = address;
  return identity.FindSlot(address);
}

AddressSlot PartitionEngine::SlotOf(const codec::Event& event, const config::TenantDefinitions& definitions,
                                    bool is_new, Lead* lead) {
  if (!CountsByAddress(event.type)) return state::kOwnSlot;
  const state::Profile& profile = lead->profile;
  const bool is_usual = event.address.empty() && event.type != EventType::kResubscribe && !is_new;
  if (is_usual && !lead->identity && !profile.address_changed_at && Follows(definitions)) return state::kOwnSlot;
  if (messages_ == Messages::kNone && event.address.empty()) return state::kOwnSlot;
  const bool is_user = lead->identity && !lead->identity->mailbox.empty();
  const std::string present = is_user ? lead->identity->mailbox : AddressOf(lead->key, profile);
  if (IsOfFormerAddress(event, profile)) return state::kNowhereSlot;
  const std::string_view address = BelongsTo(event, present);
  if (address.empty()) return SlotOfNone(lead->key);
  const AddressSlot slot = SlotOf(address, lead);
  return IsUnnamedResubscribe(event) ? state::kUnnamedSlot : slot;
}

void PartitionEngine::TellUnkeptMailbox(std::string_view address, const codec::Event& event,
                                        const EvaluationCause& cause) const {
  if (!IsOptOutOrBack(event.type) || address.empty()) return;
  ToMailbox content;
  content.adds = true;
  StatusFacts& facts = content.facts;
  const std::string topic(facts.Meet(event.type, EntryWithoutProperties(event).subject));
  facts.Include(event.type, event.bounce_kind, topic, event.occurred_at);
  facts = OptOutsOf(std::move(facts));
  Send({event.key.tenant, std::string(address)}, event.key.lead, std::move(content), cause);
}

PartitionEngine::SharedFacts PartitionEngine::SharedFactsOf(const Lead& lead, EventType type) const {
  SharedFacts facts;
  const LeadIdentity& identity = *lead.identity;
  const bool changes_any = IsOptOutOrBack(type) || type == EventType::kRetract;
  const bool changes_own = CountsByAddress(type) && !identity.leads.empty();
  if (!changes_any && !changes_own) return facts;
  const size_t slots = changes_any ? identity.addresses.size() + 1 : 1;
  for (size_t slot = 0; slot < slots; ++slot) facts.push_back(FactsToShare(lead, slot));
  return facts;
}

void PartitionEngine::Share(const SharedFacts& before, const state::EntryFields* taken, EventType type,
                            const EvaluationCause& cause, Lead* lead) {
  const SharedFacts after = SharedFactsOf(*lead, type);
  for (size_t slot = 1; slot < after.size(); ++slot) {
    const StatusFacts was = slot < before.size() ? before[slot] : StatusFacts();
    if (after[slot] != was) TellMailbox(lead->identity->addresses[slot - 1], cause, *lead);
  }
  const size_t users = lead->identity->users();
  if (users == 0) return;
  const bool standing = !after.empty() && (before.empty() || after.front() != before.front());
  const bool passes_on = taken != nullptr && users <= state::kMaxUsersPassedOnTo;
  if (standing || passes_on) TellUsers(standing, passes_on ? JournalOf(*taken) : nullptr, "", cause, *lead);
}

void PartitionEngine::TellMailbox(const std::string& address, const EvaluationCause& cause, const Lead& lead) const {
  if (IsPseudonym(address)) return;  // the mailbox keeps what the erased life left
  ToMailbox content;
  content.uses = address == lead.identity->mailbox;
  content.facts = FactsToShare(lead, lead.identity->FindSlot(address));
  Send({lead.key.tenant, address}, lead.key.lead, std::move(content), cause);
}

void PartitionEngine::TellUsers(bool standing, const std::shared_ptr<const state::Journal>& entries,
                                std::string_view except, const EvaluationCause& cause, const Lead& mailbox) const {
  const StatusFacts own = standing ? state::FactsOfAddress(mailbox, state::kOwnSlot) : StatusFacts();
  const StatusFacts of_all = standing ? StandingWithout(*mailbox.identity, own, "") : StatusFacts();
  for (const auto& [id, user] : mailbox.identity->leads) {
    if (!user.uses || id == except) continue;
    ToUser content;
    if (standing) content.standing = user.facts == StatusFacts() ? of_all : StandingWithout(*mailbox.identity, own, id);
    content.entries = entries;
    if (entries != nullptr) content.addresses = mailbox.identity->addresses;
    Send({mailbox.key.tenant, id}, mailbox.key.lead, std::move(content), cause);
  }
}

bool PartitionEngine::UpdateUse(const config::TenantDefinitions& definitions, const EvaluationCause& cause,
                                Instant since, bool asks_again, Lead* lead) {
  const bool follows = Follows(definitions);
  const std::string mailbox = follows ? UsedMailbox(lead->key, lead->profile) : std::string();
  const bool is_refused = lead->identity && lead->identity->registration == state::Registration::kRefused;
  const bool is_same = lead->identity ? lead->identity->mailbox == mailbox : mailbox.empty();
  if (is_same && !(asks_again && is_refused)) return false;
  LeadIdentity& identity = lead->identity.Get();
  if (lead->waits()) ++identity.question;
  const std::string former = is_same ? std::string() : std::exchange(identity.mailbox, mailbox);
  if (!former.empty() && follows) TellMailbox(former, cause, *lead);
  identity.standing = {};
  if (mailbox.empty()) {
    identity.registration = state::Registration::kNone;
    TakeOwnStanding(lead);
    return false;
  }
  identity.registration = state::Registration::kWaiting;
  lead->next_change_at = Instant::Never();
  ToMailbox content;
  content.uses = content.asks = true;
  content.since = since;
  content.question = identity.question;
  content.facts = FactsToShare(*lead, SlotOf(mailbox, lead));
  Send({lead->key.tenant, mailbox}, lead->key.lead, std::move(content), cause);
  return true;
}

void PartitionEngine::Readdress(AddressSlot slot, Lead* lead) {
  const Instant after = lead->profile.address_changed_at.value_or(Instant::DistantPast());
  std::vector<state::EntryFields> entries;
  for (const state::JournalEntry& entry : lead->journal.entries()) {
    state::EntryFields fields = FieldsOf(entry);
    const bool belongs = CountsByAddress(entry.type) && entry.type != EventType::kResubscribe;
    if (belongs && entry.occurred_at > after) fields.address = slot;
    entries.push_back(std::move(fields));
  }
  state::Journal journal(entries, lead->journal.folded());
  const StatusFacts* const kept = lead->journal.kept_facts();
  if (kept != nullptr) journal.SetFacts(*kept);
  const StatusFacts past = kept != nullptr ? *kept : state::FactsOfTotals(lead->journal.folded().totals);
  // Nobody knows when the address changed among folded events: better keep an opt-out than lose it.
  if (past != StatusFacts()) journal.SetAddressFacts({{slot, past}});
  lead->journal = std::move(journal);
  lead->memo.held.reset();
}

void PartitionEngine::StopSharing(const EvaluationCause& cause, Lead* lead) const {
  if (!lead->identity) return;
  LeadIdentity& identity = *lead->identity;
  const std::string former = std::exchange(identity.mailbox, {});
  if (lead->waits()) ++identity.question;
  identity.registration = state::Registration::kNone;
  identity.standing = {};
  for (auto& [id, user] : identity.leads) user.uses = false;
  if (!former.empty()) TellMailbox(former, cause, *lead);
}

RecordReach PartitionEngine::ReachOf(const codec::Event& event) {
  RecordReach reach;
  const bool names_other = !event.address.empty() && event.address != event.key.lead;
  // Most partitions have no lead that shares an address.
  if (!has_identities_ && !names_other && !IsOtherForm(event.key.lead)) return reach;
  if (!Follows(definitions_.current->For(event.key.tenant))) return reach;
  AddReachOf(event.key, &reach);
  if (names_other) reach.leads.push_back(event.address);
  return reach;
}

RecordReach PartitionEngine::ReachOf(const codec::Command& command) {
  RecordReach reach;
  if (!Follows(definitions_.current->For(command.key.tenant))) return reach;
  AddReachOf(command.key, &reach);
  if (std::string address = NewAddress(command); !address.empty() && address != command.key.lead) {
    reach.leads.push_back(std::move(address));
  }
  reach.changes_others = command.by_address || std::holds_alternative<codec::Erase>(command.action);
  return reach;
}

const std::string* PartitionEngine::MailboxUsedBy(const LeadKey& key) {
  const Lead* lead = leads_.Peek(key);
  if (lead == nullptr || !lead->identity || lead->identity->mailbox.empty()) return nullptr;
  return &lead->identity->mailbox;
}

void PartitionEngine::AddReachOf(const LeadKey& key, RecordReach* reach) {
  const Lead* lead = leads_.Peek(key);
  if (lead == nullptr || !lead->identity) {
    // A new lead may use a mailbox by its id.
    if (lead == nullptr && IsOtherForm(key.lead)) {
      reach->leads.push_back(NormalizeAddress(key.lead));
    }
    return;
  }
  const LeadIdentity& identity = *lead->identity;
  for (const std::string& address : identity.addresses) {
    if (!IsPseudonym(address)) reach->leads.push_back(address);
  }
  // `addresses` lacks the mailbox if the lead has no slot for it.
  if (!identity.mailbox.empty()) reach->leads.push_back(identity.mailbox);
  reach->is_shared = !identity.mailbox.empty() || !identity.leads.empty();
}

}  // namespace leadpulse::engine
