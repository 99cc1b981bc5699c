#include "tools/leadpulse/record_target.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "processor/files/input/input_format.h"
#include "processor/kafka/client/rdkafka_record_writer.h"
#include "processor/telemetry/logging.h"
#include "tools/leadpulse/live/live_options.h"
#include "tools/leadpulse/live/schema_registry.h"
#include "tools/leadpulse/options.h"
#include "tools/leadpulse/record_files.h"

namespace leadpulse::tools {
namespace {

// A part of the ten seconds that stopping may take.
constexpr std::chrono::milliseconds kServerFlushTimeout{2'000};

// Makes a writer of the input topics. First registers their schemas, where a registry is set.
Result<std::unique_ptr<kafka::RecordWriter>> MakeWriter(const kafka::ConnectionOptions& connection,
                                                        kafka::WriterOptions options) {
  static const std::atomic<bool> kNeverStopped = false;
  LP_ASSIGN_OR_RETURN(options.formats,
                      WithRegisteredSchemas(options.formats, connection.topics, WrittenTopics::kInputs, kNeverStopped));
  return kafka::MakeRecordWriter(connection, options);
}

}  // namespace

std::string CheckRecordFile(const std::string& path) {
  if (path == kToKafka) return "";
  const Result<input::InputFormat> format = input::InputFormatOf(path);
  if (format.ok() && *format == input::InputFormat{}) return "";
  return "`" + path +
         "` is no file to add records to; give a name that ends with .jsonl, - for standard output, or kafka";
}

void AddConfigOption(CLI::App* command, std::string* config) {
  Add(command, "--config", config, "FILE", "With --to kafka: the settings of the run that reads the topics");
}

Status CheckTarget(const RecordTarget& target) {
  if (target.kafka() && target.config.empty()) {
    return Status::Rejected("--to kafka needs --config FILE, the settings of the run that reads the topics");
  }
  if (!target.kafka() && !target.config.empty()) {
    return Status::Rejected("--config is of --to kafka only; files need none");
  }
  return Status::Ok();
}

Result<std::unique_ptr<codec::RecordSink>> OpenRecords(const RecordTarget& target) {
  return target.kafka() ? OpenTopicsOf(target.config) : OpenRecordFile(target.to);
}

Result<std::unique_ptr<codec::RecordSink>> OpenTopics(const config::Settings& settings, const std::string& file) {
  static const SystemClock kClock;
  const kafka::ConnectionOptions connection = MakeClientOptions(settings.kafka);
  auto writer = MakeWriter(connection, {.formats = settings.formats});
  if (!writer.ok()) return file.empty() ? writer.status() : Status::Rejected(file + ": " + writer.status().message());
  LP_RETURN_IF_ERROR(kafka::CheckInputTopics(connection));
  return std::unique_ptr<codec::RecordSink>(std::make_unique<kafka::TopicSink>(
      std::move(*writer), kafka::TopicSinkOptions{.stops_at_first_error = true}, &kClock));
}

Result<std::unique_ptr<codec::RecordSink>> OpenTopicsOf(const std::string& config) {
  LP_RETURN_IF_ERROR(telemetry::SetUpLogging("off"));  // the Status reports an error once
  const std::optional<config::Settings> settings = LoadSettingsFile(config);
  return settings ? OpenTopics(*settings, config) : Status::Rejected("");
}

Result<std::unique_ptr<kafka::TopicSink>> OpenServerTopics(const ServerTopicsOptions& options, const Clock* clock) {
  kafka::WriterOptions writing;
  writing.formats = options.formats;
  writing.timeout = options.timeout;
  writing.room_timeout = std::chrono::milliseconds(0);  // the post comes again
  writing.queue_bytes = options.waiting_bytes;
  const kafka::ConnectionOptions connection = MakeClientOptions(options.kafka);
  LP_ASSIGN_OR_RETURN(auto writer, MakeWriter(connection, writing));
  if (Status status = kafka::CheckInputTopics(connection); !status.ok()) {
    if (status.kind() != ErrorKind::kRetriable) return status;
    telemetry::LogWarning(status.message() + ". " + options.without_brokers, {telemetry::ErrorField(status.message())});
  }
  return std::make_unique<kafka::TopicSink>(
      std::move(writer),
      kafka::TopicSinkOptions{.quarantine = options.quarantine, .flush_timeout = kServerFlushTimeout}, clock);
}

}  // namespace leadpulse::tools
