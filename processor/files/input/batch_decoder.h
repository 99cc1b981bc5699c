// Decodes raw records on all workers, with every check that needs no lead, one batch ahead.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "config/definitions.h"
#include "processor/base/clock.h"
#include "processor/base/ids.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/base/worker_pool.h"
#include "processor/files/input/batch.h"
#include "processor/files/input/input_list.h"
#include "schemas/codec/record_decoder.h"

namespace leadpulse::input {

// Changes or drops a record right after decoding; rejected records stay unchanged. Returns false to drop the record, as
// if the input did not have it. Called by several threads at once.
using ApplyToRecord = std::function<bool(codec::Decoded* record)>;

struct RecordTransform {
  ApplyToRecord apply;
  // The partition for all records of an input, by the index of the run's inputs. Empty: the partition of each lead's
  // key.
  std::vector<PartitionId> partitions = {};
};

// The decoders of one thread, which reuse buffers between calls.
struct InputDecoders {
  std::unique_ptr<codec::RecordDecoder> json = codec::MakeJsonRecordDecoder();
  std::unique_ptr<codec::RecordDecoder> protobuf = codec::MakeProtobufRecordDecoder();
};

// Decodes a record that is kWhole or kCut. Overwrites `decoded` and reuses its memory.
void DecodeRaw(const RawRecord& raw, FileFormat format, const codec::DecodeLimits& limits, InputDecoders* decoders,
               codec::Decoded* decoded);

// A decoder of batches. Owned and called by one thread at a time, except for SetDefinitions; the pool may be shared.
class BatchDecoder {
 public:
  // Creates a decoder. A record may be at most `max_future_skew` ahead of `clock` when it is decoded. Commands are also
  // checked against the fields that `definitions` declare. Pointers outlive this; `transform` may be null.
  BatchDecoder(WorkerPool* pool, const Clock* clock, Millis max_future_skew,
               std::shared_ptr<const config::Definitions> definitions, uint32_t partition_count,
               const RecordTransform* transform = nullptr);

  // Sets the definitions of later batches. Another thread may decode meanwhile.
  void SetDefinitions(std::shared_ptr<const config::Definitions> definitions);

  // Fills batch->decoded, and removes the records that the transform drops.
  void Decode(const std::vector<Input>& inputs, Batch* batch);

 private:
  // Returns false if the transform drops the record.
  bool DecodeOne(const RawRecord& raw, FileFormat format, const codec::DecodeLimits& limits,
                 const config::Definitions& definitions, InputDecoders* decoders, DecodedRecord* record) const;
  PartitionId PartitionFor(const LeadKey& key, uint32_t input) const;
  static void TakeOut(const std::vector<uint8_t>& left_out, Batch* batch);

  WorkerPool* pool_;
  const Clock* clock_;
  Millis max_future_skew_;
  std::mutex mutex_;
  std::shared_ptr<const config::Definitions> definitions_;  // guarded by mutex_
  uint32_t partition_count_;
  const RecordTransform* transform_;
  std::vector<InputDecoders> decoders_;  // one for each part of a batch
};

// A thread that reads and decodes the next batch while the current one is applied. Nothing else may use `inputs` and
// `decoder` until this is destroyed.
class ReadAhead {
 public:
  // Starts the thread. `batch_records`: the most records in a batch.
  ReadAhead(InputList* inputs, BatchDecoder* decoder, size_t batch_records);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Waits for the next batch, in the order of the inputs; it may be empty. After the batch with end_of_input or an
  // error it must not be called again.
  Result<std::unique_ptr<Batch>> Next();
  // Takes back a batch for reuse.
  void Recycle(std::unique_ptr<Batch> batch);

 private:
  void Run();

  InputList* inputs_;
  BatchDecoder* decoder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Batch>> free_;
  std::unique_ptr<Batch> ready_;
  Status failure_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace leadpulse::input
