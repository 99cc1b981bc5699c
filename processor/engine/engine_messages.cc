// Messages that a lead receives (lead_message.h).
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/status.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/partition_engine.h"
#include "processor/view/view.h"

namespace leadpulse::engine {
namespace {

using codec::Rejection;
using state::Lead;
using state::LeadIdentity;
using state::StatusFacts;

EvaluationCause CauseOf(const LeadMessage& message) {
  const MessageCause& cause = message.cause;
  return {message.clock, cause.kind,         cause.id, cause.backfill, cause.source ? &*cause.source : nullptr, {},
          cause.actor,   /*is_message=*/true};
}

const std::string& FirstUser(const LeadIdentity& mailbox) {
  const auto first = std::ranges::find_if(mailbox.leads, [](const auto& lead) { return lead.second.uses; });
  LP_ASSERT(first != mailbox.leads.end());
  return first->first;
}

// Whether merging them changed anything.
bool MergeChanges(const StatusFacts& facts, StatusFacts* into) {
  const StatusFacts before = *into;
  Merge(facts, into);
  return *into != before;
}

// Whether a mailbox that does not know the sender learns nothing from the message.
bool IsEmpty(const ToMailbox& content) { return !content.uses && !content.asks && content.facts == StatusFacts(); }

bool HasCommand(const Lead& lead) { return lead.profile.newest_command_at.has_value(); }

}  // namespace

ApplyResult PartitionEngine::Apply(const LeadMessage& message) {
  if (const auto* command = std::get_if<std::shared_ptr<const codec::Command>>(&message.content)) {
    return ApplyTo(**command, CauseOf(message));
  }
  const auto* to_mailbox = std::get_if<ToMailbox>(&message.content);
  LP_RETURN_IF_ERROR(to_mailbox != nullptr ? Receive(message, *to_mailbox)
                                           : Receive(message, std::get<ToUser>(message.content)));
  return std::optional<Rejection>();
}

Status PartitionEngine::Receive(const LeadMessage& message, const ToMailbox& content) {
  LP_ASSIGN_OR_RETURN(auto* mailbox, FindAt(message.to, message.clock));
  if (mailbox == nullptr) {
    LP_ASSIGN_OR_RETURN(state::Erasure erasure, FindErasure(message.to));
    if (IsEmpty(content) && !erasure.identity) return Status::Ok();
    mailbox = CreateRow(message.to, std::move(erasure));
    mailbox->identity.Get().is_no_lead = true;
    has_identities_ = true;
  }
  LeadIdentity& identity = mailbox->identity.Get();
  const EvaluationCause cause = CauseOf(message);
  const auto known = identity.leads.find(message.from);
  const bool was_user = known != identity.leads.end() && known->second.uses;
  if (was_user && !content.uses && !content.adds) known->second.uses = false;
  ToUser answer = content.asks ? AnswerTo(message, content, mailbox) : ToUser();
  const bool changed = KeepFacts(message, content, &identity);
  if (answer.answer == ToUser::Answer::kRegistered) {
    answer.standing = StandingWithout(identity, state::FactsOfAddress(*mailbox, state::kOwnSlot), message.from);
  }
  leads_.MarkIdentityChanged(mailbox);
  // A lead that has begun and waits for another mailbox is no row of this kind: it is announced later.
  const bool is_mailbox_only = !mailbox->is_lead() && !mailbox->waits();
  if (content.erased && was_user && identity.users() == 0 && is_mailbox_only) {
    // The last user of a mailbox that is no lead is erased: so is the mailbox.
    Erase(message.to, {content.erased->issued_at, content.erased->suppress, /*is_published=*/false}, cause, mailbox,
          {});
    return Status::Ok();
  }
  if (changed) {
    TellUsers(/*standing=*/true, nullptr, message.from, cause, *mailbox);
    EvaluateMailbox(cause, mailbox);
  }
  if (content.asks) {
    Send({message.to.tenant, message.from}, message.to.lead, std::move(answer), cause);
  }
  HideIfUsed(cause, mailbox);
  // A row is needed as long as it remembers commands by address.
  const bool is_remains =
      mailbox->erased_at != Instant::DistantPast() && mailbox->journal.entries().empty() && identity.routed.empty();
  if (!mailbox->is_lead() && !mailbox->waits() && is_remains && identity.users() == 0)
    leads_.Erase(message.to, RemainsOf(*mailbox));
  return Status::Ok();
}

ToUser PartitionEngine::AnswerTo(const LeadMessage& message, const ToMailbox& content, Lead* mailbox) {
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
    answer.answer = ToUser::Answer::kRefused;
    ++output_->counters.refused;
    return answer;
  }
  identity.leads[message.from].uses = true;
  answer.answer = ToUser::Answer::kRegistered;
  if (users + (is_user ? 0 : 1) <= state::kMaxUsersPassedOnTo) {
    answer.entries = OwnEntriesOf(*mailbox);
    answer.addresses = identity.addresses;
  }
  return answer;
}

