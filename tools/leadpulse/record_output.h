// Where records go that a command makes: standard output, the end of a file that `leadpulse run` reads, also while
// it follows it, or the topics of a live run.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "schemas/codec/records.h"
#include "tools/leadpulse/subcommand.h"
#include "tools/leadpulse/topic_output.h"

namespace leadpulse::tools {

inline constexpr char kToStandardOutput[] = "-";

// For CLI11: what is wrong with a FILE of `--to`, which must be `kafka` or one that a run takes for JSON lines; empty:
// nothing.
std::string CheckRecordFile(const std::string& path);
// `--config`, beside `--to`.
void AddConfigOption(CLI::App* command, std::string* config);

// Each call: kDone, or what to return, and why has been said. Owned and called by one thread.
class RecordOutput {
 public:
  // A target that passed CheckTarget.
  explicit RecordOutput(RecordTarget target) : to_(std::move(target.to)), config_(std::move(target.config)) {}
  ~RecordOutput();
  RecordOutput(const RecordOutput&) = delete;
  RecordOutput& operator=(const RecordOutput&) = delete;

  // Makes the file where it is missing, and waits until no other command is adding to it. What a kill left of a line
  // there is ended, so that nothing is glued to it. Of topics: asks whether they are there.
  ExitCode Open();
  // A record and its line, held back until there are enough of them.
  template <typename Record>
  ExitCode Write(const Record& record, std::string_view line) {
    return topics_ != nullptr ? Told(topics_->Write(record)) : WriteLine(line);
  }
  // All that was written is durable after it, the file's name too; in topics all in-sync replicas have it. More may
  // follow.
  ExitCode Sync();
  // Where the first record stands, once it is durable: the file and the byte at which its line begins, or topic,
  // partition and offset.
  codec::SourcePosition first() const;
  // The same, at the end.
  ExitCode Close() { return Sync(); }

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
  int descriptor_ = -1;                  // of a file
  std::string lines_;
  uint64_t first_offset_ = 0;
};

}  // namespace leadpulse::tools
