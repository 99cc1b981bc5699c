#include "processor/files/partition_set.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "processor/base/assert.h"
#include "processor/base/crash_point.h"
#include "processor/engine/partition_meta.h"
#include "processor/pipeline/apply_metrics.h"
#include "processor/pipeline/change_feed.h"
#include "processor/pipeline/published_collector.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::files {
namespace {

// The limit of changes that wait in memory, for all partitions together: about 20 MB. A batch usually makes fewer; they
// then reach the file in the order of the partitions.
constexpr size_t kMaxChangesHeld = 64 << 10;
constexpr size_t kMinChangesHeld = 256;  // for each partition, for any number of partitions
// The records in a part if they send messages to other leads. In a small part, leads are still in the processor's
// caches when the messages arrive. A smaller one would wake the workers too often.
constexpr size_t kRecordsInWaves = 512;
// A part that follows a smaller one has at most twice the records, but may have these.
constexpr size_t kFewRecords = 16;
// Fewer records, or leads that have changed by fewer bytes, take about as long as waking the other threads.
constexpr size_t kRecordsToShare = 32;
constexpr size_t kBytesToShare = 64 << 10;
// The partition of a rejected record.
constexpr uint32_t kRejected = UINT32_MAX;

template <typename T>
void MoveAppend(std::vector<T>* from, std::vector<T>* to) {
  to->insert(to->end(), std::make_move_iterator(from->begin()), std::make_move_iterator(from->end()));
  from->clear();
}

}  // namespace

// One partition: its runner, the records to apply, and their output.
class PartitionSet::Partition : public pipeline::PartitionSink, public WavePartition {
 public:
  Partition(PartitionSet* owner, PartitionId partition, state::LeadStore* store, size_t cache_bytes,
            const engine::DefinitionsInForce& definitions, pipeline::ChangeFeed* feed, const Clock* clock)
      : owner_(owner),
        number_(partition.value),
        is_followed_(feed != nullptr),
        collector(feed, clock),
        published(feed != nullptr),
        runner(partition, store, cache_bytes, definitions, this, owner->waves_.Add(this)),
        reach(partition, store->partition_count(), owner->PartBytes(), &runner) {}

  // ---- What the runner calls, on a worker's thread ----

  void OnChanges(const engine::ChangeList& changes) override {
    collector.Add(changes);
    published.Add(changes);
    for (const codec::Change& change : changes) {
      codec::AppendChangeJson(change, &change_lines);
      change_lines += '\n';
    }
    taken_changes_ += changes.size();
  }
  void OnUpdates(std::span<const engine::LeadUpdate> updates) override { collector.Add(updates); }
  bool WantsUpdates() override { return collector.Collects(); }
  bool WantsTouches() override { return collector.CollectsTouches(); }
  // Appends lines to the file before the call ends, if it makes many changes.
  void OnManyChanges() override {
    if (taken_changes_ >= std::max(kMinChangesHeld, kMaxChangesHeld / owner_->partitions_.size())) AppendEarly();
  }
  void OnApplied(const pipeline::Record& record, bool /*applied*/) override {
    if (is_followed_) changing.Note(*record.decoded, runner.counters().AllChanges());
  }
  void OnRejected(const pipeline::Record& record, const codec::Rejection& rejection) override {
    rejections.push_back({record.index, rejection});
  }

  // ---- What the waves call ----

  Result<size_t> Prefetch(std::span<const LeadKey* const> keys) override {
    return runner.Load(keys, owner_->PartBytes());
  }
  bool IsFull() const override { return runner.engine().leads().epoch_bytes() >= owner_->step_.changed_bytes; }
  Status Apply(const pipeline::Record& record) override {
    changing.Expect(runner.counters().AllChanges());
    return runner.ApplyOne(record);
  }
  Status Deliver(const engine::LeadMessage& message, const pipeline::Record* origin) override {
    return runner.Deliver(message, origin);
  }

  // ---- Steps, on one thread each ----

  Status Load(size_t max_bytes) {
    taken_changes_ = 0;
    LP_ASSIGN_OR_RETURN(const size_t loaded, runner.Load(records, max_bytes));
    if (loaded < records.size()) loaded_until = records[loaded].index;
    return Status::Ok();
  }

