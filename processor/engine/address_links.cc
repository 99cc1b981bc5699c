#include "processor/engine/address_links.h"

#include <algorithm>
#include <set>
#include <utility>

#include "processor/base/text.h"
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

// Whether the lead uses a mailbox that it has not asked yet (NormalizeAddresses).
bool IsToAsk(const Lead& lead) {
  return !lead.identity->mailbox.empty() && lead.identity->registration == state::Registration::kNone;
}

// Returns the address of the lead in the form of before; empty if that is the same.
std::string FormerAddressOf(const Lead& lead) {
  const std::string sent = view::SentAddressOf(lead.key, lead.profile);
  if (IsAscii(sent)) return {};
  std::string former = FormerAddress(sent);
  if (former == lead.identity->mailbox) former.clear();
  return former;
}

// Returns the facts that a lead reports to the mailbox of the address in `slot`.
StatusFacts FactsToShare(const Lead& lead, size_t slot) {
  StatusFacts facts = state::FactsOfAddress(lead, static_cast<AddressSlot>(slot));
  return slot == state::kOwnSlot ? facts : OptOutsOf(std::move(facts));
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
  const Lead* lead = AddReachOf(event.key, &reach);
  if (names_other) reach.leads.push_back(event.address);
  reach.tells_users = IsOptOutOrBack(event.type) || event.type == EventType::kRetract;
  if (lead != nullptr && !lead->identity->leads.empty()) {
    const bool tells_own =
        reach.tells_users || CountsByAddress(event.type) || lead->identity->users() <= state::kMaxUsersPassedOnTo;
    if (tells_own) reach.leads.push_back(event.key.lead);
    reach.tells_users = tells_own;
  }
  return reach;
}

RecordReach AddressLinks::ReachOf(const codec::Command& command) {
  RecordReach reach;
  if (!Follows(definitions_->Current(command.key.tenant))) return reach;
  const Lead* lead = AddReachOf(command.key, &reach);
  reach.changes_others = command.by_address || command.actions.removes_lead();
  reach.tells_users = reach.changes_others;
  if (reach.tells_users && lead != nullptr && !lead->identity->leads.empty()) reach.leads.push_back(command.key.lead);
  if (std::string address = NewAddress(command); !address.empty() && address != command.key.lead) {
    // The mailbox learns facts from a lead that has had the address before.
    const bool knows = lead != nullptr && lead->identity->FindSlot(address) != state::kNowhereSlot;
    reach.tells_users = reach.tells_users || knows;
    reach.asks = true;
    reach.leads.push_back(std::move(address));
  }
  return reach;
}

const Lead* AddressLinks::AddReachOf(const LeadKey& key, RecordReach* reach) {
  const Lead* lead = leads_->Peek(key);
  if (lead == nullptr || !lead->identity) {
    // A new lead may use a mailbox by its id.
    if (lead == nullptr && IsOtherForm(key.lead)) {
      reach->leads.push_back(NormalizeAddress(key.lead));
      reach->asks = true;
    }
    return lead;
  }
  const LeadIdentity& identity = *lead->identity;
  for (const std::string& address : identity.addresses) {
    if (!IsPseudonym(address)) reach->leads.push_back(address);
  }
  // `addresses` lacks the mailbox if the lead has no slot for it.
  if (!identity.mailbox.empty()) reach->leads.push_back(identity.mailbox);
  reach->is_shared = !identity.mailbox.empty() || !identity.leads.empty();
  return lead;
}

AddressSlot AddressLinks::SlotOf(std::string_view address, Lead* lead) {
  if (address.empty()) return SlotOfNone(lead->key);
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
  // If the event then changes nothing, this may be lost with the memory of the lead: the pseudonym has the same slot.
  *erased = address;
  return identity.FindSlot(address);
}

AddressSlot AddressLinks::SlotOfLinked(const codec::Event& event, const state::EntryFields& entry, Lead* lead) {
  if (!CountsByAddress(event.type)) return state::kOwnSlot;
  const state::Profile& profile = lead->profile;
  const bool is_user = lead->identity && !lead->identity->mailbox.empty();
  const std::string present = is_user ? lead->identity->mailbox : AddressOf(lead->key, profile);
  if (IsOfFormerAddress(event, profile)) return state::kNowhereSlot;
  const std::string_view address = BelongsTo(event, present);
  const bool is_other = !address.empty() && address != lead->key.lead;
  const bool is_unknown = is_other && (!lead->identity || lead->identity->FindSlot(address) == state::kNowhereSlot);
  if (is_unknown && lead->journal.Ignores(entry)) return state::kNowhereSlot;
  const AddressSlot slot = SlotOf(address, lead);
  return IsUnnamedResubscribe(event) && !address.empty() ? state::kUnnamedSlot : slot;
}

// ---- What a lead does with its mailboxes ----

