#include "processor/kafka/client/rdkafka_dead_letters.h"

#include <cstdint>
#include <utility>

#include "processor/base/assign_or_return.h"
#include "processor/kafka/client/rdkafka_changelog_reader.h"
#include "processor/kafka/client/rdkafka_client.h"
#include "processor/kafka/client/rdkafka_settings.h"
#include "processor/kafka/client/rdkafka_topics.h"

namespace leadpulse::kafka {

Result<DeadLetterTopic> OpenDeadLetters(ConnectionOptions options) {
  options.topics.lead_state = options.topics.dead_letters;
  const Settings settings = ChangelogSettings(options, /*committed=*/true);
  LP_RETURN_IF_ERROR(Client::Check(RD_KAFKA_CONSUMER, settings));
  ClientListener nobody;
  LP_ASSIGN_OR_RETURN(const auto client, Client::Make(RD_KAFKA_CONSUMER, settings, options.log, &nobody));
  LP_ASSIGN_OR_RETURN(const uint32_t count, PartitionCount(*client, options.topics.dead_letters,
                                                           "give the Kafka user READ and DESCRIBE on that topic"));
  LP_ASSIGN_OR_RETURN(std::unique_ptr<ChangelogReader> reader, RdkafkaChangelogReader::Make(options));
  DeadLetterTopic topic{std::move(reader), {}};
  for (uint32_t i = 0; i < count; ++i) topic.partitions.push_back(PartitionId{i});
  return topic;
}

}  // namespace leadpulse::kafka
