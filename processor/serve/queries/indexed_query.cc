#include "processor/serve/queries/indexed_query.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "processor/base/worker_pool.h"
#include "processor/serve/index/lead_index.h"
#include "processor/serve/index/lead_terms.h"
#include "processor/serve/index/term_plan.h"

namespace leadpulse::serve {
namespace {

using query::LeadAt;

// The most candidates that are sorted by something that the index does not have.
constexpr uint64_t kMostToSort = 50'000;
constexpr size_t kChunk = 128;

LeadAt PlaceOf(const IndexedKey& key) { return {key.partition, key.key}; }

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

// Whether there are too many uncertain leads. Reading a lead by its key takes several times as long as visiting it in a
// scan of all.
bool AreTooMany(size_t uncertain, const TenantIndex& index) {
  constexpr size_t kFew = 5'000, kTimes = 8;
  return uncertain > kFew + index.all().cardinality() / kTimes;
}

// A sequence of leads by ascending key, after the key `after`.
class ByKey {
 public:
  ByKey(const TenantIndex& index, const std::string& after, Roaring leads)
      : keys_(index.keys()), leads_(std::move(leads)), ordered_(index.ordered()) {
    for (uint32_t end = ordered_; next_ < end;) {
      const uint32_t middle = next_ + (end - next_) / 2;
      (*keys_)[middle].key <= after ? next_ = middle + 1 : end = middle;
    }
    auto lead = leads_.begin();
    for (lead.equalorlarger(ordered_); lead != leads_.end(); ++lead) {
      if ((*keys_)[*lead].key > after) others_.push_back(*lead);
    }
    std::ranges::sort(others_, [this](uint32_t a, uint32_t b) { return (*keys_)[a].key < (*keys_)[b].key; });
  }

  bool Next(std::vector<LeadAt>* some) {
    auto lead = leads_.begin();
    lead.equalorlarger(next_);
    const auto has_ordered = [&] { return lead != leads_.end() && *lead < ordered_; };
    while (some->size() < kChunk && (has_ordered() || other_ < others_.size())) {
      const bool takes_other =
          !has_ordered() || (other_ < others_.size() && (*keys_)[others_[other_]].key < (*keys_)[*lead].key);
      some->push_back(PlaceOf((*keys_)[takes_other ? others_[other_++] : *lead++]));
    }
    next_ = has_ordered() ? *lead : ordered_;
    return has_ordered() || other_ < others_.size();
  }

 private:
  std::shared_ptr<const LeadKeys> keys_;
  Roaring leads_;
  const uint32_t ordered_;        // numbers below this ascend with their keys
  uint32_t next_ = 0;             // the least of these that was not given
  std::vector<uint32_t> others_;  // by key
  size_t other_ = 0;              // the place in others_
};

// What the index can sort by; nullopt: the lead has no value, and comes last.
using IndexedValue = std::optional<int64_t> (*)(const TenantIndex& index, uint32_t number);

std::optional<int64_t> ScoreOf(const TenantIndex& index, uint32_t number) { return index.score(number); }
std::optional<int64_t> UpdatedOf(const TenantIndex& index, uint32_t number) {
  const Instant at = index.updated(number);
  return at == Instant::Never() ? std::nullopt : std::optional(at.millis);
}

// A sequence of leads by an indexed value and, if that is the same, by ascending key.
class ByValue {
 public:
  ByValue(const TenantIndex& index, const query::LeadsQuery& query, const Roaring& leads, IndexedValue value_of)
      : keys_(index.keys()), descends_(query.order->descending) {
    for (const uint32_t number : leads) {
      const SortedLead lead{value_of(index, number), number};
      if (query.after && !IsBehind(lead, *query.after)) continue;
      leads_.push_back(lead);
    }
  }

  bool Next(std::vector<LeadAt>* some) {
    const auto begin = leads_.begin() + static_cast<std::ptrdiff_t>(at_);
    const size_t count = std::min(kChunk, leads_.size() - at_);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    const auto before = [this](const SortedLead& a, const SortedLead& b) { return ComesBefore(a, b); };
    if (end != leads_.end()) std::nth_element(begin, end, leads_.end(), before);
    for (auto lead = begin; lead != end; ++lead) some->push_back(PlaceOf((*keys_)[lead->number]));
    at_ += count;
    return at_ < leads_.size();
  }

 private:
  struct SortedLead {
    std::optional<int64_t> value;
    uint32_t number;
  };

  bool IsBehind(const SortedLead& lead, const query::LeadPlace& after) const {
    const bool is_unset = after.order.kind == query::OrderKey::Kind::kUnset;
    if (is_unset != !lead.value) return !lead.value;
    const auto value = static_cast<double>(lead.value.value_or(0));
    if (lead.value && value != after.order.number) {
      return descends_ ? value < after.order.number : value > after.order.number;
    }
    return (*keys_)[lead.number].key > after.encoded_key;
  }
  bool ComesBefore(const SortedLead& a, const SortedLead& b) const {
    if (a.value.has_value() != b.value.has_value()) return a.value.has_value();
    if (a.value != b.value) return descends_ ? *a.value > *b.value : *a.value < *b.value;
    return (*keys_)[a.number].key < (*keys_)[b.number].key;
  }

