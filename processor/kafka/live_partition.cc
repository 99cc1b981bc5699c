#include "processor/kafka/live_partition.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "processor/base/assert.h"
#include "processor/engine/lead_record.h"
#include "processor/engine/partitioner.h"
#include "processor/engine/record_check.h"
#include "processor/kafka/record_identity.h"
#include "processor/telemetry/logging.h"

namespace leadpulse::kafka {
namespace {

const LeadKey* KeyOf(const codec::Decoded& decoded) {
  if (const auto* event = std::get_if<codec::Event>(&decoded)) return &event->key;
  if (const auto* command = std::get_if<codec::Command>(&decoded)) return &command->key;
  return nullptr;
}

Instant TimeOf(const codec::Decoded& decoded) {
  const auto* event = std::get_if<codec::Event>(&decoded);
  return event != nullptr ? event->occurred_at : std::get<codec::Command>(decoded).issued_at;
}

// Records that are decoded, and whose leads are loaded, before the first of them is applied.
constexpr size_t kMostPrepared = 256;

uint64_t Applied(const engine::EngineCounters& counters) { return counters.events + counters.commands; }

uint64_t HashOf(const InputRecord& record) {
  const auto value = record.value.empty() ? std::nullopt : std::optional(record.value);
  return RecordHash(record.offset, record.time_ms, record.key, value);
}

codec::Rejection WrongPartition(PartitionId is, PartitionId should_be) {
  return {codec::Reason::kWrongPartition,
          "the record is on partition " + std::to_string(is.value) + "; its lead belongs to partition " +
              std::to_string(should_be.value) +
              ". Produce with the key `tenant NUL lead` and the partitioner `murmur2_random`"};
}

}  // namespace

LivePartition::LivePartition(PartitionId partition, uint32_t partition_count, size_t cache_bytes,
                             const WorkerOptions& options, state::LeadStore* store, RecordEncoding* encoding,
                             OutputSink* sink)
    : partition_(partition),
      partition_count_(partition_count),
      cache_bytes_(cache_bytes),
      options_(options),
      store_(store),
      encoding_(encoding),
      sink_(sink) {
  output_.max_changes = engine::kChangesInCache;
  output_.take_changes = [this] {
    std::vector<OutputRecord> records;
    TakeOutput(&records);
    sink_->Publish(&records);
  };
}

Result<std::unique_ptr<LivePartition>> LivePartition::Make(PartitionId partition, RestoredPartition restored,
                                                           WantedDefinitions wanted, uint32_t partition_count,
                                                           size_t cache_bytes, const WorkerOptions& options,
                                                           state::LeadStore* store, RecordEncoding* encoding,
                                                           OutputSink* sink) {
  std::unique_ptr<LivePartition> made(
      new LivePartition(partition, partition_count, cache_bytes, options, store, encoding, sink));
  made->position_ = std::move(restored.position);
  made->touched_ = restored.commit_first;
  if (restored.definitions) {
    made->kept_ = std::move(*restored.definitions);
  } else {
    made->kept_.text = wanted.definitions->text;
    made->kept_.origin = std::move(wanted.origin);
    made->definitions_changed_ = true;
  }
  LP_RETURN_IF_ERROR(made->MakeEngine(std::move(wanted.definitions)));
  return made;
}

Status LivePartition::MakeEngine(std::shared_ptr<const config::Definitions> wanted) {
  Result<engine::DefinitionsInForce> loaded =
      engine::LoadKeptDefinitions(kept_, {std::move(wanted), definitions_.current, definitions_.previous});
  if (!loaded.ok()) return loaded.status();
  definitions_ = std::move(*loaded);
  engine_ = std::make_unique<engine::PartitionEngine>(partition_, store_, cache_bytes_, definitions_);
  return Status::Ok();
}

codec::Decoded LivePartition::Decode(const InputRecord& record, const codec::DecodeLimits& limits) const {
  codec::Decoded decoded = encoding_->decoder(record.topic)->Decode(record.value, limits);
  if (const auto* command = std::get_if<codec::Command>(&decoded)) {
    if (auto rejection = engine::CheckCommand(*command, *definitions_.current)) return std::move(*rejection);
  }
  const LeadKey* key = KeyOf(decoded);
  if (key == nullptr || options_.input_partitioning == InputPartitioning::kTrusted) return decoded;
  const PartitionId should_be = engine::PartitionOf(*key, partition_count_);
  if (should_be != partition_) return WrongPartition(partition_, should_be);
  return decoded;
}

Result<size_t> LivePartition::Apply(std::span<const InputRecord> records, Instant latest_time,
                                    const engine::StepBounds& bounds) {
  const engine::ChangeLimit change_limit(output_, bounds.changes);
  codec::SourcePosition source;
  size_t applied = 0;
  bool full = false;
  while (!full && applied < records.size()) {
    // Before its lead is loaded, for it makes nothing that a commit would follow.
    const Result<bool> is_last = IsLast(records[applied]);
    if (!is_last.ok()) return is_last.status();
    if (*is_last) {
      ++applied;
      continue;
    }
    Result<std::vector<codec::Decoded>> decoded =
        Prepare(BeforeNextExpected(records.subspan(applied)), latest_time, options_.max_epoch_bytes / 4);
    if (!decoded.ok()) return decoded.status();
    for (codec::Decoded& one : *decoded) {
      LP_RETURN_IF_ERROR(ApplyOne(records[applied++], &one, &source));
      full = change_limit.reached() || bytes() >= bounds.changed_bytes;
      if (full) break;
    }
  }
  NoteLast(records.first(applied));
  return applied;
}

Result<std::vector<codec::Decoded>> LivePartition::Prepare(std::span<const InputRecord> records, Instant latest_time,
                                                           size_t max_bytes) {
  const codec::DecodeLimits limits{latest_time};
  std::vector<codec::Decoded> decoded;
  decoded.reserve(records.size());
  std::vector<const LeadKey*> keys;
  for (const InputRecord& record : records) decoded.push_back(Decode(record, limits));
  for (const codec::Decoded& one : decoded) {
    if (const LeadKey* key = KeyOf(one)) keys.push_back(key);
  }
  if (keys.empty()) return decoded;
  const Result<size_t> loaded = engine_->Prefetch(keys, max_bytes);
  if (!loaded.ok()) return loaded.status();
  // Those behind are prepared once these are applied.
  if (*loaded > 0 && *loaded < keys.size()) {
    const auto first_left = std::ranges::find(decoded, keys[*loaded], [](const auto& one) { return KeyOf(one); });
    decoded.erase(first_left, decoded.end());
  }
  return decoded;
}

LookBack LivePartition::BeginReading() {
  expected_ = position_.last_hashes;
  return {expected_[0].has_value(), expected_[1].has_value()};
}

Result<bool> LivePartition::IsLast(const InputRecord& record) {
  const std::optional<uint64_t> expected =
      std::exchange(expected_[static_cast<size_t>(record.topic)], std::optional<uint64_t>());
  const int64_t last = position_.next[record.topic] - 1;
  if (!expected || record.offset > last) return false;  // or retention has deleted it
  if (record.offset == last && HashOf(record) == *expected) return true;
  return CreatedAgain(
      options_.input_topics[static_cast<size_t>(record.topic)] + " [" + std::to_string(partition_.value) + "]",
      "has another record at offset " + std::to_string(record.offset) + " than the one that was read");
}

std::span<const InputRecord> LivePartition::BeforeNextExpected(std::span<const InputRecord> records) const {
  records = records.first(std::min(kMostPrepared, records.size()));
  const auto end = std::ranges::find_if(
      records, [this](const InputRecord& record) { return expected_[static_cast<size_t>(record.topic)].has_value(); });
  return records.first(static_cast<size_t>(end - records.begin()));
}

void LivePartition::NoteLast(std::span<const InputRecord> applied) {
  for (const InputTopic topic : {InputTopic::kEvents, InputTopic::kCommands}) {
    const auto last = std::find_if(applied.rbegin(), applied.rend(),
                                   [topic](const InputRecord& record) { return record.topic == topic; });
    if (last != applied.rend()) position_.last_hashes[static_cast<size_t>(topic)] = HashOf(*last);
  }
}

Status LivePartition::ApplyOne(const InputRecord& record, codec::Decoded* decoded, codec::SourcePosition* source) {
  int64_t& next = position_.next[record.topic];
  if (record.offset < next) {
    return Status::Fatal("offset " + std::to_string(record.offset) + " of partition " +
                         std::to_string(partition_.value) + " was delivered after " + std::to_string(next - 1) +
                         ": stopped, so that it does not count twice. Start again; it goes on from what is committed.");
  }
  next = record.offset + 1;
  touched_ = true;
  ++epoch_records_;
  const std::string& topic = options_.input_topics[static_cast<size_t>(record.topic)];
  if (source->topic != topic) source->topic = topic;
  source->partition = static_cast<int32_t>(partition_.value);
  source->offset = record.offset;
  if (const auto* rejection = std::get_if<codec::Rejection>(decoded)) {
    Reject(record, *source, *rejection);
    return Status::Ok();
  }
  const uint64_t applied_before = Applied(output_.counters);
  const auto* event = std::get_if<codec::Event>(decoded);
  Result<std::optional<codec::Rejection>> rejected =
      event != nullptr ? engine_->Apply(*event, position_.clock, *source, &output_)
                       : engine_->Apply(std::get<codec::Command>(*decoded), position_.clock, *source, &output_);
  if (!rejected.ok()) return rejected.status();
  if (rejected->has_value()) {
    Reject(record, *source, **rejected);
  } else {
    CountRecord(*decoded, Applied(output_.counters) > applied_before);
  }
  return Status::Ok();
}

// Not `applied`: the lead had it already, or has left it behind.
void LivePartition::CountRecord(const codec::Decoded& decoded, bool applied) {
  const Instant happened = std::min(TimeOf(decoded), position_.clock);  // a sender's clock may be ahead
  newest_ = std::max(newest_, happened);
  tenants_[KeyOf(decoded)->tenant].records += applied ? 1 : 0;
}

void LivePartition::Reject(const InputRecord& record, const codec::SourcePosition& source,
                           const codec::Rejection& rejection) {
  ++dead_letters_;
  // Without the detail: it may hold what was sent.
  if (telemetry::IsDebugLogged()) {
    telemetry::LogDebug("partition " + std::to_string(partition_.value) + ": offset " + std::to_string(source.offset) +
                        " of " + source.topic + " is a dead letter, " +
                        std::string(codec::ReasonName(rejection.reason)));
  }
  codec::DeadLetter letter{source, rejection.reason, rejection.detail, {}, std::nullopt};
  if (options_.dead_letter_payload) letter.payload = record.value;
  if (rejection.reason == codec::Reason::kTooLarge) {
    letter.payload.resize(std::min(letter.payload.size(), codec::kDeadLetterPrefix));
    letter.full_size = record.value.size();
  }
  waiting_.push_back(encoding_->EncodeDeadLetter(std::move(letter), record.key));
}

Status LivePartition::WantDefinitions(const WantedDefinitions& wanted) {
  LP_ASSERT(!touched() && !adopting());
  // The process has not read yet what another one had read when it had this partition.
  const bool older = wanted.origin && kept_.origin && engine::WasPublishedBefore(*wanted.origin, *kept_.origin);
  const std::shared_ptr<const config::Definitions> next = older ? definitions_.current : wanted.definitions;
  if (!older && kept_.origin != wanted.origin) {
    kept_.origin = wanted.origin;
    definitions_changed_ = touched_ = true;
  }
  if (next->version == definitions_.current->version && kept_.engine_version == engine::kEngineVersion) {
    return Status::Ok();
  }
  kept_.previous_text = std::move(kept_.text);
  kept_.text = next->text;
  kept_.number.value += 1;
  kept_.engine_version = engine::kEngineVersion;
  kept_.adopted_at = position_.clock;
  definitions_changed_ = touched_ = true;
  return MakeEngine(next);
}

Status LivePartition::Adopt(const engine::StepBounds& bounds) {
  LP_ASSERT(adopting());
  Result<bool> more = engine_->AdoptDefinitions(bounds, &output_);
  if (!more.ok()) return more.status();
  if (*more) return Status::Ok();
  // Committed with the last of the leads. The engine may keep the previous definitions: no lead asks for them.
  kept_.previous_text.reset();
  definitions_changed_ = touched_ = true;
  return Status::Ok();
}

void LivePartition::TakeOutput(std::vector<OutputRecord>* records) {
  encoding_->EncodeChanges(output_.changes, records);
  for (const codec::Change& change : output_.changes) ++tenants_[change.key.tenant].changes;
  touched_ = touched_ || !output_.changes.empty();
  output_.changes.clear();
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(*records));
  waiting_.clear();
}

