#include "tests/bench/live_load.h"

#include <algorithm>
#include <vector>

#include "processor/kafka/worker.h"
#include "tests/bench/bench_options.h"

namespace leadpulse::bench {
namespace {

class LiveWorker {
 public:
  LiveWorker(const LiveLoad& load, EventStream* stream, EngineRun* run) : load_(load), stream_(stream), run_(run) {}

  LiveResult Run(uint64_t events, const LiveWork& work) {
    bool more = work != nullptr;
    // Uncommitted work delays events, too: they count until they are applied after its commit.
    bool committed = false;
    while (more || !committed || latencies_.size() < events) {
      ApplyWhatCame();
      if (more && now_ >= next_work_) {
        more = Work(work);
        committed = false;
      }
      if (CommitIsDue()) {
        Commit();
        ApplyWhatCame();
        committed = true;
      }
      const double next = std::min(DueAt(latencies_.size()), more ? next_work_ : next_commit_);
      now_ = std::max(now_, next);
    }
    return Summary();
  }

 private:
  double DueAt(uint64_t event) const { return static_cast<double>(event) / load_.events_per_second; }

  // Runs `action` and returns the processor seconds of this thread that it took. Adds them to the clock.
  template <typename Action>
  double Spend(const Action& action) {
    const double before = ThreadSeconds();
    action();
    const double spent = ThreadSeconds() - before;
    now_ += spent;
    return spent;
  }

  void ApplyWhatCame() {
    const uint64_t first = latencies_.size();
    uint64_t came = 0;
    while (came < kBatchRecords && DueAt(first + came) <= now_) ++came;
    if (came == 0) return;
    stream_->Fill(came, &batch_);
    Spend([&] { run_->Apply(batch_, stream_->clock()); });
    for (uint64_t i = first; i < first + came; ++i) latencies_.push_back(now_ - DueAt(i));
  }

  bool Work(const LiveWork& work) {
    bool more = false;
    const double spent = Spend([&] { more = work(worker_.leads_per_round); });
    next_work_ = now_ + spent * (1 - load_.work_share) / load_.work_share;
    return more;
  }

  bool CommitIsDue() const {
    const engine::EngineCounters& counted = run_->counters();
    return now_ >= next_commit_ || counted.timers - committed_.timers >= worker_.max_epoch_timers ||
           counted.reevaluated - committed_.reevaluated >= worker_.max_epoch_reevaluated;
  }

  void Commit() {
    committed_ = run_->counters();
    Spend([&] { run_->Commit(); });
    next_commit_ = now_ + CommitInterval();
  }

  double CommitInterval() const { return std::chrono::duration<double>(worker_.commit_interval).count(); }

  LiveResult Summary() {
    LiveResult result;
    result.events = latencies_.size();
    result.seconds = now_;
    std::ranges::sort(latencies_);
    result.p50_millis = latencies_[latencies_.size() / 2] * 1e3;
    result.p99_millis = latencies_[latencies_.size() * 99 / 100] * 1e3;
    return result;
  }

  const LiveLoad load_;
  EventStream* const stream_;
  EngineRun* const run_;
  const kafka::WorkerOptions worker_;
  engine::EngineCounters committed_ = run_->counters();
  double now_ = 0, next_work_ = 0, next_commit_ = CommitInterval();  // seconds
  std::vector<codec::Event> batch_;
  std::vector<double> latencies_;  // seconds, of each event so far
};

}  // namespace

LiveResult RunLive(const LiveLoad& load, uint64_t events, const LiveWork& work, EventStream* stream, EngineRun* run) {
  return LiveWorker(load, stream, run).Run(events, work);
}

void ReportLive(const LiveResult& beside, const LiveResult& without, benchmark::State& state) {
  state.counters["p50_millis"] = beside.p50_millis;
  state.counters["p99_millis"] = beside.p99_millis;
  state.counters["p99_without_millis"] = without.p99_millis;
  state.counters["p99_ratio"] = beside.p99_millis / without.p99_millis;
}

}  // namespace leadpulse::bench
