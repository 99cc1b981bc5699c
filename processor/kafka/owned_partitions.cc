#include "processor/kafka/owned_partitions.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/kafka/command_outcomes.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/pipeline/change_feed.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

// The longest wait for the changelog in a round: other partitions go on while one is restored.
constexpr std::chrono::milliseconds kRestoreWait{5};
// An epoch writes at most this number of the rows, and of the profiles, that have waited for long; the next one writes
// more. There is a bound in bytes as well.
constexpr size_t kMostRowsWritten = 8192;
// However many partitions share that number, each may write this many.
constexpr size_t kLeastRowsWritten = 64;

// Sorts records by partition; those of one stay in order. A poll returns thousands: they are counted and placed, and
// not compared. `spare` keeps memory for the next call.
void GroupByPartition(std::vector<InputRecord>* records, std::vector<InputRecord>* spare) {
  if (records->size() < 2) return;
  std::vector<size_t> places;  // by partition: how many records, then where its next one goes
  for (const InputRecord& record : *records) {
    if (record.partition.value >= places.size()) places.resize(record.partition.value + 1);
    ++places[record.partition.value];
  }
  std::exclusive_scan(places.begin(), places.end(), places.begin(), size_t{0});
  spare->resize(records->size());
  for (const InputRecord& record : *records) (*spare)[places[record.partition.value]++] = record;
  records->swap(*spare);
}

}  // namespace

OwnedPartitions::OwnedPartitions(const WorkerOptions& options, const WorkerEnvironment& environment,
                                 InputConsumer* consumer, const StateReaders& readers, OutputSink* sink)
    : options_(options),
      environment_(environment),
      metrics_(environment.metrics),
      clock_(environment.clock),
      consumer_(consumer),
      sink_(sink),
      encoding_(options),
      restores_(options, environment, consumer, readers) {}

// ---- Assignment -----------------------------------------------------------------------------------------------------

void OwnedPartitions::Take(const std::vector<PartitionId>& partitions) {
  if (partitions.empty()) return;
  const int32_t generation = consumer_->CurrentGroupMetadata()->generation();
  for (PartitionId partition : partitions) {
    Slot& slot = slots_[partition];
    slot.writer = PartitionWriter(partition, generation, environment_.writer_fence, environment_.store);
    BeginRestore(partition, &slot);
  }
}

void OwnedPartitions::Forget(const std::vector<PartitionId>& partitions) {
  for (PartitionId partition : partitions) {
    const auto slot = slots_.extract(partition);
    if (!slot.empty()) slot.mapped().writer.End();
    if (environment_.outcomes != nullptr) environment_.outcomes->Forget(partition, this);
  }
  restores_.Forget(partitions);
}

Status OwnedPartitions::RestoreAllAgain() {
  for (auto& [partition, slot] : slots_) {
    if (slot.fetching) LP_RETURN_IF_ERROR(consumer_->Pause(partition));
    BeginRestore(partition, &slot);
  }
  return Status::Ok();
}

std::vector<PartitionId> OwnedPartitions::all() const {
  std::vector<PartitionId> partitions;
  for (const auto& [partition, slot] : slots_) partitions.push_back(partition);
  return partitions;
}

// ---- A round --------------------------------------------------------------------------------------------------------

void OwnedPartitions::BeginRestore(PartitionId partition, Slot* slot) {
  slot->live.reset();
  slot->fetching = false;
  slot->backoff = {};
  restores_.Begin(partition, slot->writer);
}

Status OwnedPartitions::Restore() {
  LP_ASSIGN_OR_RETURN(std::vector<PartitionRestores::Restored> restored, restores_.Step(kRestoreWait));
  for (auto& [partition, state] : restored) LP_RETURN_IF_ERROR(GoLive(partition, std::move(state)));
  return Status::Ok();
}

Status OwnedPartitions::GoLive(PartitionId partition, RestoredPartition restored) {
  Slot& slot = slots_.at(partition);
  slot.committed = restored.commit_first ? std::nullopt : std::optional(restored.position.next);
  LP_ASSIGN_OR_RETURN(pipeline::Rollout rollout, LoadRollout(restored, environment_.definitions->Wanted()));
  slot.live = std::make_unique<LivePartition>(partition, std::move(restored), std::move(rollout),
                                              consumer_->partition_count(), options_.lead_cache_bytes / slots_.size(),
                                              options_, environment_, &encoding_, sink_);
  // Others may have committed changes of it, or this worker without knowing.
  pipeline::PublishCollected(std::nullopt, environment_.feed);
  if (environment_.outcomes != nullptr) {
    environment_.outcomes->Take(partition, this, slot.live->next()[InputTopic::kCommands]);
  }
  telemetry::LogInfo("partition " + std::to_string(partition.value) + " is live",
                     {telemetry::PartitionField(partition)});
  return Status::Ok();
}

