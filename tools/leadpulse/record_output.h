// The output of commands that make records: standard output, the end of a file that `leadpulse run` reads or follows,
// or the topics of a live run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/file_descriptor.h"
#include "schemas/codec/records.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/topic_output.h"

namespace leadpulse::tools {

inline constexpr char kToStandardOutput[] = "-";

// For CLI11: the complaint about a FILE of `--to`, which must be `kafka` or a file of JSON lines; empty if it is right.
std::string CheckRecordFile(const std::string& path);
// `--config`, beside `--to`.
void AddConfigOption(CLI::App* command, std::string* config);

// Each call gives kDone, or the exit code after it printed the error. Owned and called by one thread.
class RecordOutput {
 public:
  // A target that passed CheckTarget.
  explicit RecordOutput(RecordTarget target) : to_(std::move(target.to)), config_(std::move(target.config)) {}

  // Creates the file if it is missing, waits until no other command appends to it, and ends a line that a kill cut off.
  // For topics: checks that they exist.
  ExitCode Open();
  // Writes a record, which has this line, through a buffer.
  template <typename Record>
  ExitCode Write(const Record& record, std::string_view line) {
    return topics_ != nullptr ? Told(topics_->Write(record)) : WriteLine(line);
  }
  // Makes everything written durable, and the file's name; in topics, all in-sync replicas have it. Call it at the end;
  // more may follow.
  ExitCode Sync();
  // The position of the first record, once it is durable: the file and the byte at which its line begins, or topic,
  // partition and offset.
  codec::SourcePosition first() const;

 private:
  ExitCode OpenTopics();
  ExitCode OpenFile();
  ExitCode WriteLine(std::string_view line);
  ExitCode EndLastLine();
  ExitCode WriteOut();
  ExitCode Failed(const std::string& what) const;
  static ExitCode Told(const Status& status);

  const std::string to_;
  const std::string config_;
  std::unique_ptr<TopicOutput> topics_;  // null: not to Kafka
  FileDescriptor file_;                  // not open: to standard output or Kafka
  std::string lines_;
  uint64_t first_offset_ = 0;
};

}  // namespace leadpulse::tools
