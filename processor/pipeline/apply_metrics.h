// The metrics of applying records, the same for files and Kafka.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "processor/base/instant.h"
#include "processor/engine/engine_output.h"
#include "processor/telemetry/histogram.h"
#include "processor/telemetry/metrics_page.h"
#include "schemas/codec/records.h"

namespace leadpulse::pipeline {

// Dead letters by codec::Reason.
using ReasonCounts = std::array<uint64_t, codec::kReasonCount>;

// Written by one thread, read by any. Everything but the gauge only grows.
struct ApplyMetrics {
  std::atomic<uint64_t> events{0};                 // applied
  std::atomic<uint64_t> commands{0};               // applied
  std::atomic<uint64_t> duplicates{0};             // without effect
  std::atomic<uint64_t> dropped_erased{0};         // records dropped: at or before the lead's erasure
  std::atomic<uint64_t> dropped_folded{0};         // events dropped: at or before the newest folded entry
  std::atomic<uint64_t> folded{0};                 // entries that left a journal for its totals
  std::atomic<uint64_t> properties_left_out{0};    // declared event properties that could not be converted
  std::atomic<uint64_t> attributes_unset{0};       // attributes that new definitions cannot convert
  std::atomic<uint64_t> attributes_undeclared{0};  // set although strict_fields demands a declaration
  std::atomic<uint64_t> refused{0};                // leads that an address has no room for
  std::atomic<uint64_t> changes{0};                // committed
  std::atomic<uint64_t> timers{0};                 // leads evaluated because of time alone
  std::atomic<uint64_t> reevaluated{0};            // leads evaluated because of new definitions
  std::array<std::atomic<uint64_t>, codec::kReasonCount> dead_letters{};  // committed, by codec::Reason
  std::atomic<uint64_t> commits{0};

  telemetry::Histogram commit_durations;
  telemetry::Histogram record_to_commit;
  telemetry::Histogram event_to_change;

  std::atomic<uint64_t> clock_doubtful{0};  // a gauge; 1: nothing is applied until the machine's clock is plausible

  // Adds the counts of a committed epoch.
  void Add(const engine::EngineCounters& epoch, const ReasonCounts& dead_letters_of_epoch);
  // Replaces the counts by those since the start of the process.
  void Set(const engine::EngineCounters& counters, const ReasonCounts& dead_letters_until_now);
};

// The events and commands of an epoch that changed their own lead. One thread.
class ChangingRecords {
 public:
  // Takes the engine's number of changes before the next record.
  void Expect(uint64_t changes) { changes_ = changes; }
  // Notes an applied record. `changes`: their number after it.
  void Note(const codec::Decoded& record, uint64_t changes);
  // Counts how long ago the records happened, at their commit. Leaves out backfill, which is late on purpose.
  void EndAll(Instant now, telemetry::Histogram* histogram) { begun_.EndAll(now, histogram); }

 private:
  uint64_t changes_ = 0;
  telemetry::BegunDurations begun_;
};

struct ApplyMetric {
  std::string_view name;
  telemetry::MetricType type;
  // Returns the metric's samples; `labels` are the beginning of their labels.
  std::vector<telemetry::MetricSample> (*samples)(const ApplyMetrics& metrics,
                                                  const std::vector<telemetry::MetricLabel>& labels);
  std::string_view help;
};
// Returns a row for every member of ApplyMetrics.
std::span<const ApplyMetric> ApplyMetricTable();

// Adds the table. `metrics` outlives the page.
void AddApplyMetrics(const ApplyMetrics* metrics, const std::vector<telemetry::MetricLabel>& labels,
                     telemetry::MetricsPage* page);

}  // namespace leadpulse::pipeline
