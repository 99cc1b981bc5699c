#include "processor/engine/partition_engine.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/base/address.h"
#include "processor/base/assert.h"
#include "processor/engine/address_forms.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/lead_row.h"
#include "processor/engine/updated_names.h"
#include "processor/view/lead_memo.h"
#include "processor/view/view.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::engine {
namespace {

using codec::Rejection;
using state::Lead;
using view::ViewBefore;

EvaluationCause EvaluationCauseOf(const codec::Event& event, Instant clock, const codec::SourcePosition& source) {
  return {clock, codec::CauseKind::kEvent, event.event_id, event.backfill, &source};
}

EvaluationCause EvaluationCauseOf(const codec::Command& command, Instant clock, const codec::SourcePosition& source) {
  return {clock, codec::CauseKind::kCommand, command.command_id, command.backfill, &source, {}, command.actor};
}

// Rejects the command with `conflict` if it expects a version and the lead has another. `row` is the lead's row after
// its due timers have fired; null if the lead has none.
std::optional<Rejection> CheckExpectedVersion(const codec::Command& command, const Lead* row) {
  if (command.expected_version.empty()) return std::nullopt;
  const bool is_lead = row != nullptr && (row->is_lead() || row->waits());
  if (command.expected_version == codec::kVersionOfNoLead) {
    if (!is_lead && (row == nullptr || row->identity->users() == 0)) return std::nullopt;
    return Rejection{codec::Reason::kConflict, "the lead exists, or another lead uses its id as an address"};
  }
  if (!is_lead) return Rejection{codec::Reason::kConflict, "there is no such lead: it never existed, or it was erased"};
  if (state::LeadVersion(*row) == command.expected_version) return std::nullopt;
  return Rejection{codec::Reason::kConflict, "the lead has changed since version " + command.expected_version +
                                                 ": read it again, and decide again"};
}

// Appends an update of the lead, to which a command was applied, if somebody wants it.
void ReportUpdate(const EvaluationCause& cause, const Lead& lead, EngineOutput* output) {
  if (!output->wants_updates || !output->wants_updates() || !lead.is_lead()) return;
  ChangeAudience audience{lead.profile.extras->agent_id, {}};
  audience.agent_before = cause.agent_before;
  output->updates.push_back({lead.key, std::move(audience), state::LeadVersion(lead)});
  output->OfferChanges();
}

// What new definitions can change of a lead's row, except its number, and of its record in `lead.profiles`. Names of
// tiers and segments need no comparison: where they differ, a change is published.
struct StoredParts {
  // Takes the parts. `shows_attributes`: whether the definitions may show them differently.
  StoredParts(const Lead& lead, const config::TenantDefinitions& definitions, bool shows_attributes)
      : view(lead.view),
        quality(lead.is_lead() ? view::StoredView(lead, definitions).quality : 0),
        topics_out(view::TopicsOut(lead.view, definitions)),
        last_seq(lead.last_seq),
        next_change_at(lead.next_change_at),
        view_in_doubt(lead.view_in_doubt),
        identity(lead.identity) {
    if (shows_attributes) AppendAttributes(lead.profile, &attributes);
  }
  friend bool operator==(const StoredParts&, const StoredParts&) = default;

  state::PublishedView view;
  int64_t quality;
  std::string attributes;  // as outputs show them; empty if both definitions show them alike
  std::vector<std::string_view> topics_out;
  SequenceNumber last_seq;
  Instant next_change_at;
  bool view_in_doubt;
  state::OptionalIdentity identity;
};

}  // namespace

PartitionEngine::PartitionEngine(PartitionId partition, state::LeadStore* store, size_t cache_bytes,
                                 DefinitionsInForce definitions, EngineOutput* output, Messages messages)
    : store_(store),
      definitions_(std::move(definitions)),
      output_(output),
      leads_(partition, store, cache_bytes,
             [this](Lead* lead) {
               definitions_.TakeLoaded(progress_.rolled_out_until, lead);
               view::ConvertProfile(definitions_.Of(*lead), &lead->profile);
               links_.NoteIdentity(*lead);
             }),
      mailboxes_(&definitions_, &leads_, output),
      links_(messages, &definitions_, &leads_, &mailboxes_, output) {
  output->day_counter.Clear();  // it refers to the definitions of the engine before
}

