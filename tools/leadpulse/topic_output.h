// Writes the records of a command to the topics that a live run reads: `--to kafka --config FILE`.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "processor/base/status.h"
#include "processor/kafka/record_writer.h"
#include "schemas/codec/records.h"

namespace leadpulse::tools {

inline constexpr char kToKafka[] = "kafka";

// Where a command's records go.
struct RecordTarget {
  std::string to;      // `-`, `kafka`, or a file
  std::string config;  // for `kafka`: the settings of the live mode
  bool kafka() const { return to == kToKafka; }
};
// Rejected: one of `--to kafka` and `--config` was given without the other.
Status CheckTarget(const RecordTarget& target);

// Owned and called by one thread.
class TopicOutput {
 public:
  // Reads the settings and asks the cluster for the topics, within about ten seconds. Rejected without a message: the
  // settings are wrong, and that has been printed.
  static Result<std::unique_ptr<TopicOutput>> Open(const std::string& config);

  explicit TopicOutput(std::unique_ptr<kafka::RecordWriter> writer);
  // Errors: the first record that could not be written; the message says how many were.
  Status Write(const codec::Event& event);
  Status Write(const codec::Command& command);
  // Ok: all in-sync replicas have all records.
  Status Close();
  // The position of the first acknowledged record; nullopt if there is none.
  std::optional<codec::SourcePosition> first() const;

 private:
  // Shared, because the writer may still report results while it is destroyed.
  struct Outcome {
    std::mutex mutex;
    uint64_t there = 0;
    std::optional<codec::SourcePosition> first;
    Status problem;  // the first
  };
  template <typename Record>
  Status Send(const Record& record);
  Status Problem() const;

  const std::shared_ptr<Outcome> outcome_ = std::make_shared<Outcome>();
  uint64_t written_ = 0;
  const std::unique_ptr<kafka::RecordWriter> writer_;
};

}  // namespace leadpulse::tools
