#include "processor/engine/partition_engine.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/apply_event.h"
#include "processor/engine/erasure_remains.h"
#include "processor/engine/lead_address.h"
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
  if (!is_lead) return Rejection{codec::Reason::kConflict, "there is no such lead any more"};
  if (state::LeadVersion(*row) == command.expected_version) return std::nullopt;
  return Rejection{codec::Reason::kConflict, "the lead has changed since version " + command.expected_version +
                                                 ": read it again, and decide again"};
}

}  // namespace

PartitionEngine::PartitionEngine(PartitionId partition, state::LeadStore* store, size_t cache_bytes,
                                 DefinitionsInForce definitions, EngineOutput* output, Messages messages)
    : store_(store),
      definitions_(std::move(definitions)),
      output_(output),
      messages_(messages),
      leads_(partition, store, cache_bytes, [this](Lead* lead) {
        view::ConvertProfile(DefinitionsOf(*lead), &lead->profile);
        if (lead->identity) has_identities_ = true;
      }) {}

const config::TenantDefinitions& PartitionEngine::DefinitionsOf(const Lead& lead) {
  const bool up_to_date = lead.definitions_number == definitions_.number;
  LP_ASSERT(up_to_date || definitions_.previous != nullptr);
  if (!up_to_date) return definitions_.previous->For(lead.key.tenant);
  if (const view::RuleMemo* memo = view::FindRuleMemo(lead)) return *memo->definitions;
  if (last_found_ == nullptr || last_tenant_ != lead.key.tenant) {
    last_tenant_ = lead.key.tenant;
    last_found_ = &definitions_.current->For(last_tenant_);
  }
  return *last_found_;
}

ApplyResult PartitionEngine::Apply(const codec::Event& event, Instant clock, const codec::SourcePosition& source) {
  LP_ASSIGN_OR_RETURN(auto* lead, FindAt(event.key, clock));
  const EvaluationCause cause = EvaluationCauseOf(event, clock, source);
  const bool is_new = lead == nullptr;
  if (is_new) {
    LP_ASSIGN_OR_RETURN(state::Erasure erasure, FindErasure(event.key));
    if (event.occurred_at <= erasure.erased_at) {
      DropErased(event, cause, nullptr, std::move(erasure));
      return std::optional<Rejection>();
    }
    lead = CreateRow(event.key, std::move(erasure));
  } else if (event.occurred_at <= lead->erased_at) {
    DropErased(event, cause, lead, state::Erasure());
    return std::optional<Rejection>();
  }
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  uint64_t left_out = 0;
  state::EntryFields entry = EntryOf(event, definitions, &left_out);
  entry.address = SlotOf(event, definitions, is_new, lead);
  std::optional<SharedFacts> shared_before;
  if (lead->identity && Follows(AddressDefinitionsOf(*lead))) shared_before = SharedFactsOf(*lead, event.type);
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
    output_->counters.properties_left_out += left_out;
    ++output_->counters.events;
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
    const bool waits = Follows(definitions) && UpdateUse(definitions, cause, Instant::Never(),
                                                         /*asks_again=*/false, lead);
    if (waits) {
      lead->identity->is_no_lead = true;
    } else {
      Announce(cause, lead);
    }
  } else if (is_taken && !lead->is_lead() && !lead->waits() && lead->identity->users() == 0) {
    Announce(cause, lead);
  }
  if (shared_before) Share(*shared_before, is_taken ? &entry : nullptr, event.type, cause, lead);
  if (shared_before && entry.address == state::kNowhereSlot && !IsOfFormerAddress(event, lead->profile)) {
    TellUnkeptMailbox(BelongsTo(event, lead->identity->mailbox), event, cause);
  }
  if (!lead->is_evaluated()) return std::optional<Rejection>();
  if (is_known) {
    EvaluateAndPublish(cause, definitions, lead);
  } else {
    EvaluateWhole(cause, lead);
  }
  return std::optional<Rejection>();
}

ApplyResult PartitionEngine::Apply(const codec::Command& command, Instant clock, const codec::SourcePosition& source) {
  const EvaluationCause cause = EvaluationCauseOf(command, clock, source);
  if (command.by_address && Follows(definitions_.current->For(command.key.tenant)) && IsMailboxId(command.key.lead)) {
    return ApplyByAddress(command, cause);
  }
  return ApplyTo(command, cause);
}

