// Scans over the leads of a partition: due timers, and new definitions.
#include <algorithm>
#include <functional>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/status.h"
#include "processor/engine/partition_engine.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::engine {
namespace {

// Bounds how long a stop waits: some leads have a timer every second.
constexpr uint64_t kMaxTimersAtOnce = 64 << 10;
constexpr size_t kMaxGroupBytes = 8 << 20;
constexpr size_t kFirstLeadsAtOnce = 16;
constexpr size_t kMaxLeadsAtOnce = 256;

size_t GroupBytes(size_t changed_bytes) { return std::min(changed_bytes / 4, kMaxGroupBytes); }

// Loads the first of these leads together, at least one, and returns their keys.
Result<std::vector<LeadKey>> LoadGroup(std::span<const state::DueTimer> timers, size_t max_bytes,
                                       state::PartitionLeads* leads) {
  std::vector<LeadKey> group;
  for (const state::DueTimer& timer : timers) {
    LP_ASSIGN_OR_RETURN(LeadKey decoded, state::ParseLeadKey(timer.key));
    group.push_back(std::move(decoded));
  }
  std::vector<const LeadKey*> keys;
  for (const LeadKey& key : group) keys.push_back(&key);
  LP_ASSIGN_OR_RETURN(const size_t loaded, leads->Prefetch(keys, max_bytes));
  group.resize(loaded);
  return group;
}

// Visits the leads of timers in groups that are loaded together, until `visit` is false or the epoch has become large.
// Returns how many are done with, at least one unless `visit` refused the first.
Result<size_t> VisitDueLeads(std::span<const state::DueTimer> timers, size_t changed_bytes,
                             const ChangeLimit& change_limit, state::PartitionLeads* leads,
                             const std::function<Result<bool>(const LeadKey& key)>& visit) {
  size_t done = 0;
  for (size_t at_once = kFirstLeadsAtOnce; done < timers.size();) {
    LP_ASSIGN_OR_RETURN(
        std::vector<LeadKey> group,
        LoadGroup(timers.subspan(done, std::min(at_once, timers.size() - done)), GroupBytes(changed_bytes), leads));
    for (const LeadKey& key : group) {
      LP_ASSIGN_OR_RETURN(bool more, visit(key));
      if (!more) return done;
      ++done;
      if (change_limit.reached()) return done;
    }
    if (leads->dirty_bytes() >= changed_bytes) return done;
    const size_t mean_bytes = leads->dirty_bytes() / std::max<size_t>(1, leads->dirty_count());
    at_once = std::clamp<size_t>(GroupBytes(changed_bytes) / std::max<size_t>(1, mean_bytes), 1, kMaxLeadsAtOnce);
  }
  return done;
}

}  // namespace

Result<bool> PartitionEngine::FireDueTimers(Instant clock, const StepBounds& bounds) {
  output_->day_counter.Advance(clock);
  LP_ASSIGN_OR_RETURN(std::vector<state::DueTimer> due, leads_.DueTimers(progress_.fired_before, clock, bounds.leads));
  const uint64_t timers_before = output_->counters.timers;
  const ChangeLimit change_limit(*output_, bounds.changes);
  const auto fire = [&](const LeadKey& key) -> Result<bool> {
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.Find(key));
    if (lead == nullptr) {
      return Status::Fatal("the state is damaged: it holds the timer of a lead that is not there; restore a backup");
    }
    lead = BringFormsUpToDate(lead);
    LP_ASSERT(lead != nullptr);  // a row that goes has no timer
    const uint64_t fired = output_->counters.timers - timers_before;
    FireLeadTimers(lead, clock, kMaxTimersAtOnce - std::min(fired, kMaxTimersAtOnce), &change_limit);
    return lead->next_change_at > clock;  // otherwise the next call begins with this lead
  };
  LP_ASSIGN_OR_RETURN(size_t done, VisitDueLeads(due, bounds.changed_bytes, change_limit, &leads_, fire));
  if (done < due.size() || due.size() >= bounds.leads) return true;
  progress_.fired_before = clock + Millis{1};
  return false;
}

Status PartitionEngine::VisitOutdated(const state::EncodedLeadKey& after,
                                      const state::LeadStore::LeadVisitor& visit) const {
  std::optional<state::EncodedLeadKey> from = definitions_.SkipFrom(after);
  while (from) {
    bool ended = true;
    LP_RETURN_IF_ERROR(store_->VisitLeads(leads_.partition(), state::EncodedLeadKey(*from),
                                          [&](std::string_view key, std::string_view value) {
                                            if (definitions_.in_force().Changes(TenantOfKey(key))) {
                                              return visit(key, value);
                                            }
                                            ended = false;
                                            from = definitions_.SkipFrom(key);
                                            return false;
                                          }));
    if (ended) break;
  }
  return Status::Ok();
}

