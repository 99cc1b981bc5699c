#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "tests/bench/kafka_client.h"
#include "tests/bench/kafka_load.h"

namespace leadpulse::bench {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(25);
// The first third of the records is a program's warm-up.
constexpr int64_t kWarmUpPart = 3;

int64_t EndOf(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions) {
  int64_t end = 0;
  for (int i = 0; i < partitions->cnt; ++i) {
    int64_t low = 0;
    int64_t high = 0;
    Check(rd_kafka_query_watermark_offsets(handle, partitions->elems[i].topic, partitions->elems[i].partition, &low,
                                           &high, kTimeoutMs),
          "the end of the topic");
    end += high - low;
  }
  return end;
}

// Returns 0 if the group does not exist yet, or its offsets are unknown at the moment.
int64_t CommittedOf(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* partitions) {
  if (rd_kafka_committed(handle, partitions, kTimeoutMs) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
  int64_t committed = 0;
  for (int i = 0; i < partitions->cnt; ++i) committed += std::max<int64_t>(partitions->elems[i].offset, 0);
  return committed;
}

void Tell(const char* what, int64_t count) {
  std::printf("{\"%s\": %ld, \"nanos\": %ld}\n", what, static_cast<long>(count), static_cast<long>(SteadyNanos()));
  std::fflush(stdout);
}

}  // namespace

// Waits until the group has committed the topic's records so far. Offsets in an open transaction do not count: a reader
// sees them once it is committed.
void WaitForGroup(const WaitCommand& command) {
  const KafkaHandle handle = MakeConsumer(
      command.servers,
      {{"group.id", command.group}, {"enable.auto.commit", "false"}, {"isolation.level", "read_uncommitted"}});
  const PartitionList partitions = AllPartitions(handle.get(), {command.topic}, RD_KAFKA_OFFSET_INVALID);
  const int64_t end = EndOf(handle.get(), partitions.get());
  int64_t seen = 0;
  int64_t moved_at = SteadyNanos();
  Tell("watching", end);
  while (true) {
    const int64_t committed = CommittedOf(handle.get(), partitions.get());
    if (committed > seen) {
      if (seen == 0) Tell("first", committed);
      if (seen < end / kWarmUpPart && committed >= end / kWarmUpPart) Tell("warm", committed);
      seen = committed;
      moved_at = SteadyNanos();
    }
    if (seen >= end) break;
    if (SteadyNanos() - moved_at > command.silence_seconds * 1'000'000'000) {
      Die("the group " + command.group + " stopped at " + std::to_string(seen) + " of " + std::to_string(end));
    }
    std::this_thread::sleep_for(kPollInterval);
  }
  Tell("done", seen);
}

}  // namespace leadpulse::bench
