#include "processor/embedded/partition_set.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "processor/base/crash_point.h"
#include "schemas/codec/record_writer.h"

namespace leadpulse::embedded {
namespace {

// Changes that wait in memory, of all partitions together: about 20 MB of them. A batch makes fewer as a rule, and then
// they reach the file in the order of the partitions.
constexpr size_t kMaxChangesHeld = 64 << 10;
constexpr size_t kMinChangesHeld = 256;  // of a partition, where there are many
// Leads are loaded ahead up to one part in four of the bytes that an epoch may change.
constexpr size_t kPartLoaded = 4;

const LeadKey* KeyOf(const codec::Decoded& decoded) {
  if (const auto* event = std::get_if<codec::Event>(&decoded)) return &event->key;
  if (const auto* command = std::get_if<codec::Command>(&decoded)) return &command->key;
  return nullptr;
}

template <typename T>
void MoveAppend(std::vector<T>* from, std::vector<T>* to) {
  to->insert(to->end(), std::make_move_iterator(from->begin()), std::make_move_iterator(from->end()));
  from->clear();
}

}  // namespace

PartitionSet::PartitionSet(WorkerPool* pool, state::LeadStore* store, size_t cache_bytes,
                           const engine::DefinitionsInForce& definitions, const engine::StepBounds& step,
                           OutputFile* changes)
    : pool_(pool), step_(step), changes_(changes) {
  uint32_t count = store->partition_count();
  for (uint32_t i = 0; i < count; ++i) {
    auto partition = std::make_unique<Partition>();
    partition->engine =
        std::make_unique<engine::PartitionEngine>(PartitionId{i}, store, cache_bytes / count, definitions);
    partition->output.max_changes = engine::kChangesInCache;
    partition->output.take_changes = [this, owner = partition.get()] { TakeChanges(owner); };
    partitions_.push_back(std::move(partition));
  }
}

Result<size_t> PartitionSet::Load(const input::Batch& batch, size_t begin) {
  for (auto& partition : partitions_) partition->records.clear();
  for (size_t i = begin; i < batch.decoded.size(); ++i) {
    const input::DecodedRecord& decoded = batch.decoded[i];
    if (KeyOf(decoded.result) != nullptr) partitions_[decoded.partition.value]->records.push_back(i);
  }
  pool_->ForEach(partitions_.size(),
                 [&](size_t i) { partitions_[i]->status = LoadLeads(batch, partitions_[i].get()); });
  size_t loaded = batch.decoded.size();
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(partition->status);
    loaded = std::min(loaded, partition->loaded_until);
  }
  return loaded;
}

Result<std::vector<LateRejection>> PartitionSet::Apply(const input::Batch& batch, size_t end,
                                                       const std::vector<input::Input>& inputs) {
  pool_->ForEach(partitions_.size(), [&](size_t i) {
    Partition* partition = partitions_[i].get();
    partition->rejections.clear();
    partition->status = ApplyRecords(batch, end, inputs, partition);
    WriteChangeLines(partition);
    partition->taken_changes = 0;
  });
  std::vector<LateRejection> rejections;
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(partition->status);
    LP_RETURN_IF_ERROR(partition->early_status);
    MoveAppend(&partition->rejections, &rejections);
  }
  std::sort(rejections.begin(), rejections.end(),
            [](const LateRejection& a, const LateRejection& b) { return a.record < b.record; });
  return rejections;
}

Status PartitionSet::ApplyRecords(const input::Batch& batch, size_t end, const std::vector<input::Input>& inputs,
                                  Partition* partition) {
  codec::SourcePosition source;
  size_t applied = 0;
  for (size_t i : partition->records) {
    if (i >= end) break;
    if (++applied == partition->records.size() / 2) CrashPoint("mid_batch");
    const input::RawRecord& raw = batch.records[i];
    const input::DecodedRecord& decoded = batch.decoded[i];
    if (source.topic != inputs[raw.input].path) source.topic = inputs[raw.input].path;
    source.offset = static_cast<int64_t>(raw.offset);
    source.line = raw.line;
    const auto* event = std::get_if<codec::Event>(&decoded.result);
    Result<std::optional<codec::Rejection>> rejection =
        event != nullptr ? partition->engine->Apply(*event, decoded.clock, source, &partition->output)
                         : partition->engine->Apply(std::get<codec::Command>(decoded.result), decoded.clock, source,
                                                    &partition->output);
    if (!rejection.ok()) return rejection.status();
    if (rejection->has_value()) partition->rejections.push_back({i, std::move(**rejection)});
  }
  return Status::Ok();
}

