// With which of librdkafka's settings each client is made. What a user may not set is refused where the file is read
// (config/client_settings.h); here what must be comes last in any case.
#pragma once

#include <chrono>

#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_connection.h"

namespace leadpulse::kafka {

// Our defaults, then the user's, then what must be.
Settings ConsumerSettings(const ConnectionOptions& options);
Settings ProducerSettings(const ConnectionOptions& options);
// Of a producer without transactions; what is not acknowledged within `patience` is given up.
Settings PublisherSettings(const ConnectionOptions& options, std::chrono::milliseconds patience);
// Of a writer of input records: of so many bytes that wait at most (record_writer.h).
Settings RecordWriterSettings(const ConnectionOptions& options, std::chrono::milliseconds patience, size_t queue_bytes);
// `committed`: whether what open and aborted transactions wrote stays unseen.
Settings ChangelogSettings(const ConnectionOptions& options, bool committed);

}  // namespace leadpulse::kafka