  Status ApplyAlone(size_t end) {
    const std::span<const pipeline::Record> ours = Before(end);
    changing.Expect(runner.counters().AllChanges());
    // Two calls, for the crash test.
    const auto first = ours.first(std::min(ours.size(), records.size() / 2));
    LP_RETURN_IF_ERROR(runner.Apply(first, kAll).status());
    if (!first.empty()) CrashPoint("mid_batch");
    LP_RETURN_IF_ERROR(runner.Apply(ours.subspan(first.size()), kAll).status());
    return PassOnChanges();
  }

  Status PassOnChanges() {
    taken_changes_ = 0;
    runner.PassOnChanges();
    return early_status_;
  }

  template <typename Step>
  Status Run(const Step& step) {
    taken_changes_ = 0;
    LP_ASSIGN_OR_RETURN(more, step(&runner));
    return PassOnChanges();
  }

  // Returns the records of the current part: those before the batch's index `end` that are not yet applied.
  std::span<const pipeline::Record> Before(size_t end) const {
    const auto first = records.begin() + static_cast<ptrdiff_t>(applied);
    return {first, std::lower_bound(first, records.end(), end,
                                    [](const pipeline::Record& record, size_t index) { return record.index < index; })};
  }
  void EndPart(size_t end) { applied += Before(end).size(); }

 private:
  static constexpr engine::StepBounds kAll = {.changed_bytes = std::numeric_limits<size_t>::max()};

  // Appends the lines now. Called by several threads at once.
  void AppendEarly() {
    taken_changes_ = 0;
    std::lock_guard lock(owner_->changes_mutex_);
    Status appended = owner_->changes_->Append(change_lines);
    if (!appended.ok()) early_status_ = std::move(appended);
    change_lines.clear();
  }

  PartitionSet* const owner_;
  const size_t number_;
  const bool is_followed_;
  size_t taken_changes_ = 0;  // changes of this call that are not yet in the file
  Status early_status_;       // the last error of AppendEarly

 public:
  pipeline::ChangingRecords changing;
  pipeline::FeedCollector collector;
  pipeline::PublishedCollector published;
  pipeline::PartitionRunner runner;
  PartReach reach;
  std::vector<pipeline::Record> records;  // this partition's records of the current batch, since the last Load
  size_t applied = 0;                     // how many of `records`, from the first
  size_t loaded_until = 0;                // index into the batch: the leads of all earlier records are loaded
  size_t next_planned = 0;                // into `records`, the same
  std::vector<LateRejection> rejections;
  std::string change_lines;
  Status status;
  bool more = false;
  std::optional<engine::PartitionEngine::NextToRegister> next_to_register;
  state::EpochWrite write;
};

PartitionSet::PartitionSet(WorkerPool* pool, state::LeadStore* store, size_t cache_bytes,
                           const engine::DefinitionsInForce& definitions, const engine::StepBounds& step,
                           OutputFile* changes, pipeline::ChangeFeed* feed, const Clock* clock)
    : pool_(pool), step_(step), changes_(changes), waves_(pool), part_records_(kRecordsInWaves) {
  const uint32_t count = store->partition_count();
  for (PartitionId i; i.value < count; ++i.value) {
    partitions_.push_back(std::make_unique<Partition>(this, i, store, cache_bytes / count, definitions, feed, clock));
    reaches_.push_back(&partitions_.back()->reach);
  }
}

PartitionSet::~PartitionSet() = default;

template <typename Work>
void PartitionSet::WorkOnAll(const Work& work) {
  if (is_little_) {
    for (const auto& partition : partitions_) work(partition.get());
  } else {
    pool_->ForEach(partitions_.size(), [&](size_t i) { work(partitions_[i].get()); });
  }
}

template <typename Work>
Status PartitionSet::ForEach(const Work& work) {
  WorkOnAll([&](Partition* partition) { partition->status = work(partition); });
  for (const auto& partition : partitions_) LP_RETURN_IF_ERROR(partition->status);
  return Status::Ok();
}

