#include "processor/receiver/receiver_metrics.h"

#include <algorithm>

namespace leadpulse::receiver {
namespace {

using telemetry::MetricLabel;
using telemetry::MetricsPage;
using telemetry::MetricType;

constexpr MetricType kCounter = MetricType::kCounter;
constexpr MetricType kGauge = MetricType::kGauge;

void AddSource(const Source& source, const SourceMetrics* metrics, MetricsPage* page) {
  const MetricLabel path{"source", source.path};
  const MetricLabel provider{"provider", std::string(source.provider->name())};
  for (size_t i = 0; i < kAnswerCodes.size(); ++i) {
    page->Add("leadpulse_receiver_posts_total", "Posts answered, by their answer's code.", kCounter, &metrics->posts[i],
              {path, provider, {"code", std::to_string(kAnswerCodes[i])}});
  }
  for (const EventType type : kCountedTypes) {
    page->Add("leadpulse_receiver_events_total", "Events that were made durable, by type.", kCounter,
              &metrics->events[static_cast<size_t>(type)],
              {path, provider, {"type", std::string(EventTypeName(type))}});
  }
  page->Add("leadpulse_receiver_commands_total", "Commands from mappings that were made durable.", kCounter,
            &metrics->commands, {path, provider});
  page->Add("leadpulse_receiver_guessed_times_total",
            "Durable records with the time of receipt, because their own is missing or cannot be read.", kCounter,
            &metrics->guessed_times, {path, provider});
  for (size_t i = 0; i < webhooks::kSkipReasonCount; ++i) {
    const std::string reason(webhooks::SkipReasonName(static_cast<webhooks::SkipReason>(i)));
    page->Add("leadpulse_receiver_skipped_total", "Events that became no record, by the reason.", kCounter,
              &metrics->skipped[i], {path, provider, {"reason", reason}});
  }
  LP_ASSERT(source.signatures.size() <= metrics->signed_posts.size());
  for (size_t i = 0; i < source.signatures.size(); ++i) {
    page->Add("leadpulse_receiver_signed_posts_total", "Posts whose signature is right, by the secret that proves it.",
              kCounter, &metrics->signed_posts[i], {path, provider, {"secret", i == 0 ? "current" : "previous"}});
  }
  page->Add("leadpulse_receiver_body_bytes_total", "Bytes of the bodies that were read whole.", kCounter,
            &metrics->body_bytes, {path, provider});
  page->Add("leadpulse_receiver_post_duration_seconds",
            "Time from a whole post to its answer, with the sync of its records or their acknowledgement.",
            &metrics->post_durations, {path, provider});
}

void AddKept(const InboxMetrics* metrics, MetricsPage* page) {
  page->Add("leadpulse_receiver_quarantine_bytes", "Size of aside/kept.jsonl.", kGauge, &metrics->kept_bytes);
  page->Add("leadpulse_receiver_not_quarantined_total",
            "Posts that aside/kept.jsonl has only in part, because it is full.", kCounter, &metrics->kept_full);
  page->Add("leadpulse_receiver_kept_bytes",
            "The former name of leadpulse_receiver_quarantine_bytes; the next release removes it.", kGauge,
            &metrics->kept_bytes);
  page->Add("leadpulse_receiver_not_kept_total",
            "The former name of leadpulse_receiver_not_quarantined_total; the next release removes it.", kCounter,
            &metrics->kept_full);
}

}  // namespace

void SourceMetrics::CountPost(unsigned int code) {
  const auto found = std::find(kAnswerCodes.begin(), kAnswerCodes.end(), code);
  LP_ASSERT(found != kAnswerCodes.end());
  ++posts[static_cast<size_t>(found - kAnswerCodes.begin())];
}

void AddReceiverMetrics(std::span<const Source> sources, const ReceiverMetrics* metrics, MetricsPage* page) {
  for (size_t i = 0; i < sources.size(); ++i) AddSource(sources[i], &metrics->sources[i], page);
  page->Add("leadpulse_receiver_unknown_paths_total", "Requests to a path that no source has.", kCounter,
            &metrics->unknown_paths);
  page->Add("leadpulse_receiver_posts_waiting", "Posts whose records are being made durable.", kGauge,
            &metrics->answers_waiting);
}

void AddInboxMetrics(const InboxMetrics* metrics, MetricsPage* page) {
  page->Add("leadpulse_receiver_batches_total", "Posts whose records or kept lines are durable.", kCounter,
            &metrics->batches);
  page->Add("leadpulse_receiver_record_bytes_total", "Bytes of records written.", kCounter, &metrics->record_bytes);
  page->Add("leadpulse_receiver_syncs_total", "Syncs of the disk.", kCounter, &metrics->syncs);
  page->Add("leadpulse_receiver_sync_seconds_total", "Time spent in syncs.", kCounter, &metrics->sync_micros, {}, 1e-6);
  page->Add("leadpulse_receiver_sync_longest_seconds", "The longest sync since the start.", kGauge,
            &metrics->longest_sync_micros, {}, 1e-6);
  page->Add("leadpulse_receiver_segments_total", "Segments begun.", kCounter, &metrics->segments);
  page->Add("leadpulse_receiver_waiting_bytes", "Bytes of records that wait for the disk.", kGauge,
            &metrics->waiting_bytes);
  AddKept(metrics, page);
}

void AddTopicMetrics(const kafka::TopicSinkMetrics* metrics, const InboxMetrics* kept, MetricsPage* page) {
  page->Add("leadpulse_receiver_batches_total", "Posts whose records are acknowledged and kept lines durable.",
            kCounter, &metrics->batches);
  page->Add("leadpulse_receiver_records_acknowledged_total", "Records that all in-sync replicas have.", kCounter,
            &metrics->acknowledged);
  page->Add("leadpulse_receiver_records_refused_total", "Records that the topic refuses, kept in aside/kept.jsonl.",
            kCounter, &metrics->refused);
  page->Add("leadpulse_receiver_records_failed_total", "Records that were not acknowledged in time.", kCounter,
            &metrics->failed);
  page->Add("leadpulse_receiver_records_waiting", "Records that wait for the brokers.", kGauge, &metrics->waiting);
  AddKept(kept, page);
}

void AddServerMetrics(const http::Server* server, MetricsPage* page) {
  page->Add({"leadpulse_receiver_connections", "Connections that are open.", kGauge, {}, [server] {
               return static_cast<double>(server->connections());
             }});
  page->Add({"leadpulse_receiver_requests", "Requests that are being received or answered.", kGauge, {}, [server] {
               return static_cast<double>(server->requests());
             }});
  page->Add({"leadpulse_receiver_incoming_bytes", "Memory of bodies that are being received.", kGauge, {}, [server] {
               return static_cast<double>(server->body_bytes());
             }});
}

}  // namespace leadpulse::receiver
