#include "tests/bench/kafka_probe.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <iterator>
#include <optional>
#include <thread>

#include "leadpulse/v1/event.pb.h"
#include "schemas/codec/records.h"
#include "tests/bench/event_records.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/kafka_client.h"
#include "tests/bench/probe_id.h"

namespace leadpulse::bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int kProbeLingerMs = 1;
// Time for the events still under way at the end of the measurement.
constexpr int64_t kGraceSeconds = 30;
constexpr double kFirstRate = 100;

// A sender of clicks, one after the other, with ids that no earlier program has used: their numbers begin with the wall
// clock's microseconds.
class Clicks {
 public:
  explicit Clicks(const ProbeCommand& command)
      : base_(WallNanos() / 1000), producer_(command.servers, command.topic, kProbeLingerMs) {}

  void Send(const LeadKey& lead) {
    codec::Event click;
    click.key = lead;
    std::array<char, 32> id;
    click.event_id.assign(id.data(),
                          static_cast<size_t>(std::snprintf(id.data(), id.size(), "probe-%016" PRIu64, base_ + sent_)));
    click.type = EventType::kClick;
    click.occurred_at = Instant{WallNanos() / 1'000'000};
    click.campaign_id = "campaign";
    click.message_id = "message";
    ToMessage(click, &message_);
    producer_.Produce(message_);
    producer_.Serve();
    ++sent_;
  }
  void Flush() { producer_.Flush(); }

  // Returns which click caused an output record, from 0; nullopt if none of these did.
  std::optional<uint64_t> NumberOf(std::string_view value) const {
    const std::optional<uint64_t> number = ProbeNumber(value);
    if (!number || *number < base_) return std::nullopt;
    return *number - base_;
  }

 private:
  const uint64_t base_;
  EventProducer producer_;
  v1::EngagementEvent message_;
  uint64_t sent_ = 0;
};

// A reader of the outputs from now on.
class OutputReader {
 public:
  explicit OutputReader(const ProbeCommand& command)
      : handle_(MakeConsumer(command.servers, {{"group.id", "kafka-load-probe"},
                                               {"enable.auto.commit", "false"},
                                               {"isolation.level", "read_committed"},
                                               {"fetch.wait.max.ms", "100"}})) {
    const PartitionList partitions = AllPartitions(handle_.get(), command.outputs, RD_KAFKA_OFFSET_END);
    for (int i = 0; i < partitions->cnt; ++i) {
      rd_kafka_topic_partition_t& partition = partitions->elems[i];
      int64_t low = 0;
      // The actual offset: the special offset "end" is resolved later, and would miss records until then.
      Check(rd_kafka_query_watermark_offsets(handle_.get(), partition.topic, partition.partition, &low,
                                             &partition.offset, 10'000),
            "the ends of the outputs");
    }
    Check(rd_kafka_assign(handle_.get(), partitions.get()), "assign");
  }

  // Returns the next record, if one comes soon.
  KafkaMessage Next(int wait_ms) {
    KafkaMessage message(rd_kafka_consumer_poll(handle_.get(), wait_ms));
    if (message != nullptr) Check(message->err, "reading the outputs");
    return message;
  }

 private:
  const KafkaHandle handle_;
};

// The pace of the clicks. A click that is sent late, because the machine was busy, counts from when it was due: any
// client would have waited like this.
class Pace {
 public:
  explicit Pace(double rate) : nanos_apart_(1e9 / rate), began_(WallNanos()) {}
  int64_t DueAt(uint64_t number) const {
    return began_ + static_cast<int64_t>(nanos_apart_ * static_cast<double>(number));
  }
  void WaitFor(uint64_t number) const {
    const int64_t left = DueAt(number) - WallNanos();
    if (left > 0) std::this_thread::sleep_for(std::chrono::nanoseconds(left));
  }

 private:
  const double nanos_apart_;
  const int64_t began_;
};

int64_t Percentile(const std::vector<int64_t>& ascending, double share) {
  const double last = static_cast<double>(ascending.size() - 1);
  return ascending[static_cast<size_t>(share * last)];
}

}  // namespace

