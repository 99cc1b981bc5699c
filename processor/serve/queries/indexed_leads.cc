#include "processor/serve/queries/indexed_leads.h"

#include <algorithm>
#include <memory>

#include "processor/serve/index/lead_index.h"
#include "processor/serve/index/lead_terms.h"

namespace leadpulse::serve {
namespace {

// Takes out the leads of partitions that the query is not about.
void TakeHidden(const std::vector<PartitionId>& served, const TenantIndex& index, Roaring* leads) {
  const std::shared_ptr<const LeadKeys> keys = index.keys();
  Roaring hidden;
  for (const uint32_t number : *leads) {
    if (!std::ranges::binary_search(served, (*keys)[number].partition)) hidden.add(number);
  }
  *leads -= hidden;
}

Roaring VisibleTo(const std::optional<std::string>& agent, const Snapshot& snapshot, const TenantIndex& index) {
  Roaring leads =
      agent ? index.WithTerm(TermOf(TermKind::kAgent, *agent)) | index.WithTerm(TermOf(TermKind::kAgent)) : index.all();
  if (snapshot.share != nullptr && snapshot.share->hides) TakeHidden(snapshot.share->served, index, &leads);
  return leads;
}

// Reading a lead by its key takes some times as long as visiting it in a pass over all.
bool AreTooMany(size_t uncertain, const TenantIndex& index) {
  constexpr size_t kFew = 5'000, kTimes = 8;
  return uncertain > kFew + index.all().cardinality() / kTimes;
}

}  // namespace

std::optional<IndexedLeads> FindIndexed(const Snapshot& snapshot, const std::string& tenant,
                                        const std::optional<std::string>& agent) {
  if (snapshot.index == nullptr) return std::nullopt;
  const TenantIndex* index = snapshot.index->ForTenant(tenant, snapshot.definitions);
  if (index == nullptr) return std::nullopt;
  IndexedLeads leads{index, {}, {}};
  const std::string prefix = EncodeLeadKey({tenant, ""});
  Roaring numbers;  // of the uncertain ones that the index has
  for (const IndexedKey& key : snapshot.index->uncertain()) {
    if (!key.key.starts_with(prefix)) continue;
    leads.uncertain.push_back(PlaceOf(key));
    uint32_t number = 0;
    if (index->Find(key.key, &number)) numbers.add(number);
  }
  const Roaring expired = index->ExpiredAt(snapshot.clock) - numbers;
  for (const uint32_t number : expired) leads.uncertain.push_back(PlaceOf((*index->keys())[number]));
  if (AreTooMany(leads.uncertain.size(), *index)) return std::nullopt;
  leads.certain = VisibleTo(agent, snapshot, *index) - (numbers | expired);
  return leads;
}

}  // namespace leadpulse::serve
