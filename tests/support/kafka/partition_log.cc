#include "tests/support/kafka/partition_log.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "processor/base/assert.h"

namespace leadpulse::testing {

int64_t PartitionLog::Push(LogEntry entry) {
  entry.offset = end();
  entries_.push_back(std::move(entry));
  return entries_.back().offset;
}

int64_t PartitionLog::last_stable_offset() const {
  int64_t stable = end();
  for (const auto& [producer, first] : open_) stable = std::min(stable, first);
  return stable;
}

int64_t PartitionLog::Append(Message message) {
  LogEntry entry;
  entry.message = std::move(message);
  return Push(std::move(entry));
}

std::optional<int64_t> PartitionLog::AppendBatch(const ProducerEpoch& producer, int32_t first_sequence,
                                                 const std::vector<Message>& messages) {
  LP_ASSERT(!messages.empty());
  ProducerState& state = producers_[producer.id];
  if (producer.epoch < state.epoch) return std::nullopt;
  state.Reach(producer.epoch);
  const auto known = state.last_offsets.find(first_sequence);
  if (known != state.last_offsets.end()) return known->second;
  if (first_sequence != state.next_sequence) return std::nullopt;
  open_.emplace(producer.id, end());
  for (const Message& message : messages) {
    LogEntry entry;
    entry.fate = LogEntry::Fate::kOpen;
    entry.producer = producer.id;
    entry.message = message;
    Push(std::move(entry));
  }
  state.next_sequence += static_cast<int32_t>(messages.size());
  state.last_offsets[first_sequence] = end() - 1;
  return end() - 1;
}

bool PartitionLog::Fences(const ProducerEpoch& producer) const {
  const auto found = producers_.find(producer.id);
  return found != producers_.end() && producer.epoch < found->second.epoch;
}

std::vector<int64_t> PartitionLog::open_producers() const {
  std::vector<int64_t> producers;
  for (const auto& [producer, first] : open_) producers.push_back(producer);
  return producers;
}

void PartitionLog::EndTransaction(const ProducerEpoch& producer, bool commits) {
  producers_[producer.id].Reach(producer.epoch);
  const auto open = open_.find(producer.id);
  if (open != open_.end()) {
    for (int64_t offset = open->second; offset < end(); ++offset) {
      LogEntry& entry = entries_[offset];
      if (entry.producer != producer.id || entry.fate != LogEntry::Fate::kOpen) continue;
      entry.fate = commits ? LogEntry::Fate::kCommitted : LogEntry::Fate::kAborted;
    }
    open_.erase(open);
  }
  LogEntry marker;
  marker.fate = LogEntry::Fate::kControl;
  marker.producer = producer.id;
  Push(std::move(marker));
}

int64_t PartitionLog::ReadCommitted(int64_t from, size_t limit,
                                    const std::function<void(const LogEntry&)>& visit) const {
  const int64_t stable = last_stable_offset();
  size_t visited = 0;
  for (; from < stable; ++from) {
    const LogEntry& entry = entries_[from];
    if (entry.is_gone || entry.fate != LogEntry::Fate::kCommitted) continue;
    if (visited == limit) break;
    ++visited;
    visit(entry);
  }
  return from;
}

void PartitionLog::Compact(int64_t until, Time now, std::chrono::milliseconds tombstones_kept) {
  // The last entry is in the active segment, which is never compacted.
  until = std::min({until, last_stable_offset(), end() - 1});
  std::unordered_map<std::string_view, int64_t> last;
  for (int64_t offset = begin_; offset < until; ++offset) {
    const LogEntry& entry = entries_[offset];
    if (!entry.is_gone && entry.fate == LogEntry::Fate::kCommitted) last[entry.message.key] = offset;
  }
  for (int64_t offset = begin_; offset < until; ++offset) {
    LogEntry& entry = entries_[offset];
    if (entry.is_gone) continue;
    if (entry.fate != LogEntry::Fate::kCommitted || last[entry.message.key] != offset) {
      entry.is_gone = true;
    } else if (!entry.message.value) {
      if (!entry.first_cleaned) entry.first_cleaned = now;
      entry.is_gone = now >= *entry.first_cleaned + tombstones_kept && now > *entry.first_cleaned;
    }
  }
}

void PartitionLog::DeleteBefore(int64_t offset) {
  begin_ = std::max(begin_, std::min(offset, last_stable_offset()));
  for (int64_t gone = 0; gone < begin_; ++gone) entries_[gone].is_gone = true;
}

}  // namespace leadpulse::testing