Status PartitionSet::LoadLeads(const input::Batch& batch, Partition* partition) const {
  partition->loaded_until = batch.decoded.size();
  if (partition->records.empty()) return Status::Ok();
  std::vector<const LeadKey*> keys;
  keys.reserve(partition->records.size());
  for (size_t i : partition->records) keys.push_back(KeyOf(batch.decoded[i].result));
  Result<size_t> loaded = partition->engine->Prefetch(keys, step_.changed_bytes / kPartLoaded);
  if (!loaded.ok()) return loaded.status();
  if (*loaded < keys.size()) partition->loaded_until = partition->records[*loaded];
  return Status::Ok();
}

void PartitionSet::WriteChangeLines(Partition* partition) {
  for (const codec::Change& change : partition->output.changes) {
    codec::AppendChangeJson(change, &partition->change_lines);
  }
  partition->output.changes.clear();
}

void PartitionSet::TakeChanges(Partition* partition) {
  partition->taken_changes += partition->output.changes.size();
  WriteChangeLines(partition);
  if (partition->taken_changes >= std::max(kMinChangesHeld, kMaxChangesHeld / partitions_.size())) {
    AppendEarly(partition);
  }
}

void PartitionSet::AppendEarly(Partition* partition) {
  partition->taken_changes = 0;
  std::lock_guard lock(changes_mutex_);
  Status appended = changes_->Append(partition->change_lines);
  if (!appended.ok()) partition->early_status = std::move(appended);
  partition->change_lines.clear();
}

template <typename Step>
Result<bool> PartitionSet::StepAll(const Step& step) {
  pool_->ForEach(partitions_.size(), [&](size_t i) {
    Partition* partition = partitions_[i].get();
    Result<bool> more = step(partition);
    partition->status = more.status();
    partition->more = more.ok() && *more;
    WriteChangeLines(partition);
    partition->taken_changes = 0;
  });
  bool any = false;
  for (auto& partition : partitions_) {
    LP_RETURN_IF_ERROR(partition->status);
    LP_RETURN_IF_ERROR(partition->early_status);
    any = any || partition->more;
  }
  return any;
}

Result<bool> PartitionSet::FireDue(Instant clock) {
  return StepAll([&](Partition* partition) { return partition->engine->FireDue(clock, step_, &partition->output); });
}

Result<bool> PartitionSet::AdoptDefinitions() {
  return StepAll([&](Partition* partition) { return partition->engine->AdoptDefinitions(step_, &partition->output); });
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
  for (const auto& partition : partitions_) sum += partition->engine->dirty_bytes();
  return sum;
}

size_t PartitionSet::epoch_bytes() const {
  size_t sum = 0;
  for (const auto& partition : partitions_) sum += partition->engine->epoch_bytes();
  return sum;
}

void PartitionSet::CollectWrites(state::EpochWrite* write) {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->engine->CollectWrites(&partitions_[i]->write); });
  for (auto& partition : partitions_) {
    MoveAppend(&partition->write.leads, &write->leads);
    MoveAppend(&partition->write.erasures, &write->erasures);
    MoveAppend(&partition->write.meta, &write->meta);
  }
}

void PartitionSet::Committed() {
  pool_->ForEach(partitions_.size(), [&](size_t i) { partitions_[i]->engine->Committed(); });
}

engine::EngineCounters PartitionSet::Counters() const {
  engine::EngineCounters sum;
  for (const auto& partition : partitions_) sum.Add(partition->output.counters);
  return sum;
}

}  // namespace leadpulse::embedded