Result<size_t> PartitionSet::Load(const input::Batch& batch, const std::vector<input::Input>& inputs, size_t begin) {
  for (auto& partition : partitions_) {
    partition->records.clear();
    partition->applied = 0;
    partition->loaded_until = batch.decoded.size();
  }
  batch_ = &batch;
  inputs_ = &inputs;
  begin_ = applied_ = begin;
  is_little_ = batch.decoded.size() - begin < kRecordsToShare;
  partition_of_.clear();
  for (size_t i = begin; i < batch.decoded.size(); ++i) {
    const input::DecodedRecord& decoded = batch.decoded[i];
    const bool rejected = pipeline::KeyOf(decoded.result) == nullptr;
    partition_of_.push_back(rejected ? kRejected : decoded.partition.value);
    if (rejected) continue;
    const input::RawRecord& raw = batch.records[i];
    partitions_[decoded.partition.value]->records.push_back({.decoded = &decoded.result,
                                                             .clock = decoded.clock,
                                                             .topic = &inputs[raw.input].path,
                                                             .offset = static_cast<int64_t>(raw.offset),
                                                             .line = raw.line,
                                                             .index = i});
  }
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->Load(PartBytes()); }));
  size_t loaded = batch.decoded.size();
  for (auto& partition : partitions_) loaded = std::min(loaded, partition->loaded_until);
  return loaded;
}

Result<AppliedPart> PartitionSet::Apply(size_t end) {
  registering_ = false;
  while (applied_ < end && !messages_wait_) {
    LP_ASSIGN_OR_RETURN(const size_t part_end, CutPart(end));
    LP_RETURN_IF_ERROR(ApplyRecords(part_end));
    for (auto& partition : partitions_) partition->EndPart(part_end);
    applied_ = part_end;
    if (IsFull()) break;
  }
  AppliedPart part{applied_, TakeRejections()};
  if (messages_wait_) {
    const input::RawRecord& raw = batch_->records[applied_ - 1];
    origin_ = {{(*inputs_)[raw.input].path, 0, static_cast<int64_t>(raw.offset), raw.line},
               std::string(raw.bytes),
               raw.full_size,
               !part.rejections.empty() && part.rejections.back().record == applied_ - 1};
  }
  return part;
}

std::vector<LateRejection> PartitionSet::TakeRejections() {
  std::vector<LateRejection> rejections;
  for (auto& partition : partitions_) MoveAppend(&partition->rejections, &rejections);
  std::ranges::stable_sort(rejections, {}, &LateRejection::record);
  // A command for all users of an address is one dead letter.
  const auto same = [](const LateRejection& a, const LateRejection& b) { return a.record == b.record; };
  rejections.erase(std::unique(rejections.begin(), rejections.end(), same), rejections.end());
  return rejections;
}

Result<size_t> PartitionSet::CutPart(size_t end) {
  const size_t most_end = reaches_others_ ? std::min(end, applied_ + part_records_) : end;
  WorkOnAll([&](Partition* partition) { partition->reach.Find(partition->Before(most_end), applied_, most_end); });
  reaches_others_ = std::ranges::any_of(reaches_, &PartReach::reaches_others);
  if (!reaches_others_) return most_end;
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->reach.FindConnections(reaches_); }));
  if (std::ranges::any_of(reaches_, &PartReach::tells)) {
    LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->reach.FindTold(reaches_); }));
  }
  size_t part_end = (*std::ranges::min_element(reaches_, {}, &PartReach::first_left))->first_left();
  part_end = std::max(part_end, applied_ + 1);
  const size_t wanted = part_end < most_end ? part_end - applied_ : part_records_;
  part_records_ = std::clamp(2 * wanted, kFewRecords, kRecordsInWaves);
  return part_end;
}

Status PartitionSet::ApplyRecords(size_t end) {
  if (reaches_others_) {
    Plan(end);
    LP_ASSIGN_OR_RETURN(const bool ended, waves_.Run(plan_, planned_));
    return AfterWaves(ended);
  }
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->ApplyAlone(end); }));
  return DeliverSent();
}

Status PartitionSet::DeliverSent() {
  LP_ASSIGN_OR_RETURN(const bool ended, waves_.DeliverSent());
  return AfterWaves(ended);
}

