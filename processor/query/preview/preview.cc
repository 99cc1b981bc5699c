#include "processor/query/preview/preview.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "processor/base/worker_pool.h"
#include "processor/files/lead_scan.h"
#include "processor/query/leads/leads_query.h"
#include "processor/query/preview/preview_tenant.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::query {

void Samples::Add(Sample sample) {
  const auto place = std::ranges::lower_bound(samples_, sample.lead, {}, &Sample::lead);
  samples_.insert(place, std::move(sample));
  if (samples_.size() > kMost) samples_.pop_back();
}

namespace {

using Counters = std::map<std::string, TenantCounter>;  // by tenant

// Returns the tenant's counter, made for its first lead.
TenantCounter& CounterOf(const std::string& tenant, const config::Definitions& before, const config::Definitions& after,
                         Instant at, bool only_moves, Counters* counters) {
  const auto found = counters->find(tenant);
  if (found != counters->end()) return found->second;
  return counters->try_emplace(tenant, before.For(tenant), after.For(tenant), at, only_moves).first->second;
}

Result<state::Lead> Decode(std::string_view key_bytes, std::string_view value) {
  LP_ASSIGN_OR_RETURN(const LeadKey key, state::ParseLeadKey(key_bytes));
  return state::DecodeLead(key, value);
}

// Passes the rows of all leads of a partition until `visit` returns an error.
template <typename Visit>
Status ForEachRow(const state::LeadReader& store, PartitionId partition, const Visit& visit) {
  Status failure;
  LP_RETURN_IF_ERROR(store.VisitLeads(partition, "", [&](std::string_view key, std::string_view value) {
    failure = visit(key, value);
    return failure.ok();
  }));
  return failure;
}

Preview Finished(Instant at, Counters* counters, std::shared_ptr<const config::Definitions> after) {
  Preview preview{at, {}, std::move(after)};
  for (auto& [tenant, counter] : *counters) preview.tenants.emplace(tenant, std::move(counter).Finish());
  return preview;
}

// A comparison of the leads of two stores.
class StoreComparison {
 public:
  StoreComparison(const PreviewedState& before, const PreviewedState& after, Instant at)
      : before_(before), after_(after), at_(at) {}

  Status Compare(PartitionId partition) {
    LP_RETURN_IF_ERROR(ForEachRow(after_.store, partition, [&](std::string_view key, std::string_view value) {
      const Result<std::optional<std::string>> held = before_.store.Get(partition, key);
      return held.ok() ? Count(key, *held, std::string(value)) : held.status();
    }));
    return ForEachRow(before_.store, partition, [&](std::string_view key, std::string_view value) {
      LP_ASSIGN_OR_RETURN(const std::optional<std::string> held, after_.store.Get(partition, key));
      return held.has_value() ? Status::Ok() : Count(key, std::string(value), std::nullopt);
    });
  }

  Counters& counters() { return counters_; }

 private:
  using Row = std::optional<std::string>;

  Status Count(std::string_view key, const Row& row_before, const Row& row_after) {
    std::optional<EvaluatedLead> before;
    std::optional<EvaluatedLead> after;
    const bool same_definitions = before_.definitions == after_.definitions;
    const bool is_same = same_definitions && row_before == row_after;
    LP_RETURN_IF_ERROR(Evaluate(key, row_after, *after_.definitions, &after));
    if (!is_same) LP_RETURN_IF_ERROR(Evaluate(key, row_before, *before_.definitions, &before));
    const EvaluatedLead* seen_after = after ? &*after : nullptr;
    const EvaluatedLead* seen_before = is_same ? seen_after : before ? &*before : nullptr;
    if (seen_before == nullptr && seen_after == nullptr) return Status::Ok();
    const LeadKey& lead = (after ? after : before)->lead().key;
    CounterOf(lead.tenant, *before_.definitions, *after_.definitions, at_, /*only_moves=*/same_definitions, &counters_)
        .Count(lead.lead, seen_before == nullptr ? nullptr : &seen_before->view().published, seen_after);
    return Status::Ok();
  }

