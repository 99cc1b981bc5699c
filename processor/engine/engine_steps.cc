// What happens to leads without a record: timers, and new definitions.
#include <algorithm>
#include <utility>

#include "processor/base/status.h"
#include "processor/engine/lead_address.h"
#include "processor/engine/partition_engine.h"
#include "processor/view/view.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::engine {
namespace {

using state::Lead;
using view::ViewBefore;

// Bounds how long a stop waits: some leads have a timer every second.
constexpr uint64_t kMaxTimersAtOnce = 64 << 10;
constexpr size_t kMaxGroupBytes = 8 << 20;
constexpr size_t kFirstLeadsAtOnce = 16;
constexpr size_t kMaxLeadsAtOnce = 256;

size_t GroupBytes(size_t changed_bytes) { return std::min(changed_bytes / 4, kMaxGroupBytes); }

}  // namespace

EvaluationCause PartitionEngine::CauseOfDefinitions() const {
  return {definitions_.rolled_out_at, codec::CauseKind::kDefinitions, definitions_.current->version};
}

void PartitionEngine::BringUpToDate(Lead* lead) {
  if (is_up_to_date(*lead)) return;
  if (progress_.registering) return FireLeadTimers(lead, definitions_.rolled_out_at);
  const bool waits = lead->waits();
  const bool follows = Follows(definitions_.current->For(lead->key.tenant));
  // A lead that waits is evaluated under the new ones when its mailbox answers. One that has no view yet needs no more.
  if (waits && follows) {
    if (!lead->is_lead()) MoveUnevaluated(lead);
    return;
  }
  FireLeadTimers(lead, definitions_.rolled_out_at);
  leads_.MarkDirty(lead);
  const config::TenantDefinitions& before = DefinitionsOf(*lead);
  const config::TenantDefinitions& after = definitions_.current->For(lead->key.tenant);
  const EvaluationCause cause = CauseOfDefinitions();
  if (RegisterUnder(before, after, cause, lead)) return;
  lead->view_in_doubt = false;
  lead->memo.held.reset();
  lead->definitions_number = definitions_.number;
  output_->counters.attributes_unset += view::ConvertProfile(after, &lead->profile);
  // `by_email` was switched off: it waits for nothing any more.
  if (waits && !lead->is_lead()) {
    Announce(cause, lead);
    return EvaluateWhole(cause, lead);
  }
  // Leads may have begun to use it before it came to these definitions.
  if (lead->identity) HideIfUsed(cause, lead);
  if (!lead->is_lead()) return;
  evaluator_.Begin(after, definitions_.rolled_out_at, ViewBefore::kUnknown, lead);
  view::View view = evaluator_.Evaluate().view;
  lead->next_change_at = view.next_change_at;
  // The lead may have a timer that was due before, when those of others fired.
  progress_.fired_before = std::min(progress_.fired_before, view.next_change_at);
  PublishViewChanges(cause, before, after, std::move(view.published), lead, output_);
  output_->OfferChanges();
  ++output_->counters.reevaluated;
}

bool PartitionEngine::RegisterUnder(const config::TenantDefinitions& before, const config::TenantDefinitions& after,
                                    const EvaluationCause& cause, Lead* lead) {
  if (!Follows(after)) {
    StopSharing(cause, lead);
    return false;
  }
  // A state of a program that did not know addresses: what was reported belongs to the address that the lead has.
  const std::string mailbox = UsedMailbox(lead->key, lead->profile);
  if (before.identity_by_email && !mailbox.empty() && !lead->identity) Readdress(SlotOf(mailbox, lead), lead);
  if (!before.identity_by_email && lead->identity) {
    // Tell the mailbox of an address without facts, too: it may keep some that were retracted while `by_email` was off.
    for (const std::string& address : lead->identity->addresses) {
      if (address != mailbox) TellMailbox(address, cause, *lead);
    }
    // On Kafka they may have asked before, from a partition that heard of these definitions earlier.
    TellUsers(/*standing=*/true, nullptr, "", cause, *lead);
  }
  // Standings were given up where `by_email` was off.
  if (lead->identity && lead->identity->mailbox.empty()) TakeOwnStanding(lead);
  return UpdateUse(after, cause, Instant::Never(), /*asks_again=*/false, lead);
}

void PartitionEngine::FireLeadTimers(Lead* lead, Instant until, uint64_t limit, const ChangeLimit* change_limit) {
  for (uint64_t fired = 0; fired < limit && lead->next_change_at <= until; ++fired) {
    if (change_limit != nullptr && change_limit->reached()) return;
    leads_.MarkDirty(lead);
    ++output_->counters.timers;
    EvaluateLater({lead->next_change_at}, lead);
  }
}

void PartitionEngine::EvaluateLater(const EvaluationCause& cause, Lead* lead) {
  const config::TenantDefinitions& definitions = DefinitionsOf(*lead);
  evaluator_.Begin(definitions, cause.at, lead->view_in_doubt ? ViewBefore::kUnknown : ViewBefore::kKnown, lead);
  lead->view_in_doubt = false;
  EvaluateAndPublish(cause, definitions, lead);
}