Status PartitionSet::AfterWaves(bool ended) {
  messages_wait_ = !ended;
  return ForEach([](Partition* partition) { return partition->PassOnChanges(); });
}

Result<std::vector<LateRejection>> PartitionSet::DeliverWaiting() {
  LP_ASSERT(messages_wait_);
  is_little_ = false;
  LP_ASSIGN_OR_RETURN(const bool ended, waves_.Continue());
  LP_RETURN_IF_ERROR(AfterWaves(ended));
  std::vector<LateRejection> rejections = TakeRejections();
  // The record is a dead letter once.
  const bool was_rejected = origin_ && std::exchange(origin_->is_rejected, origin_->is_rejected || !rejections.empty());
  if (was_rejected) rejections.clear();
  if (ended) origin_.reset();
  return rejections;
}

Status PartitionSet::ResumeWaiting(WaitingMessages waiting) {
  messages_stored_ = true;
  if (waiting.messages.empty()) return Status::Ok();
  messages_wait_ = true;
  registering_ = waiting.registering;
  if (registering_) {
    LP_RETURN_IF_ERROR(ForEach([](Partition* partition) { return partition->runner.Register({}); }));
  }
  origin_ = std::move(waiting.origin);
  if (origin_) {
    resumed_.emplace();
    resumed_->decoded = &resumed_decoded_;
    resumed_->topic = &origin_->source.topic;
    resumed_->index = kResumedRecord;
  }
  waves_.Resume(std::move(waiting.messages), resumed_ ? &*resumed_ : nullptr);
  return Status::Ok();
}

WaitingMessages PartitionSet::Waiting() const {
  WaitingMessages waiting{waves_.Waiting(), std::nullopt, registering_};
  const auto is_command = [](const WaitingMessage& one) {
    return std::holds_alternative<std::shared_ptr<const codec::Command>>(one.message.content);
  };
  if (std::ranges::any_of(waiting.messages, is_command)) waiting.origin = origin_;
  return waiting;
}

void PartitionSet::Plan(size_t end) {
  plan_.Clear();
  planned_.clear();
  for (auto& partition : partitions_) partition->next_planned = partition->applied;
  for (size_t i = applied_; i < end; ++i) {
    const uint32_t number = partition_of_[i - begin_];
    if (number == kRejected) {
      plan_.AddRejected();
      planned_.push_back({});
      continue;
    }
    Partition& partition = *partitions_[number];
    const pipeline::Record& record = partition.records[partition.next_planned++];
    plan_.Add(*pipeline::KeyOf(*record.decoded), partition.reach.Next(record));
    planned_.push_back({&record, number});
  }
  for (const PartReach* reach : reaches_) {
    for (const auto& [lead, address] : reach->connections()) plan_.Connect(lead, address);
  }
  plan_.Finish();
}

template <typename Step>
Result<bool> PartitionSet::StepAll(const Step& step) {
  LP_ASSERT(!messages_wait_);
  is_little_ = false;
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->Run(step); }));
  LP_RETURN_IF_ERROR(DeliverSent());
  return std::ranges::any_of(partitions_, &Partition::more);
}

Result<bool> PartitionSet::FireDueTimers(Instant clock) {
  return StepAll([&](pipeline::PartitionRunner* runner) { return runner->FireDueTimers(clock, step_); });
}

Result<bool> PartitionSet::RegisterLeads() {
  // The most steps of a commit: it has several, because a step may be as small as one lead.
  constexpr size_t kMaxSteps = 256;
  bool more = true;
  size_t steps = 0;
  do {
    LP_ASSIGN_OR_RETURN(more, RegisterStep());
  } while (more && !messages_wait_ && ++steps < std::min(kMaxSteps, step_.leads) &&
           epoch_bytes() < step_.changed_bytes);
  return more;
}