Status PartitionEngine::CollectWrites(state::EpochWrite* write, uint64_t delta_epoch) {
  leads_.CollectWrites(write, delta_epoch);
  return output_->day_counter.CollectWrites(leads_.partition(), *store_, delta_epoch, write);
}

void PartitionEngine::Committed() {
  leads_.Committed();
  output_->day_counter.Clear();
}

Result<PartitionEngine::Found> PartitionEngine::FindAt(const LeadKey& key, Instant clock) {
  output_->day_counter.Advance(clock);
  LP_ASSIGN_OR_RETURN(auto* lead, leads_.Find(key));
  if (lead != nullptr && !definitions_.AreCurrent(*lead)) lead = BringFormsUpToDate(lead);
  if (lead == nullptr) {
    LP_ASSIGN_OR_RETURN(std::optional<state::Erasure> erasure, leads_.FindErasure(key));
    return Found{nullptr, std::move(erasure).value_or(state::Erasure())};
  }
  if (lead->next_change_at <= clock) FireLeadTimers(lead, clock);
  return Found{lead};
}

Lead* PartitionEngine::NormalizeForms(Lead* lead) {
  if (definitions_.AreCurrent(*lead)) return lead;
  const EvaluationCause cause = CauseOfDefinitions(definitions_.in_force());
  const LeadKey key = lead->key;
  if (IsFormerMailboxId(key.lead)) {
    const bool is_gone = !lead->is_lead() && !lead->waits();
    if (auto part = TakeMailboxPart(lead)) {
      SendMessage({key.tenant, NormalizeAddress(key.lead)}, key.lead, std::move(part), cause, output_);
    }
    if (is_gone) {
      state::Erasure remains;  // another life of this id goes on with its sequence
      remains.last_seq = lead->last_seq;
      remains.erased_at = lead->erased_at;
      remains.do_not_contact = lead->profile.do_not_contact;
      leads_.Erase(key, remains);
      return nullptr;
    }
  }
  const std::string former = lead->identity ? lead->identity->mailbox : "";
  if (!NormalizeAddresses(definitions_.Of(*lead).identity_by_email, lead)) return lead;
  links_.NoteIdentity(*lead);
  leads_.MarkProfileChanged(lead);
  if (former == lead->identity->mailbox) return lead;
  // The former mailbox is brought up to date now, if that has not been done: the lead may leave its address soon.
  if (!former.empty()) SendMessage({key.tenant, former}, key.lead, ToMailbox(), cause, output_);
  if (lead->waits()) links_.AskAgain(cause, lead);
  return lead;
}

Lead* PartitionEngine::BringFormsUpToDate(Lead* lead) {
  lead = NormalizeForms(lead);
  if (lead != nullptr) BringUpToDate(lead);
  return lead;
}

void PartitionEngine::BringUpToDate(Lead* lead) {
  if (definitions_.AreCurrent(*lead)) return;
  if (progress_.registering) return FireLeadTimers(lead, definitions_.in_force().rolled_out_at);
  const bool waits = lead->waits();
  const bool follows = links_.Follows(definitions_.Current(lead->key.tenant));
  // A lead that waits is evaluated under the new ones when its mailbox answers. One that has no view yet needs no more.
  if (waits && follows) {
    if (!lead->is_lead()) MoveUnevaluated(lead);
    return;
  }
  FireLeadTimers(lead, definitions_.in_force().rolled_out_at);
  const config::TenantDefinitions& former = definitions_.Of(*lead);
  const config::TenantDefinitions& current = definitions_.Current(lead->key.tenant);
  const bool shows_attributes = former.fields != current.fields || !(former.calendar == current.calendar);
  const StoredParts before(*lead, former, shows_attributes);
  EvaluateAgain(waits, lead);
  const StoredParts after(*lead, definitions_.Of(*lead), shows_attributes);
  if (after.attributes != before.attributes || after.quality != before.quality) {
    leads_.MarkProfileChanged(lead);  // nothing is published that says so
  } else if (!definitions_.in_force().keeps_numbers || after != before) {
    leads_.MarkDirty(lead);
  } else {
    lead->memo.held.reset();  // it is not measured before the lead is next marked
  }
}

