#include "tests/bench/live_epochs.h"

#include <map>

#include "processor/kafka/owned_partitions.h"
#include "processor/kafka/worker_metrics.h"
#include "processor/kafka/writer_fence.h"
#include "processor/pipeline/change_feed.h"
#include "processor/telemetry/logging.h"
#include "state/store/write_behind_store.h"
#include "tests/bench/engine_run.h"
#include "tests/bench/event_records.h"
#include "tests/support/kafka/fake_ports.h"
#include "tests/support/kafka/simulated_clock.h"
#include "tests/support/memory_lead_store.h"

namespace leadpulse::bench {
namespace {

using kafka::OutputRecord;

constexpr PartitionId kPartition{0};
constexpr Millis kEpoch{100};

kafka::WorkerOptions Options(int epochs_due) {
  kafka::WorkerOptions options;
  options.application = "leadpulse";
  options.changelog_interval = options.profiles.interval = options.profiles.counts_interval = epochs_due * kEpoch;
  return options;
}

}  // namespace

struct LiveEpochs::World {
  class FixedDefinitions : public kafka::DefinitionsFeed {
   public:
    explicit FixedDefinitions(std::string_view yaml) : wanted_{Definitions(yaml).current, std::nullopt} {}
    kafka::WantedDefinitions Wanted() const override { return wanted_; }

   private:
    const kafka::WantedDefinitions wanted_;
  };

  // Drops what is published.
  class CountingSink : public kafka::OutputSink {
   public:
    void Publish(std::vector<OutputRecord>* records) override {
      for (OutputRecord& record : *records) {
        const OutputRecord taken = std::move(record);
        bytes += taken.key.size();
        ++count;
      }
      records->clear();
    }
    uint64_t count = 0;
    uint64_t bytes = 0;
  };

  World(std::string_view yaml, int epochs_due) : options(Options(epochs_due)), definitions(yaml) {
    Check(telemetry::SetUpLogging("off"));
    partitions.Take({kPartition});
    while (!partitions.all_live()) Check(partitions.Restore());
    End();
    Check(partitions.FetchRestored());
  }

  void End() {
    std::vector<OutputRecord> output;
    auto ended = partitions.EndEpoch(&output);
    Check(ended.status());
    sink.Publish(&output);
    Check(partitions.Committed(*ended, {{kPartition, ++delta_offset}}));
    clock.Pass(kEpoch);
  }

  const kafka::WorkerOptions options;
  testing::SimulatedClock clock{Instant{1'772'409'600'000}};
  const std::unique_ptr<state::LeadStore> rows = state::MakeMemoryLeadStore(1);
  const std::unique_ptr<state::WriteBehindStore> store = state::MakeWriteBehindStore({}, rows.get(), &clock);
  FixedDefinitions definitions;
  kafka::WorkerMetrics metrics;
  kafka::TenantMetrics tenants{2};
  kafka::WriterFence writer_fence;
  pipeline::ChangeFeed feed{pipeline::FeedLimits{}};
  testing::FakeConsumer consumer{1};
  testing::FakeChangelog changelog, deltas;
  CountingSink sink;
  kafka::WorkerEnvironment environment{nullptr,  store.get(), &writer_fence, &clock, &definitions,
                                       &metrics, &tenants,    nullptr,       &feed};
  kafka::OwnedPartitions partitions{options, environment, &consumer, {&changelog, &deltas}, &sink};
  std::vector<kafka::InputRecord> records;
  int64_t next_offset = 0;
  int64_t delta_offset = 0;
};

LiveEpochs::LiveEpochs(std::string_view definitions_yaml, int epochs_due)
    : world_(std::make_unique<World>(definitions_yaml, epochs_due)) {}
LiveEpochs::~LiveEpochs() = default;

void LiveEpochs::Apply(const std::vector<std::string>& encoded, Instant clock) {
  world_->clock.SetWall(clock);
  for (const std::string& value : encoded) {
    world_->records.push_back({kafka::InputTopic::kEvents, kPartition, world_->next_offset++, "", value});
  }
  Check(world_->partitions.Apply(&world_->records));
  Check(world_->partitions.RunTimedWork());
  std::vector<OutputRecord> output;
  world_->partitions.TakeOutput(&output);
  world_->sink.Publish(&output);
}

void LiveEpochs::EndEpoch() { world_->End(); }

uint64_t LiveEpochs::produced() const { return world_->sink.count; }

std::vector<std::string> EncodeEvents(const std::vector<codec::Event>& events) {
  std::vector<std::string> encoded;
  v1::EngagementEvent message;
  for (const codec::Event& event : events) {
    ToMessage(event, &message);
    encoded.push_back(message.SerializeAsString());
  }
  return encoded;
}

}  // namespace leadpulse::bench
