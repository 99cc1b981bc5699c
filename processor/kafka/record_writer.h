// The port through which commands write input records to a cluster. client/rdkafka_record_writer.h implements it; tests
// replace it.
#pragma once

#include <chrono>
#include <functional>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::kafka {

// The result for one record. Ok: its position; all in-sync replicas have it. The offset is -1 if an earlier try had
// written the record, because brokers then do not return it. Retriable: no acknowledgement came in time, and the record
// may be there or not. Rejected: the topic refuses this record, for example because of its size; others may follow.
// Fatal: a person must act, and the writer takes no more records.
using Done = std::function<void(const Result<codec::SourcePosition>&)>;

// A writer of events and commands to their topics, with the key that the live mode expects (tenant NUL lead), acks=all
// and idempotence. Each record is written once; a record that the caller writes again, at least once. The records of a
// lead in one topic keep their order, but later ones may be written although an earlier one failed.
//
// Write and Flush are thread-safe, and the order is that of the calls. `done` is called on a thread of the writer, one
// at a time, at the latest in the destructor. It must not wait or call the writer. The memory of unacknowledged records
// is limited.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;

  // Queues a record, which must be one that a decoder accepts. Ok if it is queued: `done` will be called once.
  // Otherwise `done` is not called. Errors are those of Done; Retriable also if the queue is full for longer than the
  // writer waits.
  virtual Status Write(const codec::Event& event, Done done) = 0;
  virtual Status Write(const codec::Command& command, Done done) = 0;

  // Returns when no record waits to be acknowledged and each `done` has its result. Retriable if some still wait after
  // `timeout`.
  virtual Status Flush(std::chrono::milliseconds timeout) = 0;

  // Asks the cluster, for about ten seconds, whether both topics exist and have the same number of partitions. Fatal if
  // not, or if access is denied; Retriable without a response.
  virtual Status CheckTopics() = 0;
};

}  // namespace leadpulse::kafka