Status OwnedPartitions::FetchRestored() {
  const Time now = clock_->Monotonic();
  for (auto& [partition, slot] : slots_) {
    if (slot.live == nullptr || slot.fetching || slot.live->touched()) continue;
    if (!slot.backoff.due(now)) continue;
    const LookBack look_back = slot.live->BeginReading();
    Status fetched = consumer_->FetchFrom(partition, slot.live->next(), look_back);
    slot.fetching = fetched.ok();
    if (fetched.ok()) {
      slot.backoff.Succeed();
      continue;
    }
    if (fetched.kind() != ErrorKind::kRetriable) return fetched;
    const std::chrono::milliseconds delay = slot.backoff.Fail(now);
    telemetry::LogWarning("beginning to read: " + fetched.message() + "; it is tried again in " +
                              std::to_string(delay.count()) + " ms, the others go on",
                          {telemetry::PartitionField(partition), telemetry::ErrorField(fetched.message())});
  }
  return Status::Ok();
}

std::optional<OwnedPartitions::Time> OwnedPartitions::next_attempt() const {
  std::optional<Time> next = restores_.next_attempt();
  for (const auto& [partition, slot] : slots_) {
    if (slot.backoff.failed()) next = next ? std::min(*next, slot.backoff.next()) : slot.backoff.next();
  }
  return next;
}

Status OwnedPartitions::ReadAgain() {
  for (auto& [partition, slot] : slots_) {
    if (slot.fetching) LP_RETURN_IF_ERROR(consumer_->Pause(partition));
    slot.fetching = false;
  }
  return Status::Ok();
}

Status OwnedPartitions::ConsiderDefinitions() {
  std::optional<WantedDefinitions> wanted;
  for (auto& [partition, slot] : slots_) {
    if (!slot.fetching || slot.live->touched() || slot.live->rolling_out()) continue;
    if (!wanted) wanted = environment_.definitions->Wanted();
    slot.live->Advance(clock_->Now());
    LP_RETURN_IF_ERROR(slot.live->WantDefinitions(*wanted));
  }
  return Status::Ok();
}

Status OwnedPartitions::Apply(std::vector<InputRecord>* records) {
  GroupByPartition(records, &spare_records_);
  const Instant now = clock_->Now();
  auto first = records->begin();
  while (first != records->end()) {
    const auto last = std::find_if(first, records->end(),
                                   [&](const InputRecord& record) { return record.partition != first->partition; });
    auto slot = slots_.find(first->partition);
    LP_ASSERT(slot != slots_.end());
    // The partition was paused after its last commit; its new owner reads these records.
    if (!slot->second.fetching) {
      first = last;
      continue;
    }
    const Room room = RoomForRecords();
    if (room.empty()) break;
    LivePartition& live = *slot->second.live;
    live.Advance(now);
    LP_ASSIGN_OR_RETURN(const size_t applied,
                        live.Apply({first, last}, now + options_.max_future_skew, room.For(live)));
    CrashPoint("live_applied");
    first += static_cast<std::ptrdiff_t>(applied);
  }
  records->erase(records->begin(), first);
  return Status::Ok();
}

Status OwnedPartitions::RunTimedWork() {
  const Instant now = clock_->Now();
  const LeadTopics::Due due = TopicsDue();
  for (auto& [partition, slot] : slots_) {
    if (!slot.fetching) continue;
    slot.live->Advance(now);
    slot.live->ConsiderTopics(due);
  }
  LP_RETURN_IF_ERROR(FireDueTimers());
  rolling_out_ = false;
  for (auto& [partition, slot] : slots_) {
    if (!slot.fetching) continue;
    if (slot.live->rolling_out()) LP_RETURN_IF_ERROR(RollOut(slot.live.get()));
    rolling_out_ = rolling_out_ || slot.live->rolling_out();
  }
  return Status::Ok();
}

