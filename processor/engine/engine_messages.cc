// Messages that a lead receives (lead_message.h).
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/base/status.h"
#include "processor/engine/address_forms.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/partition_engine.h"

namespace leadpulse::engine {
namespace {

using codec::Rejection;
using state::Lead;
using state::LeadIdentity;
using view::ViewBefore;

EvaluationCause CauseOf(const LeadMessage& message) {
  const MessageCause& cause = *message.cause;
  return {message.clock, cause.kind,         cause.id, cause.backfill, cause.source ? &*cause.source : nullptr, {},
          cause.actor,   /*is_message=*/true};
}

const std::string& FirstUser(const LeadIdentity& mailbox) {
  const auto first = std::ranges::find_if(mailbox.leads, [](const auto& lead) { return lead.second.uses; });
  LP_ASSERT(first != mailbox.leads.end());
  return first->first;
}

bool HasCommand(const Lead& lead) { return lead.profile.newest_command_at.has_value(); }

// Whether a mailbox is used and got no command.
bool IsOnlyUsed(const Lead& mailbox) { return !HasCommand(mailbox) && mailbox.identity->users() > 0; }

// Whether nothing is left of a mailbox's row but what erasures left, its own or that of the lead which sent `content`.
// A row is needed as long as it remembers commands by address.
bool IsRemains(const ToMailbox& content, const Lead& row) {
  const state::Journal& journal = row.journal;
  const bool is_empty = journal.entries().empty() && !journal.has_folded() && row.identity->routed.empty();
  const bool was_erased = row.erased_at != Instant::DistantPast() || content.erased;
  return was_erased && is_empty && !row.is_lead() && !row.waits() && row.identity->users() == 0;
}

// Returns what an erasure left under a former address, in the form of a lead; null if it left nothing.
std::shared_ptr<const Lead> FormerRemains(const LeadKey& key, state::Erasure erasure) {
  // A lead with this id that was erased after the upgrade was no mailbox.
  if (erasure.identity && erasure.identity->was_mailbox) return nullptr;
  if (erasure == state::Erasure{.last_seq = erasure.last_seq}) return nullptr;  // it holds a number only
  auto former = std::make_shared<Lead>();
  former->key = key;
  BeginLife(std::move(erasure), former.get());
  former->identity.Get();
  return former;
}

// Whether the erasure of a mailbox spares a user: the user was erased later by a command of its own, or has already
// applied this command's id (spec §9, rule 4).
bool IsSpared(const LeadMessage& message, const ToUser& content, const Lead& user) {
  const bool is_older = content.erase->issued_at <= user.erased_at;
  return content.was_user && (is_older || IsApplied(user.profile, message.cause->id));
}

}  // namespace

ApplyResult PartitionEngine::Apply(const LeadMessage& message) {
  if (const auto* shared = std::get_if<std::shared_ptr<const codec::Command>>(&message.content)) {
    codec::Command command = **shared;
    command.key = message.to;
    return ApplyTo(command, CauseOf(message));
  }
  if (const auto* part = std::get_if<std::shared_ptr<const Lead>>(&message.content)) {
    LP_RETURN_IF_ERROR(Receive(message, **part));
    return std::optional<Rejection>();
  }
  const auto* to_mailbox = std::get_if<ToMailbox>(&message.content);
  LP_RETURN_IF_ERROR(to_mailbox != nullptr ? Receive(message, *to_mailbox)
                                           : Receive(message, std::get<ToUser>(message.content)));
  return std::optional<Rejection>();
}

Status PartitionEngine::Receive(const LeadMessage& message, const ToMailbox& content) {
  if (!content.former_address.empty()) {
    if (content.former_address == message.to.lead) return GiveFormerErasure(message);
    LP_RETURN_IF_ERROR(TakeFormerErasure(message.to, content.former_address, CauseOf(message)));
  }
  LP_ASSIGN_OR_RETURN(Found found, FindAt(message.to, message.clock));
  if (!IsMailboxId(message.to.lead)) {
    // Sent to a mailbox of before. A lead tells the mailbox of the present form itself, but not what outlives it.
    if (!content.adds && !content.erased) return Status::Ok();
    ToMailbox lasting{.erased = content.erased, .adds = content.adds, .facts = content.facts};
    const LeadKey mailbox{message.to.tenant, NormalizeAddress(message.to.lead)};
    SendMessage(mailbox, message.from, std::move(lasting), CauseOf(message), output_);
    return Status::Ok();
  }
  Lead* mailbox = found.lead;
  if (mailbox == nullptr) {
    if (content.is_empty() && !found.erasure->identity) return Status::Ok();
    mailbox = CreateRow(message.to, *std::move(found.erasure));
    mailbox->identity.Get().is_no_lead = true;
  }
  const EvaluationCause cause = CauseOf(message);
  const MailboxLinks::Effect effect = mailboxes_.Receive(message, content, cause, mailbox);
  links_.NoteIdentity(*mailbox);
  leads_.MarkIdentityChanged(mailbox);
  if (effect == MailboxLinks::Effect::kErased) {
    Erase(message.to, {content.erased->issued_at, content.erased->suppress, /*is_published=*/false}, cause, {mailbox});
    return Status::Ok();
  }
  const bool is_standing_new = effect == MailboxLinks::Effect::kStanding;
  if (is_standing_new && mailbox->is_evaluated() && !IsOnlyUsed(*mailbox) && definitions_.AreCurrent(*mailbox)) {
    Evaluate(cause, ViewBefore::kUnknown, mailbox);
  }
  HideIfUsed(cause, mailbox);
  if (IsRemains(content, *mailbox) && !mailboxes_.HasForgotten(*mailbox)) {
    leads_.Erase(message.to, RemainsOf(*mailbox, leads_));
  }
  return Status::Ok();
}

Status PartitionEngine::Receive(const LeadMessage& message, const Lead& part) {
  if (!part.identity->is_no_lead) return TakeFormerErasure(message.to, part, CauseOf(message));
  LP_ASSIGN_OR_RETURN(Found found, FindAt(message.to, message.clock));
  Lead* mailbox = found.lead;
  if (mailbox == nullptr) {
    mailbox = CreateRow(message.to, *std::move(found.erasure));
    mailbox->identity.Get().is_no_lead = true;
  }
  const std::shared_ptr<const state::Journal> added = AddMailboxPart(part, mailbox);
  output_->counters.folded += mailbox->journal.Fold(definitions_.Current(message.to.tenant).journal_max_entries);
  TellOfMailboxPart(added, CauseOf(message), mailbox);
  return Status::Ok();
}

void PartitionEngine::TellOfMailboxPart(const std::shared_ptr<const state::Journal>& added,
                                        const EvaluationCause& cause, Lead* mailbox) {
  links_.NoteIdentity(*mailbox);
  leads_.MarkProfileChanged(mailbox);
  const bool passes_on = mailbox->identity->users() <= state::kMaxUsersPassedOnTo;
  mailboxes_.TellUsers(/*standing=*/true, passes_on ? added : nullptr, "", cause, *mailbox);
  const bool follows = links_.Follows(definitions_.Current(mailbox->key.tenant));
  if (mailbox->identity->mailbox.empty() && follows) TakeOwnStanding(mailbox);
  if (mailbox->is_evaluated() && !IsOnlyUsed(*mailbox) && definitions_.AreCurrent(*mailbox)) {
    Evaluate(cause, ViewBefore::kUnknown, mailbox);
  }
  HideIfUsed(cause, mailbox);
}

Status PartitionEngine::TakeFormerErasure(const LeadKey& key, const std::string& former_address,
                                          const EvaluationCause& cause) {
  const LeadKey former_key{key.tenant, former_address};
  const PartitionId partition = PartitionOf(former_key, store_->partition_count());
  LP_ASSIGN_OR_RETURN(std::optional<state::Erasure> erasure, store_->GetErasure(partition, EncodeLeadKey(former_key)));
  if (erasure) {
    const std::shared_ptr<const Lead> former = FormerRemains(former_key, *std::move(erasure));
    return former == nullptr ? Status::Ok() : TakeFormerErasure(key, *former, cause);
  }
  if (partition != leads_.partition() && links_.has_other_processes()) {
    ToMailbox question;
    question.former_address = former_address;
    SendMessage(former_key, key.lead, std::move(question), cause, output_);
  }
  return Status::Ok();
}

Status PartitionEngine::TakeFormerErasure(const LeadKey& key, const Lead& former, const EvaluationCause& cause) {
  LP_ASSIGN_OR_RETURN(Found found, FindAt(key, cause.at));
  if (found.lead == nullptr) {
    Lead erased;
    erased.key = key;
    BeginLife(*std::move(found.erasure), &erased);
    AddMailboxPart(former, &erased);
    leads_.Erase(key, RemainsOf(erased, leads_));
    return Status::Ok();
  }
  const Lead before = *found.lead;
  AddMailboxPart(former, found.lead);
  if (*found.lead != before) TellOfMailboxPart(/*added=*/nullptr, cause, found.lead);
  return Status::Ok();
}

Status PartitionEngine::GiveFormerErasure(const LeadMessage& message) {
  LP_ASSIGN_OR_RETURN(Found found, FindAt(message.to, message.clock));
  if (found.lead != nullptr) return Status::Ok();  // it gives its part in the rollout
  std::shared_ptr<const Lead> former = FormerRemains(message.to, *std::move(found.erasure));
  if (former == nullptr) return Status::Ok();
  const LeadKey mailbox{message.to.tenant, NormalizeAddress(message.to.lead)};
  SendMessage(mailbox, message.to.lead, std::move(former), CauseOf(message), output_);
  return Status::Ok();
}

void PartitionEngine::HideIfUsed(const EvaluationCause& cause, Lead* mailbox) {
  if (!mailbox->is_lead() || !IsOnlyUsed(*mailbox)) return;
  if (!links_.Follows(definitions_.Current(mailbox->key.tenant))) return;
  mailbox->identity->is_no_lead = true;
  mailbox->next_change_at = Instant::Never();
  mailbox->view = {};
  mailbox->memo.held.reset();
  PublishChange(cause, codec::ChangeKind::kLeadMerged, FirstUser(*mailbox->identity), "", "", mailbox, output_);
  // The change names another lead, which an agent may not see.
  ChangeAudience& audience = output_->changes.latest_audience();
  audience.agent_before = std::exchange(audience.agent, std::nullopt);
}

Status PartitionEngine::Receive(const LeadMessage& message, const ToUser& content) {
  LP_ASSIGN_OR_RETURN(Found found, FindAt(message.to, message.clock));
  Lead* const lead = found.lead;
  if (lead == nullptr || !lead->identity) return Status::Ok();  // it was erased
  const EvaluationCause cause = CauseOf(message);
  if (content.forgotten) {
    // The answer to a lead that waits is still to come, and registers it. One that was refused is no user (spec §9,
    // rule 5).
    const bool is_user = lead->identity->registration == state::Registration::kRegistered;
    if (lead->identity->mailbox != message.from || !is_user) return Status::Ok();
    links_.AskAgain(cause, lead);
    leads_.MarkIdentityChanged(lead);
    return Status::Ok();
  }
  // An update by the mailbox in use may bring one event.
  const bool is_update = !content.is_answer() && lead->identity->mailbox == message.from;
  const bool is_known = is_update && lead->is_evaluated() && definitions_.AreCurrent(*lead) &&
                        content.entries != nullptr && content.entries->entries().size() == 1;
  if (is_known) {
    evaluator_.Begin(definitions_.Of(*lead), cause.at, ViewBefore::kKnown, lead);
    evaluator_.ExpectEntry(FieldsOf(content.entries->entries().front()));
  }
  const AddressLinks::Effect effect = links_.Receive(message, content, lead);
  if (effect == AddressLinks::Effect::kNone) return Status::Ok();
  if (effect == AddressLinks::Effect::kErased) {
    if (IsSpared(message, content, *lead)) {
      if (lead->identity->mailbox == message.from) links_.AskAgain(cause, lead);
      leads_.MarkIdentityChanged(lead);
      return Status::Ok();
    }
    Erase(message.to, {content.erase->issued_at, content.erase->suppress, lead->is_lead()}, cause, {lead});
    return Status::Ok();
  }
  const bool is_answer = effect == AddressLinks::Effect::kAnswer;
  // The rollout comes to it later: it is evaluated once, because of the message.
  if (is_answer && !definitions_.AreCurrent(*lead) && !progress_.registering) MoveUnevaluated(lead);
  leads_.MarkIdentityChanged(lead);
  // One that only registers yet is evaluated when its turn in the rollout comes.
  if (!definitions_.AreCurrent(*lead)) return Status::Ok();
  if (is_answer && !lead->is_lead() && (HasCommand(*lead) || lead->identity->users() == 0)) {
    PublishCreated(cause, definitions_.Of(*lead), lead, output_);
  }
  if (lead->is_evaluated()) Evaluate(cause, is_known ? ViewBefore::kKnown : ViewBefore::kUnknown, lead);
  ReportTouch(*lead, output_);
  return Status::Ok();
}

}  // namespace leadpulse::engine
