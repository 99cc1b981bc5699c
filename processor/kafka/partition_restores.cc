#include "processor/kafka/partition_restores.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "processor/kafka/worker_metrics.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

double Seconds(std::chrono::steady_clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::optional<std::string> RestoreProgress::Note(uint64_t done, uint64_t left, Time now) {
  if (!first_ || done < last_.done) first_ = last_ = {done, now};
  if (now - last_.at < kInterval) return std::nullopt;
  std::string text = std::to_string(done) + " of " + std::to_string(done + left) + " offsets done, " +
                     std::to_string(left) + " left, ";
  if (done == last_.done) {
    text += "nothing came for " + std::to_string(std::lround(Seconds(now - last_.at))) + " s";
  } else {
    const double pace = static_cast<double>(done - first_->done) / Seconds(now - first_->at);
    text += "about " + std::to_string(std::lround(static_cast<double>(left) / pace)) + " s to go";
  }
  last_ = {done, now};
  return text;
}

void PartitionRestores::Begin(PartitionId partition, const PartitionWriter& writer) {
  Entry& entry = entries_[partition];
  readers_.state->Stop(partition);
  readers_.deltas->Stop(partition);
  entry.writer = writer;
  entry.progress = {};
  entry.restore = std::make_unique<PartitionRestore>(partition, options_, environment_.store, writer, consumer_,
                                                     readers_, environment_.metrics);
}

void PartitionRestores::Drop(PartitionId partition) {
  if (entries_.erase(partition) == 0) return;
  readers_.state->Stop(partition);
  readers_.deltas->Stop(partition);
}

bool PartitionRestores::is_under_way(PartitionId partition) const {
  const auto entry = entries_.find(partition);
  return entry != entries_.end() && entry->second.restore->step() != NextStep::kNone;
}

std::vector<PartitionId> PartitionRestores::TakeGivenUp() {
  std::vector<PartitionId> partitions;
  for (const auto& [partition, entry] : entries_) {
    if (entry.given_up) partitions.push_back(partition);
  }
  for (const PartitionId partition : partitions) Drop(partition);
  return partitions;
}

void PartitionRestores::Forget(const std::vector<PartitionId>& partitions) {
  for (PartitionId partition : partitions) entries_.erase(partition);
  readers_.state->Stop();
  readers_.deltas->Stop();
  for (auto& [partition, entry] : entries_) Begin(partition, entry.writer);
}

Result<std::vector<PartitionRestores::Restored>> PartitionRestores::Step(std::chrono::milliseconds wait) {
  std::vector<Restored> restored;
  if (entries_.empty()) return restored;
  LP_RETURN_IF_ERROR(AskDue());
  LP_RETURN_IF_ERROR(TakeTurn());
  LP_RETURN_IF_ERROR(Read(wait));
  LP_RETURN_IF_ERROR(EndDue(&restored));
  ReportProgress();
  return restored;
}

Status PartitionRestores::Note(Entry* entry, const Status& status) {
  if (status.ok()) {
    entry->backoff.Succeed();
    return status;
  }
  const PartitionId partition = entry->restore->partition();
  if (status.kind() != ErrorKind::kRetriable) {
    entry->given_up = entry->writer.is_standby();
    if (!entry->given_up) return status;
    telemetry::LogError("partition " + std::to_string(partition.value) + " cannot be copied: " + status.message(),
                        {telemetry::PartitionField(partition), telemetry::ErrorField(status.message())});
    return Status::Ok();
  }
  const std::chrono::milliseconds delay = entry->backoff.Fail(environment_.clock->Monotonic());
  telemetry::LogWarning("restoring: partition " + std::to_string(partition.value) + ": " + status.message() +
                            "; it is tried again in " + std::to_string(delay.count()) + " ms, the others go on",
                        {telemetry::PartitionField(partition), telemetry::ErrorField(status.message())});
  return Status::Ok();
}

// ---- Asking ---------------------------------------------------------------------------------------------------------

Status PartitionRestores::AskDue() {
  std::vector<PartitionId> together;
  std::optional<PartitionId> alone;
  for (const auto& [partition, entry] : entries_) {
    if (!IsDue(entry, NextStep::kBegin)) continue;
    if (!entry.alone) {
      together.push_back(partition);
    } else if (!alone) {
      alone = partition;
    }
  }
  if (!together.empty()) LP_RETURN_IF_ERROR(Ask(together));
  return alone ? Ask({*alone}) : Status::Ok();
}

// Asks for the committed offsets first. The ends of the topics, asked for later, are then behind all their records.
Status PartitionRestores::Ask(const std::vector<PartitionId>& partitions) {
  const auto committed = consumer_->Committed(partitions);
  if (!committed.ok()) return AskFailed(partitions, committed.status());
  const auto states = readers_.state->Bounds(partitions);
  if (!states.ok()) return AskFailed(partitions, states.status());
  const auto deltas = readers_.deltas->Bounds(partitions);
  if (!deltas.ok()) return AskFailed(partitions, deltas.status());
  for (PartitionId partition : partitions) {
    Entry& entry = entries_.at(partition);
    entry.alone = false;
    const PartitionRestore::Bounds bounds{states->at(partition), deltas->at(partition)};
    LP_RETURN_IF_ERROR(Note(&entry, entry.restore->Begin(committed->at(partition), bounds)));
  }
  return Status::Ok();
}

Status PartitionRestores::AskFailed(const std::vector<PartitionId>& partitions, const Status& problem) {
  if (partitions.size() == 1) return Note(&entries_.at(partitions.front()), problem);
  const bool is_of_standby = entries_.at(partitions.front()).writer.is_standby();
  if (problem.kind() != ErrorKind::kRetriable && !is_of_standby) return problem;
  telemetry::LogWarning("restoring: " + problem.message() + "; each partition is asked by itself",
                        {telemetry::ErrorField(problem.message())});
  for (PartitionId partition : partitions) entries_.at(partition).alone = true;
  return Status::Ok();
}

// ---- Reading --------------------------------------------------------------------------------------------------------

Status PartitionRestores::TakeTurn() {
  Entry* next = nullptr;
  for (auto& [partition, entry] : entries_) {
    if (entry.restore->gathers()) return Status::Ok();
    if (next == nullptr && IsDue(entry, NextStep::kStartAnew)) next = &entry;
  }
  return next == nullptr ? Status::Ok() : Note(next, next->restore->StartAnew());
}

Status PartitionRestores::Read(std::chrono::milliseconds wait) {
  if (MustWaitForStore()) {
    std::this_thread::sleep_for(wait);
    return Status::Ok();
  }
  for (const bool deltas : {false, true}) LP_RETURN_IF_ERROR(ReadTopic(deltas, wait));
  return Status::Ok();
}

Status PartitionRestores::ReadTopic(bool deltas, std::chrono::milliseconds wait) {
  const auto takes = [deltas](const Entry& entry) {
    return entry.restore->step() == NextStep::kTake && !entry.given_up && entry.restore->takes_deltas() == deltas;
  };
  if (!std::ranges::any_of(entries_, [&](const auto& entry) { return takes(entry.second); })) return Status::Ok();
  ChangelogPiece piece;
  if (Status read = (deltas ? readers_.deltas : readers_.state)->Read(wait, &piece); !read.ok()) {
    if (read.kind() != ErrorKind::kRetriable) return read;
    telemetry::LogWarning("restoring: " + read.message(), {telemetry::ErrorField(read.message())});
    return Status::Ok();
  }
  std::ranges::stable_sort(piece.records, {}, &ChangelogRecord::partition);
  for (const auto& [partition, reached] : piece.reached) {
    const auto entry = entries_.find(partition);
    if (entry == entries_.end() || !takes(entry->second)) continue;
    const auto first = std::ranges::lower_bound(piece.records, partition, {}, &ChangelogRecord::partition);
    const auto last = std::ranges::upper_bound(piece.records, partition, {}, &ChangelogRecord::partition);
    LP_RETURN_IF_ERROR(
        Note(&entry->second, entry->second.restore->Take({first, last}, reached, environment_.clock->Now())));
  }
  return Status::Ok();
}

bool PartitionRestores::MustWaitForStore() const {
  return std::ranges::any_of(entries_, [](const auto& entry) { return entry.second.restore->gathers(); }) &&
         !environment_.store->TakesMore();
}

// ---- The end --------------------------------------------------------------------------------------------------------

Status PartitionRestores::EndDue(std::vector<Restored>* restored) {
  const bool must_wait = MustWaitForStore();
  for (auto at = entries_.begin(); at != entries_.end();) {
    auto& [partition, entry] = *at;
    if (!IsDue(entry, NextStep::kEnd) || (must_wait && entry.restore->from_scratch())) {
      ++at;
      continue;
    }
    Result<std::optional<RestoredPartition>> ended = entry.restore->End(environment_.clock->Now());
    LP_RETURN_IF_ERROR(Note(&entry, ended.status()));
    if (ended.ok() && ended->has_value()) {
      restored->push_back({partition, std::move(**ended)});
      at = entries_.erase(at);
    } else {
      ++at;
    }
  }
  return Status::Ok();
}

// ---- Progress -------------------------------------------------------------------------------------------------------

void PartitionRestores::ReportProgress() {
  const Time now = environment_.clock->Monotonic();
  const auto behind = std::ranges::count_if(
      entries_, [](const auto& other) { return other.second.restore->step() == NextStep::kStartAnew; });
  for (auto& [partition, entry] : entries_) {
    if (entry.restore->step() != NextStep::kTake) continue;
    const std::optional<std::string> progress =
        entry.progress.Note(entry.restore->read(), entry.restore->remaining(), now);
    if (!progress) continue;
    telemetry::LogInfo("partition " + std::to_string(partition.value) + ": restoring, " + *progress +
                           (behind == 0 ? "" : "; behind it wait " + std::to_string(behind) + " more"),
                       {telemetry::PartitionField(partition)});
  }
}

bool PartitionRestores::busy() const {
  const Time now = environment_.clock->Monotonic();
  return std::ranges::any_of(entries_, [now](const auto& entry) {
    return entry.second.restore->step() != NextStep::kNone && !entry.second.given_up && entry.second.backoff.due(now);
  });
}

std::optional<PartitionRestores::Time> PartitionRestores::next_attempt() const {
  std::optional<Time> next;
  for (const auto& [partition, entry] : entries_) {
    if (!entry.backoff.failed() || entry.restore->step() == NextStep::kNone) continue;
    next = next ? std::min(*next, entry.backoff.next()) : entry.backoff.next();
  }
  return next;
}

uint64_t PartitionRestores::remaining() const {
  uint64_t remaining = 0;
  for (const auto& [partition, entry] : entries_) remaining += entry.restore->remaining();
  return remaining;
}

}  // namespace leadpulse::kafka
