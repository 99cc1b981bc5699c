// The seam between TopicSink and librdkafka: client/rdkafka_record_writer.h implements it; tests replace it.
#pragma once

#include <chrono>

#include "processor/base/status.h"
#include "schemas/codec/record_sink.h"

namespace leadpulse::kafka {

// Writes events and commands to their topics, with the key that the live mode expects (tenant NUL lead), acks=all and
// idempotence. Each record is written once; a record that the caller writes again, at least once. The records of a lead
// in one topic keep their order, but later ones may be written although an earlier one failed.
//
// Thread-safe, and the order is that of the calls. The memory of unacknowledged records is limited.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;

  // Queues a record that a decoder accepts. Ok: `done` will be called once, on a thread of the writer, one at a time,
  // at the latest in the destructor; it must not wait or call the writer. Otherwise the record is not queued, and
  // `done` is not called. The errors are those of codec::Stored:
  //
  //   Ok         its position; all in-sync replicas have it. The offset is -1 if an earlier try had written the record,
  //              because brokers then do not say
  //   Retriable  no acknowledgement came in time, and the record may be there or not; or the queue is full for longer
  //              than the writer waits
  //   Rejected   the topic refuses this record, for example because of its size
  virtual Status Write(const codec::Record& record, codec::Done done) = 0;

  // Returns when no record waits to be acknowledged and each `done` has its result. Retriable if some still wait after
  // `timeout`.
  virtual Status Flush(std::chrono::milliseconds timeout) = 0;
};

}  // namespace leadpulse::kafka