// Fires due timers. If one partition uses up a round, the next round begins after it, so no partition's timers wait for
// all timers of another.
Status OwnedPartitions::FireDueTimers() {
  timers_wait_ = false;
  Room room = RoomForTime();
  auto next = slots_.upper_bound(fired_last_);
  for (size_t i = 0; i < slots_.size(); ++i, ++next) {
    if (next == slots_.end()) next = slots_.begin();
    if (!next->second.fetching) continue;
    if (room.empty()) {
      timers_wait_ = true;  // some may be due
      break;
    }
    LivePartition& live = *next->second.live;
    const uint64_t fired = live.counters().timers, outputs = live.outputs();
    const size_t bytes = live.bytes();
    LP_ASSIGN_OR_RETURN(bool more, live.FireDueTimers(room.For(live)));
    timers_wait_ = timers_wait_ || more;
    room.leads -= std::min(room.leads, live.counters().timers - fired);
    room.changes -= std::min(room.changes, live.outputs() - outputs);
    room.bytes -= std::min(room.bytes, std::max(live.bytes(), bytes) - bytes);
    if (room.empty()) fired_last_ = next->first;
  }
  return Status::Ok();
}

Status OwnedPartitions::RollOut(LivePartition* live) {
  const Time begin = clock_->Monotonic();
  if (begin < next_rollout_) return Status::Ok();
  LP_RETURN_IF_ERROR(live->RollOut(RoomForTime().For(*live)));
  const Time end = clock_->Monotonic();
  // Pauses long enough that the step is reevaluation_share of the whole time.
  const double rest = (1 - options_.reevaluation_share) / options_.reevaluation_share;
  next_rollout_ = end + std::chrono::duration_cast<Time::duration>((end - begin) * rest);
  return Status::Ok();
}

// ---- The epoch ------------------------------------------------------------------------------------------------------

OwnedPartitions::Epoch OwnedPartitions::epoch() const {
  Epoch epoch;
  for (const auto& [partition, slot] : slots_) {
    if (slot.live == nullptr) continue;
    const bool touched = slot.live->touched();
    epoch.touched = epoch.touched || touched;
    epoch.keeps_from_reading = epoch.keeps_from_reading || (touched && !slot.fetching);
    epoch.records += slot.live->epoch_records();
    epoch.timers += slot.live->counters().timers;
    epoch.reevaluated += slot.live->counters().reevaluated;
    epoch.changes += slot.live->outputs();
    epoch.bytes += slot.live->bytes();
  }
  return epoch;
}

OwnedPartitions::Room OwnedPartitions::RoomForRecords() const {
  const Epoch epoch = this->epoch();
  return {std::numeric_limits<uint64_t>::max(),
          options_.max_epoch_changes - std::min(epoch.changes, options_.max_epoch_changes),
          options_.max_epoch_bytes - std::min(epoch.bytes, options_.max_epoch_bytes)};
}

// Returns the room for timers: at least a quarter of an epoch, so that timers fire however many records come.
OwnedPartitions::Room OwnedPartitions::RoomForTime() const {
  Room room = RoomForRecords();
  room.leads = options_.leads_per_round;
  room.changes = std::max(room.changes, options_.max_epoch_changes / 4 + 1);
  room.bytes = std::max(room.bytes, options_.max_epoch_bytes / 4 + 1);
  return room;
}

void OwnedPartitions::TakeOutput(std::vector<OutputRecord>* output) {
  for (auto& [partition, slot] : slots_) {
    if (slot.live != nullptr) slot.live->TakeOutput(output);
  }
}

LeadTopics::Due OwnedPartitions::TopicsDue() const {
  size_t later_bytes = 0, other_bytes = 0;
  for (const auto& [partition, slot] : slots_) {
    if (slot.live == nullptr) continue;
    const UnwrittenLeads& unwritten = slot.live->unwritten();
    later_bytes += unwritten.bytes(UnwrittenLeads::kLater);
    other_bytes += unwritten.bytes(UnwrittenLeads::kRows) + unwritten.bytes(UnwrittenLeads::kSoon);
  }
  const auto now = clock_->Monotonic();
  if (stopping_) return {now, now, now, kMostRowsWritten};
  // Above half of their memory leads wait for less of an interval, the nearer to all of it the less: if all were due at
  // once, the commits that write them would be long, and gather more changes.
  const auto since = [&](size_t bytes, std::chrono::milliseconds interval) {
    const double used = static_cast<double>(bytes) / static_cast<double>(options_.unwritten_bytes);
    return now - std::chrono::duration_cast<Time::duration>(interval * std::clamp(2 - 2 * used, 0.0, 1.0));
  };
  // All partitions share a transaction, which must stay short.
  const size_t most = std::max(kLeastRowsWritten, kMostRowsWritten / std::max<size_t>(slots_.size(), 1));
  return {since(other_bytes, options_.changelog_interval), since(other_bytes, options_.profiles.interval),
          since(std::max(later_bytes, other_bytes), options_.profiles.counts_interval), most};
}