bool PartitionEngine::KeepFacts(const LeadMessage& message, const ToMailbox& content, LeadIdentity* mailbox) const {
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
  if (KnowsPseudonyms(*mailbox)) take(Pseudonym(sender));
  take(message.from);
  const std::string id = content.erased ? Pseudonym(sender) : message.from;
  const bool is_refused = content.uses && !leads.contains(id);  // its facts are kept for the address alone
  if (is_refused || (content.facts != StatusFacts() && !mailbox->HasRoomFor(id, content.facts))) {
    return MergeChanges(content.facts, &mailbox->others.Get()) || before != StatusFacts();
  }
  if (content.facts != StatusFacts()) leads[id].facts = content.facts;
  return content.facts != before;
}

void PartitionEngine::HideIfUsed(const EvaluationCause& cause, Lead* mailbox) {
  if (!mailbox->is_lead() || HasCommand(*mailbox) || mailbox->identity->users() == 0) return;
  if (!Follows(definitions_.current->For(mailbox->key.tenant))) return;
  mailbox->identity->is_no_lead = true;
  mailbox->next_change_at = Instant::Never();
  mailbox->view = {};
  mailbox->memo.held.reset();
  PublishChange(cause, codec::ChangeKind::kLeadMerged, FirstUser(*mailbox->identity), "", "", mailbox, output_);
  // The change names another lead, which an agent may not see.
  ChangeAudience& audience = output_->changes.latest_audience();
  audience.agent_before = std::exchange(audience.agent, std::nullopt);
}

void PartitionEngine::EvaluateMailbox(const EvaluationCause& cause, Lead* mailbox) {
  if (!Follows(definitions_.current->For(mailbox->key.tenant))) return;
  if (!mailbox->identity->mailbox.empty()) return;  // its own address is another
  TakeOwnStanding(mailbox);
  const bool will_be_hidden = !HasCommand(*mailbox) && mailbox->identity->users() > 0;
  if (mailbox->is_evaluated() && !will_be_hidden && is_up_to_date(*mailbox)) EvaluateWhole(cause, mailbox);
}

void PartitionEngine::TakeOwnStanding(Lead* lead) {
  if (!IsMailboxId(lead->key.lead)) return;
  lead->identity->standing = StandingWithout(*lead->identity, {}, lead->key.lead);
}

