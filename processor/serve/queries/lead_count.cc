#include "processor/serve/queries/lead_count.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "processor/serve/index/lead_index.h"

namespace leadpulse::serve {
namespace {

// Estimates how many of `all` leads match if `found` of the `read` ones do.
LeadCount Extrapolated(uint64_t found, uint64_t read, uint64_t all) {
  if (read == 0) return {found, true};
  const double estimate = static_cast<double>(found) * static_cast<double>(all) / static_cast<double>(read);
  return {std::max(found, static_cast<uint64_t>(estimate)), true};
}

// Reads the candidates by key until enough of them match.
Result<LeadCount> EstimateCandidates(const Snapshot& snapshot, const CountPlan& plan, uint64_t exact_up_to) {
  const query::Candidates& candidates = plan.indexed->candidates;
  LP_ASSIGN_OR_RETURN(const uint64_t uncertain, CountAmong(snapshot, plan.all, candidates.always));
  uint64_t found = 0, read = 0;
  bool goes_on = true;
  while (goes_on && found <= exact_up_to && !(plan.all.is_late && plan.all.is_late())) {
    std::vector<query::LeadAt> some;
    goes_on = candidates.next(&some);
    read += some.size();
    LP_ASSIGN_OR_RETURN(const uint64_t more, CountAmong(snapshot, plan.all, std::move(some)));
    found += more;
  }
  LeadCount count{found, false};
  if (goes_on) count = Extrapolated(found, read, plan.indexed->certain);
  count.leads += uncertain;
  return count;
}

// A sample of evenly spread keys: their number, and the number of those up to `encoded_key`.
struct KeySample {
  uint64_t keys = 0, up_to = 0;
};
KeySample SampleUpTo(const std::string& encoded_key, const TenantKeys& keys) {
  constexpr uint32_t kEnough = 4'096;
  KeySample sample;
  const uint32_t step = std::max<uint32_t>(keys.count / kEnough, 1);
  for (uint32_t number = 0; number < keys.count; number += step) {
    ++sample.keys;
    if ((*keys.keys)[number].key <= encoded_key) ++sample.up_to;
  }
  return sample;
}

// Estimates the matches if `found` leads up to `encoded_key` match, assuming that those after it match as often.
LeadCount ExtrapolatedFrom(const std::string& encoded_key, uint64_t found, const TenantKeys& keys) {
  const KeySample sample = SampleUpTo(encoded_key, keys);
  return Extrapolated(found, sample.up_to, sample.keys);
}

// Visits leads by key until enough of them match.
Result<LeadCount> EstimateAll(const Snapshot& snapshot, const CountPlan& plan, uint64_t exact_up_to) {
  query::LeadsQuery some = plan.all;
  some.limit = exact_up_to + 1;
  uint64_t found = 0;
  std::string last;
  LP_ASSIGN_OR_RETURN(const query::EndedEarly ended,
                      QueryIndexed(snapshot, some, std::nullopt, [&](const query::ListedLead& lead) {
                        last = lead.place.encoded_key;
                        return ++found > 0;
                      }));
  if (!ended && found <= exact_up_to) return LeadCount{found, false};
  return ExtrapolatedFrom(ended ? ended->place.encoded_key : last, found, plan.keys);
}

}  // namespace

TenantKeys KeysOf(const Snapshot& snapshot, const std::string& tenant) {
  if (snapshot.index == nullptr) return {};
  const TenantIndex* index = snapshot.index->ForTenant(tenant, snapshot.definitions);
  if (index == nullptr) return {};
  TenantKeys keys{index->keys()};
  keys.count = keys.keys->size();
  return keys;
}

std::optional<uint32_t> PercentUpTo(const std::string& encoded_key, const TenantKeys& keys) {
  const KeySample sample = SampleUpTo(encoded_key, keys);
  if (sample.keys == 0) return std::nullopt;
  return static_cast<uint32_t>(sample.up_to * 100 / sample.keys);
}

CountPlan PlanCount(const Snapshot& snapshot, const query::LeadsQuery& query) {
  CountPlan plan{.all = query, .indexed = std::nullopt, .keys = KeysOf(snapshot, query.tenant)};
  plan.all.describe = nullptr;
  plan.all.columns.clear();
  plan.all.order.reset();
  plan.all.further_orders.clear();
  plan.all.after.reset();
  plan.all.limit.reset();
  plan.all.most_bytes = query::LeadsQuery().most_bytes;
  plan.indexed = FindInIndex(snapshot, plan.all);
  return plan;
}

Result<LeadCount> Count(const Snapshot& snapshot, const CountPlan& plan) {
  if (plan.indexed && plan.indexed->is_exact) {
    LP_ASSIGN_OR_RETURN(const uint64_t uncertain, CountAmong(snapshot, plan.all, plan.indexed->candidates.always));
    return LeadCount{plan.indexed->certain + uncertain, false};
  }
  uint64_t found = 0;
  const auto take = [&found](const query::ListedLead&) { return ++found > 0; };
  LP_ASSIGN_OR_RETURN(const query::EndedEarly ended, QueryIndexed(snapshot, plan.all, plan.indexed, take));
  return ended ? ExtrapolatedFrom(ended->place.encoded_key, found, plan.keys) : LeadCount{found, false};
}

Result<LeadCount> EstimateCount(const Snapshot& snapshot, const CountPlan& plan, uint64_t exact_up_to) {
  if (plan.indexed && !plan.indexed->is_exact) return EstimateCandidates(snapshot, plan, exact_up_to);
  if (!plan.indexed && plan.keys.keys != nullptr) return EstimateAll(snapshot, plan, exact_up_to);
  return Count(snapshot, plan);
}

}  // namespace leadpulse::serve
