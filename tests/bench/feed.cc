#include "tests/bench/feed.h"

#include <algorithm>
#include <vector>

#include "tests/bench/allocation_count.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/lead_traits.h"

namespace leadpulse::bench {

void Meter::Begin() {
  allocations_before_ = AllocationCount();
  seconds_before_ = ThreadSeconds();
}

void Meter::End() {
  seconds += ThreadSeconds() - seconds_before_;
  allocations += AllocationCount() - allocations_before_;
}

FeedCost Feed(uint64_t events, EventStream* stream, EngineRun* run, uint64_t epoch_records) {
  FeedCost cost;
  std::vector<codec::Event> batch;
  for (uint64_t done = 0; done < events;) {
    const uint64_t epoch_end = std::min(events, done + epoch_records);
    while (done < epoch_end) {
      stream->Fill(std::min<uint64_t>(kBatchRecords, epoch_end - done), &batch);
      done += batch.size();
      cost.apply.Begin();
      run->Apply(batch, stream->clock());
      cost.apply.End();
    }
    cost.commit.Begin();
    run->EndEpoch(stream->clock());
    cost.commit.End();
  }
  return cost;
}

void GiveTraits(uint64_t leads, uint64_t tenants, Instant at, EngineRun* run) {
  std::vector<codec::Command> commands;
  for (uint64_t i = 0; i < leads; ++i) {
    AppendTraits(StreamLead(i, tenants), i, at, &commands);
    if (commands.size() < kBatchRecords && i + 1 < leads) continue;
    run->Apply(commands, at);
    commands.clear();
  }
  run->EndEpoch(at);
}

}  // namespace leadpulse::bench