void OwnedPartitions::PrepareToStop() {
  stopping_ = true;
  for (auto& [partition, slot] : slots_) {
    if (slot.live != nullptr) slot.live->ConsiderTopics(TopicsDue());
  }
}

Result<std::map<PartitionId, InputOffsets>> OwnedPartitions::EndEpoch(std::vector<OutputRecord>* output) {
  std::map<PartitionId, InputOffsets> offsets;
  const LeadTopics::Due due = TopicsDue();
  for (auto& [partition, slot] : slots_) {
    if (slot.live == nullptr || !slot.live->touched()) continue;
    LP_RETURN_IF_ERROR(slot.live->EndEpoch(clock_->Monotonic(), due, output));
    offsets[partition] = slot.live->next();
  }
  return offsets;
}

Result<bool> OwnedPartitions::GroupHasOffsetsOf(const std::map<PartitionId, InputOffsets>& epoch) {
  std::vector<PartitionId> committed;
  for (const auto& [partition, offsets] : epoch) {
    if (slots_.at(partition).committed) committed.push_back(partition);
  }
  if (committed.empty()) return true;
  LP_ASSIGN_OR_RETURN(const auto found, consumer_->Committed(committed));
  return std::ranges::all_of(found, [&](const auto& of_partition) {
    const auto& [partition, offsets] = of_partition;
    const int64_t messages = (*slots_.at(partition).committed)[InputTopic::kExchange];
    return offsets.has_value() && (*offsets)[InputTopic::kExchange] >= messages;  // 0 if the group has none
  });
}

Status OwnedPartitions::Committed(const std::map<PartitionId, InputOffsets>& committed,
                                  const std::map<PartitionId, int64_t>& delta_positions) {
  const Instant now = clock_->Now();
  for (const auto& [partition, offsets] : committed) slots_.at(partition).live->EndDurations(now, metrics_);
  std::vector<PartitionId> superseded;
  for (const auto& [partition, offsets] : committed) {
    auto position = delta_positions.find(partition);
    LP_ASSERT(position != delta_positions.end());
    LivePartition& live = *slots_.at(partition).live;
    state::EpochWrite write = live.CollectWrite(position->second, clock_->Now());
    LP_ASSIGN_OR_RETURN(const bool written, slots_.at(partition).writer.Commit(std::move(write)));
    if (!written) superseded.push_back(partition);
    // The other worker of a superseded partition may already have published later changes.
    pipeline::PublishCollected(written ? live.TakeCollected() : std::nullopt, environment_.feed);
  }
  CrashPoint("live_stored");
  for (const auto& [partition, offsets] : committed) {
    LivePartition& live = *slots_.at(partition).live;
    LogCommit(live, offsets);
    Count(live);
    if (environment_.outcomes != nullptr) {
      environment_.outcomes->Committed(partition, this, offsets[InputTopic::kCommands], live.TakeRefusedCommands());
    }
    live.Committed();
    slots_.at(partition).committed = offsets;
  }
  if (environment_.feed != nullptr) environment_.feed->Committed();
  for (PartitionId partition : superseded) LP_RETURN_IF_ERROR(PauseSuperseded(partition));
  return Status::Ok();
}

std::map<PartitionId, int64_t> OwnedPartitions::TakeDeletable() {
  std::map<PartitionId, int64_t> offsets;
  const LeadTopics::Time now = clock_->Monotonic();
  for (auto& [partition, slot] : slots_) {
    if (slot.live == nullptr) continue;
    if (const auto offset = slot.live->TakeDeletable(now)) offsets[partition] = *offset;
  }
  return offsets;
}

