// Raw records to decoded ones, with every check that needs no lead, on all workers.
#pragma once

#include <memory>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/embedded/batch.h"
#include "processor/embedded/input_list.h"
#include "processor/embedded/worker_pool.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::embedded {

// Owned and called by one thread at a time; the pool may be shared.
class BatchDecoder {
 public:
  // A record may be at most `max_future_skew` ahead of `clock` at the time it is decoded. What `definitions` say of
  // declared fields is checked too. Pointers outlive this.
  BatchDecoder(WorkerPool* pool, const Clock* clock, Millis max_future_skew,
               std::shared_ptr<const config::Definitions> definitions, uint32_t partition_count);

  // Fills batch->decoded.
  void Decode(const std::vector<Input>& inputs, Batch* batch);

 private:
  struct Decoders {
    std::unique_ptr<codec::RecordDecoder> json;
    std::unique_ptr<codec::RecordDecoder> protobuf;
  };

  DecodedRecord DecodeOne(const RawRecord& raw, RecordFormat format, const codec::DecodeLimits& limits,
                          Decoders* decoders) const;

  WorkerPool* pool_;
  const Clock* clock_;
  Millis max_future_skew_;
  std::shared_ptr<const config::Definitions> definitions_;
  uint32_t partition_count_;
  std::vector<Decoders> decoders_;  // one for each part of a batch
};

// The dead letter of a rejected record: too_large keeps codec::kDeadLetterPrefix and the full size, every other the
// whole record.
codec::DeadLetter MakeDeadLetter(const RawRecord& raw, const std::string& path, const codec::Rejection& rejection);

}  // namespace leadpulse::embedded
