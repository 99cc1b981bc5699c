#include "processor/files/partition_set.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <span>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/base/crash_point.h"
#include "schemas/codec/record_writer.h"

namespace leadpulse::files {
namespace {

// Limit of changes that wait in memory, for all partitions together: about 20 MB. A batch usually makes fewer; they
// then reach the file in the order of the partitions.
constexpr size_t kMaxChangesHeld = 64 << 10;
constexpr size_t kMinChangesHeld = 256;  // for each partition, however many there are
// Leads are loaded ahead up to a quarter of the bytes that an epoch may change.
constexpr size_t kPartLoaded = 4;

template <typename T>
void MoveAppend(std::vector<T>* from, std::vector<T>* to) {
  to->insert(to->end(), std::make_move_iterator(from->begin()), std::make_move_iterator(from->end()));
  from->clear();
}

}  // namespace

// One partition: its runner, the records to apply, and their output.
class PartitionSet::Partition : public pipeline::PartitionSink {
 public:
  Partition(PartitionSet* owner, PartitionId partition, state::LeadStore* store, size_t cache_bytes,
            const engine::DefinitionsInForce& definitions)
      : owner_(owner), runner(partition, store, cache_bytes, definitions, this) {}

  // ---- What the runner calls, on a worker's thread ----

  void OnChanges(std::span<const codec::Change> changes) override {
    for (const codec::Change& change : changes) codec::AppendChangeJson(change, &change_lines);
    taken_changes_ += changes.size();
  }
  // If a call makes many changes, their lines go to the file before it ends.
  void OnManyChanges() override {
    if (taken_changes_ >= std::max(kMinChangesHeld, kMaxChangesHeld / owner_->partitions_.size())) AppendEarly();
  }
  void OnApplied(const pipeline::Record& /*record*/, bool /*applied*/) override {}
  void OnRejected(const pipeline::Record& record, const codec::Rejection& rejection) override {
    rejections.push_back({record.index, rejection});
  }

  // ---- Steps: one call of the runner each ----

  Status Load(size_t max_bytes) {
    taken_changes_ = 0;
    LP_ASSIGN_OR_RETURN(const size_t loaded, runner.Load(records, max_bytes));
    if (loaded < records.size()) loaded_until = records[loaded].index;
    return Status::Ok();
  }

  Status Apply(size_t end) {
    taken_changes_ = 0;
    rejections.clear();
    const auto behind = std::ranges::lower_bound(records, end, {}, &pipeline::Record::index);
    const std::span<const pipeline::Record> ours(records.begin(), behind);
    // Two calls, for the crash test.
    const auto first = ours.first(std::min(ours.size(), records.size() / 2));
    LP_RETURN_IF_ERROR(runner.Apply(first, kAll).status());
    if (!first.empty()) CrashPoint("mid_batch");
    LP_RETURN_IF_ERROR(runner.Apply(ours.subspan(first.size()), kAll).status());
    runner.PassOnChanges();
    return early_status_;
  }

  template <typename Step>
  Status Run(const Step& step) {
    taken_changes_ = 0;
    Result<bool> stepped = step(&runner);
    more = stepped.ok() && *stepped;
    runner.PassOnChanges();
    return stepped.ok() ? early_status_ : stepped.status();
  }

 private:
  static constexpr engine::StepBounds kAll = {.changed_bytes = std::numeric_limits<size_t>::max()};

  // Called by several threads at once.
  void AppendEarly() {
    taken_changes_ = 0;
    std::lock_guard lock(owner_->changes_mutex_);
    Status appended = owner_->changes_->Append(change_lines);
    if (!appended.ok()) early_status_ = std::move(appended);
    change_lines.clear();
  }

  PartitionSet* const owner_;
  size_t taken_changes_ = 0;  // changes of this call that are not yet in the file
  Status early_status_;       // the last error of AppendEarly

 public:
  pipeline::PartitionRunner runner;
  std::vector<pipeline::Record> records;  // this partition's records of the current batch that are not yet applied
  size_t loaded_until = 0;                // index into the batch: the leads of all earlier records are loaded
  std::vector<LateRejection> rejections;
  std::string change_lines;
  Status status;
  bool more = false;
  state::EpochWrite write;
};

PartitionSet::PartitionSet(WorkerPool* pool, state::LeadStore* store, size_t cache_bytes,
                           const engine::DefinitionsInForce& definitions, const engine::StepBounds& step,
                           OutputFile* changes)
    : pool_(pool), step_(step), changes_(changes) {
  const uint32_t count = store->partition_count();
  for (PartitionId i; i.value < count; ++i.value) {
    partitions_.push_back(std::make_unique<Partition>(this, i, store, cache_bytes / count, definitions));
  }
}

PartitionSet::~PartitionSet() = default;

Result<size_t> PartitionSet::Load(const input::Batch& batch, const std::vector<input::Input>& inputs, size_t begin) {
  for (auto& partition : partitions_) {
    partition->records.clear();
    partition->loaded_until = batch.decoded.size();
  }
  for (size_t i = begin; i < batch.decoded.size(); ++i) {
    const input::DecodedRecord& decoded = batch.decoded[i];
    if (pipeline::KeyOf(decoded.result) == nullptr) continue;
    const input::RawRecord& raw = batch.records[i];
    partitions_[decoded.partition.value]->records.push_back({.decoded = &decoded.result,
                                                             .clock = decoded.clock,
                                                             .topic = &inputs[raw.input].path,
                                                             .offset = static_cast<int64_t>(raw.offset),
                                                             .line = raw.line,
                                                             .index = i});
  }
  pool_->ForEach(partitions_.size(),
                 [&](size_t i) { partitions_[i]->status = partitions_[i]->Load(step_.changed_bytes / kPartLoaded); });
  size_t loaded = batch.decoded.size();
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(partition->status);
    loaded = std::min(loaded, partition->loaded_until);
  }
  return loaded;
}

Result<std::vector<LateRejection>> PartitionSet::Apply(size_t end) {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->status = partitions_[i]->Apply(end); });
  std::vector<LateRejection> rejections;
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(partition->status);
    MoveAppend(&partition->rejections, &rejections);
  }
  std::ranges::sort(rejections, {}, &LateRejection::record);
  return rejections;
}

template <typename Step>
Result<bool> PartitionSet::StepAll(const Step& step) {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->status = partitions_[i]->Run(step); });
  bool any = false;
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(partition->status);
    any = any || partition->more;
  }
  return any;
}

Result<bool> PartitionSet::FireDueTimers(Instant clock) {
  return StepAll([&](pipeline::PartitionRunner* runner) { return runner->FireDueTimers(clock, step_); });
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
  for (const auto& partition : partitions_) sum += partition->runner.changed_bytes();
  return sum;
}

size_t PartitionSet::epoch_bytes() const {
  size_t sum = 0;
  for (const auto& partition : partitions_) sum += partition->runner.bytes();
  return sum;
}

void PartitionSet::CollectWrites(state::EpochWrite* write) {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->runner.CollectWrites(&partitions_[i]->write); });
  for (auto& partition : partitions_) {
    MoveAppend(&partition->write.leads, &write->leads);
    MoveAppend(&partition->write.erasures, &write->erasures);
    MoveAppend(&partition->write.meta, &write->meta);
  }
}

void PartitionSet::Committed() {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->runner.Committed(); });
}

engine::EngineCounters PartitionSet::Counters() const {
  engine::EngineCounters sum;
  for (const auto& partition : partitions_) sum.Add(partition->runner.counters());
  return sum;
}

}  // namespace leadpulse::files
