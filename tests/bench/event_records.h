// Events as records of `engagement.events`, for the benchmarks on Kafka.
#pragma once

#include <cstdint>
#include <string>

#include "leadpulse/v1/event.pb.h"
#include "schemas/codec/records.h"
#include "tests/bench/kafka_client.h"

namespace leadpulse::bench {

void ToMessage(const codec::Event& event, v1::EngagementEvent* message);

// A producer of records to one topic, under the leads' keys, where Kafka's Java clients would put them.
class EventProducer {
 public:
  // Makes a producer. `linger_ms` is how long a record may wait for others to share its request.
  EventProducer(const std::string& servers, std::string topic, int linger_ms);

  // Waits while too many records are under way.
  void Produce(const v1::EngagementEvent& event);
  // Handles the deliveries and failures so far.
  void Serve() { rd_kafka_poll(producer_.get(), 0); }
  // Returns when all is delivered.
  void Flush();
  uint64_t bytes() const { return bytes_; }  // keys and values so far

 private:
  const std::string topic_;
  KafkaHandle producer_;
  std::string key_, value_;
  uint64_t bytes_ = 0;
};

}  // namespace leadpulse::bench
