// The consumer's membership of its group, which the producer's commit sends. Only client/ includes this.
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

// The current membership of `consumer`; NoPlaceInGroup if it is not a member.
GroupMetadataHandle PlaceInGroup(rd_kafka_t* consumer, const std::string& group);
// A membership that no broker accepts. librdkafka's own metadata of a consumer that is not a member has generation -1.
// Brokers accept that, because clients older than KIP-447 send it.
GroupMetadataHandle NoPlaceInGroup(const std::string& group);

}  // namespace leadpulse::kafka
