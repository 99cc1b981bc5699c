#include "processor/engine/address_links.h"

#include <algorithm>
#include <utility>

#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"

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

// Returns the facts that a lead reports to the mailbox of the address in `slot`.
StatusFacts FactsToShare(const Lead& lead, size_t slot) {
  StatusFacts facts = state::FactsOfAddress(lead, static_cast<AddressSlot>(slot));
  return slot == state::kOwnSlot ? facts : OptOutsOf(std::move(facts));
}

// Whether merging them changed anything.
bool MergeChanges(const StatusFacts& facts, StatusFacts* into) {
  const StatusFacts before = *into;
  Merge(facts, into);
  return *into != before;
}

void TakeOwnStanding(Lead* lead) {
  if (!IsMailboxId(lead->key.lead)) return;
  lead->identity->standing = StandingWithout(*lead->identity, {}, lead->key.lead);
}

// Whether an erasure by address that arrives late erases the lead: it began to use the mailbox in its present life, and
// may have left it since.
bool IsOfPresentLife(const LeadMessage& message, const ToUser& content, const Lead& lead) {
  // An erased life leaves only a pseudonym of the address.
  const bool has_used = lead.identity->FindSlot(message.from) != state::kNowhereSlot;
  if (!has_used || content.erase->issued_at <= lead.erased_at) return false;
  // A life that uses the mailbox again, and has asked it, hears from the answer whether it is erased.
  return lead.identity->mailbox != message.from || content.is_answer();
}

}  // namespace

state::StatusFacts OptOutsOf(state::StatusFacts facts) {
  facts.hard_bounce = facts.sign_of_life = Instant::DistantPast();
  return facts;
}

// ---- Records ----

void AddressLinks::Revive(Lead* lead) {
  if (!lead->identity) return;
  has_identities_ = true;
  std::ranges::replace(lead->identity->addresses, PseudonymOf(lead->key, *leads_), lead->key.lead);
  if (Follows(definitions_->Of(*lead))) TakeOwnStanding(lead);
}

RecordReach AddressLinks::ReachOf(const codec::Event& event) {
  RecordReach reach;
  const bool names_other = !event.address.empty() && event.address != event.key.lead;
  // Most partitions have no lead that shares an address.
  if (!has_identities_ && !names_other && !IsOtherForm(event.key.lead)) return reach;
  if (!Follows(definitions_->Current(event.key.tenant))) return reach;
  AddReachOf(event.key, &reach);
  if (names_other) reach.leads.push_back(event.address);
  return reach;
}

RecordReach AddressLinks::ReachOf(const codec::Command& command) {
  RecordReach reach;
  if (!Follows(definitions_->Current(command.key.tenant))) return reach;
  AddReachOf(command.key, &reach);
  if (std::string address = NewAddress(command); !address.empty() && address != command.key.lead) {
    reach.leads.push_back(std::move(address));
  }
  reach.changes_others = command.by_address || std::holds_alternative<codec::Erase>(command.action);
  return reach;
}

const std::string* AddressLinks::MailboxUsedBy(const LeadKey& key) {
  const Lead* lead = leads_->Peek(key);
  if (lead == nullptr || !lead->identity || lead->identity->mailbox.empty()) return nullptr;
  return &lead->identity->mailbox;
}

