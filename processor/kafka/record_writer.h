// The port by which commands that make input records write them to a cluster. rdkafka_record_writer.h has the real one;
// tests stand in for it.
#pragma once

#include <chrono>
#include <functional>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::kafka {

// What became of one record: where it stands, and all in-sync replicas have it. Its offset is -1 where the brokers did
// not say, for an earlier try had written it. Retriable: nobody said so in time, and it may be there all the same.
// Rejected: the topic does not take this record, as where it is too large; others may follow. Fatal: a person has to do
// something first, and nothing more is taken.
using Done = std::function<void(const Result<codec::SourcePosition>&)>;

// Writes input records, events and commands each to their topic, under the key that the live mode reads them by (tenant
// NUL lead), with acks=all and idempotence: each once while the writer lives, at least once where the caller writes
// again what had no Ok. In order per lead and topic, as they were given; but after a record that failed, those behind
// it may be there without it.
//
// Write and Flush may be called from any number of threads, and order is that of the calls. `done` is called on a
// thread of the writer's own, one at a time, in the destructor at the latest; it must not wait, and calls nothing of
// the writer. Memory is bounded: by what waits to be acknowledged.
class RecordWriter {
 public:
  virtual ~RecordWriter() = default;

  // Takes a record that a decoder would take. Ok: it is queued, and `done` will be called once. Else it is not queued,
  // and `done` never called: errors as of Done, and Retriable where there was no room within the time that the writer
  // was made with.
  virtual Status Write(const codec::Event& event, Done done) = 0;
  virtual Status Write(const codec::Command& command, Done done) = 0;

  // Returns once nothing waits to be acknowledged: for who has written all. How it went, each `done` has been told.
  // Retriable: not within `timeout`; what is left goes on.
  virtual Status Flush(std::chrono::milliseconds timeout) = 0;

  // Asks the cluster, within some ten seconds, whether both topics are there, with as many partitions as each other.
  // Fatal where they are not, or may not be looked at; Retriable where nobody answers.
  virtual Status CheckTopics() = 0;
};

}  // namespace leadpulse::kafka
