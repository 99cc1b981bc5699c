// The consumer's place in its group, as the producer's commit carries it. Inner to rdkafka_*.cc.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <utility>

#include "processor/kafka/ports.h"

namespace leadpulse::kafka {

using GroupMetadataHandle = std::shared_ptr<const rd_kafka_consumer_group_metadata_t>;

class RdkafkaGroupMetadata : public GroupMetadata {
 public:
  explicit RdkafkaGroupMetadata(GroupMetadataHandle handle) : handle_(std::move(handle)) {}
  const rd_kafka_consumer_group_metadata_t* get() const { return handle_.get(); }
  int32_t generation() const override;

 private:
  GroupMetadataHandle handle_;
};

// The place that `consumer` has now; a stranger's where it has none.
GroupMetadataHandle PlaceInGroup(rd_kafka_t* consumer, const std::string& group);
// A place that no broker accepts. librdkafka's own metadata of a consumer without a place would not do: generation -1
// is what brokers take from clients older than KIP-447, and they let its commit pass.
GroupMetadataHandle NoPlaceInGroup(const std::string& group);

}  // namespace leadpulse::kafka
