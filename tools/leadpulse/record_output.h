// The output of commands that make records: standard output, the end of a file that `leadpulse run` reads or follows,
// or the topics of a live run.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "processor/kafka/record_writer.h"
#include "schemas/codec/records.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

inline constexpr char kToStandardOutput[] = "-";
inline constexpr char kToKafka[] = "kafka";

// Where a command's records go.
struct RecordTarget {
  std::string to;      // `-`, `kafka`, or a file
  std::string config;  // for `kafka`: the settings of the live mode
  bool kafka() const { return to == kToKafka; }
};
// Rejected: one of `--to kafka` and `--config` was given without the other.
Status CheckTarget(const RecordTarget& target);

// Writes records to the topics that a live run reads: `--to kafka --config FILE`. Owned and called by one thread.
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

// For CLI11: the complaint about a FILE of `--to`, which must be `kafka` or a file of JSON lines; empty if it is right.
std::string CheckRecordFile(const std::string& path);
// `--config`, beside `--to`.
void AddConfigOption(CLI::App* command, std::string* config);

// Errors without a message have been printed. Owned and called by one thread.
class RecordOutput {
 public:
  // A target that passed CheckTarget.
  explicit RecordOutput(RecordTarget target) : target_(std::move(target)) {}

  // Creates the file if it is missing, waits until no other command appends to it, and ends a line that a kill cut off.
  // To topics, it fails as TopicOutput::Open does.
  Status Open();
  // Writes a record, which has this line, through a buffer.
  template <typename Record>
  Status Write(const Record& record, std::string_view line) {
    return topics_ != nullptr ? topics_->Write(record) : WriteLine(line);
  }
  // Makes everything written durable, and the file's name; in topics, all in-sync replicas have it. Call it at the end;
  // more may follow.
  Status Sync();
  // The position of the first record, once it is durable: the file and the byte at which its line begins, or topic,
  // partition and offset.
  codec::SourcePosition first() const;

 private:
  Status OpenFile();
  Status WriteLine(std::string_view line);
  Status EndLastLine();
  Status WriteOut();
  Status Failed(const std::string& what) const;

  const RecordTarget target_;
  std::unique_ptr<TopicOutput> topics_;  // null: not to Kafka
  FileDescriptor file_;                  // not open: to standard output or Kafka
  std::string lines_;
  uint64_t first_offset_ = 0;
};

}  // namespace leadpulse::tools
