#include "processor/kafka/client/rdkafka_group_metadata.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "processor/kafka/client/rdkafka_client.h"

namespace leadpulse::kafka {
namespace {

// librdkafka has no accessor for the generation, but writes it behind this head (see
// rd_kafka_consumer_group_metadata_write in versions 2.0.2 to 2.15). In any other form the generation counts
// as missing: commits would fail with an error.
constexpr std::string_view kHead = "CGMDv2:";

constexpr int32_t kNowhere = std::numeric_limits<int32_t>::max();

// -1: none.
int32_t GenerationOf(const rd_kafka_consumer_group_metadata_t* place) {
  void* bytes = nullptr;
  size_t size = 0;
  const CallError error(rd_kafka_consumer_group_metadata_write(place, &bytes, &size));
  if (error != nullptr) return -1;
  const std::string_view text(static_cast<const char*>(bytes), size);
  int32_t generation = -1;
  if (text.size() >= kHead.size() + sizeof generation && text.substr(0, kHead.size()) == kHead) {
    std::memcpy(&generation, text.data() + kHead.size(), sizeof generation);
  }
  rd_kafka_mem_free(nullptr, bytes);
  return generation == kNowhere ? -1 : generation;
}

GroupMetadataHandle Own(rd_kafka_consumer_group_metadata_t* place) {
  return {place, [](rd_kafka_consumer_group_metadata_t* p) { rd_kafka_consumer_group_metadata_destroy(p); }};
}

}  // namespace

int32_t RdkafkaGroupMetadata::generation() const { return GenerationOf(get()); }

GroupMetadataHandle PlaceInGroup(rd_kafka_t* consumer, const std::string& group) {
  rd_kafka_consumer_group_metadata_t* place = rd_kafka_consumer_group_metadata(consumer);
  if (place == nullptr) return NoPlaceInGroup(group);
  GroupMetadataHandle owned = Own(place);
  return GenerationOf(place) >= 0 ? owned : NoPlaceInGroup(group);
}

GroupMetadataHandle NoPlaceInGroup(const std::string& group) {
  return Own(
      rd_kafka_consumer_group_metadata_new_with_genid(group.c_str(), kNowhere, "leadpulse-not-a-member", nullptr));
}

}  // namespace leadpulse::kafka
