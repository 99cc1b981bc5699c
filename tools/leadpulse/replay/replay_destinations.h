// Where `leadpulse replay` sends records to.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "processor/kafka/record_writer.h"
#include "processor/replay/record_destination.h"
#include "processor/replay/record_line.h"
#include "tools/leadpulse/record_output.h"
#include "tools/leadpulse/topic_output.h"

namespace leadpulse::tools {

// The end of a file, or standard output. Errors have been told, and have no message.
class FileDestination : public replay::RecordDestination {
 public:
  explicit FileDestination(const std::string& to) : to_(to), output_(RecordTarget{to, ""}) {}
  Status Open() { return Told(output_.Open()); }
  Status Send(const replay::HistoryRecord& record) override;
  Status Flush() override { return Told(output_.Sync()); }
  uint64_t Size() const override;

 private:
  static Status Told(ExitCode code) { return code == kDone ? Status::Ok() : Status::Fatal(""); }

  const std::string to_;
  RecordOutput output_;
  replay::RecordLines lines_;
  std::string line_;
};

// Topics of Kafka. The first record that is not acknowledged ends the replay: what stands behind the last checkpoint is
// sent again by the next one.
class KafkaDestination : public replay::RecordDestination {
 public:
  explicit KafkaDestination(std::unique_ptr<kafka::RecordWriter> writer) : topics_(std::move(writer)) {}
  Status Send(const replay::HistoryRecord& record) override;
  Status Flush() override { return topics_.Close(); }

 private:
  TopicOutput topics_;
};

}  // namespace leadpulse::tools
