#include <cstdio>
#include <vector>

#include "leadpulse/v1/event.pb.h"
#include "schemas/codec/records.h"
#include "tests/bench/event_records.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/kafka_client.h"
#include "tests/bench/kafka_load.h"

namespace leadpulse::bench {
namespace {

constexpr size_t kBatch = 10'000;
constexpr int kFillLingerMs = 20;
constexpr int64_t kDayMillis = 86'400'000;
// The live mode compares with the wall clock, so the events are of the days before now.
constexpr int64_t kSpanMillis = 30 * kDayMillis;

StreamShape ShapeOf(const FillCommand& command, int64_t now_millis) {
  StreamShape shape;
  shape.leads = command.leads;
  shape.step = Millis{kSpanMillis / static_cast<int64_t>(command.events)};
  shape.start = Instant{now_millis - kSpanMillis};
  return shape;
}

}  // namespace

void Fill(const FillCommand& command) {
  const int64_t began = SteadyNanos();
  EventStream stream(ShapeOf(command, WallNanos() / 1'000'000));
  EventProducer producer(command.servers, command.topic, kFillLingerMs);
  std::vector<codec::Event> batch;
  v1::EngagementEvent message;
  for (uint64_t made = 0; made < command.events;) {
    stream.Fill(std::min<uint64_t>(kBatch, command.events - made), &batch);
    for (codec::Event& event : batch) {
      if (command.each_lead) event.key = StreamLead(made % command.leads);
      ToMessage(event, &message);
      producer.Produce(message);
      ++made;
    }
    producer.Serve();
  }
  producer.Flush();
  std::printf("{\"events\": %lu, \"bytes\": %lu, \"seconds\": %.3f}\n", static_cast<unsigned long>(command.events),
              static_cast<unsigned long>(producer.bytes()), static_cast<double>(SteadyNanos() - began) * 1e-9);
}

}  // namespace leadpulse::bench