Result<bool> PartitionEngine::FireDueTimers(Instant clock, const StepBounds& bounds) {
  LP_ASSIGN_OR_RETURN(std::vector<state::DueTimer> due, leads_.DueTimers(progress_.fired_before, clock, bounds.leads));
  std::vector<state::EncodedLeadKey> keys;
  keys.reserve(due.size());
  for (state::DueTimer& timer : due) keys.push_back(std::move(timer.key));
  const uint64_t timers_before = output_->counters.timers;
  const ChangeLimit change_limit(*output_, bounds.changes);
  const auto fire = [&](const LeadKey& key) -> Result<bool> {
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.Find(key));
    if (lead == nullptr) {
      return Status::Fatal("the state is damaged: it holds the timer of a lead that is not there; restore a backup");
    }
    BringUpToDate(lead);
    const uint64_t fired = output_->counters.timers - timers_before;
    FireLeadTimers(lead, clock, kMaxTimersAtOnce - std::min(fired, kMaxTimersAtOnce), &change_limit);
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
Result<bool> PartitionEngine::VisitStoredLeads(const StepBounds& bounds, state::EncodedLeadKey* until,
                                               const VisitStored& visit) {
  std::vector<std::pair<state::EncodedLeadKey, std::string>> rows;
  size_t bytes = 0;
  bool reached_end = true;
  const auto collect = [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    bytes += value.size();
    reached_end = rows.size() < bounds.leads && bytes < GroupBytes(bounds.changed_bytes);
    return reached_end;
  };
  LP_RETURN_IF_ERROR(store_->VisitLeads(partition(), *until, collect));
  const ChangeLimit change_limit(*output_, bounds.changes);
  for (auto& [encoded, value] : rows) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.FindOrLoad(key, value));
    if (lead != nullptr) visit(key, lead);
    *until = std::move(encoded);
    if (leads_.dirty_bytes() >= bounds.changed_bytes || change_limit.reached()) return true;
  }
  return !reached_end;
}

bool PartitionEngine::BeginsAsMailbox(const Lead& lead) const {
  if (is_up_to_date(lead) || lead.journal.entries().empty() || !IsMailboxId(lead.key.lead)) return false;
  if (!Follows(definitions_.current->For(lead.key.tenant))) return false;
  const std::string mailbox = UsedMailbox(lead.key, lead.profile);
  return !mailbox.empty() && !(lead.identity && lead.identity->mailbox == mailbox);
}

Result<std::optional<state::EncodedLeadKey>> PartitionEngine::NextToRegister(const StepBounds& bounds) {
  std::optional<state::EncodedLeadKey> last;
  size_t leads = 0;
  size_t bytes = 0;
  // Whether the step goes on after this row.
  const auto include = [&](std::string_view encoded, std::string_view value) -> Result<bool> {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(const auto* lead, leads_.FindOrLoad(key, value));
    const bool is_alone = lead != nullptr && BeginsAsMailbox(*lead);
    if (is_alone && last) return false;
    last = encoded;
    bytes += value.size();
    return !is_alone && ++leads < bounds.leads && bytes < GroupBytes(bounds.changed_bytes);
  };
  Result<bool> goes_on = true;
  LP_RETURN_IF_ERROR(store_->VisitLeads(partition(), progress_.registered_until,
                                        [&](std::string_view encoded, std::string_view value) {
                                          goes_on = include(encoded, value);
                                          return goes_on.ok() && *goes_on;
                                        }));
  LP_RETURN_IF_ERROR(goes_on.status());
  return last;
}

Status PartitionEngine::RegisterLeads(const state::EncodedLeadKey& last) {
  LP_ASSERT(definitions_.previous != nullptr);
  progress_.registering = true;
  std::vector<std::pair<state::EncodedLeadKey, std::string>> rows;
  LP_RETURN_IF_ERROR(
      store_->VisitLeads(partition(), progress_.registered_until, [&](std::string_view key, std::string_view value) {
        if (key > last) return false;
        rows.emplace_back(key, value);
        return true;
      }));
  progress_.registered_until = last;
  const EvaluationCause cause = CauseOfDefinitions();
  for (const auto& [encoded, value] : rows) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.FindOrLoad(key, value));
    const config::TenantDefinitions& after = definitions_.current->For(key.tenant);
    if (lead == nullptr || is_up_to_date(*lead) || !Follows(after)) continue;
    FireLeadTimers(lead, definitions_.rolled_out_at);
    leads_.MarkDirty(lead);
    RegisterUnder(DefinitionsOf(*lead), after, cause, lead);
  }
  return Status::Ok();
}

Result<bool> PartitionEngine::RollOutDefinitions(const StepBounds& bounds) {
  progress_.registering = false;
  // Where messages are delivered between two calls, none of them waits any more.
  for (const LeadKey& key : std::exchange(progress_.waiting, {})) {
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.Find(key));
    if (lead != nullptr) BringUpToDate(lead);
    if (lead != nullptr && !is_up_to_date(*lead)) MoveUnevaluated(lead);
  }
  const auto roll_out = [&](const LeadKey& key, Lead* lead) {
    BringUpToDate(lead);
    if (!is_up_to_date(*lead)) progress_.waiting.push_back(key);
  };
  LP_ASSIGN_OR_RETURN(const bool more, VisitStoredLeads(bounds, &progress_.rolled_out_until, roll_out));
  return more || !progress_.waiting.empty();
}

}  // namespace leadpulse::engine