  Status Evaluate(std::string_view key, const Row& row, const config::Definitions& definitions,
                  std::optional<EvaluatedLead>* evaluated) const {
    if (!row) return Status::Ok();
    LP_ASSIGN_OR_RETURN(state::Lead lead, Decode(key, *row));
    if (!lead.is_lead()) return Status::Ok();
    const config::TenantDefinitions& tenant = definitions.For(lead.key.tenant);
    evaluated->emplace(std::move(lead), tenant, at_);
    return Status::Ok();
  }

  const PreviewedState before_;
  const PreviewedState after_;
  const Instant at_;
  Counters counters_;
};

}  // namespace

Result<Preview> MakePreview(const state::LeadReader& store, const config::Definitions& before,
                            std::shared_ptr<const config::Definitions> after, Instant at) {
  Counters counters;
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    LP_RETURN_IF_ERROR(ForEachRow(store, PartitionId{i}, [&](std::string_view key, std::string_view value) {
      LP_ASSIGN_OR_RETURN(state::Lead lead, Decode(key, value));
      if (!lead.is_lead()) return Status::Ok();
      TenantCounter& counter = CounterOf(lead.key.tenant, before, *after, at, /*only_moves=*/false, &counters);
      counter.Count(std::move(lead));
      return Status::Ok();
    }));
  }
  return Finished(at, &counters, std::move(after));
}

Result<TenantPreview> PreviewMoves(const state::LeadReader& store, const config::TenantDefinitions& before,
                                   const config::TenantDefinitions& after, Instant at, const PreviewScope& scope) {
  TenantCounter counter(before, after, at, /*only_moves=*/true);
  const SegmentChange change(before, after, scope.segment);
  struct NoRow {};
  files::LeadScan<NoRow> scan;
  scan.tenant = scope.tenant;
  // On one thread, so the counter needs no lock.
  scan.make = [&](PartitionId partition, state::Lead lead) -> Result<std::optional<NoRow>> {
    LP_RETURN_IF_ERROR(scope.check());
    if (scope.visible_to && !IsVisibleTo(*scope.visible_to, lead)) return std::optional<NoRow>();
    const bool is_stored = scope.stored_views.SourceOf(partition, lead, at) == ViewFrom::kState;
    is_stored ? counter.CountMoves(std::move(lead), change) : counter.Count(std::move(lead));
    return std::optional<NoRow>();
  };
  scan.take = [](NoRow) -> Result<bool> { return true; };
  WorkerPool alone(1);
  LP_RETURN_IF_ERROR(files::PassOverLeads(store, scan, &alone));
  return std::move(counter).Finish();
}

Result<Preview> PreviewBetween(const PreviewedState& before, const PreviewedState& after, Instant at) {
  StoreComparison comparison(before, after, at);
  for (uint32_t i = 0; i < after.store.partition_count(); ++i) LP_RETURN_IF_ERROR(comparison.Compare(PartitionId{i}));
  return Finished(at, &comparison.counters(), after.definitions);
}

bool SwitchOnAddresses(const config::Definitions& before, const config::Definitions& after) {
  const auto switches_on = [&](const auto& tenant) {
    return !before.For(tenant.first).identity_by_email && after.For(tenant.first).identity_by_email;
  };
  return (!before.fallback->identity_by_email && after.fallback->identity_by_email) ||
         std::ranges::any_of(before.tenants, switches_on) || std::ranges::any_of(after.tenants, switches_on);
}

Result<Preview> PreviewState(const state::LeadReader& store, const std::shared_ptr<const config::Definitions>& after,
                             std::optional<Instant> at, const Warn& warn) {
  LP_ASSIGN_OR_RETURN(std::shared_ptr<const config::Definitions> before, DefinitionsInState(store, warn));
  LP_ASSIGN_OR_RETURN(const Instant instant, AtOrClock(at, store, warn));
  return MakePreview(store, *before, after, instant);
}

}  // namespace leadpulse::query
