#include "processor/kafka/live_partition.h"

#include <algorithm>
#include <variant>

#include "processor/base/assert.h"
#include "processor/engine/apply_command.h"
#include "processor/engine/partitioner.h"
#include "processor/kafka/record_identity.h"
#include "processor/telemetry/logging.h"
#include "state/codec/lead_codec.h"

namespace leadpulse::kafka {
namespace {

// The number of records that are decoded, with their leads loaded, before the first is applied.
constexpr size_t kMostPrepared = 256;

uint64_t HashOf(const InputRecord& record) {
  const auto value = record.value.empty() ? std::nullopt : std::optional(record.value);
  return RecordHash(record.offset, record.time_ms, record.key, value);
}

// Stands for a record that is handed on: the runner neither loads its lead nor applies it.
const codec::Decoded kHandedOn = codec::Rejection{codec::Reason::kWrongPartition, ""};

bool IsHandedOn(const pipeline::Record& record) { return record.decoded == &kHandedOn; }

codec::Rejection WrongPartition(PartitionId is, const LeadKey& lead, uint32_t partition_count) {
  return {codec::Reason::kWrongPartition,
          "the record is on partition " + std::to_string(is.value) + "; its lead belongs to partition " +
              std::to_string(engine::PartitionOf(lead, partition_count).value) +
              ". Produce with the key `tenant NUL lead` and the partitioner `murmur2_random`"};
}

}  // namespace

LivePartition::LivePartition(PartitionId partition, RestoredPartition restored, pipeline::Rollout rollout,
                             uint32_t partition_count, size_t cache_bytes, const WorkerOptions& options,
                             const WorkerEnvironment& environment, RecordEncoding* encoding, OutputSink* sink)
    : partition_(partition),
      partition_count_(partition_count),
      options_(options),
      encoding_(encoding),
      sink_(sink),
      collector_(environment.feed, environment.clock),
      published_(environment.feed != nullptr),
      position_(std::move(restored.position)),
      rollout_(std::move(rollout)),
      // With `trusted`, the partition of a lead's address is unknown, so by_email is false (CheckLiveDefinitions).
      runner_(std::make_unique<pipeline::PartitionRunner>(
          partition, environment.store, cache_bytes, rollout_.in_force(), static_cast<pipeline::PartitionSink*>(this),
          options.input_partitioning == InputPartitioning::kTrusted ? nullptr
                                                                    : static_cast<pipeline::Exchange*>(this))),
      topics_(partition, std::move(restored.unwritten), restored.next_delta_offset, options, environment.store,
              encoding->profiles(), environment.clock->Monotonic()),
      touched_(restored.commit_first),
      definitions_changed_(!restored.definitions) {
  position_.BeginCounts();
}

Result<pipeline::Rollout> LoadRollout(const RestoredPartition& restored, WantedDefinitions wanted) {
  engine::StoredDefinitions stored;
  if (restored.definitions) {
    stored = *restored.definitions;
  } else {
    stored.text = wanted.definitions->text;
    stored.origin = std::move(wanted.origin);
  }
  return pipeline::Rollout::Load(std::move(stored), std::move(wanted.definitions));
}

bool LivePartition::BelongsElsewhere(const codec::Decoded& decoded) const {
  const LeadKey* key = pipeline::KeyOf(decoded);
  return key != nullptr && options_.input_partitioning != InputPartitioning::kTrusted &&
         engine::PartitionOf(*key, partition_count_) != partition_;
}

void LivePartition::Check(codec::Decoded* decoded) const {
  const auto* command = std::get_if<codec::Command>(decoded);
  if (command == nullptr) return;
  if (auto rejection = engine::CheckCommand(*command, rollout_.current())) *decoded = std::move(*rejection);
}

Result<size_t> LivePartition::Apply(std::span<const InputRecord> records, Instant latest_time,
                                    const engine::StepBounds& bounds) {
  const uint64_t outputs_before = outputs();
  changing_.Expect(counters().AllChanges());
  size_t applied = 0;
  while (applied < records.size()) {
    // The check comes before its lead is loaded: the record changes nothing, so no commit would release the lead.
    LP_ASSIGN_OR_RETURN(const bool is_last, IsLast(records[applied]));
    if (is_last) {
      ++applied;
      continue;
    }
    const std::span<const InputRecord> batch = NextBatch(records.subspan(applied));
    LP_RETURN_IF_ERROR(CheckOffsets(batch));
    const engine::StepBounds left{bounds.leads, bounds.changed_bytes, bounds.changes - (outputs() - outputs_before)};
    const bool is_exchange = batch.front().topic == InputTopic::kExchange;
    LP_ASSIGN_OR_RETURN(const size_t done,
                        is_exchange ? DeliverBatch(batch, left) : ApplyBatch(batch, latest_time, left));
    for (const InputRecord& record : batch.first(done)) {
      position_.next[record.topic] = record.offset + 1;
      if (record.time_ms > 0) records_begun_.Begin({record.time_ms});
    }
    applied += done;
    epoch_records_ += done;
    touched_ = true;
    if (outputs() - outputs_before >= bounds.changes || bytes() >= bounds.changed_bytes) break;
  }
  NoteLast(records.first(applied));
  return applied;
}

std::span<const InputRecord> LivePartition::NextBatch(std::span<const InputRecord> records) const {
  records = BeforeNextExpected(records);
  const bool is_exchange = records.front().topic == InputTopic::kExchange;
  const auto end = std::ranges::find_if(
      records, [&](const InputRecord& record) { return (record.topic == InputTopic::kExchange) != is_exchange; });
  return records.first(static_cast<size_t>(end - records.begin()));
}

Result<size_t> LivePartition::ApplyBatch(std::span<const InputRecord> records, Instant latest_time,
                                         const engine::StepBounds& bounds) {
  LP_ASSIGN_OR_RETURN(const size_t prepared, Prepare(records, latest_time));
  const auto all = std::span<const pipeline::Record>(prepared_.records).first(prepared);
  const uint64_t outputs_before = outputs();
  size_t applied = 0;
  while (applied < prepared) {
    const auto rest = all.subspan(applied);
    const auto own = static_cast<size_t>(std::ranges::find_if(rest, IsHandedOn) - rest.begin());
    if (own == 0) {
      HandOn(prepared_.decoded[applied], rest.front());
      ++applied;
    } else {
      const uint64_t changes_left = bounds.changes - (outputs() - outputs_before);
      LP_ASSIGN_OR_RETURN(const size_t done,
                          runner_->Apply(rest.first(own), {bounds.leads, bounds.changed_bytes, changes_left}));
      applied += done;
    }
    if (outputs() - outputs_before >= bounds.changes || bytes() >= bounds.changed_bytes) break;
  }
  return applied;
}

Status LivePartition::CheckOffsets(std::span<const InputRecord> records) const {
  InputOffsets next = position_.next;
  for (const InputRecord& record : records) {
    if (record.offset < next[record.topic]) {
      return Status::Fatal(
          "offset " + std::to_string(record.offset) + " of partition " + std::to_string(partition_.value) +
          " was delivered after " + std::to_string(next[record.topic] - 1) +
          ": stopped, so that it does not count twice. Start again; it goes on from what is committed.");
    }
    next[record.topic] = record.offset + 1;
  }
  return Status::Ok();
}

Result<size_t> LivePartition::Prepare(std::span<const InputRecord> records, Instant latest_time) {
  const codec::DecodeLimits limits{latest_time};
  const bool hands_on = options_.input_partitioning == InputPartitioning::kAny;
  prepared_.records.clear();
  originals_.clear();
  prepared_.decoded.resize(records.size());  // keeps the memory of the batch before
  for (size_t i = 0; i < records.size(); ++i) {
    const InputFormat format = encoding_->FormatOf(records[i].topic);
    originals_.push_back({records[i].key, records[i].value, format});
    codec::Decoded& decoded = prepared_.decoded[i];
    encoding_->decoder(records[i].topic, format)->DecodeInto(records[i].value, limits, &decoded);
    const bool belongs_elsewhere = BelongsElsewhere(decoded);
    const bool is_handed_on = hands_on && belongs_elsewhere;
    if (!is_handed_on) Check(&decoded);
    if (belongs_elsewhere && !is_handed_on && !std::holds_alternative<codec::Rejection>(decoded)) {
      decoded = WrongPartition(partition_, *pipeline::KeyOf(decoded), partition_count_);
    }
    prepared_.records.push_back({.decoded = is_handed_on ? &kHandedOn : &decoded,
                                 .clock = position_.clock,
                                 .topic = &options_.input_topics[records[i].topic],
                                 .partition = static_cast<int32_t>(partition_.value),
                                 .offset = records[i].offset,
                                 .index = i});
  }
  return runner_->Load(prepared_.records, options_.max_epoch_bytes / 4);
}

LookBack LivePartition::BeginReading() {
  expected_ = position_.last_hashes;
  return {expected_[0].has_value(), expected_[1].has_value(), expected_[2].has_value()};
}

Result<bool> LivePartition::IsLast(const InputRecord& record) {
  const std::optional<uint64_t> expected = std::exchange(expected_[record.topic], std::optional<uint64_t>());
  const int64_t last = position_.next[record.topic] - 1;
  if (!expected || record.offset > last) return false;  // or retention has deleted it
  if (record.offset == last && HashOf(record) == *expected) return true;
  return CreatedAgain(options_.PlaceName(record.topic, partition_),
                      "has another record at offset " + std::to_string(record.offset) + " than the one that was read",
                      record.topic);
}

std::span<const InputRecord> LivePartition::BeforeNextExpected(std::span<const InputRecord> records) const {
  records = records.first(std::min(kMostPrepared, records.size()));
  const auto end =
      std::ranges::find_if(records, [this](const InputRecord& record) { return expected_[record.topic].has_value(); });
  return records.first(static_cast<size_t>(end - records.begin()));
}

void LivePartition::NoteLast(std::span<const InputRecord> applied) {
  for (const InputTopic topic : kInputTopics) {
    const auto last = std::find_if(applied.rbegin(), applied.rend(),
                                   [topic](const InputRecord& record) { return record.topic == topic; });
    if (last != applied.rend()) position_.last_hashes[topic] = HashOf(*last);
  }
}

void LivePartition::OnApplied(const pipeline::Record& record, bool applied) {
  const Instant happened =
      std::min(pipeline::TimeOf(*record.decoded), position_.clock);  // a sender's clock may be ahead
  newest_ = std::max(newest_, happened);
  changing_.Note(*record.decoded, counters().AllChanges());
  CountsOf(pipeline::KeyOf(*record.decoded)->tenant).records += applied ? 1 : 0;
}

TenantCounts& LivePartition::CountsOf(const std::string& tenant) {
  if (latest_tenant_ == nullptr || latest_tenant_->first != tenant) {
    latest_tenant_ = &*tenants_.try_emplace(tenant).first;
  }
  return latest_tenant_->second;
}

void LivePartition::OnRejected(const pipeline::Record& record, const codec::Rejection& rejection) {
  ++dead_letters_[static_cast<size_t>(rejection.reason)];
  // The log has no detail, which may quote the record.
  if (telemetry::IsDebugLogged()) {
    telemetry::LogDebug(
        "partition " + std::to_string(partition_.value) + ": offset " + std::to_string(record.offset) + " of " +
            *record.topic + " is a dead letter, " + std::string(codec::ReasonName(rejection.reason)),
        {telemetry::PartitionField(partition_), telemetry::TopicField(*record.topic),
         telemetry::OffsetField(record.offset), telemetry::ErrorField(codec::ReasonName(rejection.reason))});
  }
  if (*record.topic == options_.input_topics[InputTopic::kCommands]) {
    refused_commands_.push_back({PartitionId{static_cast<uint32_t>(record.partition)}, record.offset,
                                 std::string(codec::ReasonName(rejection.reason)), rejection.detail});
  }
  const auto& [key, value, format] = originals_[record.index];
  new_dead_letters_.push_back(encoding_->EncodeDeadLetter(
      pipeline::MakeDeadLetter({*record.topic, record.partition, record.offset, record.line}, rejection, value,
                               value.size(), options_.dead_letter_payload),
      key));
}

void LivePartition::OnChanges(const engine::ChangeList& changes) {
  touched_ = true;
  collector_.Add(changes);
  published_.Add(changes);
  encoding_->EncodeChanges(changes, &changes_);
  for (const codec::Change& change : changes) ++CountsOf(change.key.tenant).changes;
}

void LivePartition::OnManyChanges() {
  std::vector<OutputRecord> records;
  TakeOutput(&records);
  sink_->Publish(&records);
}

Status LivePartition::WantDefinitions(const WantedDefinitions& wanted) {
  LP_ASSERT(!touched() && !rolling_out());
  // An earlier owner of the partition may have read more of the topic.
  const std::optional<engine::DefinitionsOrigin>& origin = rollout_.stored().origin;
  if (wanted.origin && origin && engine::WasPublishedBefore(*wanted.origin, *origin)) {
    return RollOutTo(rollout_.in_force().current);
  }
  if (rollout_.SetOrigin(wanted.origin)) definitions_changed_ = touched_ = true;
  return RollOutTo(wanted.definitions);
}

Status LivePartition::RollOutTo(const std::shared_ptr<const config::Definitions>& wanted) {
  if (!rollout_.IsNeededFor(*wanted)) return Status::Ok();
  LP_RETURN_IF_ERROR(rollout_.Begin(wanted, position_.clock));
  definitions_changed_ = touched_ = true;
  runner_->Use(rollout_.in_force());
  return Status::Ok();
}

Status LivePartition::RollOut(const engine::StepBounds& bounds) {
  LP_ASSERT(rolling_out());
  LP_ASSIGN_OR_RETURN(bool more, runner_->RollOut(bounds));
  if (more) return Status::Ok();
  // The change is committed with the last leads.
  runner_->engine().EndRollout();
  definitions_changed_ = touched_ = true;
  return rollout_.End();
}

void LivePartition::TakeOutput(std::vector<OutputRecord>* records) {
  runner_->PassOnChanges();
  message_bytes_ = 0;
  for (std::vector<OutputRecord>* encoded : {&changes_, &new_dead_letters_, &messages_}) {
    std::move(encoded->begin(), encoded->end(), std::back_inserter(*records));
    encoded->clear();
  }
}

Status LivePartition::EndEpoch(LeadTopics::Time now, const LeadTopics::Due& due, std::vector<OutputRecord>* records) {
  TakeOutput(records);
  ++position_.epoch;
  position_.definitions_number = rollout_.stored().number;
  position_.engine_version = std::max(rollout_.stored().engine_version, engine::kDeltasVersion);
  engine::PartitionEngine& engine = runner_->engine();
  LP_RETURN_IF_ERROR(engine.CollectWrites(&write_, position_.epoch));
  LP_RETURN_IF_ERROR(topics_.End({&engine, &write_, definitions_changed_ ? &rollout_.stored() : nullptr, &position_},
                                 now, due, records));
  published_.MoveTo(&write_);
  return Status::Ok();
}

state::EpochWrite LivePartition::CollectWrite(int64_t next_delta_offset, Instant now) {
  topics_.Committed(next_delta_offset);
  state::EpochWrite write = std::exchange(write_, {});
  engine::AppendLocalPosition(partition_, {position_, next_delta_offset, now}, &write);
  if (definitions_changed_) engine::AppendLocalDefinitions(partition_, rollout_.stored(), &write);
  return write;
}

void LivePartition::EndDurations(Instant now, pipeline::ApplyMetrics* metrics) {
  records_begun_.EndAll(now, &metrics->record_to_commit);
  changing_.EndAll(now, &metrics->event_to_change);
}

void LivePartition::Committed() {
  runner_->engine().Committed();
  runner_->ResetCounters();
  touched_ = definitions_changed_ = false;
  epoch_records_ = messages_sent_ = messages_received_ = 0;
  dead_letters_ = {};
  handed_on_ = {};
  tenants_.clear();
  latest_tenant_ = nullptr;
  refused_commands_.clear();
}

}  // namespace leadpulse::kafka