void PartitionEngine::EvaluateAgain(bool waits, Lead* lead) {
  const config::TenantDefinitions& before = definitions_.Of(*lead);
  const config::TenantDefinitions& after = definitions_.Current(lead->key.tenant);
  const EvaluationCause cause = CauseOfDefinitions(definitions_.in_force());
  if (links_.Register(lead)) return;
  lead->view_in_doubt = false;
  lead->memo.held.reset();
  lead->definitions_number = definitions_.in_force().number;
  output_->counters.attributes_unset += view::ConvertProfile(after, &lead->profile);
  // `by_email` was switched off: it waits for nothing any more.
  if (waits && !lead->is_lead()) {
    PublishCreated(cause, after, lead, output_);
    return Evaluate(cause, ViewBefore::kUnknown, lead);
  }
  // Leads may have begun to use it before it came to these definitions.
  if (lead->identity) HideIfUsed(cause, lead);
  if (!lead->is_lead()) return;
  evaluator_.Begin(after, definitions_.in_force().rolled_out_at, ViewBefore::kUnknown, lead);
  view::View view = evaluator_.Evaluate().view;
  lead->next_change_at = view.next_change_at;
  // The lead may have a timer that was due before, when those of others fired.
  progress_.fired_before = std::min(progress_.fired_before, view.next_change_at);
  PublishViewChanges(cause, before, after, std::move(view.published), lead, output_);
  output_->OfferChanges();
  ++output_->counters.reevaluated;
}

void PartitionEngine::MoveUnevaluated(Lead* lead) {
  const config::TenantDefinitions& before = definitions_.Of(*lead);
  const config::TenantDefinitions& after = definitions_.Current(lead->key.tenant);
  if (lead->is_lead()) MoveView(before, after, lead);
  lead->memo.held.reset();
  lead->definitions_number = definitions_.in_force().number;
  output_->counters.attributes_unset += view::ConvertProfile(after, &lead->profile);
  leads_.MarkProfileChanged(lead);
}

void PartitionEngine::FireLeadTimers(Lead* lead, Instant until, uint64_t limit, const ChangeLimit* change_limit) {
  for (uint64_t fired = 0; fired < limit && lead->next_change_at <= until; ++fired) {
    if (change_limit != nullptr && change_limit->reached()) return;
    leads_.MarkDirty(lead);
    ++output_->counters.timers;
    const EvaluationCause cause{lead->next_change_at};
    const ViewBefore before = lead->view_in_doubt ? ViewBefore::kUnknown : ViewBefore::kKnown;
    if (before == ViewBefore::kKnown) evaluator_.Begin(definitions_.Of(*lead), cause.at, before, lead);
    Evaluate(cause, before, lead);
  }
}

