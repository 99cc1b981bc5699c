#include "processor/engine/partition_engine.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/assign_or_return.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/apply_event.h"
#include "processor/view/email_status.h"
#include "processor/view/lead_memo.h"
#include "processor/view/view.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::engine {
namespace {

using codec::Rejection;
using state::Lead;
using view::ViewBefore;

// Bounds how long a stop waits: some leads have a timer every second.
constexpr uint64_t kMaxTimersAtOnce = 64 << 10;
constexpr size_t kMaxGroupBytes = 8 << 20;
constexpr size_t kFirstLeadsAtOnce = 16;
constexpr size_t kMaxLeadsAtOnce = 256;

size_t GroupBytes(size_t changed_bytes) { return std::min(changed_bytes / 4, kMaxGroupBytes); }

EvaluationCause EvaluationCauseOf(const codec::Event& event, Instant clock, const codec::SourcePosition& source) {
  return {clock, codec::CauseKind::kEvent, event.event_id, event.backfill, &source};
}

EvaluationCause EvaluationCauseOf(const codec::Command& command, Instant clock, const codec::SourcePosition& source) {
  return {clock, codec::CauseKind::kCommand, command.command_id, command.backfill, &source};
}

// The latest of this command, the newest entry and the newest applied command.
Instant ErasureTime(const codec::Command& command, const Lead* lead) {
  Instant time = command.issued_at;
  if (lead == nullptr) return time;
  if (!lead->journal.entries().empty()) time = std::max(time, lead->journal.entries().back().occurred_at);
  return std::max(time, lead->profile.newest_command_at.value_or(time));
}

// Records at or before it belong to an erased life of the lead.
Instant ErasedUntil(const Lead* lead, const state::Erasure& erasure) {
  return lead == nullptr ? erasure.erased_at : lead->erased_at;
}

// The status facts that outlive an erasure. A hard bounce of a former address does not, nor does a topic without a
// time: the next life may meet another hundred topics.
state::StatusFacts FactsToKeep(const Lead& lead) {
  state::StatusFacts facts = lead.journal.Facts(lead.journal.Totals());
  if (!view::BounceCounts(lead.profile, facts.hard_bounce)) facts.hard_bounce = Instant::DistantPast();
  std::erase_if(facts.topics, [](const state::TopicTimes& topic) { return topic.times == state::ScopeTimes(); });
  return facts;
}

}  // namespace

