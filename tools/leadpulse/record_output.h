// The output of commands that make records: standard output, the end of a file that `leadpulse run` reads or follows,
// or the topics of a live run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "processor/base/file_descriptor.h"
#include "processor/base/status.h"
#include "schemas/codec/records.h"
#include "tools/leadpulse/topic_output.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

inline constexpr char kToStandardOutput[] = "-";

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