ApplyResult PartitionEngine::ApplyTo(const codec::Command& command, EvaluationCause cause) {
  LP_ASSIGN_OR_RETURN(auto* lead, FindAt(command.key, cause.at));
  const bool is_new = lead == nullptr;
  std::optional<state::Erasure> erasure;
  if (is_new) {
    LP_ASSIGN_OR_RETURN(erasure, FindErasure(command.key));
  }
  if (command.issued_at <= (is_new ? erasure->erased_at : lead->erased_at)) {
    ++output_->counters.dropped_erased;
    return std::optional<Rejection>();
  }
  if (!is_new && IsApplied(lead->profile, command.command_id)) {
    ++output_->counters.duplicates;
    return std::optional<Rejection>();
  }
  if (auto conflict = CheckExpectedVersion(command, lead)) return conflict;
  if (const auto* erase = std::get_if<codec::Erase>(&command.action)) {
    Erase(command.key, {command.issued_at, erase->suppress}, cause, lead,
          std::move(erasure).value_or(state::Erasure()));
    ++output_->counters.commands;
    return std::optional<Rejection>();
  }
  // A rejected command must not create its lead, so a new one's profile is made first.
  std::optional<state::Profile> fresh;
  if (is_new) {
    fresh = NewProfile(command.key);
    fresh->do_not_contact = erasure->do_not_contact;
  }
  const config::TenantDefinitions& definitions =
      is_new ? definitions_.current->For(command.key.tenant) : DefinitionsOf(*lead);
  const bool is_known = !is_new && lead->is_evaluated();
  if (is_known) {
    evaluator_.Begin(definitions, cause.at, ViewBefore::kKnown, lead);
    evaluator_.ExpectProfile();
  }
  const auto* assign = std::get_if<codec::AssignAgent>(&command.action);
  const std::string agent_before = assign != nullptr && !is_new ? lead->profile.extras->agent_id : "";
  if (assign != nullptr && !is_new && assign->agent_id != agent_before) cause.agent_before = agent_before;
  std::optional<Rejection> rejection = ApplyCommand(command, definitions, is_new ? &*fresh : &lead->profile);
  if (rejection) return rejection;
  if (is_new) {
    lead = CreateRow(command.key, *std::move(erasure));
    lead->profile = *std::move(fresh);
  }
  ++output_->counters.commands;
  const bool may_move = is_new || std::holds_alternative<codec::UpdateProfile>(command.action);
  const config::TenantDefinitions& of_address = AddressDefinitionsOf(*lead);
  const bool waits =
      may_move && Follows(of_address) && UpdateUse(of_address, cause, command.issued_at, SetsEmail(command), lead);
  leads_.MarkProfileChanged(lead);
  if (waits && is_new) lead->identity->is_no_lead = true;
  if (!waits && !lead->waits()) {
    if (is_new || !lead->is_lead()) Announce(cause, lead);
    if (lead->is_evaluated() && is_known) {
      EvaluateAndPublish(cause, definitions, lead);
    } else if (lead->is_evaluated()) {
      EvaluateWhole(cause, lead);
    }
  }
  ReportUpdate(cause, *lead);
  return rejection;
}

void PartitionEngine::ReportUpdate(const EvaluationCause& cause, const Lead& lead) {
  if (!lead.is_lead() || !output_->wants_updates || !output_->wants_updates()) return;
  ChangeAudience audience{lead.profile.extras->agent_id, {}};
  audience.agent_before = cause.agent_before;
  output_->updates.push_back({lead.key, std::move(audience), state::LeadVersion(lead)});
  output_->OfferChanges();
}

Result<Lead*> PartitionEngine::FindAt(const LeadKey& key, Instant clock) {
  Result<Lead*> found = leads_.Find(key);
  if (!found.ok() || *found == nullptr) return found;
  BringUpToDate(*found);
  FireLeadTimers(*found, clock);
  return found;
}

Result<state::Erasure> PartitionEngine::FindErasure(const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Erasure> erasure, leads_.FindErasure(key));
  return std::move(erasure).value_or(state::Erasure());
}

Lead* PartitionEngine::CreateRow(const LeadKey& key, state::Erasure erasure) {
  Lead* lead = leads_.Create(key);
  BeginLife(std::move(erasure), lead);
  lead->definitions_number = definitions_.number;
  if (lead->identity) {
    has_identities_ = true;
    // What was received for its own id before the erasure counts for it again.
    std::vector<std::string>& addresses = lead->identity->addresses;
    std::ranges::replace(addresses, Pseudonym(key), key.lead);
    if (Follows(DefinitionsOf(*lead))) TakeOwnStanding(lead);
  }
  return lead;
}

void PartitionEngine::Announce(const EvaluationCause& cause, Lead* lead) {
  if (lead->identity) lead->identity->is_no_lead = false;
  lead->view = view::EmptyView(DefinitionsOf(*lead));
  PublishChange(cause, codec::ChangeKind::kLeadCreated, "", "", "", lead, output_);
}

void PartitionEngine::EvaluateAndPublish(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                                         Lead* lead) {
  // next_change_at is later than cause.at, so every loop over timers ends.
  view::Evaluated evaluated = evaluator_.Evaluate();
  state::PublishedView& published = evaluated.view.published;
  lead->next_change_at = evaluated.view.next_change_at;
  if (evaluated.diff) {
    PublishUpdatedView(cause, definitions, std::move(published), *evaluated.diff, lead, output_);
  } else {
    PublishViewChanges(cause, definitions, definitions, std::move(published), lead, output_);
  }
  output_->OfferChanges();
}

void PartitionEngine::EvaluateWhole(const EvaluationCause& cause, Lead* lead) {
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  evaluator_.Begin(definitions, cause.at, ViewBefore::kUnknown, lead);
  lead->view_in_doubt = false;
  EvaluateAndPublish(cause, definitions, lead);
}

void PartitionEngine::CollectWrites(state::EpochWrite* write, const LeadWriteVisitor& visit) {
  leads_.CollectWrites(write, [&](const state::Lead& lead, const state::LeadWrite& lead_write) {
    visit(lead, DefinitionsOf(lead), lead_write);
  });
}

}  // namespace leadpulse::engine