  std::shared_ptr<const LeadKeys> keys_;
  const bool descends_;
  std::vector<SortedLead> leads_;
  size_t at_ = 0;
};

// Returns what the index has of the only column that the query sorts by; nullptr: nothing.
IndexedValue IndexedOrderOf(const query::LeadsQuery& query) {
  if (!query.order || !query.further_orders.empty()) return nullptr;
  const auto& what = query.order->column.what;
  if (const auto* own = std::get_if<query::OwnColumn>(&what)) {
    return *own == query::OwnColumn::kUpdated ? UpdatedOf : nullptr;
  }
  const auto* field = std::get_if<rules::Field>(&what);
  const auto* built_in = field == nullptr ? nullptr : std::get_if<rules::BuiltIn>(&field->name);
  return built_in != nullptr && *built_in == rules::BuiltIn::kScore ? ScoreOf : nullptr;
}

template <typename Order>
std::function<bool(std::vector<LeadAt>*)> InOrder(Order order) {
  return [order = std::make_shared<Order>(std::move(order))](std::vector<LeadAt>* some) { return order->Next(some); };
}

}  // namespace

std::optional<IndexedLeads> FindIndexed(const Snapshot& snapshot, const std::string& tenant,
                                        const std::optional<std::string>& agent) {
  if (snapshot.index == nullptr) return std::nullopt;
  const TenantIndex* index = snapshot.index->ForTenant(tenant, snapshot.definitions);
  if (index == nullptr) return std::nullopt;
  IndexedLeads leads{index, {}, {}};
  const std::string prefix = EncodeLeadKey({tenant, ""});
  Roaring numbers;  // the index may have old facts about these leads
  for (const IndexedKey& key : snapshot.index->uncertain()) {
    if (!key.key.starts_with(prefix)) continue;
    leads.uncertain.push_back(PlaceOf(key));
    if (const std::optional<uint32_t> number = index->Find(key.key)) numbers.add(*number);
  }
  const Roaring expired = index->ExpiredAt(snapshot.clock) - numbers;
  for (const uint32_t number : expired) leads.uncertain.push_back(PlaceOf((*index->keys())[number]));
  if (AreTooMany(leads.uncertain.size(), *index)) return std::nullopt;
  leads.certain = VisibleTo(agent, snapshot, *index) - (numbers | expired);
  return leads;
}

std::optional<IndexedQuery> FindInIndex(const Snapshot& snapshot, const query::LeadsQuery& query) {
  std::optional<IndexedLeads> visible = FindIndexed(snapshot, query.tenant, query.visible_to);
  return visible ? FindAmong(*std::move(visible), snapshot, query) : std::nullopt;
}

std::optional<IndexedQuery> FindAmong(IndexedLeads visible, const Snapshot& snapshot, const query::LeadsQuery& query) {
  const TenantIndex& index = *visible.index;
  IndexedQuery found;
  found.is_exact = true;
  Roaring& leads = visible.certain;
  for (const auto& where : query.wheres) {
    const TermPlan plan = PlanOf(where->RootFor(snapshot.definitions.For(query.tenant)), index);
    found.is_exact = found.is_exact && plan.is_exact;
    if (plan.leads) leads &= *plan.leads;
  }
  found.candidates.always = std::move(visible.uncertain);
  found.certain = leads.cardinality();
  const IndexedValue value_of = IndexedOrderOf(query);
  const bool is_in_order = !query.order || value_of != nullptr;
  if (!found.is_exact && found.certain > kChunk && found.certain > index.all().cardinality() / 4) return std::nullopt;
  if (!is_in_order && found.certain > kMostToSort) return std::nullopt;
  found.candidates.in_order = is_in_order;
  const std::string after = query.after && !query.order ? query.after->encoded_key : std::string();
  found.candidates.next = value_of != nullptr ? InOrder(ByValue(index, query, leads, value_of))
                                              : InOrder(ByKey(index, after, std::move(leads)));
  return found;
}

Result<query::EndedEarly> QueryIndexed(const Snapshot& snapshot, const query::LeadsQuery& query,
                                       const std::optional<IndexedQuery>& indexed, const query::TakeLead& take) {
  if (indexed) return query::QueryCandidates(snapshot.rows, snapshot.definitions, query, indexed->candidates, take);
  if (snapshot.index != nullptr) snapshot.index->NotePass();
  WorkerPool alone(1);
  return query::QueryLeads(snapshot.rows, snapshot.definitions, query, &alone, take);
}

Result<uint64_t> CountAmong(const Snapshot& snapshot, const query::LeadsQuery& query, std::vector<LeadAt> leads) {
  uint64_t found = 0;
  const auto none = [](std::vector<LeadAt>*) { return false; };
  LP_RETURN_IF_ERROR(query::QueryCandidates(snapshot.rows, snapshot.definitions, query, {std::move(leads), none, false},
                                            [&found](const query::ListedLead&) { return ++found > 0; })
                         .status());
  return found;
}

}  // namespace leadpulse::serve
