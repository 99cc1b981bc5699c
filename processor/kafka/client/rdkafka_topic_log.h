// The input topics as a log, over librdkafka.
#pragma once

#include <memory>

#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/topic_log.h"

namespace leadpulse::kafka {

// Does not connect yet. Rejected: librdkafka does not accept an option or a setting.
Result<std::unique_ptr<TopicLog>> OpenTopicLog(const ConnectionOptions& options);

}  // namespace leadpulse::kafka