void AddressLinks::AddReachOf(const LeadKey& key, RecordReach* reach) {
  const Lead* lead = leads_->Peek(key);
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

AddressSlot AddressLinks::SlotOf(std::string_view address, Lead* lead) {
  return address == lead->key.lead ? state::kOwnSlot : KeptSlotOf(address, lead);
}

AddressSlot AddressLinks::KeptSlotOf(std::string_view address, Lead* lead) {
  has_identities_ = true;
  LeadIdentity& identity = lead->identity.Get();
  const AddressSlot known = identity.FindSlot(address);
  if (known != state::kNowhereSlot || !KnowsPseudonyms(identity)) return identity.SlotOf(address);
  const auto erased =
      std::ranges::find(identity.addresses, PseudonymOf({lead->key.tenant, std::string(address)}, *leads_));
  if (erased == identity.addresses.end()) return identity.SlotOf(address);
  *erased = address;
  return identity.FindSlot(address);
}

AddressSlot AddressLinks::SlotOfLinked(const codec::Event& event, Lead* lead) {
  if (!CountsByAddress(event.type)) return state::kOwnSlot;
  const state::Profile& profile = lead->profile;
  const bool is_user = lead->identity && !lead->identity->mailbox.empty();
  const std::string present = is_user ? lead->identity->mailbox : AddressOf(lead->key, profile);
  if (IsOfFormerAddress(event, profile)) return state::kNowhereSlot;
  const std::string_view address = BelongsTo(event, present);
  if (address.empty()) return SlotOfNone(lead->key);
  const AddressSlot slot = SlotOf(address, lead);
  return IsUnnamedResubscribe(event) ? state::kUnnamedSlot : slot;
}

// ---- What a lead does with its mailboxes ----

bool AddressLinks::Subscribe(const config::TenantDefinitions& definitions, const EvaluationCause& cause, Instant since,
                             bool asks_again, Lead* lead) {
  if (!Follows(definitions)) return false;
  const std::string mailbox = UsedMailbox(lead->key, lead->profile);
  const bool is_refused = lead->identity && lead->identity->registration == state::Registration::kRefused;
  const bool is_same = lead->identity ? lead->identity->mailbox == mailbox : mailbox.empty();
  if (is_same && !(asks_again && is_refused)) return false;
  LeadIdentity& identity = lead->identity.Get();
  if (lead->waits()) ++identity.question;
  const std::string former = is_same ? std::string() : std::exchange(identity.mailbox, mailbox);
  if (!former.empty()) TellMailbox(former, cause, *lead);
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

bool AddressLinks::Register(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                            const EvaluationCause& cause, Lead* lead) {
  if (!Follows(after)) {
    StopSharing(cause, lead);
    return false;
  }
  // A state of a program that did not know addresses: what was reported belongs to the address that the lead has.
  const std::string mailbox = UsedMailbox(lead->key, lead->profile);
  if (before.identity_by_email && !mailbox.empty() && !lead->identity) AssignAddress(SlotOf(mailbox, lead), lead);
  if (!before.identity_by_email && lead->identity) {
    // Tell the mailbox of an address without facts, too: it may keep some that were retracted while `by_email` was off.
    for (const std::string& address : lead->identity->addresses) {
      if (address != mailbox) TellMailbox(address, cause, *lead);
    }
    // On Kafka they may have asked before, from a partition that heard of these definitions earlier.
    TellStanding(cause, *lead);
  }
  // Standings were given up where `by_email` was off.
  if (lead->identity && lead->identity->mailbox.empty()) TakeOwnStanding(lead);
  return Subscribe(after, cause, Instant::Never(), /*asks_again=*/false, lead);
}

void AddressLinks::StopSharing(const EvaluationCause& cause, Lead* lead) const {
  if (!lead->identity) return;
  LeadIdentity& identity = *lead->identity;
  const std::string former = std::exchange(identity.mailbox, {});
  if (lead->waits()) ++identity.question;
  identity.registration = state::Registration::kNone;
  identity.standing = {};
  for (auto& [id, user] : identity.leads) user.uses = false;
  if (!former.empty()) TellMailbox(former, cause, *lead);
}

bool AddressLinks::BeginsAsMailbox(const Lead& lead) const {
  if (definitions_->AreCurrent(lead) || lead.journal.entries().empty() || !IsMailboxId(lead.key.lead)) return false;
  if (!Follows(definitions_->Current(lead.key.tenant))) return false;
  const std::string mailbox = UsedMailbox(lead.key, lead.profile);
  return !mailbox.empty() && !(lead.identity && lead.identity->mailbox == mailbox);
}

AddressLinks::SharedFacts AddressLinks::SharedFactsOf(const Lead& lead, EventType type) {
  SharedFacts facts;
  const LeadIdentity& identity = *lead.identity;
  const bool changes_any = IsOptOutOrBack(type) || type == EventType::kRetract;
  const bool changes_own = CountsByAddress(type) && !identity.leads.empty();
  if (!changes_any && !changes_own) return facts;
  const size_t slots = changes_any ? identity.addresses.size() + 1 : 1;
  for (size_t slot = 0; slot < slots; ++slot) facts.push_back(FactsToShare(lead, slot));
  return facts;
}

void AddressLinks::Propagate(const SharedFacts& before, const codec::Event& event, const state::EntryFields* taken,
                             std::string_view unkept, const EvaluationCause& cause, const Lead& lead) const {
  const SharedFacts after = SharedFactsOf(lead, event.type);
  for (size_t slot = 1; slot < after.size(); ++slot) {
    const StatusFacts was = slot < before.size() ? before[slot] : StatusFacts();
    if (after[slot] != was) TellMailbox(lead.identity->addresses[slot - 1], cause, lead);
  }
  const size_t users = lead.identity->users();
  const bool standing = !after.empty() && (before.empty() || after.front() != before.front());
  const bool passes_on = taken != nullptr && users <= state::kMaxUsersPassedOnTo;
  if (users > 0 && (standing || passes_on)) {
    TellUsers(standing, passes_on ? JournalOf(*taken) : nullptr, "", cause, lead);
  }
  TellUnkeptMailbox(unkept, event, cause);
}

void AddressLinks::PropagateErased(const codec::Event& event, const std::string& address, AddressSlot slot,
                                   Instant erased_at, const EvaluationCause& cause, const Lead& remains) const {
  if (messages_ == Messages::kNone) return;
  if (slot == state::kNowhereSlot) return TellUnkeptMailbox(address, event, cause);
  if (slot == state::kOwnSlot || slot >= state::kNoAddressSlot) return;
  ToMailbox late{.erased = ErasureNotice{erased_at, false}, .facts = OptOutsOf(state::FactsOfAddress(remains, slot))};
  Send({event.key.tenant, address}, event.key.lead, std::move(late), cause);
}

void AddressLinks::TellErased(const LeadKey& key, const ErasureNotice& notice, const state::Erasure& erasure,
                              const state::OptionalIdentity& identity, const EvaluationCause& cause) const {
  // With `by_email: false`, too: they count when it is switched on (spec §9, rule 7).
  if (!identity || messages_ == Messages::kNone) return;
  const auto tell = [&](const std::string& address, StatusFacts facts) {
    ToMailbox content{.erased = notice, .facts = std::move(facts)};
    Send({key.tenant, address}, key.lead, std::move(content), cause);
  };
  for (size_t i = 0; i < identity->addresses.size(); ++i) {
    const std::string& address = identity->addresses[i];
    if (IsPseudonym(address) || address == key.lead) continue;
    const auto slot = static_cast<AddressSlot>(i + 1);
    const bool is_id = address == NormalizeAddress(key.lead);
    tell(address, OptOutsOf(FactsLeft(erasure.address_facts, slot, is_id ? state::kUnnamedSlot : slot)));
  }
  if (identity->mailbox.empty() || identity->FindSlot(identity->mailbox) != state::kNowhereSlot) return;
  // The lead has no slot for the mailbox that it uses.
  StatusFacts facts;
  if (notice.suppress) facts.everything.Include(EventType::kUnsubscribe, erasure.erased_at);
  tell(identity->mailbox, std::move(facts));
}

void AddressLinks::TellMailbox(const std::string& address, const EvaluationCause& cause, const Lead& lead) const {
  if (IsPseudonym(address)) return;  // the mailbox keeps what the erased life left
  ToMailbox content;
  content.uses = address == lead.identity->mailbox;
  content.facts = FactsToShare(lead, lead.identity->FindSlot(address));
  Send({lead.key.tenant, address}, lead.key.lead, std::move(content), cause);
}

void AddressLinks::TellUnkeptMailbox(std::string_view address, const codec::Event& event,
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

AddressLinks::Arrival AddressLinks::ArrivalOf(const LeadMessage& message, const ToUser& content, const Lead& lead) {
  const bool is_answer = content.is_answer();
  // What a mailbox sent before it answers is for an earlier use, perhaps by an erased life.
  const bool is_early = lead.waits() && !(is_answer && content.question == lead.identity->question);
  const bool is_late = lead.identity->mailbox != message.from || is_early;
  if (content.erase && (!is_late || IsOfPresentLife(message, content, lead))) return Arrival::kErases;
  if (is_late) return Arrival::kLate;
  return is_answer ? Arrival::kAnswer : Arrival::kUpdate;
}

void AddressLinks::Receive(const LeadMessage& message, const ToUser& content, Lead* lead) {
  LeadIdentity& identity = *lead->identity;
  if (content.is_answer()) {
    const bool has_room = content.reply == ToUser::RegistrationReply::kRegistered;
    identity.registration = has_room ? state::Registration::kRegistered : state::Registration::kRefused;
  }
  if (content.standing) identity.standing = *content.standing;
  if (content.entries != nullptr) TakeEntries(message.from, content, lead);
}

bool AddressLinks::ReceiveLate(const LeadMessage& message, const ToUser& content, Lead* lead) {
  // The life that used the address may be erased: then only a pseudonym of the address is known.
  const bool has_used = lead->identity->FindSlot(message.from) != state::kNowhereSlot;
  if (content.entries == nullptr || !has_used || !Follows(definitions_->OfAddress(*lead))) return false;
  TakeEntries(message.from, content, lead);
  return true;
}

void AddressLinks::TakeEntries(const std::string& mailbox, const ToUser& content, Lead* lead) {
  const state::AddressSlot slot = SlotOf(mailbox, lead);
  const auto slot_of = [&](std::string_view address) { return KeptSlotOf(address, lead); };
  const size_t added = TakePassedOn(*content.entries, content.addresses, slot, slot_of, lead);
  output_->counters.passed_on += added;
  if (added == 0) return;
  // A lead that registers in a rollout gets them because of the new definitions, which it does not carry yet.
  const config::TenantDefinitions& definitions =
      definitions_->AreCurrent(*lead) ? definitions_->Of(*lead) : definitions_->Current(lead->key.tenant);
  output_->counters.folded += lead->journal.Fold(definitions.journal_max_entries);
}

// ---- What a mailbox does with its users ----

AddressLinks::Effect AddressLinks::Receive(const LeadMessage& message, const ToMailbox& content,
                                           const EvaluationCause& cause, Lead* mailbox) {
  has_identities_ = true;
  LeadIdentity& identity = mailbox->identity.Get();
  const auto known = identity.leads.find(message.from);
  const bool was_user = known != identity.leads.end() && known->second.uses;
  if (was_user && !content.uses && !content.adds) known->second.uses = false;
  ToUser answer = content.asks ? AnswerTo(message, content, mailbox) : ToUser();
  const bool changed = KeepFacts(message, content, &identity);
  if (answer.reply == ToUser::RegistrationReply::kRegistered) {
    answer.standing = StandingWithout(identity, state::FactsOfAddress(*mailbox, state::kOwnSlot), message.from);
  }
  // A lead that has begun and waits for another mailbox is no row of this kind: it is announced later.
  const bool is_mailbox_only = !mailbox->is_lead() && !mailbox->waits();
  if (content.erased && was_user && identity.users() == 0 && is_mailbox_only) return Effect::kErased;
  if (changed) TellUsers(/*standing=*/true, nullptr, message.from, cause, *mailbox);
  if (content.asks) Send({message.to.tenant, message.from}, message.to.lead, std::move(answer), cause);
  if (!changed || !identity.mailbox.empty()) return Effect::kNone;  // or its own address is another
  if (!Follows(definitions_->Current(mailbox->key.tenant))) return Effect::kNone;
  TakeOwnStanding(mailbox);
  return Effect::kStanding;
}

ToUser AddressLinks::AnswerTo(const LeadMessage& message, const ToMailbox& content, Lead* mailbox) const {
  LeadIdentity& identity = *mailbox->identity;
  ToUser answer;
  answer.question = content.question;
  if (content.since <= identity.users_erased_at) {
    answer.erase = ErasureNotice{identity.users_erased_at, identity.users_suppressed};
    return answer;
  }
  const size_t users = identity.users();
  const auto known = identity.leads.find(message.from);
  const bool is_user = known != identity.leads.end() && known->second.uses;
  if (!is_user && users >= state::kMaxMailboxLeads) {
    answer.reply = ToUser::RegistrationReply::kRefused;
    ++output_->counters.refused;
    return answer;
  }
  identity.leads[message.from].uses = true;
  answer.reply = ToUser::RegistrationReply::kRegistered;
  if (users + (is_user ? 0 : 1) <= state::kMaxUsersPassedOnTo) {
    answer.entries = OwnEntriesOf(*mailbox);
    answer.addresses = identity.addresses;
  }
  return answer;
}

bool AddressLinks::KeepFacts(const LeadMessage& message, const ToMailbox& content, LeadIdentity* mailbox) const {
  if (content.adds) return MergeChanges(content.facts, &mailbox->others.Get());
  auto& leads = mailbox->leads;
  const LeadKey sender{message.to.tenant, message.from};
  StatusFacts before;
  const auto take = [&](const std::string& id) {
    const auto known = leads.find(id);
    if (known == leads.end()) return;
    Merge(known->second.facts, &before);
    if (known->second.uses) {
      known->second.facts = {};
    } else {
      leads.erase(known);
    }
  };
  if (KnowsPseudonyms(*mailbox)) take(PseudonymOf(sender, *leads_));
  take(message.from);
  const std::string id = content.erased ? PseudonymOf(sender, *leads_) : message.from;
  const bool is_refused = content.uses && !leads.contains(id);  // its facts are kept for the address alone
  if (is_refused || (content.facts != StatusFacts() && !mailbox->HasRoomFor(id, content.facts))) {
    return MergeChanges(content.facts, &mailbox->others.Get()) || before != StatusFacts();
  }
  if (content.facts != StatusFacts()) leads[id].facts = content.facts;
  return content.facts != before;
}

void AddressLinks::TellUsers(bool standing, const std::shared_ptr<const state::Journal>& entries,
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

void AddressLinks::Send(LeadKey to, std::string_view from, MessageContent content, const EvaluationCause& cause) const {
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

}  // namespace leadpulse::engine
