#include "processor/files/partition_set.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "processor/base/crash_point.h"
#include "processor/pipeline/change_feed.h"
#include "processor/pipeline/published_collector.h"
#include "schemas/codec/output_writer.h"

namespace leadpulse::files {
namespace {

// The limit of changes that wait in memory, for all partitions together: about 20 MB. A batch usually makes fewer; they
// then reach the file in the order of the partitions.
constexpr size_t kMaxChangesHeld = 64 << 10;
constexpr size_t kMinChangesHeld = 256;  // for each partition, for any number of partitions
// Leads are loaded ahead up to a quarter of the bytes that an epoch may change.
constexpr size_t kPartLoaded = 4;
// The records in a part if they send messages to other leads. In a small part, leads are still in the processor's
// caches when the messages arrive. A smaller one would wake the workers too often.
constexpr size_t kRecordsInWaves = 512;
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
        collector(feed, clock),
        published(feed != nullptr),
        runner(partition, store, cache_bytes, definitions, this, owner->waves_.Add(this)) {}

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
  // Appends lines to the file before the call ends, if it makes many changes.
  void OnManyChanges() override {
    if (taken_changes_ >= std::max(kMinChangesHeld, kMaxChangesHeld / owner_->partitions_.size())) AppendEarly();
  }
  void OnApplied(const pipeline::Record& /*record*/, bool /*applied*/) override {}
  void OnRejected(const pipeline::Record& record, const codec::Rejection& rejection) override {
    rejections.push_back({record.index, rejection});
  }

  // ---- What the waves call ----

  Status Prefetch(std::span<const LeadKey* const> keys) override { return runner.engine().Prefetch(keys).status(); }
  Status Apply(const pipeline::Record& record) override { return runner.ApplyOne(record); }
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

  // Fills `reaches` and `reached`.
  void FindReach(size_t end) {
    reaches.clear();
    reached.assign(owner_->partitions_.size(), {});
    reaches_others = false;
    for (const pipeline::Record& record : Before(end)) {
      engine::RecordReach reach = runner.ReachOf(record);
      if (reach.leads.empty() && !reach.changes_others) continue;
      reaches_others = reaches_others || !reach.leads.empty() || reach.is_shared;
      AddReached(pipeline::KeyOf(*record.decoded)->tenant, reach.leads);
      reaches.emplace_back(&record, std::move(reach));
    }
  }

  // Fills `connections`, for leads of this partition that records of all partitions reach.
  Status FindConnections() {
    std::vector<LeadKey> keys;
    for (const auto& partition : owner_->partitions_) MoveAppend(&partition->reached[number_], &keys);
    LP_ASSIGN_OR_RETURN(connections, runner.ConnectionsOf(keys));
    return Status::Ok();
  }

  Status ApplyAlone(size_t end) {
    const std::span<const pipeline::Record> ours = Before(end);
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

  // Returns what `record` reaches; `nothing` if it is not in `reaches`. Call it for the records in their order.
  const engine::RecordReach& NextReach(const pipeline::Record& record, const engine::RecordReach& nothing) {
    const bool is_next = next_reach < reaches.size() && reaches[next_reach].first == &record;
    return is_next ? reaches[next_reach++].second : nothing;
  }

  // Returns the records of the current part: those before the batch's index `end` that are not yet applied.
  std::span<const pipeline::Record> Before(size_t end) const {
    const auto first = records.begin() + static_cast<ptrdiff_t>(applied);
    return {first, std::lower_bound(first, records.end(), end,
                                    [](const pipeline::Record& record, size_t index) { return record.index < index; })};
  }
  void EndPart(size_t end) { applied += Before(end).size(); }

 private:
  void AddReached(const std::string& tenant, const std::vector<std::string>& leads) {
    for (const std::string& lead : leads) {
      LeadKey key{tenant, lead};
      const PartitionId partition = engine::PartitionOf(key, static_cast<uint32_t>(reached.size()));
      reached[partition.value].push_back(std::move(key));
    }
  }

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
  size_t taken_changes_ = 0;  // changes of this call that are not yet in the file
  Status early_status_;       // the last error of AppendEarly

 public:
  pipeline::FeedCollector collector;
  pipeline::PublishedCollector published;
  pipeline::PartitionRunner runner;
  std::vector<pipeline::Record> records;  // this partition's records of the current batch, since the last Load
  size_t applied = 0;                     // how many of `records`, from the first
  size_t loaded_until = 0;                // index into the batch: the leads of all earlier records are loaded
  // What records of the current part reach beyond their leads, in the order of `records`.
  std::vector<std::pair<const pipeline::Record*, engine::RecordReach>> reaches;
  std::vector<std::vector<LeadKey>> reached;  // by partition: the other leads in `reaches`
  std::vector<pipeline::PartitionRunner::Connection> connections;
  size_t next_reach = 0;        // into `reaches`, while the part is planned
  size_t next_planned = 0;      // into `records`, the same
  bool reaches_others = false;  // some record reaches a lead that is not its own
  std::vector<LateRejection> rejections;
  std::string change_lines;
  Status status;
  bool more = false;
  std::optional<state::EncodedLeadKey> next_to_register;  // as PartitionEngine::NextToRegister
  state::EpochWrite write;
};

PartitionSet::PartitionSet(WorkerPool* pool, state::LeadStore* store, size_t cache_bytes,
                           const engine::DefinitionsInForce& definitions, const engine::StepBounds& step,
                           OutputFile* changes, pipeline::ChangeFeed* feed, const Clock* clock)
    : pool_(pool), step_(step), changes_(changes), waves_(pool) {
  const uint32_t count = store->partition_count();
  for (PartitionId i; i.value < count; ++i.value) {
    partitions_.push_back(std::make_unique<Partition>(this, i, store, cache_bytes / count, definitions, feed, clock));
  }
}

PartitionSet::~PartitionSet() = default;

template <typename Work>
Status PartitionSet::ForEach(const Work& work) {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->status = work(partitions_[i].get()); });
  for (const auto& partition : partitions_) LP_RETURN_IF_ERROR(partition->status);
  return Status::Ok();
}

