#include "state/cache/lead_cache.h"

namespace leadpulse::state {

std::vector<size_t> ExpectedLeads::FindUnknown() {
  std::vector<size_t> unknown;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (i + kLeadsAhead < keys_.size()) cache_->Prefetch(keys_[i + kLeadsAhead]);
    leads_.push_back(cache_->Guess(keys_[i]));
    if (leads_.back() == nullptr) unknown.push_back(i);
  }
  return unknown;
}

size_t ExpectedLeads::FindLoaded(std::span<const size_t> indexes) {
  for (const size_t i : indexes) {
    leads_[i] = cache_->Guess(keys_[i]);
    if (leads_[i] == nullptr) return i;
  }
  return leads_.size();
}

CachedLead* ExpectedLeads::Next(std::string_view tenant, std::string_view lead, size_t* next) const {
  if (*next == leads_.size()) return nullptr;
  CachedLead* slot = leads_[*next];
  if (slot == nullptr || slot->key.lead != lead || slot->key.tenant != tenant) return nullptr;
  ++*next;
  PrefetchLater(*next);
  return slot;
}

void ExpectedLeads::Clear() {
  leads_.clear();
  next_ = 0;
  next_to_peek_ = 0;
}

// Prefetches in steps: each step reads what an earlier one has prefetched.
void ExpectedLeads::PrefetchLater(size_t next_lead) const {
  const auto ahead = std::span(leads_).subspan(next_lead);
  if (ahead.size() > kLeadsAhead && ahead[kLeadsAhead] != nullptr) ahead[kLeadsAhead]->PrefetchForEvent();
  if (ahead.size() <= kLeadsAhead / 2 || ahead[kLeadsAhead / 2] == nullptr) return;
  const CachedLead& next = *ahead[kLeadsAhead / 2];
  next.PrefetchParts();
  next.PrefetchMemo();
  if (ahead[kLeadsAhead / 4] != nullptr) ahead[kLeadsAhead / 4]->PrefetchMemoLists();
}

}  // namespace leadpulse::state
