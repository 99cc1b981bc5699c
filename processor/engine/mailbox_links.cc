#include "processor/engine/mailbox_links.h"

#include <algorithm>
#include <string>
#include <utility>

#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"

namespace leadpulse::engine {
namespace {

using state::Lead;
using state::LeadIdentity;
using state::StatusFacts;

// Whether merging them changed anything.
bool MergeChanges(const StatusFacts& facts, StatusFacts* into) {
  const StatusFacts before = *into;
  Merge(facts, into);
  return *into != before;
}

}  // namespace

void TakeOwnStanding(Lead* lead) {
  if (!IsMailboxId(lead->key.lead)) return;
  lead->identity->standing = StandingWithout(*lead->identity, {}, lead->key.lead);
}

MailboxLinks::Effect MailboxLinks::Receive(const LeadMessage& message, const ToMailbox& content,
                                           const EvaluationCause& cause, Lead* mailbox) const {
  LeadIdentity& identity = mailbox->identity.Get();
  const auto known = identity.leads.find(message.from);
  const bool was_user = known != identity.leads.end() && known->second.uses;
  if (was_user && !content.uses && !content.adds) {
    known->second.uses = false;
    HideFormerUsers(*leads_, mailbox);
  }
  ToUser answer = content.asks ? AnswerTo(message, content, mailbox) : ToUser();
  const bool changed = KeepFacts(message, content, &identity);
  if (answer.reply == ToUser::RegistrationReply::kRegistered) {
    answer.standings = std::make_shared<const state::Standings>(
        StandingWithout(identity, state::FactsOfAddress(*mailbox, state::kOwnSlot), message.from));
  }
  // A lead that has begun and waits for another mailbox is no row of this kind: its LEAD_CREATED comes later.
  const bool is_mailbox_only = !mailbox->is_lead() && !mailbox->waits();
  const bool is_erasure = content.erased && !content.erased->withdrawn;
  const bool is_last = was_user && identity.users() == 0 && !HasForgotten(*mailbox);
  if (is_erasure && is_last && is_mailbox_only) return Effect::kErased;
  if (changed) TellUsers(/*standing=*/true, nullptr, message.from, cause, *mailbox);
  const bool is_on = definitions_->Current(mailbox->key.tenant).identity_by_email;
  // It believes to be a user, and asks again, unless it knows that it was refused.
  if (content.uses && !content.asks && !was_user && is_on) answer.forgotten = true;
  if (content.asks || answer.forgotten) {
    SendMessage({message.to.tenant, message.from}, message.to.lead, std::move(answer), cause, output_);
  }
  // A mailbox that has another address itself follows the standing of that.
  if (!changed || !identity.mailbox.empty() || !is_on) return Effect::kNone;
  TakeOwnStanding(mailbox);
  return Effect::kStanding;
}

ToUser MailboxLinks::AnswerTo(const LeadMessage& message, const ToMailbox& content, Lead* mailbox) const {
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

bool MailboxLinks::KeepFacts(const LeadMessage& message, const ToMailbox& content, LeadIdentity* mailbox) const {
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
  const bool is_stranger = content.uses && !leads.contains(id);
  const bool is_refused = is_stranger && mailbox->users() >= state::kMaxMailboxLeads;
  // One that `by_email` let go, and that has not heard of it: TellForgotten finds it here.
  const bool is_forgotten = is_stranger && !is_refused;
  const bool is_kept_by_id = is_forgotten || content.facts != StatusFacts();
  if (is_refused || (is_kept_by_id && !mailbox->HasRoomFor(id, content.facts))) {
    return MergeChanges(content.facts, &mailbox->others.Get()) || before != StatusFacts();
  }
  if (is_kept_by_id) leads[id].facts = content.facts;
  return content.facts != before;
}

void MailboxLinks::TellUsers(bool standing, const std::shared_ptr<const state::Journal>& entries,
                             std::string_view except, const EvaluationCause& cause, const Lead& mailbox) const {
  std::shared_ptr<const state::Standings> standings;
  for (const auto& [id, user] : mailbox.identity->leads) {
    if (!user.uses || id == except) continue;
    ToUser content;
    if (standing && standings == nullptr) {
      const StatusFacts own = state::FactsOfAddress(mailbox, state::kOwnSlot);
      standings = std::make_shared<const state::Standings>(*mailbox.identity, own);
    }
    content.standings = standings;
    content.entries = entries;
    if (entries != nullptr) content.addresses = mailbox.identity->addresses;
    SendMessage({mailbox.key.tenant, id}, mailbox.key.lead, std::move(content), cause, output_);
  }
}

void MailboxLinks::TellForgotten(const EvaluationCause& cause, const Lead& mailbox) const {
  for (const auto& [id, user] : mailbox.identity->leads) {
    if (user.uses || IsPseudonym(id)) continue;
    ToUser content;
    content.forgotten = true;
    SendMessage({mailbox.key.tenant, id}, mailbox.key.lead, std::move(content), cause, output_);
  }
}

bool MailboxLinks::HasForgotten(const Lead& mailbox) const {
  if (definitions_->Current(mailbox.key.tenant).identity_by_email) return false;
  return std::ranges::any_of(mailbox.identity->leads,
                             [](const auto& lead) { return !lead.second.uses && !IsPseudonym(lead.first); });
}

}  // namespace leadpulse::engine