void LivePartition::EndEpoch(std::vector<OutputRecord>* records) {
  TakeOutput(records);
  position_.digest = {};
  records->reserve(records->size() + engine_->dirty_count() + 2);
  const auto add = [&](std::string key, std::optional<std::string> value, bool digested) {
    if (digested) AddToDigest(key, value, &position_.digest);
    records->push_back({OutputTopic::kLeadState, partition_, std::move(key), std::move(value), {}});
  };
  engine_->CollectWrites(&write_, [&](const state::Lead& lead, const config::TenantDefinitions& definitions,
                                      const state::LeadWrite& write) {
    std::string value;
    engine::EncodeLeadRecord(lead, definitions, position_.clock, *write.value, &value);
    add(write.key, std::move(value), true);
  });
  // Compaction drops a tombstone after a while, also where nothing came after it.
  for (const state::LeadWrite& lead : write_.leads) {
    if (!lead.value) add(lead.key, std::nullopt, false);
  }
  for (const state::ErasureWrite& erasure : write_.erasures) {
    add(ErasureKey(erasure.key_hash), EncodeErasure(erasure.erasure), true);
  }
  if (definitions_changed_) add(std::string(kDefinitionsKey), engine::EncodeDefinitions(kept_), false);
  position_.definitions_number = kept_.number;
  position_.engine_version = kept_.engine_version;
  ++position_.epoch;
  add(std::string(kPositionKey), engine::EncodePosition(position_), false);
}

state::EpochWrite LivePartition::CollectWrite(int64_t next_changelog_offset, Instant now) {
  state::EpochWrite write = std::exchange(write_, {});
  engine::AppendLocalPosition(partition_, {position_, next_changelog_offset, now}, &write);
  if (definitions_changed_) engine::AppendLocalDefinitions(partition_, kept_, &write);
  return write;
}

void LivePartition::Committed() {
  engine_->Committed();
  output_.counters = {};
  touched_ = definitions_changed_ = false;
  epoch_records_ = dead_letters_ = 0;
  tenants_.clear();
}

}  // namespace leadpulse::kafka