Result<size_t> PartitionSet::Load(const input::Batch& batch, const std::vector<input::Input>& inputs, size_t begin) {
  for (auto& partition : partitions_) {
    partition->records.clear();
    partition->applied = 0;
    partition->loaded_until = batch.decoded.size();
  }
  begin_ = applied_ = begin;
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
  LP_RETURN_IF_ERROR(ForEach(
      [&](Partition* partition) { return partition->Load(std::max<size_t>(1, step_.changed_bytes / kPartLoaded)); }));
  size_t loaded = batch.decoded.size();
  for (auto& partition : partitions_) loaded = std::min(loaded, partition->loaded_until);
  return loaded;
}

Result<std::vector<LateRejection>> PartitionSet::Apply(size_t end) {
  while (applied_ < end) {
    const size_t part_end = reaches_others_ ? std::min(end, applied_ + kRecordsInWaves) : end;
    LP_RETURN_IF_ERROR(ApplyRecords(part_end));
    for (auto& partition : partitions_) partition->EndPart(part_end);
    applied_ = part_end;
  }
  std::vector<LateRejection> rejections;
  for (auto& partition : partitions_) MoveAppend(&partition->rejections, &rejections);
  std::ranges::stable_sort(rejections, {}, &LateRejection::record);
  // A command for all users of an address is one dead letter.
  const auto same = [](const LateRejection& a, const LateRejection& b) { return a.record == b.record; };
  rejections.erase(std::unique(rejections.begin(), rejections.end(), same), rejections.end());
  return rejections;
}

Status PartitionSet::ApplyRecords(size_t end) {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->FindReach(end); });
  reaches_others_ = std::ranges::any_of(partitions_, &Partition::reaches_others);
  if (reaches_others_) {
    LP_RETURN_IF_ERROR(ForEach([](Partition* partition) { return partition->FindConnections(); }));
    Plan(end);
    LP_RETURN_IF_ERROR(waves_.Run(plan_, planned_));
    return ForEach([](Partition* partition) { return partition->PassOnChanges(); });
  }
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) { return partition->ApplyAlone(end); }));
  return DeliverSent();
}

Status PartitionSet::DeliverSent() {
  LP_RETURN_IF_ERROR(waves_.DeliverSent());
  for (auto& partition : partitions_) LP_RETURN_IF_ERROR(partition->PassOnChanges());
  return Status::Ok();
}

void PartitionSet::Plan(size_t end) {
  static const engine::RecordReach kNothing;
  plan_.Clear();
  planned_.clear();
  for (auto& partition : partitions_) {
    partition->next_planned = partition->applied;
    partition->next_reach = 0;
  }
  for (size_t i = applied_; i < end; ++i) {
    const uint32_t number = partition_of_[i - begin_];
    if (number == kRejected) {
      plan_.AddRejected();
      planned_.push_back({});
      continue;
    }
    Partition& partition = *partitions_[number];
    const pipeline::Record& record = partition.records[partition.next_planned++];
    plan_.Add(*pipeline::KeyOf(*record.decoded), partition.NextReach(record, kNothing));
    planned_.push_back({&record, number});
  }
  for (const auto& partition : partitions_) {
    for (const auto& [lead, address] : partition->connections) plan_.Connect(lead, address);
  }
  plan_.Finish();
}

template <typename Step>
Result<bool> PartitionSet::StepAll(const Step& step) {
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
  for (size_t steps = 0; more && steps < std::min(kMaxSteps, step_.leads) && epoch_bytes() < step_.changed_bytes;
       ++steps) {
    LP_ASSIGN_OR_RETURN(more, RegisterStep());
  }
  return more;
}

Result<bool> PartitionSet::RegisterStep() {
  // All partitions stop at the same key, so that no lead registers before a smaller one of another partition.
  LP_RETURN_IF_ERROR(ForEach([&](Partition* partition) -> Status {
    LP_ASSIGN_OR_RETURN(partition->next_to_register, partition->runner.engine().NextToRegister(step_));
    return Status::Ok();
  }));
  std::optional<state::EncodedLeadKey> last;
  for (const auto& partition : partitions_) {
    const auto& next = partition->next_to_register;
    if (next && (!last || *next < *last)) last = next;
  }
  if (!last) return false;
  return StepAll([&](pipeline::PartitionRunner* runner) -> Result<bool> {
    LP_RETURN_IF_ERROR(runner->Register(*last));
    return true;
  });
}

Result<bool> PartitionSet::RollOutDefinitions() {
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

void PartitionSet::CollectWrites(state::EpochWrite* write) {
  pool_->ForEach(partitions_.size(), [&](size_t i) {
    partitions_[i]->runner.engine().CollectWrites(&partitions_[i]->write);
    partitions_[i]->published.MoveTo(&partitions_[i]->write);
  });
  for (auto& partition : partitions_) {
    MoveAppend(&partition->write.leads, &write->leads);
    MoveAppend(&partition->write.erasures, &write->erasures);
    MoveAppend(&partition->write.meta, &write->meta);
  }
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
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->runner.engine().Committed(); });
}

engine::EngineCounters PartitionSet::Counters() const {
  engine::EngineCounters sum;
  for (const auto& partition : partitions_) sum.Add(partition->runner.counters());
  return sum;
}

}  // namespace leadpulse::files
