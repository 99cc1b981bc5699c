// The one door for input records: the port through which every program hands on the events and commands that it makes.
//
// It lies here because the folders that make or store such records have nothing else in common below them, and it needs
// only the records themselves. Its adapters say what is durable when:
//
//   tools/leadpulse/record_files.h   standard output, a new file, the end of a file
//   processor/receiver/file_inbox.h  the folder of files that a run follows
//   processor/kafka/topic_sink.h     the topics that a live run reads
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "processor/base/status.h"
#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Records that are stored together, and what belongs to them. The views live until Append returns.
struct RecordBatch {
  std::span<const Record> records = {};  // stored in this order
  // The records as lines of JSON, if the caller has them: sinks that store lines write them unchanged. Empty: they are
  // made from `records`.
  std::string_view lines = {};
  // Lines for a person, with their line ends; stored only while there is room. Like `token`, only for sinks that have a
  // quarantine.
  std::string_view quarantine = {};
  std::string_view token = {};  // a line for the log of used tokens, durable after the rest; empty: none
};

// What became of a batch. Ok: all of it is durable, as the sink promises, and this is the position of a record of it:
// in files the first one, in topics the one that was acknowledged first. Otherwise some or all of its records may be
// stored. Retriable: the sender must append it again. Rejected: the sink does not take such a record, but may take
// others. Fatal: a person must act, and the sink takes no more. An error without a message has been printed.
using Stored = Result<SourcePosition>;
using Done = std::function<void(const Stored&)>;

// The position of a batch without records, and of one that the sink does not know.
inline const SourcePosition kNowhere{"", 0, -1, 0};

// Where input records go. The adapter says whether several threads may call Append and Write, and whether these wait.
// The owner calls Flush and Close.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  // Calls `done` once, before it returns or later from any thread; null: nobody is told. `done` must not wait.
  virtual void Append(const RecordBatch& batch, Done done) = 0;
  // Appends one record, and returns the failure of the sink. Only for sinks that every error ends; others may refuse
  // this record and take the next, which only `done` of Append says.
  Status Write(const Record& record, std::string_view line = {}) {
    Append({.records = {&record, 1}, .lines = line}, nullptr);
    return failure();
  }
  // Waits until everything appended is durable. Returns the failure, or why it is not. The default does not wait: it is
  // for sinks whose callers learn that from `done`.
  virtual Status Flush() { return failure(); }
  // Flushes and ends the sink, which then takes no more. Without it the last records may be missing.
  virtual Status Close() { return Flush(); }

  // Returns the error after which the sink takes no more; ok: it works. Thread-safe, like the next.
  virtual Status failure() const { return Status::Ok(); }
  // Returns the failure, or why the next batch would probably be refused.
  virtual Status readiness() const { return failure(); }
};

}  // namespace leadpulse::codec