Result<bool> PartitionSet::RegisterStep() {
  registering_ = true;
  is_little_ = false;
  // All partitions stop at the same key, so that no lead registers before a smaller one of another partition.
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) -> Status {
    LP_ASSIGN_OR_RETURN(partition->next_to_register, partition->runner.engine().FindNextToRegister(step_));
    return Status::Ok();
  }));
  std::optional<state::EncodedLeadKey> last;
  for (const auto& partition : partitions_) {
    const auto& next = partition->next_to_register;
    if (next && (!last || next->last < *last)) last = next->last;
  }
  if (!last) return false;
  LP_RETURN_IF_ERROR(CutRegistration(&*last));
  return StepAll([&](pipeline::PartitionRunner* runner) -> Result<bool> {
    LP_RETURN_IF_ERROR(runner->Register(*last));
    return true;
  });
}

Status PartitionSet::CutRegistration(state::EncodedLeadKey* last) {
  std::vector<std::pair<state::EncodedLeadKey, LeadKey>> asking;
  for (auto& partition : partitions_) {
    partition->reach.Begin(SIZE_MAX);
    if (partition->next_to_register) MoveAppend(&partition->next_to_register->asking, &asking);
  }
  std::erase_if(asking, [last](const auto& one) { return one.first > *last; });
  std::ranges::sort(asking, {}, [](const auto& one) -> const state::EncodedLeadKey& { return one.first; });
  for (size_t i = 0; i < asking.size(); ++i) reaches_.front()->AddAsked(asking[i].second, i);
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->reach.FindConnections(reaches_); }));
  const size_t first_left = (*std::ranges::min_element(reaches_, {}, &PartReach::first_left))->first_left();
  if (first_left < asking.size()) *last = asking[std::max<size_t>(first_left, 1) - 1].first;
  return Status::Ok();
}

Result<bool> PartitionSet::RollOutDefinitions() {
  registering_ = false;
  return StepAll([&](pipeline::PartitionRunner* runner) { return runner->RollOut(step_); });
}

Status PartitionSet::FlushChanges() {
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(changes_->Append(partition->change_lines));
    partition->change_lines.clear();
  }
  return Status::Ok();
}

size_t PartitionSet::dirty_bytes() const {
  size_t sum = 0;
  for (const auto& partition : partitions_) sum += partition->runner.engine().leads().dirty_bytes();
  return sum;
}

size_t PartitionSet::epoch_bytes() const {
  size_t sum = 0;
  for (const auto& partition : partitions_) sum += partition->runner.engine().leads().epoch_bytes();
  return sum;
}

Status PartitionSet::CollectWrites(state::EpochWrite* write) {
  const auto collect = [](Partition* partition) {
    Status collected = partition->runner.engine().CollectWrites(&partition->write);
    partition->published.MoveTo(&partition->write);
    return collected;
  };
  // Records may have reached many leads.
  is_little_ = is_little_ && dirty_bytes() < kBytesToShare;
  LP_RETURN_IF_ERROR(ForEach(collect));
  for (auto& partition : partitions_) {
    MoveAppend(&partition->write.leads, &write->leads);
    MoveAppend(&partition->write.erasures, &write->erasures);
    MoveAppend(&partition->write.day_counts, &write->day_counts);
    MoveAppend(&partition->write.meta, &write->meta);
  }
  if (messages_wait_ || messages_stored_) {
    write->meta.emplace_back(engine::kRunMessagesName, messages_wait_ ? EncodeWaiting(Waiting()) : std::string());
  }
  messages_stored_ = messages_wait_;
  return Status::Ok();
}

void PartitionSet::EndDurations(Instant now, telemetry::Histogram* event_to_change) {
  for (auto& partition : partitions_) partition->changing.EndAll(now, event_to_change);
}

pipeline::CollectedChanges PartitionSet::TakeCollected() {
  pipeline::CollectedChanges all;
  all.emplace();
  for (auto& partition : partitions_) {
    pipeline::CollectedChanges some = partition->collector.Take();
    if (all && some) MoveAppend(&*some, &*all);
    if (!some) all.reset();
  }
  return all;
}

void PartitionSet::Committed() {
  WorkOnAll([](Partition* partition) { partition->runner.engine().Committed(); });
}

engine::EngineCounters PartitionSet::Counters() const {
  engine::EngineCounters sum;
  for (const auto& partition : partitions_) sum.Add(partition->runner.counters());
  return sum;
}

}  // namespace leadpulse::files
