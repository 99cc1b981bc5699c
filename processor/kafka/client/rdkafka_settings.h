// librdkafka's settings for each kind of client: our defaults, then the user's, then the required ones, which win.
// config/settings_checks.h refuses settings that a user must not change.
#pragma once

#include <chrono>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {

// The first version of librdkafka with fetch.queue.backoff.ms: 2.2.0.
inline constexpr int kQueueBackoffSince = 0x02020000;

Settings ConsumerSettings(const ConnectionOptions& options);
Settings ProducerSettings(const ConnectionOptions& options);
// Returns what a topic has in place of the producer's settings.
Settings TopicSettings(const ConnectionOptions& options, OutputTopic topic);
// Returns the settings of a producer without transactions. A record without an acknowledgement within `timeout` fails.
// `linger`: how long a record waits for others of its request.
Settings PublisherSettings(const ConnectionOptions& options, std::chrono::milliseconds timeout,
                           std::chrono::milliseconds linger = std::chrono::milliseconds(5));
// Returns the settings of a writer of input records (record_writer.h), whose queue holds at most `queue_bytes`.
Settings RecordWriterSettings(const ConnectionOptions& options, std::chrono::milliseconds timeout, size_t queue_bytes);
// Returns the settings of a reader outside the group. With `committed` it reads only committed records.
Settings ChangelogSettings(const ConnectionOptions& options, bool committed);

}  // namespace leadpulse::kafka