bool AddressLinks::ChangeMailbox(const codec::Command* command, const EvaluationCause& cause, Lead* lead) {
  const std::string mailbox = UsedMailbox(lead->key, lead->profile);
  const bool is_refused = lead->identity && lead->identity->registration == state::Registration::kRefused;
  const bool is_same = lead->identity ? lead->identity->mailbox == mailbox && !IsToAsk(*lead) : mailbox.empty();
  const bool asks_again = is_refused && command != nullptr && SetsEmail(*command);
  if (is_same && !asks_again) return false;
  LeadIdentity& identity = lead->identity.Get();
  if (lead->waits()) ++identity.question;
  const std::string former = is_same ? std::string() : std::exchange(identity.mailbox, mailbox);
  if (!former.empty() && former != mailbox) TellMailbox(former, cause, *lead);
  identity.standing = {};
  if (mailbox.empty()) {
    identity.registration = state::Registration::kNone;
    TakeOwnStanding(lead);
    return false;
  }
  Ask(command != nullptr ? command->issued_at : Instant::Never(), cause, lead);
  return true;
}

void AddressLinks::Ask(Instant since, const EvaluationCause& cause, Lead* lead) {
  LeadIdentity& identity = *lead->identity;
  identity.registration = state::Registration::kWaiting;
  lead->next_change_at = Instant::Never();
  ToMailbox content;
  content.uses = content.asks = true;
  content.since = since;
  content.question = identity.question;
  content.former_address = FormerAddressOf(*lead);
  content.facts = FactsToShare(*lead, SlotOf(identity.mailbox, lead));
  SendMessage({lead->key.tenant, identity.mailbox}, lead->key.lead, std::move(content), cause, output_);
}

void AddressLinks::AskAgain(const EvaluationCause& cause, Lead* lead) {
  if (lead->waits()) ++lead->identity->question;
  Ask(Instant::Never(), cause, lead);
}

