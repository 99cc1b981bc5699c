// Raw records to decoded ones, with every check that needs no lead, on all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/worker_pool.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/input_list.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::input {

// What becomes of records between their decoding and all that follows. Called by several threads at once.
class RecordTransform {
 public:
  virtual ~RecordTransform() = default;
  // May change the record; a rejected one is left alone. False: it is left out, as if the input did not have it.
  virtual bool Apply(codec::Decoded* record) const = 0;
  // Where the records of an input (index into the run's) go; nothing: each to the partition of its lead's key.
  virtual std::optional<PartitionId> PartitionOfInput(uint32_t /*input*/) const { return std::nullopt; }
};

// For one thread: they keep buffers between calls.
struct InputDecoders {
  std::unique_ptr<codec::RecordDecoder> json = codec::MakeJsonRecordDecoder();
  std::unique_ptr<codec::RecordDecoder> protobuf = codec::MakeProtobufRecordDecoder();
};

// Of a record that is kWhole or kCut. What `decoded` held before is gone, but its memory is used again.
void DecodeRaw(const RawRecord& raw, RecordFormat format, const codec::DecodeLimits& limits, InputDecoders* decoders,
               codec::Decoded* decoded);

// Owned and called by one thread at a time; the pool may be shared.
class BatchDecoder {
 public:
  // A record may be at most `max_future_skew` ahead of `clock` at the time it is decoded. What `definitions` say of
  // declared fields is checked too. Pointers outlive this; `transform` may be null.
  BatchDecoder(WorkerPool* pool, const Clock* clock, Millis max_future_skew,
               std::shared_ptr<const config::Definitions> definitions, uint32_t partition_count,
               const RecordTransform* transform = nullptr);

  // Fills batch->decoded, and takes out of the batch what the transform leaves out.
  void Decode(const std::vector<Input>& inputs, Batch* batch);

 private:
  // False: it is left out.
  bool DecodeOne(const RawRecord& raw, RecordFormat format, const codec::DecodeLimits& limits, InputDecoders* decoders,
                 DecodedRecord* record) const;
  PartitionId Place(const LeadKey& key, uint32_t input) const;
  static void TakeOut(const std::vector<uint8_t>& left_out, Batch* batch);

  WorkerPool* pool_;
  const Clock* clock_;
  Millis max_future_skew_;
  std::shared_ptr<const config::Definitions> definitions_;
  uint32_t partition_count_;
  const RecordTransform* transform_;
  std::vector<InputDecoders> decoders_;  // one for each part of a batch
};

}  // namespace leadpulse::input