PartitionEngine::PartitionEngine(PartitionId partition, state::LeadStore* store, size_t cache_bytes,
                                 DefinitionsInForce definitions)
    : store_(store), definitions_(std::move(definitions)), leads_(partition, store, cache_bytes, [this](Lead* lead) {
        view::ConvertProfile(DefinitionsOf(*lead), &lead->profile);
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

Result<std::optional<Rejection>> PartitionEngine::Apply(const codec::Event& event, Instant clock,
                                                        const codec::SourcePosition& source, EngineOutput* output) {
  LP_ASSIGN_OR_RETURN(auto* lead, FindAt(event.key, clock, output));
  const EvaluationCause cause = EvaluationCauseOf(event, clock, source);
  const bool is_new = lead == nullptr;
  state::Erasure erasure;
  if (is_new) {
    LP_ASSIGN_OR_RETURN(erasure, FindErasure(event.key));
  }
  if (event.occurred_at <= ErasedUntil(lead, erasure)) {
    DropErased(event, cause, lead, std::move(erasure), output);
    return std::optional<Rejection>();
  }
  if (is_new) lead = Create(cause, event.key, erasure, output);
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  uint64_t left_out = 0;
  const state::EntryFields entry = EntryOf(event, definitions, &left_out);
  evaluator_.Begin(definitions, clock, is_new ? ViewBefore::kUnknown : ViewBefore::kKnown, lead);
  evaluator_.ExpectEntry(entry);
  const state::Journal::AddResult added = lead->journal.Add(entry, definitions.journal_max_entries);
  output->counters.folded += added.folded;
  switch (added.outcome) {
    case state::Journal::AddOutcome::kDuplicate:
      ++output->counters.duplicates;
      return std::optional<Rejection>();
    case state::Journal::AddOutcome::kOlderThanFold:
      ++output->counters.dropped_folded;
      if (!added.facts_changed) return std::optional<Rejection>();
      leads_.MarkDirty(lead);
      EvaluateAndPublish(cause, definitions, lead, output);
      return std::optional<Rejection>();
    case state::Journal::AddOutcome::kAdded:
      break;
  }
  leads_.MarkDirty(lead);
  output->counters.properties_left_out += left_out;
  ++output->counters.events;
  EvaluateAndPublish(cause, definitions, lead, output);
  return std::optional<Rejection>();
}

Result<std::optional<Rejection>> PartitionEngine::Apply(const codec::Command& command, Instant clock,
                                                        const codec::SourcePosition& source, EngineOutput* output) {
  const EvaluationCause cause = EvaluationCauseOf(command, clock, source);
  LP_ASSIGN_OR_RETURN(auto* lead, FindAt(command.key, clock, output));
  state::Erasure erasure;
  if (lead == nullptr) {
    LP_ASSIGN_OR_RETURN(erasure, FindErasure(command.key));
  }
  if (command.issued_at <= ErasedUntil(lead, erasure)) {
    ++output->counters.dropped_erased;
    return std::optional<Rejection>();
  }
  if (lead != nullptr && IsApplied(lead->profile, command.command_id)) {
    ++output->counters.duplicates;
    return std::optional<Rejection>();
  }
  if (std::holds_alternative<codec::Erase>(command.action)) {
    Erase(command, std::get<codec::Erase>(command.action), cause, lead, erasure, output);
    return std::optional<Rejection>();
  }
  // A rejected command must not create its lead, so a new one's profile is made first.
  state::Profile fresh = lead == nullptr ? NewProfile(command.key) : state::Profile();
  fresh.do_not_contact = erasure.do_not_contact;
  const config::TenantDefinitions& definitions =
      lead == nullptr ? definitions_.current->For(command.key.tenant) : DefinitionsOf(*lead);
  const auto expect = [&](ViewBefore before) {
    evaluator_.Begin(definitions, clock, before, lead);
    evaluator_.ExpectProfile();
  };
  if (lead != nullptr) expect(ViewBefore::kKnown);
  std::optional<Rejection> rejection = ApplyCommand(command, definitions, lead == nullptr ? &fresh : &lead->profile);
  if (rejection) return rejection;
  if (lead == nullptr) {
    lead = Create(cause, command.key, erasure, output);
    expect(ViewBefore::kUnknown);
    lead->profile = std::move(fresh);
  }
  leads_.MarkProfileChanged(lead);
  ++output->counters.commands;
  EvaluateAndPublish(cause, definitions, lead, output);
  return std::optional<Rejection>();
}

Result<std::optional<Rejection>> PartitionEngine::Apply(const LeadMessage& /*message*/, EngineOutput* /*output*/) {
  return std::optional<Rejection>();
}
Result<RecordReach> PartitionEngine::ReachOf(const codec::Event& /*event*/) { return RecordReach(); }
Result<RecordReach> PartitionEngine::ReachOf(const codec::Command& /*command*/) { return RecordReach(); }

Result<Lead*> PartitionEngine::FindAt(const LeadKey& key, Instant clock, EngineOutput* output) {
  Result<Lead*> found = leads_.Find(key);
  if (!found.ok() || *found == nullptr) return found;
  BringUpToDate(*found, output);
  FireLeadTimers(*found, clock, output);
  return found;
}

Result<state::Erasure> PartitionEngine::FindErasure(const LeadKey& key) {
  LP_ASSIGN_OR_RETURN(std::optional<state::Erasure> erasure, leads_.FindErasure(key));
  return std::move(erasure).value_or(state::Erasure());
}

Lead* PartitionEngine::Create(const EvaluationCause& cause, const LeadKey& key, const state::Erasure& erasure,
                              EngineOutput* output) {
  Lead* lead = leads_.Create(key);
  lead->erased_at = erasure.erased_at;
  lead->last_seq = erasure.last_seq;
  if (erasure.facts != state::StatusFacts()) lead->journal.SetFacts(erasure.facts);
  lead->profile = NewProfile(key);
  lead->profile.do_not_contact = erasure.do_not_contact;
  lead->definitions_number = definitions_.number;
  lead->view = view::EmptyView(DefinitionsOf(*lead));
  PublishChange(cause, codec::ChangeKind::kLeadCreated, "", "", "", lead, output);
  return lead;
}

void PartitionEngine::DropErased(const codec::Event& event, const EvaluationCause& cause, Lead* lead,
                                 state::Erasure erasure, EngineOutput* output) {
  ++output->counters.dropped_erased;
  // Which address bounced is known only where the event or the lead's id says it.
  const bool names_address = !event.address.empty() || event.key.lead.find('@') != std::string::npos;
  if (event.type == EventType::kBounce && !names_address) return;
  const state::EntryFields fact = EntryWithoutProperties(event);
  if (lead == nullptr) {
    state::Journal remains;
    remains.SetFacts(std::move(erasure.facts));
    if (!remains.IncludeInFacts(fact)) return;
    erasure.facts = *remains.kept_facts();
    leads_.Erase(event.key, erasure);
    return;
  }
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  evaluator_.Begin(definitions, cause.at, ViewBefore::kKnown, lead);
  evaluator_.ExpectEntry(fact);
  if (!lead->journal.IncludeInFacts(fact)) return;
  leads_.MarkDirty(lead);
  EvaluateAndPublish(cause, definitions, lead, output);
}

void PartitionEngine::BringUpToDate(Lead* lead, EngineOutput* output) {
  if (lead->definitions_number == definitions_.number) return;
  FireLeadTimers(lead, definitions_.rolled_out_at, output);
  leads_.MarkDirty(lead);
  const config::TenantDefinitions& before = DefinitionsOf(*lead);
  lead->view_in_doubt = false;
  lead->memo.held.reset();
  lead->definitions_number = definitions_.number;
  const config::TenantDefinitions& after = DefinitionsOf(*lead);
  output->counters.attributes_unset += view::ConvertProfile(after, &lead->profile);
  evaluator_.Begin(after, definitions_.rolled_out_at, ViewBefore::kUnknown, lead);
  view::View view = evaluator_.Evaluate().view;
  lead->next_change_at = view.next_change_at;
  // The lead may have a timer that was due before, when those of others fired.
  progress_.fired_before = std::min(progress_.fired_before, view.next_change_at);
  const EvaluationCause cause{definitions_.rolled_out_at, codec::CauseKind::kDefinitions,
                              definitions_.current->version};
  PublishViewChanges(cause, before, after, std::move(view.published), lead, output);
  output->OfferChanges();
  ++output->counters.reevaluated;
}

void PartitionEngine::FireLeadTimers(Lead* lead, Instant until, EngineOutput* output, uint64_t limit,
                                     const ChangeLimit* change_limit) {
  for (uint64_t fired = 0; fired < limit && lead->next_change_at <= until; ++fired) {
    if (change_limit != nullptr && change_limit->reached()) return;
    leads_.MarkDirty(lead);
    ++output->counters.timers;
    EvaluateLater({lead->next_change_at}, lead, output);
  }
}

void PartitionEngine::EvaluateLater(const EvaluationCause& cause, Lead* lead, EngineOutput* output) {
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  evaluator_.Begin(definitions, cause.at, lead->view_in_doubt ? ViewBefore::kUnknown : ViewBefore::kKnown, lead);
  lead->view_in_doubt = false;
  EvaluateAndPublish(cause, definitions, lead, output);
}

void PartitionEngine::EvaluateAndPublish(const EvaluationCause& cause, const config::TenantDefinitions& definitions,
                                         Lead* lead, EngineOutput* output) {
  // next_change_at is later than cause.at, so every loop over timers ends.
  view::Evaluated evaluated = evaluator_.Evaluate();
  state::PublishedView& published = evaluated.view.published;
  lead->next_change_at = evaluated.view.next_change_at;
  if (evaluated.diff) {
    PublishUpdatedView(cause, definitions, std::move(published), *evaluated.diff, lead, output);
  } else {
    PublishViewChanges(cause, definitions, definitions, std::move(published), lead, output);
  }
  output->OfferChanges();
}

void PartitionEngine::Erase(const codec::Command& command, const codec::Erase& erase, const EvaluationCause& cause,
                            const Lead* held, state::Erasure erasure, EngineOutput* output) {
  // The part of an erased or unknown lead that a change needs: key and sequence number.
  Lead remains;
  remains.key = command.key;
  remains.last_seq = erasure.last_seq;
  if (held != nullptr) {
    remains.last_seq = held->last_seq;
    erasure.facts = FactsToKeep(*held);
    erasure.do_not_contact = held->profile.do_not_contact;
  }
  PublishChange(cause, codec::ChangeKind::kLeadErased, "", "", "", &remains, output);
  erasure.last_seq = remains.last_seq;
  erasure.erased_at = ErasureTime(command, held);
  if (erase.suppress) erasure.facts.everything.Include(EventType::kUnsubscribe, erasure.erased_at);
  leads_.Erase(command.key, erasure);
  ++output->counters.commands;
}

Result<bool> PartitionEngine::FireDueTimers(Instant clock, const StepBounds& bounds, EngineOutput* output) {
  LP_ASSIGN_OR_RETURN(std::vector<state::DueTimer> due, leads_.DueTimers(progress_.fired_before, clock, bounds.leads));
  std::vector<state::EncodedLeadKey> keys;
  keys.reserve(due.size());
  for (state::DueTimer& timer : due) keys.push_back(std::move(timer.key));
  const uint64_t timers_before = output->counters.timers;
  const ChangeLimit change_limit(*output, bounds.changes);
  const auto fire = [&](const LeadKey& key) -> Result<bool> {
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.Find(key));
    if (lead == nullptr) {
      return Status::Fatal("the state is damaged: it holds the timer of a lead that is not there; restore a backup");
    }
    BringUpToDate(lead, output);
    const uint64_t fired = output->counters.timers - timers_before;
    FireLeadTimers(lead, clock, output, kMaxTimersAtOnce - std::min(fired, kMaxTimersAtOnce), &change_limit);
    return lead->next_change_at > clock;  // otherwise the next call begins with this lead
  };
  LP_ASSIGN_OR_RETURN(size_t done, VisitLeads(keys, bounds.changed_bytes, change_limit, fire));
  if (done < keys.size() || keys.size() >= bounds.leads) return true;
  progress_.fired_before = clock + Millis{1};
  return false;
}

Result<std::vector<LeadKey>> PartitionEngine::FetchGroup(std::span<const state::EncodedLeadKey> encoded) {
  std::vector<LeadKey> group;
  for (const state::EncodedLeadKey& key : encoded) {
    LP_ASSIGN_OR_RETURN(LeadKey decoded, state::ParseLeadKey(key));
    group.push_back(std::move(decoded));
  }
  std::vector<const LeadKey*> keys;
  for (const LeadKey& key : group) keys.push_back(&key);
  LP_RETURN_IF_ERROR(Prefetch(keys).status());
  return group;
}

Result<size_t> PartitionEngine::VisitLeads(std::span<const state::EncodedLeadKey> keys, size_t changed_bytes,
                                           const ChangeLimit& change_limit, const VisitLead& visit) {
  size_t done = 0;
  for (size_t at_once = kFirstLeadsAtOnce; done < keys.size();) {
    LP_ASSIGN_OR_RETURN(std::vector<LeadKey> group,
                        FetchGroup(keys.subspan(done, std::min(at_once, keys.size() - done))));
    for (const LeadKey& key : group) {
      LP_ASSIGN_OR_RETURN(bool more, visit(key));
      if (!more) return done;
      ++done;
      if (change_limit.reached()) return done;
    }
    if (leads_.dirty_bytes() >= changed_bytes) return done;
    const size_t mean_bytes = leads_.dirty_bytes() / std::max<size_t>(1, leads_.dirty_count());
    at_once = std::clamp<size_t>(GroupBytes(changed_bytes) / std::max<size_t>(1, mean_bytes), 1, kMaxLeadsAtOnce);
  }
  return done;
}

// The scan of the store has the rows, so they need not be read again.
Result<bool> PartitionEngine::RollOutDefinitions(const StepBounds& bounds, EngineOutput* output) {
  std::vector<std::pair<state::EncodedLeadKey, std::string>> rows;
  size_t bytes = 0;
  bool reached_end = true;
  const auto collect = [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    bytes += value.size();
    reached_end = rows.size() < bounds.leads && bytes < GroupBytes(bounds.changed_bytes);
    return reached_end;
  };
  LP_RETURN_IF_ERROR(store_->VisitLeads(partition(), progress_.rolled_out_until, collect));
  const ChangeLimit change_limit(*output, bounds.changes);
  for (auto& [encoded, value] : rows) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.FindOrLoad(key, value));
    if (lead != nullptr) BringUpToDate(lead, output);
    progress_.rolled_out_until = std::move(encoded);
    if (leads_.dirty_bytes() >= bounds.changed_bytes || change_limit.reached()) return true;
  }
  return !reached_end;
}

void PartitionEngine::CollectWrites(state::EpochWrite* write, const LeadWriteVisitor& visit) {
  leads_.CollectWrites(write, [&](const state::Lead& lead, const state::LeadWrite& lead_write) {
    visit(lead, DefinitionsOf(lead), lead_write);
  });
}

void PartitionEngine::Committed() {
  leads_.Committed();
  committed_progress_ = progress_;
}

void PartitionEngine::Abort() {
  leads_.Abort();
  progress_ = committed_progress_;
}

}  // namespace leadpulse::engine