bool AddressLinks::Register(Lead* lead) {
  const bool followed_before = definitions_->Of(*lead).identity_by_email;
  const EvaluationCause cause = CauseOfDefinitions(definitions_->in_force());
  if (!Follows(definitions_->Current(lead->key.tenant))) {
    StopSharing(cause, lead);
    return false;
  }
  // A state of a program that did not know addresses: what was reported belongs to the address that the lead has.
  const std::string mailbox = UsedMailbox(lead->key, lead->profile);
  if (followed_before && !mailbox.empty() && !lead->identity) AssignAddress(SlotOf(mailbox, lead), lead);
  if (!followed_before && lead->identity) {
    // Tell the mailbox of an address without facts, too: it may keep some that were retracted while `by_email` was off.
    for (const std::string& address : lead->identity->addresses) {
      if (address != mailbox) TellMailbox(address, cause, *lead);
    }
    // On Kafka they may have asked before, from a partition that heard of these definitions earlier.
    mailboxes_->TellStanding(cause, *lead);
    mailboxes_->TellForgotten(cause, *lead);
  }
  // Standings were given up where `by_email` was off.
  if (lead->identity && lead->identity->mailbox.empty()) TakeOwnStanding(lead);
  return ChangeMailbox(/*command=*/nullptr, cause, lead);
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

std::string AddressLinks::WillAsk(const Lead& lead) const {
  if (definitions_->AreCurrent(lead) || !Follows(definitions_->Current(lead.key.tenant))) return {};
  std::string mailbox = UsedMailbox(lead.key, lead.profile);
  return lead.identity && lead.identity->mailbox == mailbox && !IsToAsk(lead) ? std::string() : mailbox;
}

bool AddressLinks::BeginsAsMailbox(const Lead& lead) const {
  return !lead.journal.entries().empty() && IsMailboxId(lead.key.lead) && !WillAsk(lead).empty();
}

std::vector<StatusFacts> AddressLinks::SharedEvent::FactsKnown() const {
  std::vector<StatusFacts> facts;
  const LeadIdentity& identity = *lead_.identity;
  const bool changes_any = IsOptOutOrBack(event_.type) || event_.type == EventType::kRetract;
  const bool changes_own = CountsByAddress(event_.type) && !identity.leads.empty();
  if (!changes_any && !changes_own) return facts;
  const size_t slots = changes_any ? identity.addresses.size() + 1 : 1;
  for (size_t slot = 0; slot < slots; ++slot) facts.push_back(FactsToShare(lead_, slot));
  return facts;
}

void AddressLinks::SharedEvent::Propagate(const state::EntryFields* taken, std::string_view unkept,
                                          const EvaluationCause& cause) const {
  const LeadIdentity& identity = *lead_.identity;
  const std::vector<StatusFacts> after = FactsKnown();
  for (size_t slot = 1; slot < after.size(); ++slot) {
    const StatusFacts was = slot < before_.size() ? before_[slot] : StatusFacts();
    if (after[slot] != was) links_.TellMailbox(identity.addresses[slot - 1], cause, lead_);
  }
  const size_t users = identity.users();
  const bool standing = !after.empty() && (before_.empty() || after.front() != before_.front());
  const bool passes_on = taken != nullptr && users <= state::kMaxUsersPassedOnTo;
  if (users > 0 && (standing || passes_on)) {
    links_.mailboxes_->TellUsers(standing, passes_on ? JournalOf(*taken) : nullptr, "", cause, lead_);
  }
  links_.TellUnkeptMailbox(unkept, event_, cause);
}

void AddressLinks::PropagateErased(const codec::Event& event, const std::string& address, AddressSlot slot,
                                   Instant erased_at, const EvaluationCause& cause, const Lead& remains) const {
  if (messages_ == Messages::kNone) return;
  if (slot == state::kNowhereSlot) return TellUnkeptMailbox(address, event, cause);
  if (slot == state::kOwnSlot || slot >= state::kNoAddressSlot) return;
  ToMailbox late{.erased = ErasureNotice{erased_at, false}, .facts = OptOutsOf(state::FactsOfAddress(remains, slot))};
  SendMessage({event.key.tenant, address}, event.key.lead, std::move(late), cause, output_);
}

void AddressLinks::TellErased(const LeadKey& key, const ErasureNotice& notice,
                              const std::vector<std::string>& suppressed, const state::Erasure& erasure,
                              const state::OptionalIdentity& identity, const EvaluationCause& cause) const {
  // With `by_email: false`, too: they count when it is switched on (spec §9, rule 7).
  if (!identity || messages_ == Messages::kNone) return;
  const auto tell = [&](const std::string& address, StatusFacts facts) {
    ToMailbox content{.erased = notice, .facts = std::move(facts)};
    SendMessage({key.tenant, address}, key.lead, std::move(content), cause, output_);
  };
  for (size_t i = 0; i < identity->addresses.size(); ++i) {
    const std::string& address = identity->addresses[i];
    if (IsPseudonym(address) || address == key.lead) continue;
    const auto slot = static_cast<AddressSlot>(i + 1);
    const bool is_id = address == NormalizeAddress(key.lead);
    tell(address, OptOutsOf(FactsLeft(erasure.address_facts, slot, is_id ? state::kUnnamedSlot : slot)));
  }
  StatusFacts facts;
  if (notice.suppress) facts.everything.Include(EventType::kUnsubscribe, erasure.erased_at);
  std::set<std::string> others(suppressed.begin(), suppressed.end());
  others.insert(identity->mailbox);
  for (const std::string& address : others) {
    const bool has_no_slot = !address.empty() && identity->FindSlot(address) == state::kNowhereSlot;
    if (has_no_slot && address != key.lead) tell(address, facts);
  }
}

void AddressLinks::TellMailbox(const std::string& address, const EvaluationCause& cause, const Lead& lead) const {
  if (IsPseudonym(address)) return;  // the mailbox keeps what the erased life left
  ToMailbox content;
  content.uses = address == lead.identity->mailbox;
  content.facts = FactsToShare(lead, lead.identity->FindSlot(address));
  SendMessage({lead.key.tenant, address}, lead.key.lead, std::move(content), cause, output_);
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
  SendMessage({event.key.tenant, std::string(address)}, event.key.lead, std::move(content), cause, output_);
}

AddressLinks::Effect AddressLinks::Receive(const LeadMessage& message, const ToUser& content, Lead* lead) {
  LeadIdentity& identity = *lead->identity;
  const bool is_answer = content.is_answer();
  // What a mailbox sent before it answers is for an earlier use, perhaps by an erased life.
  const bool is_early = lead->waits() && !(is_answer && content.question == identity.question);
  const bool is_late = identity.mailbox != message.from || is_early;
  if (content.erase && (!is_late || IsOfPresentLife(message, content, *lead))) return Effect::kErased;
  if (is_late) {
    // What was sent for an address while the lead used it stays (spec §9, rule 2). The life that used the address may
    // be erased: then only a pseudonym of the address is known.
    const bool has_used = identity.FindSlot(message.from) != state::kNowhereSlot;
    if (content.entries == nullptr || !has_used || !Follows(definitions_->OfAddress(*lead))) return Effect::kNone;
    TakeEntries(message.from, content, lead);
    return Effect::kChanged;
  }
  if (is_answer) {
    const bool has_room = content.reply == ToUser::RegistrationReply::kRegistered;
    identity.registration = has_room ? state::Registration::kRegistered : state::Registration::kRefused;
  }
  if (content.standings != nullptr) identity.standing = content.standings->Without(lead->key.lead);
  if (content.entries != nullptr) TakeEntries(message.from, content, lead);
  return is_answer ? Effect::kAnswer : Effect::kChanged;
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

}  // namespace leadpulse::engine
