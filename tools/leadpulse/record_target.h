// Opens the place where a command's records go: standard output, the end of a file, or the topics of a live run.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "config/settings.h"
#include "processor/base/clock.h"
#include "processor/base/instant.h"
#include "processor/base/status.h"
#include "processor/kafka/topic_sink.h"
#include "schemas/codec/record_sink.h"

namespace CLI {
class App;
}  // namespace CLI

namespace leadpulse::tools {

inline constexpr char kToKafka[] = "kafka";

struct RecordTarget {
  std::string to;      // `-`, `kafka`, or a file
  std::string config;  // for `kafka`: the settings of the live mode
  bool kafka() const { return to == kToKafka; }
};
// Checks that `--to kafka` and `--config` were given together. Rejected: one of them is missing.
Status CheckTarget(const RecordTarget& target);

// Returns what is wrong with the FILE of `--to`, for CLI11: it must be `kafka` or a file of JSON lines. Empty: it is
// right.
std::string CheckRecordFile(const std::string& path);
// Declares `--config`, beside `--to`.
void AddConfigOption(CLI::App* command, std::string* config);

// Opens a target that has passed CheckTarget. Errors are those of OpenRecordFile and OpenTopicsOf.
Result<std::unique_ptr<codec::RecordSink>> OpenRecords(const RecordTarget& target);

// Opens the topics of the live run with these settings. The first record that is not stored ends the sink. Asks the
// cluster for the topics, within about ten seconds. `file`: named if its settings are wrong.
Result<std::unique_ptr<codec::RecordSink>> OpenTopics(const config::Settings& settings, const std::string& file = "");
// Reads the settings first. Rejected without a message: they are wrong, and that has been printed.
Result<std::unique_ptr<codec::RecordSink>> OpenTopicsOf(const std::string& config);

// For `leadpulse receive` and `leadpulse serve`, which go on after records that are not stored.
struct ServerTopicsOptions {
  config::KafkaSettings kafka;
  config::FormatSettings formats;
  Millis timeout{10'000};         // a record that is not acknowledged by then has failed
  size_t waiting_bytes = 0;       // limit of records that wait for the brokers; Append does not wait for room
  std::string without_brokers{};  // logged if no broker answers: says what happens until one does
  codec::RecordSink* quarantine = nullptr;
};
// Opens the topics. The quarantine and `clock` outlive the sink. Rejected and Fatal: the topics cannot be used. No
// error if the brokers do not answer: they may be starting. Retriable: a schema registry is set and does not answer, so
// no record could be written.
Result<std::unique_ptr<kafka::TopicSink>> OpenServerTopics(const ServerTopicsOptions& options, const Clock* clock);

}  // namespace leadpulse::tools
