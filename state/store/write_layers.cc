#include "state/store/write_layers.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "processor/base/assert.h"
#include "state/codec/published_row.h"
#include "state/codec/row_form.h"

namespace leadpulse::state {

bool WriteLayers::dropped() const { return std::ranges::any_of(layers_, &PendingWrites::dropped); }

const RowWrite* WriteLayers::Find(std::string_view key) const {
  for (const PendingWrites* layer : layers_) {
    if (const RowWrite* lead = layer->Find(key)) return lead;
    if (layer->dropped()) break;
  }
  return nullptr;
}

std::optional<UnwrittenRow> WriteLayers::Look(std::string_view key) const {
  absl::InlinedVector<std::string_view, 2> appends;  // newest first
  std::optional<UnwrittenRow> row;
  for (const PendingWrites* layer : layers_) {
    const RowWrite* lead = layer->Find(key);
    if (lead != nullptr && lead->appended) {
      appends.push_back(*lead->value);
    } else if (lead != nullptr) {
      row = UnwrittenRow{lead->value};
      break;
    }
    if (layer->dropped()) {
      LP_ASSERT(appends.empty());
      return UnwrittenRow{};
    }
  }
  if (appends.empty()) return row;
  std::ranges::reverse(appends);
  const std::span<const std::string_view> oldest_first(appends.data(), appends.size());
  if (row) {
    LP_ASSERT(row->value.has_value());
    for (const std::string_view append : oldest_first) AppendToRow(append, &*row->value);
    return row;
  }
  row = UnwrittenRow{std::string(oldest_first.front()), /*appended=*/true};
  const auto later = oldest_first.subspan(1);
  if (!later.empty()) LP_ASSERT(JoinAppends(later, &row->appended_later));
  return row;
}

std::vector<std::optional<UnwrittenRow>> WriteLayers::LookAll(std::span<const EncodedLeadKey> keys) const {
  std::vector<std::optional<UnwrittenRow>> unwritten;
  unwritten.reserve(keys.size());
  for (const EncodedLeadKey& key : keys) unwritten.push_back(Look(key));
  return unwritten;
}

const std::string* WriteLayers::FindMeta(std::string_view name) const {
  for (const PendingWrites* layer : layers_) {
    if (const std::string* value = layer->FindMeta(name)) return value;
  }
  return nullptr;
}

Result<std::optional<Erasure>> WriteLayers::GetErasure(const LeadReader& store, PartitionId partition,
                                                       std::string_view key) const {
  if (layers_.empty()) return store.GetErasure(partition, key);
  const std::string hash = store.ErasureHash(key);
  for (const PendingWrites* layer : layers_) {
    if (const auto erasure = layer->FindErasure(hash)) return erasure;
    if (layer->dropped()) return std::optional<Erasure>();
  }
  return store.GetErasure(partition, key);
}

bool WriteLayers::HasErasures(const LeadReader& store, PartitionId partition) const {
  for (const PendingWrites* layer : layers_) {
    if (!layer->write().erasures.empty()) return true;
    if (layer->dropped()) return false;
  }
  return store.HasErasures(partition);
}

Result<std::optional<std::string>> WriteLayers::GetDayCounts(const LeadReader& store, PartitionId partition,
                                                             std::string_view key) const {
  for (const PendingWrites* layer : layers_) {
    if (const DayCountsWrite* counts = layer->FindDayCounts(key)) return counts->value;
    if (layer->dropped()) return std::optional<std::string>();
  }
  return store.GetDayCounts(partition, key);
}

Status WriteLayers::VisitDayCounts(const LeadReader& store, PartitionId partition,
                                   const LeadReader::DayCountsVisitor& visit) const {
  std::map<std::string_view, const std::optional<std::string>*> written;
  for (const PendingWrites* layer : layers_) {
    for (const DayCountsWrite& counts : layer->write().day_counts) written.try_emplace(counts.key, &counts.value);
    if (layer->dropped()) break;
  }
  bool goes_on = true;
  auto next = written.begin();
  // Visits written rows before `end`, or all.
  const auto visit_written = [&](std::optional<std::string_view> end) {
    for (; goes_on && next != written.end() && (!end || next->first < *end); ++next) {
      if (*next->second) goes_on = visit(next->first, **next->second);
    }
  };
  if (!dropped()) {
    LP_RETURN_IF_ERROR(store.VisitDayCounts(partition, [&](std::string_view key, std::string_view value) {
      visit_written(key);
      if (!goes_on || (next != written.end() && next->first == key)) return goes_on;  // a written one comes next
      return goes_on = visit(key, value);
    }));
  }
  visit_written(std::nullopt);
  return Status::Ok();
}

Result<std::optional<std::string>> WriteLayers::GetPublished(const LeadReader& store, PartitionId partition,
                                                             std::string_view key) const {
  absl::InlinedVector<const RowWrite*, 2> writes;  // newest first, down to one that removes what was published before
  bool removes = false;
  for (const PendingWrites* layer : layers_) {
    const RowWrite* lead = layer->Find(key);
    if (lead != nullptr) writes.push_back(lead);
    removes = layer->dropped() || (lead != nullptr && (lead->new_life || !lead->value));
    if (removes) break;
  }
  std::optional<std::string> row;
  if (!removes) {
    LP_ASSIGN_OR_RETURN(row, store.GetPublished(partition, key));
  }
  for (auto lead = writes.rbegin(); lead != writes.rend(); ++lead) {
    const std::string& published = (*lead)->published;
    if (published.empty()) continue;
    if (!row) row.emplace();
    if (row->ends_with(published)) continue;  // no two changes are equal: the store has this write already
    *row += published;
    KeepLatestPublished(kMostPublished, &*row);
  }
  return row;
}

// Visits the newest write of each lead.
template <typename Visit>
void WriteLayers::VisitWrites(const Visit& visit) const {
  for (auto layer = layers_.begin(); layer != layers_.end(); ++layer) {
    const std::span newer(layers_.begin(), layer);
    for (const RowWrite& lead : (*layer)->write().leads) {
      if (std::ranges::none_of(newer, [&](const PendingWrites* one) { return one->Find(lead.key) != nullptr; })) {
        visit(lead);
      }
    }
    if ((*layer)->dropped()) break;
  }
}

std::vector<const RowWrite*> WriteLayers::WritesAfter(std::string_view after) const {
  std::vector<const RowWrite*> leads;
  VisitWrites([&](const RowWrite& lead) {
    if (lead.key > after) leads.push_back(&lead);
  });
  return leads;
}

Status WriteLayers::VisitLeads(const LeadReader& store, PartitionId partition, std::string_view after,
                               const std::function<const RowWrite*()>& next,
                               const LeadReader::LeadVisitor& visit) const {
  const RowWrite* pending = next();
  bool goes_on = true;
  // Visits leads before `end`, or all.
  const auto visit_pending = [&](std::optional<std::string_view> end) {
    for (; goes_on && pending != nullptr && (!end || pending->key < *end); pending = next()) {
      if (!pending->value) continue;
      const std::optional<UnwrittenRow> row = Look(pending->key);
      LP_ASSERT(!row->appended);  // the store has no row
      goes_on = visit(pending->key, *row->value);
    }
  };
  if (!dropped()) {
    LP_RETURN_IF_ERROR(store.VisitLeads(partition, after, [&](std::string_view key, std::string_view value) {
      visit_pending(key);
      if (!goes_on) return false;
      if (pending == nullptr || pending->key != key) return goes_on = visit(key, value);
      pending = next();
      std::optional<std::string> row(value);
      ApplyTo(&row, *Look(key));
      return goes_on = !row || visit(key, *row);
    }));
  }
  visit_pending(std::nullopt);
  return Status::Ok();
}

Result<std::vector<DueTimer>> WriteLayers::DueTimers(const LeadReader& store, PartitionId partition, Instant from,
                                                     Instant until, size_t limit, TimerGap* gap) const {
  std::vector<DueTimer> due = PendingTimers(from, until);
  const auto first = due.begin(), end = first + static_cast<ptrdiff_t>(std::min(limit, due.size()));
  std::partial_sort(first, end, due.end());
  due.erase(end, due.end());
  const auto pending = static_cast<ptrdiff_t>(due.size());
  if (!dropped()) LP_RETURN_IF_ERROR(AppendStoredTimers(store, partition, from, until, limit, gap, &due));
  std::inplace_merge(due.begin(), due.begin() + pending, due.end());
  if (due.size() > limit) due.resize(limit);
  return due;
}

// Returns the pending timers in any order.
std::vector<DueTimer> WriteLayers::PendingTimers(Instant from, Instant until) const {
  std::vector<DueTimer> due;
  const auto has_none = [until](const PendingWrites* layer) { return layer->earliest_timer() > until; };
  if (std::ranges::all_of(layers_, has_none)) return due;
  VisitWrites([&](const RowWrite& lead) {
    if (from <= lead.new_timer && lead.new_timer <= std::min(until, kLastTimer)) {
      due.push_back({lead.new_timer, lead.key});
    }
  });
  return due;
}

// Appends timers of the store that are not outdated. The port continues from an instant, not from a key: if it returned
// too many outdated ones, more are read from the same instant on.
Status WriteLayers::AppendStoredTimers(const LeadReader& store, PartitionId partition, Instant from, Instant until,
                                       size_t limit, TimerGap* gap, std::vector<DueTimer>* due) const {
  const Instant start = gap->from <= from && from < gap->to ? gap->to : from;
  const size_t before = due->size();
  for (size_t count = limit; start <= until && count > 0; count *= 2) {
    due->resize(before);
    LP_ASSIGN_OR_RETURN(std::vector<DueTimer> read, store.DueTimers(partition, start, until, count));
    for (DueTimer& timer : read) {
      if (Find(timer.key) == nullptr) due->push_back(std::move(timer));
    }
    const bool all = read.size() < count;
    if (!all && due->size() - before < limit) continue;
    if (start == from) gap->from = from;
    gap->to = due->size() > before ? (*due)[before].due : std::min(until, kLastTimer);
    return Status::Ok();
  }
  return Status::Ok();
}

}  // namespace leadpulse::state