Result<std::optional<PartitionEngine::NextToRegister>> PartitionEngine::FindNextToRegister(const StepBounds& bounds) {
  std::optional<NextToRegister> next;
  size_t leads = 0;
  size_t bytes = 0;
  // Whether the step goes on after this row.
  const auto include = [&](std::string_view encoded, std::string_view value) -> Result<bool> {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(const auto* lead, leads_.FindOrLoad(key, value));
    const bool is_alone = lead != nullptr && links_.BeginsAsMailbox(*lead);
    if (is_alone && next) return false;
    if (!next) next.emplace();
    next->last = encoded;
    std::string asked = lead != nullptr ? links_.WillAsk(*lead) : "";
    if (!asked.empty()) next->asking.emplace_back(encoded, LeadKey{key.tenant, std::move(asked)});
    bytes += value.size();
    return !is_alone && ++leads < bounds.leads && bytes < GroupBytes(bounds.changed_bytes);
  };
  Result<bool> goes_on = true;
  LP_RETURN_IF_ERROR(VisitOutdated(progress_.registered_until, [&](std::string_view encoded, std::string_view value) {
    goes_on = include(encoded, value);
    return goes_on.ok() && *goes_on;
  }));
  LP_RETURN_IF_ERROR(goes_on.status());
  return next;
}

Status PartitionEngine::RegisterLeads(const state::EncodedLeadKey& last) {
  LP_ASSERT(definitions_.in_force().previous != nullptr);
  output_->day_counter.Advance(definitions_.in_force().rolled_out_at);
  progress_.registering = true;
  std::vector<std::pair<state::EncodedLeadKey, std::string>> rows;
  LP_RETURN_IF_ERROR(VisitOutdated(progress_.registered_until, [&](std::string_view key, std::string_view value) {
    if (key > last) return false;
    rows.emplace_back(key, value);
    return true;
  }));
  progress_.registered_until = last;
  for (const auto& [encoded, value] : rows) {
    LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.FindOrLoad(key, value));
    if (lead == nullptr || definitions_.AreCurrent(*lead)) continue;
    lead = NormalizeForms(lead);
    if (lead == nullptr) continue;
    if (!links_.Follows(definitions_.Current(key.tenant))) continue;
    FireLeadTimers(lead, definitions_.in_force().rolled_out_at);
    leads_.MarkDirty(lead);
    links_.Register(lead);
  }
  return Status::Ok();
}

Result<bool> PartitionEngine::RollOutDefinitions(const StepBounds& bounds) {
  output_->day_counter.Advance(definitions_.in_force().rolled_out_at);
  progress_.registering = false;
  Result<bool> more = RollOutStep(bounds);
  // A step that changes no lead needs no commit, so nothing else would make room for records.
  if (leads_.dirty_count() == 0) leads_.Committed();
  return more;
}

Result<bool> PartitionEngine::RollOutStep(const StepBounds& bounds) {
  // Where messages are delivered between two calls, none of them waits any more.
  for (const LeadKey& key : std::exchange(progress_.waiting, {})) {
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.Find(key));
    if (lead != nullptr) lead = BringFormsUpToDate(lead);
    if (lead != nullptr && !definitions_.AreCurrent(*lead)) MoveUnevaluated(lead);
  }
  // The scan of the store has the rows, so they need not be read again.
  std::vector<std::pair<state::EncodedLeadKey, std::string>> rows;
  size_t bytes = 0;
  bool reached_end = true;
  const auto collect = [&](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
    bytes += value.size();
    reached_end = rows.size() < bounds.leads && bytes < GroupBytes(bounds.changed_bytes);
    return reached_end;
  };
  LP_RETURN_IF_ERROR(VisitOutdated(progress_.rolled_out_until, collect));
  const ChangeLimit change_limit(*output_, bounds.changes);
  for (auto& [encoded, value] : rows) {
    LP_ASSIGN_OR_RETURN(LeadKey key, state::ParseLeadKey(encoded));
    LP_ASSIGN_OR_RETURN(auto* lead, leads_.FindOrLoad(key, value));
    if (lead != nullptr) lead = BringFormsUpToDate(lead);
    if (lead != nullptr && !definitions_.AreCurrent(*lead)) progress_.waiting.push_back(std::move(key));
    progress_.rolled_out_until = std::move(encoded);
    if (leads_.epoch_bytes() >= bounds.changed_bytes || change_limit.reached()) return true;
  }
  return !reached_end || !progress_.waiting.empty();
}

}  // namespace leadpulse::engine