// Stops the work on a partition that another worker already writes to the store. That worker has this worker's commit
// from lead.state. This worker does nothing more until the group reports the partition as lost: a restore that may not
// write does nothing.
Status OwnedPartitions::PauseSuperseded(PartitionId partition) {
  telemetry::LogWarning("partition " + std::to_string(partition.value) +
                            ": another worker of this process already has it; this one has not been told yet",
                        {telemetry::PartitionField(partition)});
  Slot& slot = slots_.at(partition);
  if (slot.fetching) LP_RETURN_IF_ERROR(consumer_->Pause(partition));
  BeginRestore(partition, &slot);
  return Status::Ok();
}

void OwnedPartitions::LogCommit(const LivePartition& live, const InputOffsets& next) const {
  if (!telemetry::IsDebugLogged()) return;
  std::string line = "partition " + std::to_string(live.partition().value) + ": committed offsets";
  for (size_t topic = 0; topic < kInputTopicCount; ++topic) {
    line += (topic == 0                     ? " "
             : topic + 1 < kInputTopicCount ? ", "
                                            : " and ") +
            std::to_string(next[topic]) + " of " + options_.input_topics[topic];
  }
  telemetry::LogDebug(line + "; records " + std::to_string(live.epoch_records()) + ", dead letters " +
                          std::to_string(std::reduce(live.dead_letters().begin(), live.dead_letters().end())),
                      {telemetry::PartitionField(live.partition())});
}

// ---- Metrics --------------------------------------------------------------------------------------------------------

void OwnedPartitions::Count(const LivePartition& live) {
  metrics_->Add(live.counters(), live.dead_letters());
  for (const std::string& sentence : left_out_.AddNew(live.counters().left_out)) {
    telemetry::LogWarning(
        "a property of an event was left out, said once, leadpulse_properties_left_out_total counts: " + sentence);
  }
  for (const InputTopic topic : engine::kInputTopics) {
    metrics_->records_handed_on += live.handed_on()[topic];
    handed_on_warning_.Add(options_.input_topics[topic], live.partition(), live.handed_on()[topic]);
  }
  metrics_->messages_sent += live.messages_sent();
  metrics_->messages_received += live.messages_received();
  if (environment_.tenants != nullptr) environment_.tenants->Add(live.partition(), live.tenants());
}

void OwnedPartitions::ShowGauges() {
  uint32_t restoring = 0, rolling_out = 0, failing = restores_.failing();
  uint64_t unwritten_rows = 0, unwritten_profiles = 0;
  int64_t lag = 0;
  std::vector<PartitionLag> lags;
  const Instant now = clock_->Now();
  for (const auto& [partition, slot] : slots_) {
    if (slot.fetching) {
      const Instant clock = std::max(slot.live->clock(), now);
      lags.push_back({partition, LagOf(partition, *slot.live), slot.live->newest(), clock - now});
      lag += lags.back().records;
    }
    restoring += slot.live == nullptr ? 1 : 0;
    failing += slot.backoff.failed() ? 1 : 0;
    rolling_out += slot.live != nullptr && slot.live->rolling_out() ? 1 : 0;
    if (slot.live == nullptr) continue;
    unwritten_rows += slot.live->unwritten().size(UnwrittenLeads::kRows);
    unwritten_profiles += slot.live->unwritten().profiles();
  }
  metrics_->partitions = static_cast<uint32_t>(slots_.size());
  metrics_->partitions_restoring = restoring;
  metrics_->partitions_failing = failing;
  metrics_->restore_remaining = restores_.remaining();
  metrics_->partitions_rolling_out = rolling_out;
  metrics_->lag = lag;
  metrics_->unwritten_leads = unwritten_rows;
  metrics_->unwritten_profiles = unwritten_profiles;
  clock_warning_.Log(lags, clock_->Monotonic());
  handed_on_warning_.Log(clock_->Monotonic());
  metrics_->partition_lags.Set(std::move(lags));
}

int64_t OwnedPartitions::LagOf(PartitionId partition, const LivePartition& live) const {
  const InputOffsets ends = consumer_->LastHeardEnd(partition);
  int64_t lag = 0;
  for (size_t topic = 0; topic < kInputTopicCount; ++topic) {
    lag += std::max<int64_t>(ends[topic] - live.next()[topic], 0);
  }
  return lag;
}

}  // namespace leadpulse::kafka