Status PartitionEngine::Receive(const LeadMessage& message, const ToUser& content) {
  LP_ASSIGN_OR_RETURN(auto* lead, FindAt(message.to, message.clock));
  if (lead == nullptr || !lead->identity) return Status::Ok();  // it was erased
  const EvaluationCause cause = CauseOf(message);
  LeadIdentity& identity = *lead->identity;
  const bool is_answer = content.is_answer();
  // What a mailbox sent before it answers is for an earlier use, perhaps by an erased life.
  const bool is_early = lead->waits() && !(is_answer && content.question == identity.question);
  const bool is_late = identity.mailbox != message.from || is_early;
  if (content.erase && (!is_late || IsOfPresentLife(message, content, *lead))) {
    const EraseOrder order{content.erase->issued_at, content.erase->suppress, lead->is_lead()};
    Erase(message.to, order, cause, lead, {});
    return Status::Ok();
  }
  if (is_late) {
    TakeFormerEntries(message, content, lead);
    return Status::Ok();
  }
  const bool is_evaluated = lead->is_evaluated() && is_up_to_date(*lead);
  const bool is_known =
      !is_answer && is_evaluated && content.entries != nullptr && content.entries->entries().size() == 1;
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  if (is_known) {
    evaluator_.Begin(definitions, cause.at, view::ViewBefore::kKnown, lead);
    evaluator_.ExpectEntry(FieldsOf(content.entries->entries().front()));
  }
  if (is_answer) {
    const bool has_room = content.answer == ToUser::Answer::kRegistered;
    identity.registration = has_room ? state::Registration::kRegistered : state::Registration::kRefused;
  }
  if (content.standing) identity.standing = *content.standing;
  if (content.entries != nullptr) TakeEntries(message.from, content, lead);
  // The rollout comes to it later: it is evaluated once, because of the message.
  if (is_answer && !is_up_to_date(*lead) && !progress_.registering) MoveUnevaluated(lead);
  leads_.MarkIdentityChanged(lead);
  // One that only registers yet is evaluated when its turn in the rollout comes.
  if (!is_up_to_date(*lead)) return Status::Ok();
  if (is_answer && !lead->is_lead() && (HasCommand(*lead) || identity.users() == 0)) {
    Announce(cause, lead);
    EvaluateWhole(cause, lead);
  } else if (is_known) {
    EvaluateAndPublish(cause, definitions, lead);
  } else if (lead->is_evaluated()) {
    EvaluateWhole(cause, lead);
  }
  return Status::Ok();
}

void PartitionEngine::TakeEntries(const std::string& mailbox, const ToUser& content, Lead* lead) {
  const state::AddressSlot slot = SlotOf(mailbox, lead);
  const auto slot_of = [&](std::string_view address) { return KeptSlotOf(address, lead); };
  const size_t added = TakePassedOn(*content.entries, content.addresses, slot, slot_of, lead);
  output_->counters.passed_on += added;
  if (added == 0) return;
  // A lead that registers in a rollout gets them because of the new definitions, which it does not carry yet.
  const config::TenantDefinitions& definitions =
      is_up_to_date(*lead) ? DefinitionsOf(*lead) : definitions_.current->For(lead->key.tenant);
  output_->counters.folded += lead->journal.Fold(definitions.journal_max_entries);
}

bool PartitionEngine::IsOfPresentLife(const LeadMessage& message, const ToUser& content, const Lead& lead) {
  // An erased life leaves only a pseudonym of the address.
  const bool has_used = lead.identity->FindSlot(message.from) != state::kNowhereSlot;
  if (!has_used || content.erase->issued_at <= lead.erased_at) return false;
  // A life that uses the mailbox again, and has asked it, hears from the answer whether it is erased.
  return lead.identity->mailbox != message.from || content.is_answer();
}

void PartitionEngine::TakeFormerEntries(const LeadMessage& message, const ToUser& content, Lead* lead) {
  // The life that used the address may be erased: then only a pseudonym of the address is known.
  const bool has_used = lead->identity->FindSlot(message.from) != state::kNowhereSlot;
  if (content.entries == nullptr || !has_used || !Follows(AddressDefinitionsOf(*lead))) return;
  TakeEntries(message.from, content, lead);
  leads_.MarkIdentityChanged(lead);
  if (lead->is_evaluated() && is_up_to_date(*lead)) EvaluateWhole(CauseOf(message), lead);
}

void PartitionEngine::MoveUnevaluated(Lead* lead) {
  const config::TenantDefinitions& before = DefinitionsOf(*lead);
  const config::TenantDefinitions& after = definitions_.current->For(lead->key.tenant);
  if (lead->is_lead()) MoveView(before, after, lead);
  lead->memo.held.reset();
  lead->definitions_number = definitions_.number;
  output_->counters.attributes_unset += view::ConvertProfile(after, &lead->profile);
  leads_.MarkProfileChanged(lead);
}

}  // namespace leadpulse::engine
