// The receiver's metrics and their names.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <span>

#include "processor/base/engagement.h"
#include "processor/http/server.h"
#include "processor/kafka/topic_sink.h"
#include "processor/receiver/file_inbox.h"
#include "processor/receiver/source.h"
#include "processor/telemetry/histogram.h"
#include "processor/telemetry/metrics_page.h"

namespace leadpulse::receiver {

// All codes of answers to posts.
inline constexpr std::array kAnswerCodes = {http::kOk,
                                            http::kBadRequest,
                                            http::kUnauthorized,
                                            http::kMethodNotAllowed,
                                            http::kLengthRequired,
                                            http::kContentTooLarge,
                                            http::kUnsupportedMediaType,
                                            http::kUnavailable};

struct SourceMetrics {
  std::array<std::atomic<uint64_t>, kAnswerCodes.size()> posts{};
  std::array<std::atomic<uint64_t>, kEventTypeCount> events{};  // durable
  std::atomic<uint64_t> commands{0};                            // durable
  std::atomic<uint64_t> guessed_times{0};                       // of both
  std::array<std::atomic<uint64_t>, webhooks::kSkipReasonCount> skipped{};
  std::array<std::atomic<uint64_t>, 2> signed_posts{};  // by secret: current, previous
  std::atomic<uint64_t> body_bytes{0};
  telemetry::Histogram post_durations;  // of posts that were received whole

  // Adds one to the posts answered with `code`.
  void CountPost(unsigned int code);
};

struct ReceiverMetrics {
  explicit ReceiverMetrics(size_t count) : sources(count) {}

  std::deque<SourceMetrics> sources;         // parallel to the sources; a deque, so that they do not move
  std::atomic<uint64_t> unknown_paths{0};    // requests to none of them
  std::atomic<uint64_t> answers_waiting{0};  // posts whose records are being made durable
};

// Adds the metrics to `page`, which the arguments outlive.
void AddReceiverMetrics(std::span<const Source> sources, const ReceiverMetrics* metrics, telemetry::MetricsPage* page);
void AddInboxMetrics(const InboxMetrics* metrics, telemetry::MetricsPage* page);
// Replaces AddInboxMetrics for topics. `kept` counts the quarantine file.
void AddTopicMetrics(const kafka::TopicSinkMetrics* metrics, const InboxMetrics* kept, telemetry::MetricsPage* page);
void AddServerMetrics(const http::Server* server, telemetry::MetricsPage* page);

}  // namespace leadpulse::receiver