std::string LatencyFigures(const std::vector<int64_t>& delivered_after) {
  std::vector<int64_t> found;
  std::ranges::copy_if(delivered_after, std::back_inserter(found), [](int64_t nanos) { return nanos >= 0; });
  if (found.empty()) Die("no event caused anything");
  std::sort(found.begin(), found.end());
  const auto millis = [&](double share) { return static_cast<double>(Percentile(found, share)) * 1e-6; };
  std::array<char, 200> figures;
  std::snprintf(figures.data(), figures.size(),
                "{\"events\": %zu, \"missing\": %zu, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"p999_ms\": %.2f, "
                "\"max_ms\": %.2f}",
                found.size(), delivered_after.size() - found.size(), millis(0.5), millis(0.99), millis(0.999),
                millis(1));
  return figures.data();
}

uint64_t ClicksToWarmUp(const ProbeCommand& command) {
  return static_cast<uint64_t>(command.rate * static_cast<double>(command.warm_up_seconds));
}

std::vector<int64_t> SendClicks(const ProbeCommand& command, const LeadOfClick& lead_of, const IsAnswer& is_answer) {
  const uint64_t count =
      ClicksToWarmUp(command) + static_cast<uint64_t>(command.rate * static_cast<double>(command.seconds));
  // Written by the reading thread alone; -1 until the first record that a click caused.
  std::vector<int64_t> delivered_after(count, -1);
  OutputReader outputs(command);
  Clicks clicks(command);
  const Pace pace(command.rate);
  std::atomic<bool> over{false};
  std::thread reading([&] {
    for (uint64_t seen = 0; seen < count && !over;) {
      const KafkaMessage message = outputs.Next(100);
      const std::optional<uint64_t> number = message == nullptr ? std::nullopt : clicks.NumberOf(ValueOf(*message));
      if (!number || *number >= count || delivered_after[*number] >= 0) continue;
      if (!is_answer(*number, ValueOf(*message))) continue;
      delivered_after[*number] = std::max<int64_t>(0, WallNanos() - pace.DueAt(*number));
      ++seen;
    }
    over = true;
  });
  for (uint64_t sent = 0; sent < count; ++sent) {
    pace.WaitFor(sent);
    clicks.Send(lead_of(sent));
  }
  clicks.Flush();
  const int64_t until = SteadyNanos() + kGraceSeconds * kSecond;
  while (!over && SteadyNanos() < until) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  over = true;
  reading.join();
  return delivered_after;
}

void MeasureLatency(const ProbeCommand& command) {
  std::vector<int64_t> delivered_after = SendClicks(
      command, [&](uint64_t number) { return StreamLead(number % command.leads); },
      [](uint64_t /*number*/, std::string_view /*value*/) { return true; });
  delivered_after.erase(delivered_after.begin(),
                        delivered_after.begin() + static_cast<ptrdiff_t>(ClicksToWarmUp(command)));
  std::printf("%s\n", LatencyFigures(delivered_after).c_str());
}

void WaitForFirst(const ProbeCommand& command) {
  OutputReader outputs(command);
  Clicks clicks(command);
  std::printf("{\"ready\": true}\n");
  std::fflush(stdout);
  const Pace pace(kFirstRate);
  for (uint64_t sent = 0; sent < static_cast<uint64_t>(kFirstRate * static_cast<double>(command.seconds));) {
    if (WallNanos() >= pace.DueAt(sent)) {
      clicks.Send(StreamLead(sent % command.leads));
      ++sent;
    }
    const KafkaMessage message = outputs.Next(1);
    if (message == nullptr || !clicks.NumberOf(ValueOf(*message))) continue;
    std::printf("{\"first\": true, \"nanos\": %ld}\n", static_cast<long>(SteadyNanos()));
    return;
  }
  Die("nothing came out for long");
}

}  // namespace leadpulse::bench
