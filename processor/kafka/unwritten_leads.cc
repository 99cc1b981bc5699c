#include "processor/kafka/unwritten_leads.h"

#include <algorithm>
#include <utility>

#include "processor/base/assert.h"

namespace leadpulse::kafka {
namespace {

// What a waiting key takes beside its entry in the queue and the bytes of the key.
constexpr size_t kRecordBytes = 80;
// Entries that do not wait any more, besides as many as there are others: a lead may be created and erased again and
// again.
constexpr size_t kMostRemoved = 1024;

}  // namespace

UnwrittenLeads::Waiting* UnwrittenLeads::Find(std::string_view key) const {
  const auto found = by_key_.find(Wanted{SeededHash(key), key});
  return found == by_key_.end() ? nullptr : found->waiting.get();
}

UnwrittenLeads::Waiting* UnwrittenLeads::RecordOf(std::string_view key) {
  const Wanted wanted{SeededHash(key), key};
  if (const auto found = by_key_.find(wanted); found != by_key_.end()) return found->waiting.get();
  auto waiting = std::make_unique<Waiting>(Waiting{state::EncodedLeadKey(key), wanted.hash});
  return by_key_.insert({wanted.hash, std::move(waiting)}).first->waiting.get();
}

void UnwrittenLeads::Push(Queue queue, Waiting* waiting, int64_t offset, Time at) {
  if (waiting->entries[queue] != nullptr) return;
  Entries& entries = queues_[queue];
  LP_ASSERT(entries.list.empty() || entries.list.back().offset <= offset);
  waiting->entries[queue] = &entries.list.emplace_back(Entry{waiting, offset, at});
  ++entries.waiting;
  entries.bytes += sizeof(Entry) + kRecordBytes + waiting->key.size();
}

void UnwrittenLeads::PushProfile(Waiting* waiting, int64_t offset, Time at, ProfileWanted profile) {
  if (profile == ProfileWanted::kSoon) Push(kSoon, waiting, offset, at);
  if (profile == ProfileWanted::kLater && waiting->entries[kSoon] == nullptr) Push(kLater, waiting, offset, at);
}

void UnwrittenLeads::Note(std::string_view key, int64_t offset, Time at, ProfileWanted profile) {
  Waiting* const waiting = RecordOf(key);
  Push(kRows, waiting, offset, at);
  PushProfile(waiting, offset, at, profile);
}

void UnwrittenLeads::NoteProfile(std::string_view key, int64_t offset, Time at, ProfileWanted profile) {
  if (profile != ProfileWanted::kNo) PushProfile(RecordOf(key), offset, at, profile);
}

void UnwrittenLeads::Remove(Waiting* waiting, std::initializer_list<Queue> queues) {
  for (const Queue queue : queues) {
    Entry* const entry = std::exchange(waiting->entries[queue], nullptr);
    if (entry == nullptr) continue;
    Entries& entries = queues_[queue];
    entry->waiting = nullptr;
    --entries.waiting;
    entries.bytes -= kRecordBytes + waiting->key.size();
    for (; !entries.list.empty() && entries.list.front().waiting == nullptr; entries.list.pop_front()) {
      entries.bytes -= sizeof(Entry);
    }
    if (entries.list.size() > 2 * entries.waiting + kMostRemoved) Compact(queue, &entries);
  }
  const bool waits_nowhere = std::ranges::all_of(waiting->entries, [](const Entry* entry) { return entry == nullptr; });
  if (waits_nowhere) by_key_.erase(by_key_.find(waiting));
}

void UnwrittenLeads::Forget(std::string_view key) {
  if (Waiting* const waiting = Find(key)) Remove(waiting, {kRows, kSoon, kLater});
}

void UnwrittenLeads::Compact(Queue queue, Entries* entries) {
  std::deque<Entry> kept;
  for (const Entry& entry : entries->list) {
    if (entry.waiting != nullptr) entry.waiting->entries[queue] = &kept.emplace_back(entry);
  }
  entries->bytes -= sizeof(Entry) * (entries->list.size() - kept.size());
  entries->list = std::move(kept);
}

void UnwrittenLeads::BeginAt(Time now) {
  for (Entries& entries : queues_) {
    for (Entry& entry : entries.list) entry.at = now;
  }
}

bool UnwrittenLeads::AnySince(Queue queue, Time until) const {
  const std::deque<Entry>& list = queues_[queue].list;
  return !list.empty() && list.front().at <= until;
}

std::vector<UnwrittenLeads::Waiting*> UnwrittenLeads::Oldest(Queue queue, Time until, size_t most) const {
  std::vector<Waiting*> oldest;
  for (const Entry& entry : queues_[queue].list) {
    if (entry.at > until || oldest.size() == most) break;
    if (entry.waiting != nullptr) oldest.push_back(entry.waiting);
  }
  return oldest;
}

int64_t UnwrittenLeads::LacksFrom(Queue queue, int64_t end) const {
  const std::deque<Entry>& list = queues_[queue].list;
  return list.empty() ? end : list.front().offset;
}

void UnwrittenLeads::SetOffsets(int64_t end, engine::PartitionPosition* position) const {
  position->rows_from = LacksFrom(kRows, end);
  position->profiles_soon_from = LacksFrom(kSoon, end);
  position->deltas_from = std::min(
      {*position->rows_from, *position->profiles_soon_from, LacksFrom(kLater, end), LacksFrom(kDayCounts, end)});
}

}  // namespace leadpulse::kafka
