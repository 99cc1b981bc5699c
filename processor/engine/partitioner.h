// Which partition a lead belongs to: Kafka's default partitioner, so that files and topics agree.
#pragma once

#include <cstdint>
#include <string_view>

#include "processor/base/ids.h"

namespace leadpulse::engine {

// Computes MurmurHash2 with Kafka's seed (org.apache.kafka.common.utils.Utils.murmur2).
uint32_t Murmur2(std::string_view bytes);

// Returns the partition that the Java client, and librdkafka with `murmur2_random`, give a record whose key is
// EncodeLeadKey(key).
PartitionId PartitionOf(const LeadKey& key, uint32_t partition_count);

}  // namespace leadpulse::engine