ApplyResult PartitionEngine::Apply(const codec::Event& event, Instant clock, const codec::SourcePosition& source) {
  const EvaluationCause cause = EvaluationCauseOf(event, clock, source);
  if (!event.former_address.empty()) LP_RETURN_IF_ERROR(TakeFormerErasure(event.key, event.former_address, cause));
  LP_ASSIGN_OR_RETURN(Found found, FindAt(event.key, clock));
  if (event.occurred_at <= found.erased_at()) {
    DropErased(event, cause, std::move(found));
    return std::optional<Rejection>();
  }
  const bool is_new = found.lead == nullptr;
  Lead* const lead = is_new ? CreateRow(event.key, *std::move(found.erasure)) : found.lead;
  const config::TenantDefinitions& definitions = definitions_.Of(*lead);
  std::vector<LeftOutProperty> left_out;
  state::EntryFields entry = EntryOf(event, definitions, &left_out);
  entry.address = links_.SlotOf(event, entry, definitions, is_new, lead);
  const std::optional<AddressLinks::SharedEvent> shared = links_.Share(event, *lead);
  const bool replaces = lead->identity && lead->journal.WouldReplace(entry);
  const bool is_known = !is_new && !replaces && lead->is_evaluated();
  if (is_known) {
    evaluator_.Begin(definitions, clock, ViewBefore::kKnown, lead);
    evaluator_.ExpectEntry(entry);
  }
  const state::Journal::AddResult added = lead->journal.Add(entry, definitions.journal_max_entries);
  output_->counters.folded += added.folded;
  const bool is_taken = added.outcome == state::Journal::AddOutcome::kAdded;
  if (is_taken) {
    output_->counters.properties_left_out += left_out.size();
    for (const LeftOutProperty& property : left_out) output_->counters.left_out.Add(property);
    ++output_->counters.events;
    output_->day_counter.CountEvent(event.type, event.occurred_at, event.campaign_id, definitions, *lead);
  } else if (added.outcome == state::Journal::AddOutcome::kDuplicate) {
    ++output_->counters.duplicates;
    return std::optional<Rejection>();
  } else {
    ++output_->counters.dropped_folded;
    if (!added.facts_changed) return std::optional<Rejection>();
  }
  leads_.MarkDirty(lead);
  if (is_new) {
    // An id that is an address, but not in normal form, uses a mailbox from its first event on.
    if (links_.Subscribe(/*command=*/nullptr, cause, lead)) {
      lead->identity->is_no_lead = true;
    } else {
      PublishCreated(cause, definitions, lead, output_);
    }
  } else if (is_taken && !lead->is_lead() && !lead->waits() && lead->identity->users() == 0) {
    PublishCreated(cause, definitions, lead, output_);
  }
  if (shared) {
    const bool is_unkept = entry.address == state::kNowhereSlot && !IsOfFormerAddress(event, lead->profile);
    shared->Propagate(is_taken ? &entry : nullptr, is_unkept ? BelongsTo(event, lead->identity->mailbox) : "", cause);
  }
  if (lead->is_evaluated()) Evaluate(cause, is_known ? ViewBefore::kKnown : ViewBefore::kUnknown, lead);
  ReportTouch(*lead, output_);
  return std::optional<Rejection>();
}

ApplyResult PartitionEngine::Apply(const codec::Command& command, Instant clock, const codec::SourcePosition& source) {
  const EvaluationCause cause = EvaluationCauseOf(command, clock, source);
  if (!command.former_address.empty()) {
    LP_RETURN_IF_ERROR(TakeFormerErasure(command.key, command.former_address, cause));
  }
  if (command.by_address && links_.Follows(definitions_.Current(command.key.tenant)) && IsMailboxId(command.key.lead)) {
    return ApplyByAddress(command, cause);
  }
  return ApplyTo(command, cause);
}

