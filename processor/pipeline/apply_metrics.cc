#include "processor/pipeline/apply_metrics.h"

#include <string>
#include <utility>
#include <variant>

#include "processor/pipeline/record.h"

namespace leadpulse::pipeline {
namespace {

using telemetry::MetricLabel;
using telemetry::MetricSample;
using telemetry::MetricType;

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricType kHistogram = MetricType::kHistogram;

using Samples = std::vector<MetricSample>;
using Labels = std::vector<MetricLabel>;

template <auto member>
Samples CountOf(const ApplyMetrics& metrics, const Labels& labels) {
  return {{labels, static_cast<double>((metrics.*member).load(std::memory_order_relaxed))}};
}

template <auto member>
Samples HistogramOf(const ApplyMetrics& metrics, const Labels& labels) {
  return {{labels, 0, &(metrics.*member)}};
}

Samples DeadLettersOf(const ApplyMetrics& metrics, const Labels& labels) {
  Samples samples;
  for (int reason = 1; reason < codec::kReasonCount; ++reason) {
    MetricSample& sample = samples.emplace_back(MetricSample{labels});
    sample.labels.push_back({"reason", std::string(codec::ReasonName(static_cast<codec::Reason>(reason)))});
    sample.value = static_cast<double>(metrics.dead_letters[static_cast<size_t>(reason)].load());
  }
  return samples;
}

Samples CommitSecondsOf(const ApplyMetrics& metrics, const Labels& labels) {
  return {{labels, metrics.commit_durations.seconds()}};
}

using Metrics = ApplyMetrics;
constexpr ApplyMetric kTable[] = {
    {"leadpulse_events_applied_total", kCounter, CountOf<&Metrics::events>, "Events applied to a lead."},
    {"leadpulse_commands_applied_total", kCounter, CountOf<&Metrics::commands>, "Commands applied to a lead."},
    {"leadpulse_duplicates_total", kCounter, CountOf<&Metrics::duplicates>,
     "Events and commands that the lead had already, so without effect."},
    {"leadpulse_records_of_erased_leads_total", kCounter, CountOf<&Metrics::dropped_erased>,
     "Events and commands from before their lead was erased, dropped."},
    {"leadpulse_late_events_total", kCounter, CountOf<&Metrics::dropped_folded>,
     "Events older than what the lead's journal still holds, dropped."},
    {"leadpulse_folded_entries_total", kCounter, CountOf<&Metrics::folded>,
     "Oldest entries of full journals, of which only totals remain."},
    {"leadpulse_properties_left_out_total", kCounter, CountOf<&Metrics::properties_left_out>,
     "Declared properties of events that could not be converted."},
    {"leadpulse_attributes_unset_total", kCounter, CountOf<&Metrics::attributes_unset>,
     "Attributes of leads that new definitions cannot convert."},
    {"leadpulse_attributes_undeclared_total", kCounter, CountOf<&Metrics::attributes_undeclared>,
     "Attributes set that the definitions of a tenant with strict_fields do not declare."},
    {"leadpulse_leads_refused_total", kCounter, CountOf<&Metrics::refused>,
     "Leads that began to use an address that 1,000 others use: they learn nothing of it and are not sendable."},
    {"leadpulse_changes_total", kCounter, CountOf<&Metrics::changes>, "Changes of leads, committed."},
    {"leadpulse_timers_fired_total", kCounter, CountOf<&Metrics::timers>, "Leads evaluated because of time alone."},
    {"leadpulse_leads_reevaluated_total", kCounter, CountOf<&Metrics::reevaluated>,
     "Leads evaluated because of new definitions."},
    {"leadpulse_dead_letters_total", kCounter, DeadLettersOf,
     "Records that could not be used, committed, by the reason of the dead letter."},
    {"leadpulse_commits_total", kCounter, CountOf<&Metrics::commits>, "Epochs committed; on Kafka, transactions."},
    {"leadpulse_commit_seconds_total", kCounter, CommitSecondsOf, "Time spent in commits."},
    {"leadpulse_commit_duration_seconds", kHistogram, HistogramOf<&Metrics::commit_durations>,
     "Time of a commit: from the end of its epoch until its changes can be read."},
    {"leadpulse_record_to_commit_seconds", kHistogram, HistogramOf<&Metrics::record_to_commit>,
     "Time from a record's timestamp in the topic, or from when its line was read, to its commit."},
    {"leadpulse_event_to_change_seconds", kHistogram, HistogramOf<&Metrics::event_to_change>,
     "Time from an event or command (occurred_at, issued_at) to the commit of what it changed, without backfill."},
    {"leadpulse_clock_doubtful", kGauge, CountOf<&Metrics::clock_doubtful>,
     "1 while nothing is applied because the machine's clock jumped, or is far from the state's."},
};

struct EngineCount {
  std::atomic<uint64_t> ApplyMetrics::*metric;
  uint64_t (*count)(const engine::EngineCounters& counters);
};

template <auto member>
uint64_t Get(const engine::EngineCounters& counters) {
  return counters.*member;
}

using Counters = engine::EngineCounters;
constexpr EngineCount kOfEngine[] = {
    {&Metrics::events, Get<&Counters::events>},
    {&Metrics::commands, Get<&Counters::commands>},
    {&Metrics::duplicates, Get<&Counters::duplicates>},
    {&Metrics::dropped_erased, Get<&Counters::dropped_erased>},
    {&Metrics::dropped_folded, Get<&Counters::dropped_folded>},
    {&Metrics::folded, Get<&Counters::folded>},
    {&Metrics::properties_left_out, Get<&Counters::properties_left_out>},
    {&Metrics::attributes_unset, Get<&Counters::attributes_unset>},
    {&Metrics::attributes_undeclared, Get<&Counters::attributes_undeclared>},
    {&Metrics::refused, Get<&Counters::refused>},
    {&Metrics::changes, [](const Counters& counters) { return counters.AllChanges(); }},
    {&Metrics::timers, Get<&Counters::timers>},
    {&Metrics::reevaluated, Get<&Counters::reevaluated>},
};

}  // namespace

void ChangingRecords::Note(const codec::Decoded& record, uint64_t changes) {
  if (std::exchange(changes_, changes) == changes) return;
  const auto* event = std::get_if<codec::Event>(&record);
  const bool is_backfill = event != nullptr ? event->backfill : std::get<codec::Command>(record).backfill;
  if (!is_backfill) begun_.Begin(TimeOf(record));
}

void ApplyMetrics::Add(const engine::EngineCounters& epoch, const ReasonCounts& dead_letters_of_epoch) {
  for (const EngineCount& row : kOfEngine) this->*row.metric += row.count(epoch);
  for (size_t i = 0; i < dead_letters.size(); ++i) dead_letters[i] += dead_letters_of_epoch[i];
}

void ApplyMetrics::Set(const engine::EngineCounters& counters, const ReasonCounts& dead_letters_until_now) {
  for (const EngineCount& row : kOfEngine) this->*row.metric = row.count(counters);
  for (size_t i = 0; i < dead_letters.size(); ++i) dead_letters[i] = dead_letters_until_now[i];
}

std::span<const ApplyMetric> ApplyMetricTable() { return kTable; }

void AddApplyMetrics(const ApplyMetrics* metrics, const std::vector<MetricLabel>& labels,
                     telemetry::MetricsPage* page) {
  for (const ApplyMetric& row : kTable) {
    page->Add(
        telemetry::ChangingMetric{std::string(row.name), std::string(row.help), row.type,
                                  [metrics, labels, samples = row.samples] { return samples(*metrics, labels); }});
  }
}

}  // namespace leadpulse::pipeline
