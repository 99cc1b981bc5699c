// Input records to a real cluster.
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
  // What the topics hold; the ids are used where they hold confluent.
  config::RecordFormat event_format = config::RecordFormat::kProtobuf;
  config::RecordFormat command_format = config::RecordFormat::kProtobuf;
  uint32_t event_schema_id = 0;
  uint32_t command_schema_id = 0;
  // A record that is not acknowledged so long after its Write has failed.
  std::chrono::milliseconds patience{30'000};
  // How long Write waits where the queue is full. 0: not at all.
  std::chrono::milliseconds room_patience{30'000};
  size_t queue_bytes = 64 << 20;  // of keys and values that wait to be acknowledged
};
// The formats that these settings have.
WriterOptions WriterOptionsFor(const config::FormatSettings& formats);

// Of `connection` the place in a group is not used. Asks nothing of the cluster. Rejected: a setting is not to be had,
// or confluent lacks its schema's id.
Result<std::unique_ptr<RecordWriter>> MakeRecordWriter(const ConnectionOptions& connection,
                                                       const WriterOptions& options);

}  // namespace leadpulse::kafka
