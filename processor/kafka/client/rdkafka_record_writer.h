// RecordWriter over librdkafka.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "config/settings.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/record_writer.h"

namespace leadpulse::kafka {

struct WriterOptions {
  config::FormatSettings formats;  // the formats of events and commands
  // A record that is not acknowledged within this time after its Write has failed.
  std::chrono::milliseconds timeout{30'000};
  // How long Write waits if the queue is full.
  std::chrono::milliseconds room_timeout{30'000};
  size_t queue_bytes = 64 << 20;  // keys and values that wait to be acknowledged
};

// Makes a writer. Does not use the group of `connection`, and does not connect yet. Rejected if librdkafka does not
// accept a setting, or the format confluent has no schema id.
Result<std::unique_ptr<RecordWriter>> MakeRecordWriter(const ConnectionOptions& connection,
                                                       const WriterOptions& options);

// Asks the cluster, for about ten seconds, whether both input topics exist and have the same number of partitions.
// Fatal if not, or if access is denied; Retriable without an answer.
Status CheckInputTopics(const ConnectionOptions& connection);

}  // namespace leadpulse::kafka
