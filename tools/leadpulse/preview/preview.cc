#include "tools/leadpulse/preview/preview.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "state/lead_codec.h"
#include "tools/leadpulse/preview/preview_tenant.h"

namespace leadpulse::tools {

void Samples::Add(Sample sample) {
  const auto place = std::lower_bound(samples_.begin(), samples_.end(), sample.lead,
                                      [](const Sample& held, const std::string& lead) { return held.lead < lead; });
  samples_.insert(place, std::move(sample));
  if (samples_.size() > kMost) samples_.pop_back();
}

Result<Preview> MakePreview(const state::LeadStore& store, const config::Definitions& before,
                            std::shared_ptr<const config::Definitions> after, Instant at) {
  std::map<std::string, std::unique_ptr<TenantCounter>> counters;
  Status failure;
  const auto visit = [&](std::string_view key_bytes, std::string_view value) {
    const Result<LeadKey> key = state::ParseLeadKey(key_bytes);
    Result<state::Lead> lead = key.ok() ? state::DecodeLead(*key, value) : Result<state::Lead>(key.status());
    if (!lead.ok()) {
      failure = lead.status();
      return false;
    }
    std::unique_ptr<TenantCounter>& counter = counters[key->tenant];
    if (counter == nullptr) {
      counter = std::make_unique<TenantCounter>(before.For(key->tenant), after->For(key->tenant), at);
    }
    counter->Count(&*lead);
    return true;
  };
  for (uint32_t i = 0; i < store.partition_count(); ++i) {
    LP_RETURN_IF_ERROR(store.VisitLeads(PartitionId{i}, "", visit));
    LP_RETURN_IF_ERROR(failure);
  }
  Preview preview{at, {}, std::move(after)};
  for (auto& [tenant, counter] : counters) preview.tenants.emplace(tenant, std::move(*counter).Finish());
  return preview;
}

}  // namespace leadpulse::tools
