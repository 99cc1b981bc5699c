#include "processor/kafka/client/rdkafka_dead_letters.h"

#include <cstdint>
#include <utility>

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
  const auto client = Client::Make(RD_KAFKA_CONSUMER, settings, options.log, &nobody);
  if (!client.ok()) return client.status();
  const Result<uint32_t> count =
      PartitionCount(**client, options.topics.dead_letters, "give the Kafka user READ and DESCRIBE on that topic");
  if (!count.ok()) return count.status();
  Result<std::unique_ptr<ChangelogReader>> reader = RdkafkaChangelogReader::Make(options);
  if (!reader.ok()) return reader.status();
  DeadLetterTopic topic{std::move(*reader), {}};
  for (uint32_t i = 0; i < *count; ++i) topic.partitions.push_back(PartitionId{i});
  return topic;
}

}  // namespace leadpulse::kafka
