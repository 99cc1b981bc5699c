#include "processor/files/input/batch_decoder.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "processor/engine/apply_command.h"
#include "processor/engine/partitioner.h"
#include "processor/pipeline/record.h"

namespace leadpulse::input {
namespace {

// The fewest records that are worth waking another worker.
constexpr size_t kMinPart = 256;

codec::Rejection TooLarge(uint64_t size) {
  return {codec::Reason::kTooLarge, "the record has " + std::to_string(size) + " bytes; at most " +
                                        std::to_string(codec::kMaxRecordBytes) + " are allowed"};
}

// One batch is being applied, one is ready, one is being filled.
constexpr size_t kBatches = 3;

}  // namespace

void DecodeRaw(const RawRecord& raw, FileFormat format, const codec::DecodeLimits& limits, InputDecoders* decoders,
               codec::Decoded* decoded) {
  LP_ASSERT(raw.kind != RawKind::kBroken);
  if (raw.kind == RawKind::kCut) {
    *decoded = TooLarge(raw.full_size);
  } else {
    auto& decoder = format == FileFormat::kJsonLines ? decoders->json : decoders->protobuf;
    decoder->DecodeInto(raw.bytes, limits, decoded);
  }
}

BatchDecoder::BatchDecoder(WorkerPool* pool, const Clock* clock, Millis max_future_skew,
                           std::shared_ptr<const config::Definitions> definitions, uint32_t partition_count,
                           const RecordTransform* transform)
    : pool_(pool),
      clock_(clock),
      max_future_skew_(max_future_skew),
      definitions_(std::move(definitions)),
      partition_count_(partition_count),
      transform_(transform),
      decoders_(pool->workers()) {}

void BatchDecoder::SetDefinitions(std::shared_ptr<const config::Definitions> definitions) {
  const std::lock_guard lock(mutex_);
  definitions_ = std::move(definitions);
}

void BatchDecoder::Decode(const std::vector<Input>& inputs, Batch* batch) {
  batch->decoded.resize(batch->records.size());
  // The messages of the kBroken records are in the order of these records.
  size_t broken = 0;
  for (size_t i = 0; i < batch->records.size(); ++i) {
    if (batch->records[i].kind != RawKind::kBroken) continue;
    batch->decoded[i].result = codec::Rejection{codec::Reason::kMalformed, batch->broken_details[broken++]};
  }
  std::unique_lock lock(mutex_);
  const std::shared_ptr<const config::Definitions> definitions = definitions_;
  lock.unlock();
  batch->read_at = clock_->Now();
  const codec::DecodeLimits limits{batch->read_at + max_future_skew_};
  size_t total = batch->records.size();
  size_t parts = std::clamp<size_t>(total / kMinPart, 1, decoders_.size());
  std::vector<uint8_t> left_out(total);  // a flag for each record
  pool_->ForEach(parts, [&](size_t part) {
    for (size_t i = total * part / parts; i < total * (part + 1) / parts; ++i) {
      const RawRecord& raw = batch->records[i];
      if (raw.kind == RawKind::kBroken) continue;
      left_out[i] =
          !DecodeOne(raw, inputs[raw.input].format.records, limits, *definitions, &decoders_[part], &batch->decoded[i]);
    }
  });
  if (transform_ != nullptr) TakeOut(left_out, batch);
}

void BatchDecoder::TakeOut(const std::vector<uint8_t>& left_out, Batch* batch) {
  size_t kept = 0;
  auto mark = batch->progress.begin();
  for (size_t i = 0; i <= left_out.size(); ++i) {
    for (; mark != batch->progress.end() && mark->records == i; ++mark) mark->records = kept;
    if (i == left_out.size() || left_out[i] != 0) continue;
    if (kept != i) {
      batch->records[kept] = batch->records[i];
      batch->decoded[kept] = std::move(batch->decoded[i]);
    }
    ++kept;
  }
  batch->records.resize(kept);
  batch->decoded.resize(kept);
}

PartitionId BatchDecoder::PartitionFor(const LeadKey& key, uint32_t input) const {
  const bool given = transform_ != nullptr && !transform_->partitions.empty();
  return given ? transform_->partitions.at(input) : engine::PartitionOf(key, partition_count_);
}

bool BatchDecoder::DecodeOne(const RawRecord& raw, FileFormat format, const codec::DecodeLimits& limits,
                             const config::Definitions& definitions, InputDecoders* decoders,
                             DecodedRecord* record) const {
  DecodeRaw(raw, format, limits, decoders, &record->result);
  if (transform_ != nullptr && !transform_->apply(&record->result)) return false;
  if (const auto* command = std::get_if<codec::Command>(&record->result)) {
    if (std::optional<codec::Rejection> rejection = engine::CheckCommand(*command, definitions)) {
      record->result = std::move(*rejection);
      return true;
    }
  }
  if (const LeadKey* key = pipeline::KeyOf(record->result)) {
    record->partition = PartitionFor(*key, raw.input);
    record->time = pipeline::TimeOf(record->result);
  }
  return true;
}

ReadAhead::ReadAhead(InputList* inputs, BatchDecoder* decoder, size_t batch_records)
    : inputs_(inputs), decoder_(decoder) {
  for (size_t i = 0; i < kBatches; ++i) free_.push_back(std::make_unique<Batch>(batch_records));
  thread_ = std::thread([this] { Run(); });
}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<std::unique_ptr<Batch>> ReadAhead::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ready_ != nullptr || !failure_.ok(); });
  if (ready_ == nullptr) return failure_;
  std::unique_ptr<Batch> batch = std::move(ready_);
  changed_.notify_all();
  return batch;
}

void ReadAhead::Recycle(std::unique_ptr<Batch> batch) {
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(batch));
  changed_.notify_all();
}

void ReadAhead::Run() {
  bool ended = false;
  while (!ended) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || !free_.empty(); });
    if (stopping_) return;
    std::unique_ptr<Batch> batch = std::move(free_.back());
    free_.pop_back();
    lock.unlock();

    Status status = inputs_->Fill(batch.get());
    if (status.ok()) decoder_->Decode(inputs_->inputs(), batch.get());
    ended = !status.ok() || batch->end_of_input;

    lock.lock();
    changed_.wait(lock, [this] { return stopping_ || ready_ == nullptr; });
    if (stopping_) return;
    if (status.ok()) {
      ready_ = std::move(batch);
    } else {
      failure_ = status;
    }
    changed_.notify_all();
  }
}

}  // namespace leadpulse::input
