// The topic of definitions, over librdkafka.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "processor/base/clock.h"
#include "processor/base/status.h"
#include "processor/kafka/client/rdkafka_connection.h"
#include "processor/kafka/definitions_topic.h"

namespace leadpulse::kafka {

// Opens the topic. `clock` must outlive it. Fatal if the topic is missing, has more than one partition, or may not be
// read. Retriable without a response.
Result<std::unique_ptr<DefinitionsTopic>> OpenDefinitionsTopic(const ConnectionOptions& options,
                                                               const std::string& topic, const Clock* clock);

// Publishes definitions. Returns the record's offset once all in-sync replicas have it. The record gets the timestamp
// `time`, which must not be before that of the last published record, because a topic that was created again is
// recognized by it. Retriable if no acknowledgement came. The record may then be there or not; publishing the same text
// again does no harm.
Result<int64_t> PublishDefinitions(const ConnectionOptions& options, const std::string& topic, const std::string& text,
                                   Instant time);

}  // namespace leadpulse::kafka