ApplyResult PartitionEngine::ApplyTo(const codec::Command& command, EvaluationCause cause) {
  LP_ASSIGN_OR_RETURN(Found found, FindAt(command.key, cause.at));
  if (command.issued_at <= found.erased_at()) {
    ++output_->counters.dropped_erased;
    return std::optional<Rejection>();
  }
  Lead* lead = found.lead;
  const bool is_new = lead == nullptr;
  if (!is_new && IsApplied(lead->profile, command.command_id)) {
    ++output_->counters.duplicates;
    return std::optional<Rejection>();
  }
  if (auto conflict = CheckExpectedVersion(command, lead)) return conflict;
  if (const auto* erase = command.actions.Find<codec::Erase>()) {
    Erase(command.key, {command.issued_at, erase->suppress}, cause, std::move(found));
    ++output_->counters.commands;
    return std::optional<Rejection>();
  }
  if (command.actions.Find<codec::Withdraw>() != nullptr) return Withdraw(command, cause, std::move(found));
  // A rejected command must not create its lead, so a new one's profile is made first.
  std::optional<state::Profile> fresh;
  if (is_new) {
    fresh = NewProfile(command.key);
    fresh->do_not_contact = found.erasure->do_not_contact;
  }
  const config::TenantDefinitions& definitions =
      is_new ? definitions_.Current(command.key.tenant) : definitions_.Of(*lead);
  const bool is_known = !is_new && lead->is_evaluated();
  if (is_known) {
    evaluator_.Begin(definitions, cause.at, ViewBefore::kKnown, lead);
    evaluator_.ExpectProfile();
  }
  const auto* assign = command.actions.Find<codec::AssignAgent>();
  const std::string agent_before = assign != nullptr && !is_new ? lead->profile.extras->agent_id : "";
  if (assign != nullptr && !is_new && assign->agent_id != agent_before) cause.agent_before = agent_before;
  state::Profile* const profile = is_new ? &*fresh : &lead->profile;
  const std::optional<state::Profile> before = definitions.publish_updates ? std::optional(*profile) : std::nullopt;
  std::optional<Rejection> rejection = ApplyCommand(command, definitions, profile);
  if (rejection) return rejection;
  std::vector<std::string> updated;
  if (before) updated = FindUpdated(command, *before, *profile);
  if (is_new) {
    lead = CreateRow(command.key, *std::move(found.erasure));
    lead->profile = *std::move(fresh);
  }
  ++output_->counters.commands;
  output_->counters.attributes_undeclared += UndeclaredAttributes(command, definitions).size();
  const bool may_move = is_new || command.actions.Find<codec::UpdateProfile>() != nullptr;
  const bool waits = may_move && links_.Subscribe(&command, cause, lead);
  leads_.MarkProfileChanged(lead);
  if (waits && is_new) lead->identity->is_no_lead = true;
  if (waits || lead->waits()) {
    if (!updated.empty()) AddUpdated(updated, &lead->identity.Get().updated);
  } else {
    cause.updated = &updated;
    if (is_new || !lead->is_lead()) PublishCreated(cause, definitions, lead, output_);
    if (lead->is_evaluated()) Evaluate(cause, is_known ? ViewBefore::kKnown : ViewBefore::kUnknown, lead);
  }
  ReportUpdate(cause, *lead, output_);
  return rejection;
}

Lead* PartitionEngine::CreateRow(const LeadKey& key, state::Erasure erasure) {
  Lead* lead = leads_.Create(key);
  BeginLife(std::move(erasure), lead);
  lead->definitions_number = definitions_.in_force().number;
  links_.Revive(lead);
  if (IsFormerMailboxId(key.lead)) {
    NormalizeAddresses(links_.Follows(definitions_.Of(*lead)), lead);
    links_.NoteIdentity(*lead);
  }
  return lead;
}

void PartitionEngine::Evaluate(const EvaluationCause& cause, ViewBefore before, Lead* lead) {
  if (before == ViewBefore::kUnknown) {
    evaluator_.Begin(definitions_.Of(*lead), cause.at, before, lead);
    lead->view_in_doubt = false;
  }
  const config::TenantDefinitions& definitions = evaluator_.definitions();
  // next_change_at is later than cause.at, so every loop over timers ends.
  view::Evaluated evaluated = evaluator_.Evaluate();
  state::PublishedView& published = evaluated.view.published;
  lead->next_change_at = evaluated.view.next_change_at;
  if (evaluated.diff) {
    PublishUpdatedView(cause, definitions, std::move(published), *evaluated.diff, lead, output_);
  } else {
    PublishViewChanges(cause, definitions, definitions, std::move(published), lead, output_);
  }
  PublishPendingUpdates(cause, lead);
  output_->OfferChanges();
}

void PartitionEngine::PublishPendingUpdates(const EvaluationCause& cause, Lead* lead) {
  const bool has_pending = lead->identity && !lead->identity->updated.empty();
  if (!has_pending && cause.updated == nullptr) return;
  std::vector<std::string> updated;
  if (has_pending) updated = std::exchange(lead->identity.Get().updated, {});
  if (cause.updated != nullptr) AddUpdated(*cause.updated, &updated);
  if (!updated.empty()) PublishUpdated(cause, std::move(updated), lead, output_);
}

}  // namespace leadpulse::engine
