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

// `clock` outlives the topic. Fatal: the topic is not there, has more than one partition, or may not be read.
// Retriable: nobody answers.
Result<std::unique_ptr<DefinitionsTopic>> OpenDefinitionsTopic(const ConnectionOptions& options,
                                                               const std::string& topic, const Clock* clock);

// Returns once all in-sync replicas have it: its offset. Its time is `time`, by which a topic that was created again is
// told from this one: not before that of the record published last. Retriable: no acknowledgement came, and it may be
// there all the same; to publish the same text once more does no harm.
Result<int64_t> PublishDefinitions(const ConnectionOptions& options, const std::string& topic, const std::string& text,
                                   Instant time);

}  // namespace leadpulse::kafka
